import { textAt } from "../analyze/columns.js";
import type { TraceView } from "../analyze/trace-view.js";
import type { ReleaseIndex } from "./release-index.js";

/** A stretch of what somebody waited for: what the goroutine at the end of the chain of wakers did then. */
export interface Leaf {
  readonly g: number;
  readonly row: number;
  readonly from: number;
  readonly to: number;
  /** The wait whose end led to this goroutine; its end's stack is where this goroutine released what was waited for. */
  readonly by: number;
  readonly depth: number;
  /** Held by somebody the trace does not name. */
  readonly unknown: boolean;
}

interface Leg {
  g: number;
  from: number;
  to: number;
  by: number;
  depth: number;
}

/** Steps that one wait's path may have: a bound for memory, far beyond what paths have. */
const mostSteps = 50_000;

/**
 * Follows a wait to whoever ended it, and their waits to whoever ended those, back to when it began. A waker is followed only
 * as far as it had to do with what was waited for: before it took the lock, or was in the function that released it, somebody
 * else held it, and the path turns to them.
 */
export class WaitPath {
  private readonly view: TraceView;
  private readonly releases: ReleaseIndex;
  private leaves: Leaf[] = [];
  private legs: Leg[] = [];

  constructor(view: TraceView, releases: ReleaseIndex) {
    this.view = view;
    this.releases = releases;
  }

  /** What was waited for in this part of a wait, the last first; itself where the runtime ended it. */
  of(row: number, from: number, to: number): Leaf[] {
    this.leaves = [];
    this.legs = [];
    this.enter(row, from, to, 0);
    for (let leg = this.legs.pop(); leg; leg = this.legs.pop()) this.back(leg);
    return this.leaves;
  }

  private leaf(
    g: number,
    row: number,
    from: number,
    to: number,
    by: number,
    depth: number,
    unknown = false,
  ): void {
    if (to > from) this.leaves.push({ g, row, from, to, by, depth, unknown });
  }

  // A wait: its time is that of whoever ended it, unless that is the runtime.
  private enter(row: number, from: number, to: number, depth: number): void {
    const { view } = this;
    const waker = to === view.end[row] ? view.wakerOf(row) : -1;
    if (waker < 0 || this.leaves.length > mostSteps) {
      this.leaf(view.g[row], row, from, to, row, depth);
      return;
    }
    const since = this.releases.involvedSince(row, waker, from);
    if (since > from) this.turn(row, from, Math.min(since, to), depth);
    this.legs.push({ g: waker, from: Math.max(from, Math.min(since, to)), to, by: row, depth: depth + 1 });
  }

  // Before the waker had to do with it: whoever released it last before.
  private turn(row: number, from: number, to: number, depth: number): void {
    const { view } = this;
    const before = this.releases.lastBefore(row, to, from);
    if (before < 0) {
      this.leaf(view.g[row], row, from, to, row, depth, true);
      return;
    }
    const at = view.end[before];
    // Between that release and then nobody is known to have held it.
    this.leaf(view.g[row], row, at, to, row, depth, true);
    const waker = view.wakerOf(before);
    const since = Math.max(from, this.releases.involvedSince(before, waker, from));
    if (since > from && since < at) this.turn(row, from, since, depth);
    this.legs.push({ g: waker, from: Math.min(since, at), to: at, by: before, depth: depth + 1 });
  }

  private back({ g, from, to, by, depth }: Leg): void {
    const { view } = this;
    const rows = view.rows.of(g);
    let at = to;
    for (let i = view.rows.lastStartingBefore(rows, to); i >= 0 && at > from; i--) {
      const row = rows[i];
      if (view.end[row] < at) this.leaf(g, -1, Math.max(from, view.end[row]), at, by, depth, true);
      at = Math.min(at, view.end[row]);
      const begin = Math.max(from, view.start[row]);
      if (at <= begin) continue;
      if (view.state.codes[row] === view.waiting && at === view.end[row] && view.wakerOf(row) >= 0) {
        this.legs.push({ g, from, to: begin, by, depth });
        this.enter(row, begin, at, depth);
        return;
      }
      this.leaf(g, row, begin, at, by, depth);
      at = begin;
    }
    if (at <= from) return;
    const parent = rows.length > 0 && !view.left[rows[0]] ? view.parentOf(g) : -1;
    if (parent >= 0 && parent !== g && this.leaves.length < mostSteps) {
      this.legs.push({ g: parent, from, to: at, by, depth: depth + 1 });
    } else this.leaf(g, -1, from, at, by, depth, true);
  }
}

/** The state of a leaf's goroutine. */
export function leafState(view: TraceView, leaf: Leaf): string {
  return leaf.row < 0 ? "unknown" : (textAt(view.state, leaf.row) ?? "unknown");
}
