import type { ColumnTable } from "arquero";
import { Growable } from "../bytes/growable.js";
import { buildTable } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTables } from "./analysis.js";
import { numbers, texts } from "./columns.js";
import { ProcessorsOverTime } from "./processors-over-time.js";
import { needTables, type TableSource } from "./table-source.js";

export const idleBreakdownAnalysis: Analysis = {
  name: "idleBreakdown",
  accepts: ["go-trace"],
  needs: {
    thread_states: ["state", "p", "dur_ns"],
    goroutine_states: ["state", "start_ns", "end_ns"],
    proc_states: ["p", "state", "start_ns", "end_ns"],
  },
  schema: {
    name: "idle_breakdown",
    doc: "What processors did, and whether work waited while they were idle.",
    columns: [
      column("state", "string", "what they did"),
      column("total_ns", "float64", "time of processors in it", { unit: "ns" }),
      column("share", "float64", "of the processors' time", { unit: "ratio" }),
    ],
  },
  build: idleBreakdown,
};

/**
 * What processors did, and whether work waited while they were idle. One row per state: state, total_ns, share.
 * States: `running goroutines`, `in system calls` (a processor whose goroutine is in one), `scheduling` (looking for
 * work, or running the runtime's own), `idle, nothing to do`, and `idle while goroutines were runnable`: for as many
 * idle processors as there were runnable goroutines. They sum to the processors' time in the capture; those that GOMAXPROCS
 * left out for a time are not counted then.
 *
 * A runnable goroutine beside an idle processor is often one that was made runnable a moment ago and whose processor
 * is just being woken; {@link runnableQueue} shows when, and for how long.
 *
 * @throws RangeError when the capture has no goroutine_states, proc_states or thread_states
 * @example
 * idleBreakdown(trace).objects();
 */
export function idleBreakdown(source: TableSource): ColumnTable {
  const [threads] = neededTables(idleBreakdownAnalysis, source);
  const busy = new Map<string, number>();
  const state = texts(threads, "state");
  const p = numbers(threads, "p");
  const duration = numbers(threads, "dur_ns");
  for (let row = 0; row < duration.length; row++) {
    if (p[row] < 0) continue;
    const name = state.values[state.codes[row]] ?? "unknown";
    busy.set(name, (busy.get(name) ?? 0) + duration[row]);
  }
  let wasted = 0;
  let idle = 0;
  for (const step of steps(source, "idleBreakdown")) {
    wasted += step.dur * Math.min(step.idle, step.runnable);
    idle += step.dur * step.idle;
  }
  const rows: [string, number][] = [
    ["running goroutines", busy.get("Running") ?? 0],
    ["in system calls", busy.get("Syscall") ?? 0],
    ["scheduling", busy.get("Scheduling") ?? 0],
    ["idle, nothing to do", idle - wasted],
    ["idle while goroutines were runnable", wasted],
  ];
  const total = rows.reduce((sum, [, ns]) => sum + ns, 0);
  return buildTable(idleBreakdownAnalysis.schema, {
    state: rows.map(([name]) => name),
    total_ns: Float64Array.from(rows, ([, ns]) => ns),
    share: Float64Array.from(rows, ([, ns]) => (total > 0 ? ns / total : 0)),
  });
}

export const runnableQueueAnalysis: Analysis = {
  name: "runnableQueue",
  accepts: ["go-trace"],
  needs: {
    goroutine_states: ["state", "start_ns", "end_ns"],
    proc_states: ["p", "state", "start_ns", "end_ns"],
  },
  schema: {
    name: "runnable_queue",
    doc: "Runnable goroutines and idle processors over time, in equal stretches.",
    columns: [
      column("start_ns", "float64", "where the stretch begins", { unit: "ns" }),
      column("end_ns", "float64", "where it ends", { unit: "ns" }),
      column("runnable_mean", "float64", "runnable goroutines, by time", { unit: "count" }),
      column("runnable_max", "float64", "the most at once", { unit: "count" }),
      column("busy_mean", "float64", "processors that were not idle", { unit: "count" }),
      column("idle_mean", "float64", "processors that were", { unit: "count" }),
      column("wasted_ns", "float64", "time of idle processors while that many goroutines were runnable", {
        unit: "ns",
      }),
    ],
  },
  build: runnableQueue,
};

/**
 * Runnable goroutines and idle processors over time, in equal stretches. Columns: start_ns, end_ns, runnable_mean
 * (time-weighted) and runnable_max, busy_mean (processors not idle), idle_mean, and wasted_ns (time of idle
 * processors while that many goroutines were runnable). Exact in every stretch, however many changes it holds.
 *
 * @param options.bins how many stretches (default 400)
 * @throws RangeError when the capture has no goroutine_states or proc_states
 * @example
 * queueChart(runnableQueue(trace));
 */
export function runnableQueue(
  source: TableSource,
  options: { bins?: number; from_ns?: number; to_ns?: number } = {},
): ColumnTable {
  const [first, last] = spanOf(neededTables(runnableQueueAnalysis, source));
  const from = options.from_ns ?? first;
  const to = options.to_ns ?? last;
  const bins = options.bins ?? 400;
  const width = (to - from) / bins;
  const sums = {
    runnable: zeros(bins),
    busy: zeros(bins),
    idle: zeros(bins),
    wasted: zeros(bins),
    max: zeros(bins),
  };
  for (const { start, dur, runnable, idle, busy } of steps(source, "runnableQueue")) {
    const end = Math.min(to, start + dur);
    let at = Math.max(from, start);
    for (let bin = Math.max(0, Math.floor((at - from) / width)); bin < bins && at < end; bin++) {
      const until = bin === bins - 1 ? end : Math.min(end, from + (bin + 1) * width);
      const ns = Math.max(0, until - at);
      sums.runnable[bin] += ns * runnable;
      sums.idle[bin] += ns * idle;
      sums.busy[bin] += ns * busy;
      sums.wasted[bin] += ns * Math.min(idle, runnable);
      if (ns > 0 && runnable > sums.max[bin]) sums.max[bin] = runnable;
      at = Math.max(at, until);
    }
  }
  const mean = (values: Float64Array): Float64Array => values.map((ns) => ns / width);
  return buildTable(runnableQueueAnalysis.schema, {
    start_ns: Float64Array.from({ length: bins }, (_, bin) => from + bin * width),
    end_ns: Float64Array.from({ length: bins }, (_, bin) => from + (bin + 1) * width),
    runnable_mean: mean(sums.runnable),
    runnable_max: sums.max,
    busy_mean: mean(sums.busy),
    idle_mean: mean(sums.idle),
    wasted_ns: sums.wasted,
  });
}

function spanOf(tables: readonly ColumnTable[]): [number, number] {
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const states of tables) {
    const start = numbers(states, "start_ns");
    const end = numbers(states, "end_ns");
    for (let row = 0; row < start.length; row++) {
      first = Math.min(first, start[row]);
      last = Math.max(last, end[row]);
    }
  }
  return first < last ? [first, last] : [0, 1];
}

function zeros(length: number): Float64Array {
  return new Float64Array(length);
}

interface Step {
  start: number;
  dur: number;
  runnable: number;
  idle: number;
  busy: number;
}

// Between two changes the number of runnable goroutines, of idle and of other processors is constant. Starts and ends
// are sorted apart and merged, so that nothing is made per interval but its numbers. The step given is reused.
function* steps(source: TableSource, analysis: string): Generator<Step> {
  const [goroutines, procs] = needTables(source, analysis, ["goroutine_states", "proc_states"]);
  const existing = new ProcessorsOverTime(source);
  const counts = [edges(goroutines, "Runnable"), edges(procs, "Idle", existing), edges(procs, "Running")];
  const step: Step = { start: 0, dur: 0, runnable: 0, idle: 0, busy: 0 };
  let at = nextEdge(counts);
  while (at < Number.POSITIVE_INFINITY) {
    for (const count of counts) {
      while (count.starts[count.started] === at) count.started++;
      while (count.ends[count.ended] === at) count.ended++;
    }
    const next = nextEdge(counts);
    if (next === Number.POSITIVE_INFINITY) return;
    const [runnable, idle, busy] = counts;
    step.start = at;
    step.dur = next - at;
    step.runnable = runnable.started - runnable.ended;
    step.idle = idle.started - idle.ended;
    step.busy = busy.started - busy.ended;
    yield step;
    at = next;
  }
}

interface Edges {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** How many have started and ended so far. */
  started: number;
  ended: number;
}

// A processor that GOMAXPROCS no longer covers is not idle: it is not there, though its last state lasts to the end.
function edges(states: ColumnTable, wanted: string, existing?: ProcessorsOverTime): Edges {
  const state = texts(states, "state");
  const code = state.values.indexOf(wanted);
  const start = numbers(states, "start_ns");
  const end = numbers(states, "end_ns");
  const p = existing ? numbers(states, "p") : [];
  const starts = new Growable(Float64Array);
  const ends = new Growable(Float64Array);
  for (let row = 0; row < start.length; row++) {
    if (code < 0 || state.codes[row] !== code || end[row] <= start[row]) continue;
    for (const [from, to] of existing?.during(p[row], start[row], end[row]) ?? [[start[row], end[row]]]) {
      starts.push(from);
      ends.push(to);
    }
  }
  return {
    starts: starts.finish().sort(),
    ends: ends.finish().sort(),
    started: 0,
    ended: 0,
  };
}

function nextEdge(counts: readonly Edges[]): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { starts, ends, started, ended } of counts) {
    if (started < starts.length && starts[started] < next) next = starts[started];
    if (ended < ends.length && ends[ended] < next) next = ends[ended];
  }
  return next;
}
