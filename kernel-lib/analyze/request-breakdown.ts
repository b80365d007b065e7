import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import { type Analysis, neededTables } from "./analysis.js";
import { type Numbers, numbers, type Texts, textAt, texts } from "./columns.js";
import { GoroutineRows } from "./goroutine-rows.js";
import { coveredNs, firstEndingAfter, type Intervals, intervalsOf, mergeIntervals } from "./intervals.js";
import { namedRanges } from "./named-ranges.js";
import type { Request } from "./request.js";
import { RequestTracks, type Stretch } from "./request-tracks.js";
import { type RequestOptions, requestsOf } from "./requests.js";
import { stopTheWorld } from "./stop-the-world.js";
import type { TableSource } from "./table-source.js";

/** The parts of a request's time, which sum to its duration. */
export const requestParts = [
  "running_ns",
  "assist_ns",
  "sweep_ns",
  "runnable_ns",
  "syscall_ns",
  "network_ns",
  "sync_ns",
  "chan_ns",
  "sleep_ns",
  "gc_wait_ns",
  "other_wait_ns",
  "queue_ns",
  "unknown_ns",
] as const;

type Part = (typeof requestParts)[number];

const ns = { unit: "ns" };
const schema: TableSchema = {
  name: "request_breakdown",
  doc: "Where the time of each request went: parts that do not overlap and sum to its duration, slowest first.",
  columns: [
    column("request", "float64", "task id, or number of the request in the capture"),
    column("type", "string", "task type, region type, HTTP, or entry function"),
    column("g", "float64", "goroutine that served it, or served it last"),
    column("start_ns", "float64", "begin", ns),
    column("dur_ns", "float64", "how long it took", ns),
    column("running_ns", "float64", "executing its own code", ns),
    column("assist_ns", "float64", "marking for the collector while running", ns),
    column("sweep_ns", "float64", "sweeping for its own allocations while running", ns),
    column("runnable_ns", "float64", "ready and waiting for a processor", ns),
    column("syscall_ns", "float64", "in system calls", ns),
    column("network_ns", "float64", "blocked on the network", ns),
    column("sync_ns", "float64", "blocked on mutexes, condition variables, wait groups", ns),
    column("chan_ns", "float64", "blocked on channels and select", ns),
    column("sleep_ns", "float64", "asleep", ns),
    column("gc_wait_ns", "float64", "blocked on the collector, as for assist credit", ns),
    column("other_wait_ns", "float64", "blocked for other or unstated reasons", ns),
    column("queue_ns", "float64", "behind another task, of the goroutine that served it next", ns),
    column("unknown_ns", "float64", "not covered by any known state", ns),
    column("stw_ns", "float64", "beside the parts: how much of it the world was stopped", ns),
    column("mark_ns", "float64", "beside the parts: how much of it marking ran", ns),
    column("stack_id", "int32", "where it was blocked longest", { missing: "-1: never blocked" }),
  ],
};

/**
 * Where each request's time went, slowest first. Requests are user tasks (runtime/trace.NewTask) where the capture
 * has them, else regions, else HTTP requests found from the stacks of net/http servers; `{ requests }` names one, or
 * takes whole goroutines.
 *
 * A request's time is that of the goroutine that served it, between its begin and end; a task that one goroutine began and
 * another ended is followed through all that worked on it (see {@link RequestTracks}). The parts (running, runnable,
 * syscall, blocked by reason, mark assist, sweep, queued, unknown) do not overlap and sum to dur_ns exactly; stw_ns and mark_ns
 * stand beside them, for they happen to whatever it was doing. Assist and sweep are taken out of running. Requests
 * whose begin or end the capture does not have are left out.
 *
 * @throws RangeError when the capture has no goroutine_states or ranges, or none of the requests asked for
 * @example
 * breakdownChart(requestBreakdown(trace));
 */
export function requestBreakdown(source: TableSource, options: RequestOptions = {}): ColumnTable {
  const [states, ranges] = neededTables(requestBreakdownAnalysis, source);
  const requests = requestsOf(source, options);
  const rows = new GoroutineRows(states);
  const split = new Splitter(states, ranges, rows);
  const tracks = new RequestTracks(source, rows);
  const pauses = mergeIntervals(intervalsOf(stopTheWorld(source)));
  const marking = mergeIntervals(intervalsOf(namedRanges(ranges, "GC concurrent mark phase")));
  requests.sort((a, b) => b.dur_ns - a.dur_ns || a.start_ns - b.start_ns);
  const count = requests.length;
  const parts = Object.fromEntries(
    requestParts.map((part) => [part, new Float64Array(count)]),
  ) as PartColumns;
  const stack_id = new Int32Array(count);
  requests.forEach((request, row) => {
    stack_id[row] = split.addParts(tracks.of(request), parts, row);
  });
  const numeric = (value: (request: Request) => number): Float64Array => {
    const values = new Float64Array(count);
    for (let row = 0; row < count; row++) values[row] = value(requests[row]);
    return values;
  };
  return buildTable(schema, {
    request: numeric(({ request }) => request),
    type: requests.map(({ type }) => type),
    g: numeric(({ g }) => g),
    start_ns: numeric(({ start_ns }) => start_ns),
    dur_ns: numeric(({ dur_ns }) => dur_ns),
    ...parts,
    stw_ns: numeric(({ start_ns, end_ns }) => coveredNs(pauses, start_ns, end_ns)),
    mark_ns: numeric(({ start_ns, end_ns }) => coveredNs(marking, start_ns, end_ns)),
    stack_id,
  });
}

/** A column for each part, with a row for each request. */
type PartColumns = Record<Part, Float64Array>;

/** Divides stretches of goroutines' lives into parts. */
class Splitter {
  private readonly state: Texts;
  private readonly start: Numbers;
  private readonly end: Numbers;
  private readonly p: Numbers;
  private readonly stack: Numbers;
  private readonly waitPart: readonly Part[];
  private readonly reason: Texts;
  private readonly rows: GoroutineRows;
  private readonly assists: Map<number, Intervals>;
  private readonly sweeps: Map<number, Intervals>;

  constructor(states: ColumnTable, ranges: ColumnTable, rows: GoroutineRows) {
    this.state = texts(states, "state");
    this.start = numbers(states, "start_ns");
    this.end = numbers(states, "end_ns");
    this.p = numbers(states, "p");
    this.stack = numbers(states, "stack_id");
    this.reason = texts(states, "reason");
    this.waitPart = this.reason.values.map((reason) => waitPart(reason ?? ""));
    this.rows = rows;
    this.assists = byScope(namedRanges(ranges, "GC mark assist"));
    this.sweeps = byScope(namedRanges(ranges, "GC incremental sweep"));
  }

  /** Adds the request's parts to its row of the columns; the stack where it was blocked longest. */
  addParts(track: readonly Stretch[], parts: PartColumns, at: number): number {
    const longest = { ns: 0, stack: -1 };
    for (const stretch of track) {
      if (stretch.queued) parts.queue_ns[at] += stretch.to - stretch.from;
      else this.addStretch(stretch, parts, at, longest);
    }
    return longest.stack;
  }

  private addStretch(
    { g, from: start_ns, to: end_ns }: Stretch,
    parts: PartColumns,
    at: number,
    longest: { ns: number; stack: number },
  ): void {
    let known = 0;
    const rows = this.rows.of(g);
    for (
      let i = this.rows.firstEndingAfter(rows, start_ns);
      i < rows.length && this.start[rows[i]] < end_ns;
      i++
    ) {
      const row = rows[i];
      const from = Math.max(start_ns, this.start[row]);
      const to = Math.min(end_ns, this.end[row]);
      if (to <= from) continue;
      known += to - from;
      const state = textAt(this.state, row);
      if (state === "Running") this.addRunning(parts, at, g, row, from, to);
      else if (state === "Runnable") parts.runnable_ns[at] += to - from;
      else if (state === "Syscall") parts.syscall_ns[at] += to - from;
      else if (state === "Waiting") {
        parts[this.waitPart[this.reason.codes[row]] ?? "other_wait_ns"][at] += to - from;
        if (to - from > longest.ns) {
          longest.ns = to - from;
          longest.stack = this.stack[row];
        }
      } else known -= to - from;
    }
    parts.unknown_ns[at] += end_ns - start_ns - known;
  }

  // Assists belong to the goroutine, sweeps to the processor it ran on; a sweep within an assist counts as assist.
  private addRunning(parts: PartColumns, at: number, g: number, row: number, from: number, to: number): void {
    const assists = this.assists.get(g);
    const sweeps = this.sweeps.get(this.p[row]);
    const assist = assists ? coveredNs(assists, from, to) : 0;
    const either = sweeps ? coveredNs(assists ? union(assists, sweeps, from, to) : sweeps, from, to) : assist;
    parts.assist_ns[at] += assist;
    parts.sweep_ns[at] += either - assist;
    parts.running_ns[at] += to - from - either;
  }
}

function union(a: Intervals, b: Intervals, from: number, to: number): Intervals {
  const both: [number, number][] = [];
  for (const { starts, ends } of [a, b]) {
    for (let i = firstEndingAfter({ starts, ends }, from); i < starts.length && starts[i] < to; i++) {
      both.push([starts[i], ends[i]]);
    }
  }
  both.sort((x, y) => x[0] - y[0]);
  return mergeIntervals({
    starts: Float64Array.from(both, ([start]) => start),
    ends: Float64Array.from(both, ([, end]) => end),
  });
}

// The runtime's reasons, as it names them in traces since Go 1.22.
function waitPart(reason: string): Part {
  if (reason === "network") return "network_ns";
  if (reason === "sleep") return "sleep_ns";
  if (/chan|select/.test(reason)) return "chan_ns";
  if (/sync/.test(reason)) return "sync_ns";
  if (/GC|sweep/.test(reason)) return "gc_wait_ns";
  return "other_wait_ns";
}

function byScope(ranges: ColumnTable): Map<number, Intervals> {
  const scope = numbers(ranges, "scope_id");
  const start = numbers(ranges, "start_ns");
  const end = numbers(ranges, "end_ns");
  const rows = new Map<number, [number, number][]>();
  for (let row = 0; row < scope.length; row++) {
    const list = rows.get(scope[row]) ?? [];
    rows.set(scope[row], list);
    list.push([start[row], end[row]]);
  }
  return new Map(
    [...rows].map(([id, list]) => {
      list.sort((a, b) => a[0] - b[0]);
      const merged = mergeIntervals({
        starts: Float64Array.from(list, ([from]) => from),
        ends: Float64Array.from(list, ([, to]) => to),
      });
      return [id, merged];
    }),
  );
}

export const requestBreakdownAnalysis: Analysis = {
  name: "requestBreakdown",
  accepts: ["go-trace"],
  needs: { goroutine_states: [], ranges: [] },
  schema,
  build: (source: TableSource) => requestBreakdown(source, { optional: true }),
};
