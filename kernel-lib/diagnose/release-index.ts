import type { Frame } from "../analyze/stack-frames.js";
import type { TraceView } from "../analyze/trace-view.js";

/**
 * Who released what to whom. A trace names no lock, so a resource is known by the functions that wait for it and those that release
 * it: waits at one function and releases from another belong together as soon as one ended the other.
 */
export class ReleaseIndex {
  private readonly view: TraceView;
  private readonly parent = new Map<string, string>();
  /** By resource: the rows of waits that ended, by their ends. */
  private resources: Map<string, Int32Array> | undefined;
  /** By the goroutine that ended them: the rows of waits, by their ends. */
  private readonly byWaker = new Map<number, number[]>();
  private wakersKnown = false;
  /** By function that locks: the lines at which it does. */
  private readonly lockLines = new Map<string, Set<number>>();

  constructor(view: TraceView) {
    this.view = view;
  }

  /** Waits of others that this goroutine ended after `from` and before `to`, in time. */
  endedBy(g: number, from: number, to: number): number[] {
    this.noteWakers();
    const rows = this.byWaker.get(g) ?? [];
    const { end } = this.view;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (end[rows[middle]] <= from) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (let i = low; i < rows.length && end[rows[i]] < to; i++) found.push(rows[i]);
    return found;
  }

  private noteWakers(): void {
    if (this.wakersKnown) return;
    this.wakersKnown = true;
    const { view } = this;
    for (let row = 0; row < view.start.length; row++) {
      if (view.state.codes[row] !== view.waiting) continue;
      const waker = view.wakerOf(row);
      if (waker < 0) continue;
      const list = this.byWaker.get(waker);
      if (list) list.push(row);
      else this.byWaker.set(waker, [row]);
    }
    for (const list of this.byWaker.values()) list.sort((a, b) => view.end[a] - view.end[b]);
  }

  /** Since when, after `from`, the waker had to do with what it released at the end of this wait. */
  involvedSince(row: number, waker: number, from: number): number {
    const { view } = this;
    if (!this.isResource(row)) return from;
    this.index();
    const release = this.ownFrames(view.endStack[row]);
    if (release.length === 0) return from;
    const rows = view.rows.of(waker);
    for (let i = view.rows.lastStartingBefore(rows, view.end[row]); i >= 0; i--) {
      const other = rows[i];
      if (view.end[other] <= from) break;
      const state = view.state.codes[other];
      if (state !== view.waiting && state !== view.syscall) continue;
      if (view.end[other] > view.end[row]) continue;
      // It took the resource when this wait for it ended.
      if (state === view.waiting && this.resourceOf(other) === this.resourceOf(row)) return from;
      if (!this.mayHold(this.ownFrames(view.stack[other]), release, row)) return view.end[other];
    }
    return from;
  }

  /** The last wait for the same resource that ended at or before `time`, after `after`; -1 when there is none. */
  lastBefore(row: number, time: number, after: number): number {
    this.index();
    const rows = this.resources?.get(this.resourceOf(row));
    if (!rows) return -1;
    const { end } = this.view;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (end[rows[middle]] <= time) low = middle + 1;
      else high = middle;
    }
    const found = low > 0 ? rows[low - 1] : -1;
    return found >= 0 && end[found] > after && found !== row ? found : -1;
  }

  // Whether somebody in this stack may hold what `release` releases. In the function that locks and unlocks: between its lines.
  private mayHold(stack: readonly Frame[], release: readonly Frame[], row: number): boolean {
    const inner = release[0];
    const lines = this.lockLines.get(inner.func);
    const wanted = lines ? [inner] : release;
    const same = stack.find((frame) => wanted.some(({ func }) => func === frame.func));
    if (!same) return false;
    if (!lines || same.func !== inner.func || this.isChannel(row)) return true;
    const first = Math.min(...lines);
    return inner.line < first || (same.line >= first && same.line <= inner.line);
  }

  private isChannel(row: number): boolean {
    return this.view.kindOf(row) !== "lock";
  }

  // Locks, and pools that hand over what they have by a channel: others' replies belong to no resource.
  private isResource(row: number): boolean {
    const { view } = this;
    const kind = view.kindOf(row);
    if (kind === "channel") return isPool(view.frames.of(view.stack[row]));
    return kind === "lock" && !view.frames.of(view.stack[row]).some(({ func }) => waitsForWork.test(func));
  }

  private ownFrames(stack: number): readonly Frame[] {
    return this.view.frames.own(stack);
  }

  private resourceOf(row: number): string {
    return this.root(this.waitSite(row));
  }

  private waitSite(row: number): string {
    return `${this.view.kindOf(row)} ${this.ownFrames(this.view.stack[row])[0]?.func ?? ""}`;
  }

  private index(): void {
    if (this.resources) return;
    const { view } = this;
    const lists = new Map<string, number[]>();
    for (let row = 0; row < view.start.length; row++) {
      if (view.state.codes[row] !== view.waiting || !this.isResource(row)) continue;
      const frames = this.ownFrames(view.stack[row]);
      if (frames.length === 0) continue;
      this.noteLine(frames[0]);
      const site = this.waitSite(row);
      this.join(site, `release ${frames[0].func}`);
      if (view.wakerOf(row) < 0) continue;
      const released = this.ownFrames(view.endStack[row])[0]?.func;
      if (released !== undefined) this.join(site, `release ${released}`);
      const list = lists.get(site);
      if (list) list.push(row);
      else lists.set(site, [row]);
    }
    const merged = new Map<string, number[]>();
    for (const [site, rows] of lists) {
      const root = this.root(site);
      merged.set(root, [...(merged.get(root) ?? []), ...rows]);
    }
    this.resources = new Map(
      [...merged].map(([root, rows]) => [
        root,
        Int32Array.from(rows).sort((a, b) => view.end[a] - view.end[b]),
      ]),
    );
  }

  private noteLine({ func, line }: Frame): void {
    const lines = this.lockLines.get(func) ?? new Set();
    this.lockLines.set(func, lines);
    lines.add(line);
  }

  private root(name: string): string {
    let root = name;
    for (let next = this.parent.get(root); next !== undefined; next = this.parent.get(root)) root = next;
    return root;
  }

  private join(a: string, b: string): void {
    const [x, y] = [this.root(a), this.root(b)];
    if (x !== y) this.parent.set(y, x);
  }
}

/** Waits for work to be done, not for something that one at a time holds. */
const waitsForWork = /^sync\.\(\*(WaitGroup\.|WaitGroup\)|Cond\))/;

function isPool(frames: readonly Frame[]): boolean {
  return frames.some(({ func }) => func === "database/sql.(*DB).conn");
}
