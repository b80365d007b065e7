import { type DictionaryColumn, dictionaryColumn, StringDictionary } from "../../bytes/dictionary.js";
import { Growable } from "../../bytes/growable.js";

/**
 * Rows of numbers under names, stored row by row: one array grows, not one for each column. Cells that a row does not
 * give are NaN.
 */
export class NumberRows<N extends string = string> {
  length = 0;
  private readonly names: readonly N[];
  private readonly position: Record<string, number>;
  private data: Float64Array = new Float64Array(0);

  constructor(names: readonly N[]) {
    this.names = names;
    this.position = Object.fromEntries(names.map((name, index) => [name, index]));
  }

  /** A new row without values. */
  add(): number {
    const width = this.names.length;
    const start = this.length * width;
    if (start === this.data.length) this.data = grown(this.data, width);
    this.data.fill(Number.NaN, start, start + width);
    return this.length++;
  }

  push(values: Partial<Record<N, number>>): number {
    const row = this.add();
    const start = row * this.names.length;
    for (const name in values) this.data[start + this.position[name]] = values[name] as number;
    return row;
  }

  /** Sets the columns from the one named on. */
  fill(row: number, first: N, values: readonly number[]): void {
    const start = row * this.names.length + this.position[first];
    for (let index = 0; index < values.length; index++) this.data[start + index] = values[index];
  }

  set(row: number, name: N, value: number): void {
    this.data[row * this.names.length + this.position[name]] = value;
  }

  columns(): Record<N, Float64Array> {
    const columns = this.names.map((name, index) => [
      name,
      strided(this.data, index, this.names.length, this.length),
    ]);
    return Object.fromEntries(columns) as Record<N, Float64Array>;
  }
}

/** A column of texts that repeat: each distinct one is kept once. */
export class Texts {
  private readonly codes = new Growable(Int32Array, 256);
  private readonly distinct = new StringDictionary();

  push(text: string): void {
    this.codes.push(this.distinct.code(text));
  }

  column(): DictionaryColumn {
    return dictionaryColumn(this.codes.finish(), this.distinct.values);
  }
}

type Numbers = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Twice as long, for at least 256 rows of a width. */
function grown<A extends Numbers>(data: A, width: number): A {
  const bigger = new (data.constructor as new (length: number) => A)(Math.max(256 * width, data.length * 2));
  bigger.set(data as never);
  return bigger;
}

/** One column of data stored row by row. */
function strided(data: Float64Array | Int32Array, index: number, width: number, rows: number): Float64Array {
  const column = new Float64Array(rows);
  for (let row = 0, at = index; row < rows; row++, at += width) column[row] = data[at];
  return column;
}

/** The eight times of a gctrace line in printed order: three of the wall clock, then five of the processors. */
export const phaseNames = [
  "stw_sweep_term",
  "mark",
  "stw_mark_term",
  "cpu_sweep_term",
  "cpu_assist",
  "cpu_background",
  "cpu_idle",
  "cpu_mark_term",
] as const;

/** The sizes of a gctrace line, in MiB rounded down. */
export const sizeNames = [
  "heap_start_mb",
  "heap_end_mb",
  "heap_live_mb",
  "heap_goal_mb",
  "stacks_mb",
  "globals_mb",
] as const;

/** A gctrace line's numbers that come one by one; its times and sizes come as lists. */
export interface CycleNumbers {
  line: number;
  process: number;
  gc: number;
  timeNs: number;
  percent: number;
  /** Two bits for each time: how many digits it has after the point, which is what its error comes from. */
  decimals: number;
  procs: number;
  /** Bit flags: {@link forcedFlag}, {@link periodicFlag}, {@link leakCheckFlag}. */
  flags: number;
}

/** gctrace lines, 120 bytes each: about as much as the line itself. */
export class CycleColumns {
  rows = 0;
  private lines: Uint32Array = new Uint32Array(0);
  private processes: Int32Array = new Int32Array(0);
  private numbers: Uint32Array = new Uint32Array(0);
  private times: Float64Array = new Float64Array(0);
  private percents: Int32Array = new Int32Array(0);
  private phases: Float64Array = new Float64Array(0);
  private decimals: Uint16Array = new Uint16Array(0);
  private sizes: Int32Array = new Int32Array(0);
  private procs: Int32Array = new Int32Array(0);
  private flags: Uint8Array = new Uint8Array(0);

  /** Sizes that the line does not have are -1. */
  push(cycle: CycleNumbers, phases: Float64Array, sizes: Int32Array): void {
    const row = this.rows++;
    if (row === this.lines.length) this.grow();
    this.lines[row] = cycle.line;
    this.processes[row] = cycle.process;
    this.numbers[row] = cycle.gc;
    this.times[row] = cycle.timeNs;
    this.percents[row] = cycle.percent;
    this.decimals[row] = cycle.decimals;
    this.procs[row] = cycle.procs;
    this.flags[row] = cycle.flags;
    const firstPhase = row * phases.length;
    for (let phase = 0; phase < phases.length; phase++) this.phases[firstPhase + phase] = phases[phase];
    const firstSize = row * sizes.length;
    for (let size = 0; size < sizes.length; size++) this.sizes[firstSize + size] = sizes[size];
  }

  /** One of the eight times of a cycle, in ns. */
  phase(row: number, phase: number): number {
    return this.phases[row * phaseNames.length + phase];
  }

  phaseError(row: number, phase: number): number {
    return phaseErrorNs(this.phase(row, phase), (this.decimals[row] >> (phase * 2)) & 3);
  }

  size(row: number, size: number): number {
    return this.sizes[row * sizeNames.length + size];
  }

  hasFlag(row: number, flag: number): boolean {
    return (this.flags[row] & flag) !== 0;
  }

  /** The columns of one number each, by name. */
  columns(): { process: Int32Array } & Record<
    "line" | "gc" | "time_ns" | "gc_cpu_percent" | "procs",
    Float64Array
  > {
    const float = (data: Uint32Array | Int32Array): Float64Array =>
      Float64Array.from(data.subarray(0, this.rows));
    return {
      line: float(this.lines),
      process: this.processes.subarray(0, this.rows),
      gc: float(this.numbers),
      time_ns: this.times.subarray(0, this.rows),
      gc_cpu_percent: float(this.percents),
      procs: float(this.procs),
    };
  }

  phaseColumn(phase: number): Float64Array {
    return strided(this.phases, phase, phaseNames.length, this.rows);
  }

  sizeColumn(size: number): Float64Array {
    return strided(this.sizes, size, sizeNames.length, this.rows);
  }

  private grow(): void {
    this.lines = grown(this.lines, 1);
    this.processes = grown(this.processes, 1);
    this.numbers = grown(this.numbers, 1);
    this.times = grown(this.times, 1);
    this.percents = grown(this.percents, 1);
    this.phases = grown(this.phases, phaseNames.length);
    this.decimals = grown(this.decimals, 1);
    this.sizes = grown(this.sizes, sizeNames.length);
    this.procs = grown(this.procs, 1);
    this.flags = grown(this.flags, 1);
  }
}

export const forcedFlag = 1;
export const periodicFlag = 2;
export const leakCheckFlag = 4;

/** What rounding hides of a printed time of `ns` with so many decimals of a millisecond. */
export function phaseErrorNs(ns: number, decimals: number): number {
  // The runtime cuts digits off, never rounds up: whole ms from 10 ms, else two digits, at most three decimals.
  // A plain 0 means below a microsecond.
  return ns === 0 && decimals === 0 ? 1e3 : 10 ** (6 - decimals);
}

/** Pacer lines. */
export const pacerNames = [
  "line",
  "process",
  "gc",
  "assist_ratio",
  "assist_ratio_err",
  "scan_mb",
  "heap_start_mb",
  "heap_goal_mb",
  "dedicated_workers",
  "fractional_workers",
  "fractional_workers_err",
  "cpu_percent",
  "goal_cpu_percent",
  "heap_work_bytes",
  "stack_work_bytes",
  "globals_work_bytes",
  "expected_work_bytes",
  "trigger_bytes",
  "live_bytes",
  "goal_delta_bytes",
  "cons_mark",
  "cons_mark_err",
  "sweep_heap_mb",
  "sweep_allocated_mb",
  "swept_pages",
  "pages_per_byte",
  "pages_per_byte_err",
] as const;

export const scavengerNames = [
  "line",
  "process",
  "background_kib",
  "eager_kib",
  "work_kib",
  "released_kib",
  "util_percent",
  "forced",
  "controller_reset",
] as const;

export const schedNames = [
  "line",
  "process",
  "time_ns",
  "gomaxprocs",
  "idleprocs",
  "threads",
  "spinningthreads",
  "needspinning",
  "idlethreads",
  "runqueue",
  "local_runqueue",
  "gcwaiting",
  "nmidlelocked",
  "stopwait",
  "sysmonwait",
] as const;

export const schedProcNames = [
  "snapshot",
  "line",
  "p",
  "status",
  "schedtick",
  "syscalltick",
  "m",
  "runqsize",
  "gfreecnt",
  "timerslen",
] as const;
export const schedThreadNames = [
  "snapshot",
  "line",
  "m",
  "p",
  "curg",
  "mallocing",
  "throwing",
  "locks",
  "dying",
  "spinning",
  "blocked",
  "lockedg",
] as const;
export const schedGoroutineNames = ["snapshot", "line", "g", "status", "m", "lockedm"] as const;

export const initNames = [
  "line",
  "process",
  "time_ns",
  "time_err_ns",
  "clock_ns",
  "clock_err_ns",
  "bytes",
  "allocs",
] as const;

export const scanNames = [
  "line",
  "process",
  "gc",
  "sparse_objects",
  "span_sparse_objects",
  "span_dense_objects",
  "objects",
  "sparse_spans",
  "dense_spans",
  "spans",
] as const;

/** A process that wrote runtime lines into the log. */
export interface LogProcess {
  process: number;
  /** What told it from others in the lines' prefixes: `api[4711]`, `web-1`; "" when nothing did. */
  label: string;
  first_line: number;
  cycles: number;
}

/** A GODEBUG log as columns: what its lines say, whose they are, and where the lines are that say nothing. */
export class GodebugColumns {
  readonly cycles: CycleColumns = new CycleColumns();
  readonly pacer: NumberRows<(typeof pacerNames)[number]> = new NumberRows(pacerNames);
  readonly pacerKind: ("start" | "end" | "sweep")[] = [];
  readonly scavenger: NumberRows<(typeof scavengerNames)[number]> = new NumberRows(scavengerNames);
  readonly sched: NumberRows<(typeof schedNames)[number]> = new NumberRows(schedNames);
  readonly runqueues: (string | null)[] = [];
  readonly schedticks: (string | null)[] = [];
  readonly schedProcs: NumberRows<(typeof schedProcNames)[number]> = new NumberRows(schedProcNames);
  readonly schedThreads: NumberRows<(typeof schedThreadNames)[number]> = new NumberRows(schedThreadNames);
  readonly preemptOff: Texts = new Texts();
  readonly schedGoroutines: NumberRows<(typeof schedGoroutineNames)[number]> = new NumberRows(
    schedGoroutineNames,
  );
  readonly waitReasons: Texts = new Texts();
  readonly inits: NumberRows<(typeof initNames)[number]> = new NumberRows(initNames);
  readonly initPackages: Texts = new Texts();
  readonly scans: NumberRows<(typeof scanNames)[number]> = new NumberRows(scanNames);
  readonly scanClasses: Texts = new Texts();
  readonly unparsedLine: Growable<Uint32Array> = new Growable(Uint32Array, 256);
  readonly unparsedOffset: Growable<Float64Array> = new Growable(Float64Array, 256);
  processes: readonly LogProcess[] = [];
  /** All lines of the log. */
  lines = 0;
}
