import { type ColumnTable, table } from "arquero";
import { hasColumn, type Numbers, numbers } from "./columns.js";
import { needTables, type TableSource } from "./table-source.js";

/** A trace whose clock can be set against others': its first event's time on the trace's own clock. */
export interface TraceClock extends TableSource {
  readonly version: string;
  readonly startNs: bigint;
}

/** The clock of a table's times: the system's monotonic clock or wall time, and where the table's 0 lies on it. */
export interface ClockedTimes {
  readonly clock: "monotonic" | "unix" | "unknown";
  /** What time 0 of the table is on that clock, in ns. */
  readonly originNs: bigint;
  /**
   * How far a time may be from what it stands for: how finely it is written, and how far the clock is from that of
   * the trace's machine where it is another's. 0 unless given.
   */
  readonly resolution_ns?: number;
}

/** How to move times onto a trace's axis, and how well. */
export interface Alignment {
  /** Add to a time of the table to have ns since the trace's first event. */
  readonly offset_ns: number;
  /** The clocks may be apart by this much. */
  readonly error_ns: number;
  /** What the offset follows from. */
  readonly method: "clock snapshots" | "trace clock" | "notes in the trace";
}

/** What a trace's 64 ns ticks leave open, twice: at the snapshot and at the event. */
const ticks_ns = 128;

/**
 * How the times of another capture lie on a trace's axis, both of one run on one machine.
 *
 * Since Go 1.25 a trace holds clock snapshots: moments at which its own clock, the monotonic and the wall clock were
 * read together; the median of their differences is the offset, their spread and the trace's resolution the error.
 * From Go 1.22 on, except on Windows, the trace's own clock is the monotonic clock cut to 64 ns, so that a monotonic
 * log can be aligned without snapshots. A wall clock cannot: it needs them, and steps when it is set.
 *
 * Where neither is there, notes do that the program left in the trace: `trace.Log(ctx, "nanotime", ...)` with the monotonic clock's
 * ns (runtime.nanotime), or `"unixnano"` with time.Now().UnixNano().
 *
 * @throws RangeError when the trace gives no way to align this clock
 * @example
 * alignment(trace, log).error_ns;
 */
export function alignment(trace: TraceClock, times: ClockedTimes): Alignment {
  const [snapshots] = needTables(trace, "align", ["clock_snapshots"]);
  if (times.clock === "unknown") {
    throw new RangeError(
      "times on a clock that is not named cannot be aligned: say # clock=monotonic in the first line of a log, record with " +
        "perf record -k mono, or name the clock as { clock, originNs }",
    );
  }
  const column = times.clock === "monotonic" ? "mono_ns" : "wall_ns";
  if (snapshots.numRows() > 0 && hasColumn(snapshots, column)) {
    return fromSnapshots(snapshots, column, times.originNs);
  }
  if (times.clock === "monotonic" && minor(trace.version) >= 22) {
    const offset_ns = Number(times.originNs - trace.startNs);
    return { offset_ns, error_ns: ticks_ns, method: "trace clock" };
  }
  const noted = fromNotes(trace, times);
  if (noted) return noted;
  const why =
    times.clock === "unix"
      ? 'a wall clock needs clock snapshots, which Go 1.25 and later record, or notes: trace.Log(ctx, "unixnano", ...)'
      : 'its clock is the processor\'s; leave notes of the other one: trace.Log(ctx, "nanotime", ...)';
  throw new RangeError(
    `a trace of Go ${trace.version} cannot be aligned with a ${times.clock} clock: ${why}`,
  );
}

/** Categories of log messages that hold the time on a clock, in ns, as the program read it then. */
const noteCategories: Readonly<Record<string, RegExp>> = {
  monotonic: /^(nanotime|monotonic)$/,
  unix: /^unixnano$/,
};

// A note is written a moment after the clock was read: the median of them all, and their spread as the error.
function fromNotes(trace: TraceClock, { clock, originNs }: ClockedTimes): Alignment | undefined {
  if (!trace.schemas().some(({ name }) => name === "logs")) return undefined;
  const notes = trace.table("logs").objects() as { time_ns: number; category: string; message: string }[];
  const offsets = notes
    .filter(({ category, message }) => noteCategories[clock]?.test(category) && /^\d{1,19}$/.test(message))
    .map(({ time_ns, message }) => Number(originNs - BigInt(message)) + time_ns)
    .sort((a, b) => a - b);
  if (offsets.length === 0) return undefined;
  const spread = offsets[offsets.length - 1] - offsets[0];
  return {
    offset_ns: offsets[Math.floor((offsets.length - 1) / 2)],
    error_ns: (offsets.length > 1 ? spread : note_ns) + ticks_ns,
    method: "notes in the trace",
  };
}

/** How long a program may take from reading a clock to having written the note, where one note alone does not show it. */
const note_ns = 20_000;

/**
 * A table of another capture on a trace's axis: start_ns and end_ns (or time_ns) moved to ns since the trace's first
 * event, and `align_err_ns`, how far off they may be. Rows before the trace begins have negative times. Of metrics,
 * whose times are `unix_ms` (or `end_unix_ms`), the columns time_ns (or end_ns) are added; rows without a time have NaN.
 *
 * Operations logs, perf recordings (made with `perf record -k mono`), Prometheus samples, runtime metrics and what Redis prints
 * know their clock: hand over the capture. A slow log gets start_ns and end_ns from when its commands ended, in whole seconds, and
 * how long they took. Where the metrics were taken on another machine, say how far its clock may be off:
 * `{ clock: "unix", originNs: 0n, resolution_ns: 5e6 }`.
 *
 * @param times the capture that the table is of, which knows its clock, or { clock, originNs }
 * @throws RangeError when the clocks cannot be aligned, as {@link alignment}
 * @example
 * const ops = align(log.operations, log, trace);
 * const memory = align(metrics.runtimeMetrics, metrics, trace);
 */
export function align(rows: ColumnTable, times: ClockedTimes, trace: TraceClock): ColumnTable {
  const { offset_ns, error_ns } = alignment(trace, times);
  const wholeError = error_ns + (times.resolution_ns ?? 0);
  const plain = rows.reify();
  const columns: Record<string, Float64Array> = {};
  for (const name of ["time_ns", "start_ns", "end_ns"]) {
    if (hasColumn(plain, name)) columns[name] = moved(numbers(plain, name), 1, offset_ns);
  }
  for (const [name, as] of unixColumns) {
    if (hasColumn(plain, name)) columns[as] = millisecondsMoved(numbers(plain, name), times, trace);
  }
  // A slow log's entries are written when the command ends: with that and how long it took they are intervals too.
  const endedAt = columns.time_ns;
  if (endedAt && hasColumn(plain, "unix_ms") && hasColumn(plain, "dur_ns") && !columns.start_ns) {
    const duration = numbers(plain, "dur_ns");
    columns.start_ns = endedAt.map((at, row) => at - duration[row]);
    columns.end_ns = endedAt;
  }
  columns.align_err_ns = new Float64Array(plain.numRows()).fill(wholeError);
  return plain.assign(table(columns));
}

function moved(values: Numbers, factor: number, offset: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let row = 0; row < result.length; row++) result[row] = values[row] * factor + offset;
  return result;
}

const unixColumns = [
  ["unix_ms", "time_ns"],
  ["end_unix_ms", "end_ns"],
] as const;

// Milliseconds since 1970 in ns exceed 2^53: they count from the first of them, whose place on the axis is exact.
function millisecondsMoved(ms: Numbers, times: ClockedTimes, trace: TraceClock): Float64Array {
  let first = Number.POSITIVE_INFINITY;
  for (let row = 0; row < ms.length; row++) if (ms[row] < first) first = Math.floor(ms[row]);
  const originNs = times.originNs + (Number.isFinite(first) ? BigInt(first) * 1_000_000n : 0n);
  const { offset_ns } = alignment(trace, { ...times, originNs });
  const since = new Float64Array(ms.length).map((_, row) => ms[row] - first);
  return moved(since, 1e6, offset_ns);
}

// Differences are taken as bigints, for absolute clocks exceed 2^53 ns.
function fromSnapshots(snapshots: ColumnTable, column: string, originNs: bigint): Alignment {
  const time = numbers(snapshots, "time_ns");
  const clock = snapshots.array(column) as Iterable<bigint>;
  const offsets = Array.from(clock, (at, row) => Number(originNs - at) + time[row]).sort((a, b) => a - b);
  const spread = offsets[offsets.length - 1] - offsets[0];
  return {
    offset_ns: offsets[Math.floor((offsets.length - 1) / 2)],
    error_ns: spread + ticks_ns,
    method: "clock snapshots",
  };
}

function minor(version: string): number {
  return Number(/^1\.(\d+)/.exec(version)?.[1] ?? 0);
}
