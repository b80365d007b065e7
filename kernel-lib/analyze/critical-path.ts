import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTables } from "./analysis.js";
import { textAt } from "./columns.js";
import type { TableSource } from "./table-source.js";
import { type TraceView, traceView } from "./trace-view.js";

/** A stretch of a goroutine's life whose critical path is asked for. */
export interface PathQuery {
  g: number;
  from_ns: number;
  to_ns: number;
  /** Steps at most; without it as many as there are. */
  limit?: number;
}

export const criticalPathAnalysis: Analysis = {
  name: "criticalPath",
  accepts: ["go-trace"],
  needs: {
    goroutines: ["g", "name"],
    goroutine_states: ["g", "state", "start_ns", "end_ns", "reason", "stack_id"],
  },
  schema: {
    name: "critical_path",
    doc: "What held a goroutine up, transitively: the path that ends with it, in time order.",
    columns: [
      column("g", "float64", "the goroutine that is the path"),
      column("name", "string", "its entry function"),
      column("state", "string", "what it did"),
      column("start_ns", "float64", "from when", { unit: "ns" }),
      column("end_ns", "float64", "until when", { unit: "ns" }),
      column("dur_ns", "float64", "how long", { unit: "ns" }),
      column("reason", "string", "why it was in that state", { missing: "none was recorded" }),
      column("stack_id", "int32", "the stack at which it came there", { missing: "-1: not recorded" }),
      column("depth", "int32", "how many wakers away from the goroutine asked for", { unit: "count" }),
      column("stopped", "string", "why the path did not go on", { missing: "it did" }),
    ],
  },
  asks: "a goroutine and when",
  build: criticalPath,
};

/**
 * What held a goroutine up, transitively: the path that ends with it at `to_ns`, walked backwards. While it ran, was
 * runnable or in a system call, that is the path; where it waited, the path follows whoever woke it, from the moment
 * of the wake, back to when the wait began. Rows in time order, without gap or overlap from `from_ns` to `to_ns`:
 * g, name, state, start_ns, end_ns, dur_ns, reason, stack_id, depth (how many wakers away from the goroutine asked for), and
 * stopped: why the path did not go on from a wait, or from what is not known; null where it did not stop.
 *
 * A waker is followed only within the wait that it ended, so the path steps into another request just for the time
 * in which it held this one up; one that was created meanwhile is followed back into who created it. A wait that the runtime ended
 * (network, timer) stays a wait: nothing in the trace held it up. So does one that the network poller ended in passing,
 * in the context of a goroutine that started the world again.
 *
 * @throws RangeError when the capture has no goroutine_states or goroutines
 * @example
 * const [slowest] = requestBreakdown(trace).objects({ limit: 1 });
 * criticalPath(trace, { g: slowest.g, from_ns: slowest.start_ns, to_ns: slowest.start_ns + slowest.dur_ns });
 */
export function criticalPath(source: TableSource, query: PathQuery): ColumnTable {
  neededTables(criticalPathAnalysis, source);
  const view = traceView(source);
  const rows = new PathWalk(view, query.limit ?? Number.POSITIVE_INFINITY).walk(query).reverse();
  return buildTable(criticalPathAnalysis.schema, {
    g: Float64Array.from(rows, (step) => step.g),
    name: rows.map((step) => view.nameOf(step.g)),
    state: rows.map((step) => step.state),
    start_ns: Float64Array.from(rows, (step) => step.from),
    end_ns: Float64Array.from(rows, (step) => step.to),
    dur_ns: Float64Array.from(rows, (step) => step.to - step.from),
    reason: rows.map((step) => step.reason),
    stack_id: Int32Array.from(rows, (step) => step.stack),
    depth: Int32Array.from(rows, (step) => step.depth),
    stopped: rows.map((step) => step.stopped),
  });
}

/** One step of a path. */
export interface PathStep {
  g: number;
  state: string;
  from: number;
  to: number;
  /** The row of `goroutine_states`; -1 for what no row covers. */
  row: number;
  reason: string | null;
  stack: number;
  depth: number;
  stopped: string | null;
}

/** A goroutine to be walked back from `to` to `from`. */
interface Leg {
  g: number;
  from: number;
  to: number;
  depth: number;
}

class PathWalk {
  private readonly view: TraceView;
  private readonly limit: number;
  private readonly path: PathStep[] = [];
  /** What is left to walk once a waker has been: deeper ones cover later times. */
  private readonly legs: Leg[] = [];

  constructor(view: TraceView, limit: number) {
    this.view = view;
    this.limit = limit;
  }

  /** The path's steps, the last first. */
  walk({ g, from_ns, to_ns }: PathQuery): PathStep[] {
    this.legs.push({ g, from: from_ns, to: to_ns, depth: 0 });
    for (let leg = this.legs.pop(); leg; leg = this.legs.pop()) this.back(leg);
    return this.path;
  }

  // Walks one goroutine back until it waited for another; the rest of it is a leg for later.
  private back({ g, from, to, depth }: Leg): void {
    const { view } = this;
    const rows = view.rows.of(g);
    let at = to;
    for (let i = view.rows.lastStartingBefore(rows, to); i >= 0 && at > from; i--) {
      const row = rows[i];
      if (view.end[row] < at) this.pushUnknown(g, Math.max(from, view.end[row]), at, depth);
      at = Math.min(at, view.end[row]);
      const begin = Math.max(from, view.start[row]);
      if (at <= begin) continue;
      const stopped = this.whyStop(row, at);
      if (stopped === undefined) {
        this.legs.push({ g, from, to: begin, depth });
        this.legs.push({ g: view.wakerOf(row), from: begin, to: at, depth: depth + 1 });
        return;
      }
      this.push(g, row, begin, at, depth, stopped);
      at = begin;
    }
    if (at <= from) return;
    const parent = rows.length > 0 && !view.left[rows[0]] ? view.parentOf(g) : -1;
    if (parent >= 0 && parent !== g && this.path.length < this.limit) {
      this.legs.push({ g: parent, from, to: at, depth: depth + 1 });
    } else this.pushUnknown(g, from, at, depth);
  }

  // Undefined: the path goes on in whoever ended the wait; null: there is nothing to follow, it was no wait.
  private whyStop(row: number, at: number): string | null | undefined {
    const { view } = this;
    if (view.state.codes[row] !== view.waiting) return null;
    if (view.right[row]) return "the capture ended first";
    if (at !== view.end[row]) return "it went on beyond the time asked for";
    if (view.endedInPassing(row)) return "the runtime ended it, in passing";
    if (view.wakerOf(row) < 0) return "the runtime ended it";
    return this.path.length >= this.limit ? "the limit of steps was reached" : undefined;
  }

  private push(
    g: number,
    row: number,
    from: number,
    to: number,
    depth: number,
    stopped: string | null,
  ): void {
    if (to <= from) return;
    const { view } = this;
    const state = textAt(view.state, row) ?? "unknown";
    const reason = textAt(view.reason, row);
    this.path.push({ g, state, from, to, row, reason, stack: view.stack[row], depth, stopped });
  }

  private pushUnknown(g: number, from: number, to: number, depth: number): void {
    if (to <= from) return;
    const stopped = "no state of it is known";
    this.path.push({ g, state: "unknown", from, to, row: -1, reason: null, stack: -1, depth, stopped });
  }
}
