import type { ColumnTable } from "arquero";
import { buildTable, tableFromRows } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTable, neededTables } from "./analysis.js";
import { numbers } from "./columns.js";
import { coveredNs, type Intervals, intervalsOf, lastAtOrBefore, mergeIntervals } from "./intervals.js";
import { metricSteps, valueAt } from "./metric-steps.js";
import { namedRanges } from "./named-ranges.js";
import type { TableOr, TableSource } from "./table-source.js";

export const gcCyclesAnalysis: Analysis = {
  name: "gcCycles",
  accepts: ["go-trace"],
  needs: { ranges: ["name", "start_ns", "end_ns"], metrics: ["name", "time_ns", "value"] },
  schema: {
    name: "gc_cycles",
    doc: "What each garbage collection of the trace cost, by start; what the capture does not show is NaN.",
    columns: [
      column("cycle", "float64", "its number in the capture, from 1"),
      column("start_ns", "float64", "when it began, its pauses included", { unit: "ns" }),
      column("end_ns", "float64", "when it ended, its pauses included", { unit: "ns" }),
      column("sweep_term_ns", "float64", "the pause that opens it", { unit: "ns" }),
      column("mark_term_ns", "float64", "the pause that closes it", { unit: "ns" }),
      column("stw_ns", "float64", "both pauses", { unit: "ns" }),
      column("mark_ns", "float64", "the mark phase without the pauses in it", { unit: "ns" }),
      column("assist_ns", "float64", "marking that the program's own goroutines did, added up", {
        unit: "ns",
      }),
      column("assists", "float64", "how many stretches of it", { unit: "count" }),
      column("heap_start_bytes", "float64", "objects on the heap when it began", { unit: "bytes" }),
      column("heap_end_bytes", "float64", "objects on the heap when it ended", { unit: "bytes" }),
      column("goal_bytes", "float64", "the goal it was to stay below", { unit: "bytes" }),
    ],
  },
  build: gcCycles,
};

/**
 * What each garbage collection of a trace cost. One row per mark phase, by start: cycle (from 1 in the capture),
 * start_ns and end_ns (with its pauses), sweep_term_ns and mark_term_ns (its two pauses), stw_ns (their sum), mark_ns
 * (the mark phase without the pauses in it: concurrent, not a pause), assist_ns and assists (marking that the
 * program's own goroutines did in the cycle), heap_start_bytes and heap_end_bytes (objects on the heap when it began
 * and ended) and goal_bytes (the goal it was to stay below). What the capture does not show is NaN.
 *
 * Definitions are those of the runtime's trace events: a pause reaches from the moment the runtime begins to stop the
 * world to the moment it has started it again. `gctrace=1` prints shorter pauses: its third clock field ends before
 * the world is started, which takes long where processors are scarce ({@link compareGcCycles} shows both).
 *
 * @throws RangeError when the capture has no ranges or metrics
 * @example
 * gcCycles(trace).rollup({ pause_ns: op.sum("stw_ns"), worst_ns: op.max("stw_ns") });
 */
export function gcCycles(source: TableSource): ColumnTable {
  const [ranges, metrics] = neededTables(gcCyclesAnalysis, source);
  const marks = intervalsOf(namedRanges(ranges, "GC concurrent mark phase"));
  const opening = intervalsOf(namedRanges(ranges, "stop-the-world (GC sweep termination)"));
  const closing = intervalsOf(namedRanges(ranges, "stop-the-world (GC mark termination)"));
  const assists = intervalsOf(namedRanges(ranges, "GC mark assist"));
  const pauses = mergeIntervals(joined(opening, closing));
  const heap = metricSteps(metrics, "/memory/classes/heap/objects:bytes");
  const goal = metricSteps(metrics, "/gc/heap/goal:bytes");
  const cycles = Array.from(marks.starts, (start, i) => {
    const end = marks.ends[i];
    const before = i > 0 ? marks.ends[i - 1] : Number.NEGATIVE_INFINITY;
    const after = marks.starts[i + 1] ?? Number.POSITIVE_INFINITY;
    // The pause that opens a cycle begins just before or just after the mark phase's event, the one that closes it
    // around its end.
    const opens = nearest(opening, start, before, end);
    const closes = nearest(closing, end, start, after);
    const [sweep_term_ns, mark_term_ns] = [length(opening, opens), length(closing, closes)];
    return {
      cycle: i + 1,
      start_ns: Math.min(start, opens < 0 ? start : opening.starts[opens]),
      end_ns: Math.max(end, closes < 0 ? end : closing.ends[closes]),
      sweep_term_ns,
      mark_term_ns,
      stw_ns: sweep_term_ns + mark_term_ns,
      mark_ns: end - start - coveredNs(pauses, start, end),
      ...within(assists, start, end),
      heap_start_bytes: valueAt(heap, start),
      heap_end_bytes: valueAt(heap, end),
      goal_bytes: valueAt(goal, start),
    };
  });
  return tableFromRows(gcCyclesAnalysis.schema, cycles);
}

function joined(a: Intervals, b: Intervals): Intervals {
  const both = [a, b].flatMap(({ starts, ends }) =>
    Array.from(starts, (start, i): [number, number] => [start, ends[i]]),
  );
  both.sort((x, y) => x[0] - y[0]);
  return {
    starts: Float64Array.from(both, ([start]) => start),
    ends: Float64Array.from(both, ([, end]) => end),
  };
}

/** The interval that begins nearest to `time`, of those that begin between two others; -1 when none does. */
function nearest({ starts }: Intervals, time: number, after: number, before: number): number {
  let best = -1;
  const at = lastAtOrBefore(starts, time);
  for (const i of [at, at + 1]) {
    if (i < 0 || i >= starts.length || starts[i] < after || starts[i] > before) continue;
    if (best < 0 || Math.abs(starts[i] - time) < Math.abs(starts[best] - time)) best = i;
  }
  return best;
}

function length({ starts, ends }: Intervals, i: number): number {
  return i < 0 ? Number.NaN : ends[i] - starts[i];
}

// Assists of several goroutines run at once: their times add up.
function within(
  { starts, ends }: Intervals,
  from: number,
  to: number,
): { assist_ns: number; assists: number } {
  let assist_ns = 0;
  let assists = 0;
  for (let i = Math.max(0, lastAtOrBefore(starts, from)); i < starts.length && starts[i] < to; i++) {
    const ns = Math.min(ends[i], to) - Math.max(starts[i], from);
    if (ns <= 0) continue;
    assist_ns += ns;
    assists++;
  }
  return { assist_ns, assists };
}

export const compareGcCyclesAnalysis: Analysis = {
  name: "compareGcCycles",
  accepts: ["go-trace"],
  needs: { gc_cycles: ["cycle", "mark_ns", "stw_ns"] },
  schema: {
    name: "compare_gc_cycles",
    doc: "The cycles of a trace beside the same cycles as GODEBUG=gctrace=1 printed them.",
    columns: [
      column("cycle", "float64", "number in the trace"),
      column("gc", "float64", "number in the log"),
      column("mark_ns", "float64", "mark phase in the trace", { unit: "ns" }),
      column("log_mark_ns", "float64", "mark phase in the log", { unit: "ns" }),
      column("log_mark_err_ns", "float64", "what rounding in the log's digits can hide", { unit: "ns" }),
      column("stw_ns", "float64", "both pauses in the trace", { unit: "ns" }),
      column("log_stw_ns", "float64", "both pauses in the log", { unit: "ns" }),
      column("log_stw_err_ns", "float64", "what rounding in the log's digits can hide", { unit: "ns" }),
    ],
  },
  asks: "the gc_cycles of the log",
  build: compareGcCycles,
};

const logCycles: Analysis = {
  ...compareGcCyclesAnalysis,
  accepts: ["godebug"],
  needs: {
    gc_cycles: [
      "gc",
      "mark_ns",
      "mark_err_ns",
      "stw_sweep_term_ns",
      "stw_mark_term_ns",
      "stw_sweep_term_err_ns",
      "stw_mark_term_err_ns",
    ],
  },
};

/**
 * The cycles of a trace beside the same cycles as `GODEBUG=gctrace=1` printed them. The log starts with the program
 * and the trace later, so cycles are matched in order, at the offset where their mark times agree best. Columns:
 * cycle (in the trace), gc (the log's number), mark_ns, log_mark_ns and log_mark_err_ns (what the log's rounding down
 * hides), stw_ns, log_stw_ns and log_stw_err_ns.
 *
 * @param trace the trace, or its {@link gcCycles}
 * @param godebug the GODEBUG log, or its table gc_cycles, in order
 * @throws RangeError when one side has no cycles
 * @example
 * compareGcCycles(trace, log);
 */
export function compareGcCycles(trace: TableOr, godebug: TableOr): ColumnTable {
  const cycles = neededTable(compareGcCyclesAnalysis, trace);
  const log = neededTable(logCycles, godebug);
  const mark = numbers(cycles, "mark_ns");
  const logMark = numbers(log, "mark_ns");
  if (mark.length === 0 || logMark.length === 0) {
    const counts = `the trace has ${mark.length}, the log ${logMark.length}`;
    throw new RangeError(`compareGcCycles needs cycles on both sides; ${counts}`);
  }
  const offset = bestOffset(mark, logMark);
  const rows = Array.from(mark, (_, row) => row).filter((row) => logMark[row + offset] !== undefined);
  const here = (name: string): Float64Array => {
    const values = numbers(cycles, name);
    return Float64Array.from(rows, (row) => values[row]);
  };
  const there = (name: string): Float64Array => {
    const values = numbers(log, name);
    return Float64Array.from(rows, (row) => values[row + offset]);
  };
  return buildTable(compareGcCyclesAnalysis.schema, {
    cycle: here("cycle"),
    gc: there("gc"),
    mark_ns: here("mark_ns"),
    log_mark_ns: there("mark_ns"),
    log_mark_err_ns: there("mark_err_ns"),
    stw_ns: here("stw_ns"),
    log_stw_ns: sum(there("stw_sweep_term_ns"), there("stw_mark_term_ns")),
    log_stw_err_ns: sum(there("stw_sweep_term_err_ns"), there("stw_mark_term_err_ns")),
  });
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, row) => value + b[row]);
}

// Logarithms, so that one long cycle does not outweigh the rest.
function bestOffset(mark: ArrayLike<number>, logMark: ArrayLike<number>): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let offset = 0; offset <= Math.max(0, logMark.length - mark.length); offset++) {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < mark.length && i + offset < logMark.length; i++) {
      if (!(mark[i] > 0 && logMark[i + offset] > 0)) continue;
      sum += Math.abs(Math.log(mark[i] / logMark[i + offset]));
      count++;
    }
    if (count > 0 && sum / count < least) {
      least = sum / count;
      best = offset;
    }
  }
  return best;
}

/**
 * How the times of a GODEBUG log, which count from the process's start, lie on a trace's axis: by the collections that
 * both saw. The offset is the median of the differences of their starts, the error their spread, which includes the
 * log's rounding to a millisecond.
 *
 * @param godebug the GODEBUG log, or its table gc_cycles
 * @throws RangeError when one side has no cycles
 * @example
 * const { offset_ns, error_ns } = alignGcLog(trace, log);
 */
export function alignGcLog(source: TableSource, godebug: TableOr): { offset_ns: number; error_ns: number } {
  const log = neededTable(logCycles, godebug);
  const cycles = gcCycles(source);
  const matched = compareGcCycles(cycles, log);
  const starts = byNumber(cycles, "cycle", "start_ns");
  const times = byNumber(log, "gc", "time_ns");
  const gc = numbers(matched, "gc");
  const differences = Array.from(numbers(matched, "cycle") as Float64Array, (cycle, row) => {
    return (starts.get(cycle) ?? Number.NaN) - (times.get(gc[row]) ?? Number.NaN);
  }).sort((a, b) => a - b);
  return {
    offset_ns: differences[Math.floor((differences.length - 1) / 2)],
    error_ns: Math.max(1e6, differences[differences.length - 1] - differences[0]),
  };
}

function byNumber(rows: ColumnTable, key: string, value: string): Map<number, number> {
  const keys = numbers(rows, key);
  const values = numbers(rows, value);
  return new Map(Array.from(keys as Float64Array, (number, row) => [number, values[row]]));
}
