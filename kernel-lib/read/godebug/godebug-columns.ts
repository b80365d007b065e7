import { Growable } from "../../bytes/growable.js";

type Columns<N extends string> = Record<N, Growable<Float64Array>>;

function float64Columns<N extends string>(names: readonly N[]): Columns<N> {
  return Object.fromEntries(names.map((name) => [name, new Growable(Float64Array, 256)])) as Columns<N>;
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

/** gctrace lines as columns. A wide row: 130 bytes, about as much as the line itself. */
export class CycleColumns {
  readonly line: Growable<Uint32Array> = new Growable(Uint32Array, 256);
  readonly process: Growable<Int32Array> = new Growable(Int32Array, 256);
  readonly gc: Growable<Uint32Array> = new Growable(Uint32Array, 256);
  readonly timeNs: Growable<Float64Array> = new Growable(Float64Array, 256);
  readonly percent: Growable<Int32Array> = new Growable(Int32Array, 256);
  readonly phases: readonly Growable<Float64Array>[] = phaseNames.map(() => new Growable(Float64Array, 256));
  /** Two bits for each phase: how many digits its number has after the point, which is what its error comes from. */
  readonly decimals: Growable<Uint16Array> = new Growable(Uint16Array, 256);
  /** -1 where the line has no such number. */
  readonly sizes: readonly Growable<Int32Array>[] = sizeNames.map(() => new Growable(Int32Array, 256));
  readonly procs: Growable<Int32Array> = new Growable(Int32Array, 256);
  /** Bit flags: {@link forcedFlag}, {@link periodicFlag}, {@link leakCheckFlag}. */
  readonly flags: Growable<Uint8Array> = new Growable(Uint8Array, 256);

  get rows(): number {
    return this.line.length;
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
  readonly pacer: Columns<(typeof pacerNames)[number]> = float64Columns(pacerNames);
  readonly pacerKind: ("start" | "end" | "sweep")[] = [];
  readonly scavenger: Columns<(typeof scavengerNames)[number]> = float64Columns(scavengerNames);
  readonly sched: Columns<(typeof schedNames)[number]> = float64Columns(schedNames);
  readonly runqueues: (string | null)[] = [];
  readonly schedticks: (string | null)[] = [];
  readonly schedProcs: Columns<(typeof schedProcNames)[number]> = float64Columns(schedProcNames);
  readonly schedThreads: Columns<(typeof schedThreadNames)[number]> = float64Columns(schedThreadNames);
  readonly preemptOff: string[] = [];
  readonly schedGoroutines: Columns<(typeof schedGoroutineNames)[number]> =
    float64Columns(schedGoroutineNames);
  readonly waitReasons: string[] = [];
  readonly inits: Columns<(typeof initNames)[number]> = float64Columns(initNames);
  readonly initPackages: string[] = [];
  readonly scans: Columns<(typeof scanNames)[number]> = float64Columns(scanNames);
  readonly scanClasses: string[] = [];
  readonly unparsedLine: Growable<Uint32Array> = new Growable(Uint32Array, 256);
  readonly unparsedOffset: Growable<Float64Array> = new Growable(Float64Array, 256);
  processes: readonly LogProcess[] = [];
  /** All lines of the log. */
  lines = 0;
}
