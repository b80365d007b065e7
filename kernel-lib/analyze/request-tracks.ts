import type { ColumnTable } from "arquero";
import { hasColumn, numbers, type Texts, textAt, texts } from "./columns.js";
import type { GoroutineRows } from "./goroutine-rows.js";
import type { Request } from "./request.js";
import { StackFrames } from "./stack-frames.js";
import type { TableSource } from "./table-source.js";
import { endedByRuntime } from "./waits.js";

/** A stretch of a request's time in the hands of one goroutine, or queued for one that was busy with an earlier request. */
export interface Stretch {
  readonly g: number;
  readonly from: number;
  readonly to: number;
  readonly queued: boolean;
}

interface Touch {
  g: number;
  from: number;
  to: number;
}

/**
 * In whose hands a request was, and when: of most the one goroutine's, from begin to end. A task that one goroutine begins and
 * another ends belongs to those that work on it: those with regions of the task, and between them whoever handed it on,
 * followed back from each wake. Where the next one was not waiting for it but busy, with a region of another task or until
 * it ended another, the request was queued behind that.
 */
export class RequestTracks {
  private readonly states: ColumnTable;
  private readonly rows: GoroutineRows;
  private readonly frames: StackFrames;
  private readonly state: Texts;
  private readonly reason: Texts;
  private readonly start: ArrayLike<number>;
  private readonly end: ArrayLike<number>;
  private readonly endBy: ArrayLike<number>;
  private readonly endStack: ArrayLike<number>;
  private readonly source: TableSource;
  private work: TaskWork | undefined;

  constructor(source: TableSource, rows: GoroutineRows, frames: StackFrames = new StackFrames(source)) {
    this.source = source;
    this.rows = rows;
    this.frames = frames;
    this.states = source.table("goroutine_states");
    this.state = texts(this.states, "state");
    this.reason = texts(this.states, "reason");
    this.start = numbers(this.states, "start_ns");
    this.end = numbers(this.states, "end_ns");
    this.endBy = numbers(this.states, "end_by_g");
    this.endStack = numbers(this.states, "end_stack_id");
  }

  /** The request's stretches in time, without gap or overlap. */
  of(request: Request): Stretch[] {
    const { g, from_g, start_ns, end_ns } = request;
    if (from_g === undefined) return [{ g, from: start_ns, to: end_ns, queued: false }];
    this.work ??= new TaskWork(this.source);
    const touches = [
      { g: from_g, from: start_ns, to: start_ns },
      ...this.work.regionsOf(request.request, start_ns, end_ns),
      { g, from: end_ns, to: end_ns },
    ];
    const stretches: Stretch[] = [];
    let last = touches[0];
    for (const next of touches.slice(1)) {
      // Regions nest and run beside each other: what the ones before cover is theirs.
      const from = Math.max(next.from, last.to);
      if (from > last.to) this.between(stretches, request, last, next.g, from);
      if (next.to > from) stretches.push({ g: next.g, from, to: next.to, queued: false });
      if (next.to >= last.to) last = { g: next.g, from, to: Math.max(next.to, last.to) };
    }
    return joined(stretches);
  }

  // From the end of one goroutine's work on it to the start of the next one's, walked back from there.
  private between(out: Stretch[], request: Request, last: Touch, g: number, to: number): void {
    const back: Stretch[] = [];
    const push = (by: number, from: number, until: number, queued: boolean): void => {
      if (until > from) back.push({ g: by, from, to: until, queued });
    };
    let at = to;
    let holder = g;
    for (let hops = 0; holder !== last.g && at > last.to && hops < 10_000; hops++) {
      const busyUntil = this.work!.busyUntil(holder, request, last.to, at);
      const wake = this.wakeBefore(holder, Math.max(last.to, busyUntil), at);
      if (!wake) {
        push(holder, Math.max(last.to, busyUntil), at, false);
        push(holder, last.to, busyUntil, true);
        at = last.to;
        break;
      }
      push(holder, wake.at, at, false);
      at = wake.at;
      holder = wake.by;
    }
    push(last.g, last.to, at, false);
    out.push(...back.reverse());
  }

  /** The last wait of the goroutine that another one ended between the two times, or its creation: when, and by whom. */
  private wakeBefore(g: number, from: number, to: number): { at: number; by: number } | undefined {
    const rows = this.rows.of(g);
    for (let i = this.rows.lastStartingBefore(rows, to); i >= 0; i--) {
      const row = rows[i];
      if (this.end[row] <= from) return undefined;
      if (i === 0 && this.start[row] >= from) {
        const by = this.work!.parentOf(g);
        return by >= 0 ? { at: this.start[row], by } : undefined;
      }
      if (this.end[row] > to || textAt(this.state, row) !== "Waiting") continue;
      const by = this.endBy[row];
      if (by < 0 || by === g) continue;
      if (endedByRuntime(textAt(this.reason, row), this.frames.of(this.endStack[row]))) continue;
      return { at: this.end[row], by };
    }
    return undefined;
  }
}

/** What is known of who worked on which task: its regions, and when a goroutine was done with another one. */
class TaskWork {
  private readonly regions = new Map<number, Touch[]>();
  /** By goroutine: when it was done with a task, and which. */
  private readonly done = new Map<number, { at: number; task: number }[]>();
  /** When each task began; none for those that began before the capture. */
  private readonly begun = new Map<number, number>();
  private readonly parents = new Map<number, number>();

  constructor(source: TableSource) {
    const there = new Set(source.schemas().map(({ name }) => name));
    if (there.has("regions")) this.addRegions(source.table("regions"));
    if (there.has("tasks")) this.addTasks(source.table("tasks"));
    if (there.has("goroutines")) {
      const g = numbers(source.table("goroutines"), "g");
      const parent = numbers(source.table("goroutines"), "parent_g");
      for (let row = 0; row < g.length; row++) this.parents.set(g[row], parent[row]);
    }
    for (const list of this.done.values()) list.sort((a, b) => a.at - b.at);
  }

  regionsOf(task: number, from: number, to: number): Touch[] {
    const touches = (this.regions.get(task) ?? []).map((touch) => ({
      g: touch.g,
      from: Math.max(from, touch.from),
      to: Math.min(to, touch.to),
    }));
    return touches.filter((touch) => touch.to > touch.from).sort((a, b) => a.from - b.from || b.to - a.to);
  }

  /** Until when, of this time, the goroutine was busy with an earlier task; `from` when it was not. */
  busyUntil(g: number, { request, start_ns }: Request, from: number, to: number): number {
    const done = this.done.get(g) ?? [];
    let low = 0;
    let high = done.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (done[middle].at < to) low = middle + 1;
      else high = middle;
    }
    for (let i = low - 1; i >= 0 && done[i].at > from; i--) {
      const { task, at } = done[i];
      if (task !== request && !((this.begun.get(task) ?? Number.NEGATIVE_INFINITY) >= start_ns)) return at;
    }
    return from;
  }

  parentOf(g: number): number {
    return this.parents.get(g) ?? -1;
  }

  private addRegions(regions: ColumnTable): void {
    const [task, g, start, end] = ["task", "g", "start_ns", "end_ns"].map((name) => numbers(regions, name));
    for (let row = 0; row < g.length; row++) {
      if (!(task[row] > 0) || !(end[row] >= start[row])) continue;
      const list = this.regions.get(task[row]) ?? [];
      this.regions.set(task[row], list);
      list.push({ g: g[row], from: start[row], to: end[row] });
      this.add(g[row], end[row], task[row]);
    }
  }

  private addTasks(tasks: ColumnTable): void {
    if (!hasColumn(tasks, "end_g")) return;
    const [task, g, start, end] = ["task", "end_g", "start_ns", "end_ns"].map((name) => numbers(tasks, name));
    for (let row = 0; row < g.length; row++) {
      if (!Number.isNaN(start[row])) this.begun.set(task[row], start[row]);
      if (g[row] >= 0 && !Number.isNaN(end[row])) this.add(g[row], end[row], task[row]);
    }
  }

  private add(g: number, at: number, task: number): void {
    const list = this.done.get(g);
    if (list) list.push({ at, task });
    else this.done.set(g, [{ at, task }]);
  }
}

function joined(stretches: readonly Stretch[]): Stretch[] {
  const out: Stretch[] = [];
  for (const stretch of stretches) {
    const last = out[out.length - 1];
    if (last && last.g === stretch.g && last.queued === stretch.queued && last.to === stretch.from) {
      out[out.length - 1] = { ...last, to: stretch.to };
    } else out.push(stretch);
  }
  return out;
}
