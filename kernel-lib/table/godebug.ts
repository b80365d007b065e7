import { column, type TableSchema } from "./schema.js";

const line = column("line", "float64", "line of the log, from 1");
const process = column("process", "int32", "which process wrote it: a row of processes");
const percentErr = column("percent_err", "float64", "what rounding hides of the percentages", {
  unit: "percent",
});
const mbErr = column("mb_err", "float64", "what rounding down hides of each size", { unit: "MiB" });

/** Times with the error of their rounding: the true time is at least the printed one and less than that plus the error. */
function timed(name: string, doc: string) {
  return [
    column(`${name}_ns`, "float64", doc, { unit: "ns" }),
    column(`${name}_err_ns`, "float64", `what rounding down hides of ${name}_ns`, { unit: "ns" }),
  ];
}

const notPrinted = { unit: "MiB", missing: "not printed by Go 1.17 and before" };

export const gcCyclesSchema: TableSchema = {
  name: "gc_cycles",
  doc: "Garbage collections (gctrace), a row for each cycle's line. Numbers are printed rounded down: see the _err columns.",
  columns: [
    line,
    process,
    column("gc", "float64", "number of the cycle in its process, from 1"),
    ...timed("time", "start of the cycle, since the process started"),
    column("gc_cpu_percent", "float64", "share of processor time spent in GC since the start, cumulative", {
      unit: "percent",
    }),
    percentErr,
    ...timed("stw_sweep_term", "stop-the-world for sweep termination, wall clock"),
    ...timed("mark", "concurrent mark and scan, wall clock"),
    ...timed("stw_mark_term", "stop-the-world for mark termination, wall clock"),
    ...timed("cpu_sweep_term", "the first pause times the processors stopped"),
    ...timed("cpu_assist", "mark assist by allocating goroutines, processor time"),
    ...timed("cpu_background", "dedicated and fractional mark workers, processor time"),
    ...timed("cpu_idle", "mark by idle processors, processor time"),
    ...timed("cpu_mark_term", "the second pause times the processors stopped"),
    column("heap_start_mb", "float64", "heap at the start of the cycle", { unit: "MiB" }),
    column("heap_end_mb", "float64", "heap at the end of mark", { unit: "MiB" }),
    column("heap_live_mb", "float64", "heap found live", { unit: "MiB" }),
    column("heap_goal_mb", "float64", "heap goal of the cycle", { unit: "MiB" }),
    column("stacks_mb", "float64", "scannable stacks", notPrinted),
    column("globals_mb", "float64", "scannable globals", notPrinted),
    mbErr,
    column("procs", "float64", "processors used (GOMAXPROCS)", { unit: "count" }),
    column("forced", "boolean", "forced by runtime.GC(): the line ends with (forced)"),
    column("periodic", "boolean", "announced by GC forced: two minutes without a cycle"),
    column("leak_check", "boolean", "also checked for goroutine leaks (Go 1.26)"),
  ],
};

export const pacerSchema: TableSchema = {
  name: "pacer",
  doc: "The pacer's lines (gcpacertrace): start of a cycle, its end, and the end of sweeping. Columns of other kinds are missing.",
  columns: [
    line,
    process,
    column("kind", "string", "start, end or sweep"),
    column("gc", "float64", "cycle it belongs to, by the order of the lines", {
      missing: "no gctrace line tells",
    }),
    column("assist_ratio", "float64", "scan work an allocated byte must do", { unit: "ratio" }),
    column("assist_ratio_err", "float64", "half a unit of the last printed digit; 0 when printed exactly"),
    column("scan_mb", "float64", "scannable heap", { unit: "MiB" }),
    column("heap_start_mb", "float64", "heap at the start", { unit: "MiB" }),
    column("heap_goal_mb", "float64", "heap goal", { unit: "MiB" }),
    column("dedicated_workers", "float64", "dedicated mark workers", { unit: "count" }),
    column("fractional_workers", "float64", "utilization goal of the fractional worker", { unit: "ratio" }),
    column("fractional_workers_err", "float64", "as assist_ratio_err"),
    column("cpu_percent", "float64", "GC share of processor time in the cycle", { unit: "percent" }),
    column("goal_cpu_percent", "float64", "expected share", { unit: "percent" }),
    column("heap_work_bytes", "float64", "heap scanned", { unit: "bytes" }),
    column("stack_work_bytes", "float64", "stacks scanned", { unit: "bytes" }),
    column("globals_work_bytes", "float64", "globals scanned", { unit: "bytes" }),
    column("expected_work_bytes", "float64", "scan work expected", { unit: "bytes" }),
    column("trigger_bytes", "float64", "heap when the cycle was triggered", { unit: "bytes" }),
    column("live_bytes", "float64", "heap at the end of the cycle", { unit: "bytes" }),
    column("goal_delta_bytes", "float64", "heap at the end less the goal", { unit: "bytes" }),
    column("cons_mark", "float64", "bytes allocated per byte marked, the pacer's estimate", {
      unit: "ratio",
    }),
    column("cons_mark_err", "float64", "as assist_ratio_err"),
    column("sweep_heap_mb", "float64", "heap when sweeping was done", { unit: "MiB" }),
    column("sweep_allocated_mb", "float64", "allocated during the sweep", { unit: "MiB" }),
    column("swept_pages", "float64", "pages swept", { unit: "count" }),
    column("pages_per_byte", "float64", "pages to sweep per byte allocated", { unit: "ratio" }),
    column("pages_per_byte_err", "float64", "as assist_ratio_err"),
    percentErr,
    mbErr,
  ],
};

export const scavengerSchema: TableSchema = {
  name: "scavenger",
  doc: "What was returned to the operating system (scavtrace), about once a cycle.",
  columns: [
    line,
    process,
    column("background_kib", "float64", "returned in the background since the last line", {
      unit: "KiB",
      missing: "Go 1.20 and before print one figure, work_kib",
    }),
    column("eager_kib", "float64", "returned eagerly since the last line", {
      unit: "KiB",
      missing: "as background_kib",
    }),
    column("work_kib", "float64", "returned since the last line", { unit: "KiB" }),
    column("released_kib", "float64", "returned at present", { unit: "KiB" }),
    column("util_percent", "float64", "share of unreturned heap memory in use", { unit: "percent" }),
    column("kib_err", "float64", "what rounding down hides of each printed size", { unit: "KiB" }),
    percentErr,
    column("forced", "boolean", "forced by debug.FreeOSMemory()"),
    column("controller_reset", "boolean", "the scavenger's controller was reset"),
  ],
};

const count = { unit: "count" };
const detailOnly = { unit: "count", missing: "printed with scheddetail only" };

export const schedSnapshotsSchema: TableSchema = {
  name: "sched_snapshots",
  doc: "The scheduler's state (schedtrace), a row for each SCHED line.",
  columns: [
    line,
    process,
    ...timed("time", "since the scheduler's first snapshot"),
    column("gomaxprocs", "float64", "processors", count),
    column("idleprocs", "float64", "idle processors", count),
    column("threads", "float64", "threads", count),
    column("spinningthreads", "float64", "threads looking for work", count),
    column("needspinning", "float64", "whether a thread is to start looking, 1 or 0", {
      missing: "not printed before Go 1.20",
    }),
    column("idlethreads", "float64", "idle threads", count),
    column("runqueue", "float64", "goroutines in the global run queue", count),
    column("local_runqueue", "float64", "goroutines in the processors' own run queues", {
      unit: "count",
      missing: "with scheddetail: see sched_procs",
    }),
    column("runqueues", "json", "the length of each processor's run queue", { missing: "with scheddetail" }),
    column("schedticks", "json", "scheduler ticks of each processor", {
      missing: "before Go 1.25, and with scheddetail",
    }),
    column("gcwaiting", "float64", "1 while GC waits to stop the world", detailOnly),
    column("nmidlelocked", "float64", "idle threads locked to goroutines", detailOnly),
    column("stopwait", "float64", "processors the stop waits for", detailOnly),
    column("sysmonwait", "float64", "1 while sysmon sleeps", detailOnly),
  ],
};

const snapshot = column("snapshot", "int32", "row of sched_snapshots");

export const schedProcsSchema: TableSchema = {
  name: "sched_procs",
  doc: "Processors in each detailed snapshot (scheddetail).",
  columns: [
    snapshot,
    line,
    column("p", "int32", "processor"),
    column("status", "float64", "the runtime's number for idle 0, running 1, syscall 2, gcstop 3, dead 4"),
    column("schedtick", "float64", "scheduler calls", count),
    column("syscalltick", "float64", "system calls", count),
    column("m", "int32", "its thread", { missing: "-1: none" }),
    column("runqsize", "float64", "goroutines in its run queue", count),
    column("gfreecnt", "float64", "free goroutines kept", count),
    column("timerslen", "float64", "timers", count),
  ],
};

export const schedThreadsSchema: TableSchema = {
  name: "sched_threads",
  doc: "Threads in each detailed snapshot (scheddetail).",
  columns: [
    snapshot,
    line,
    column("m", "int32", "thread"),
    column("p", "int32", "its processor", { missing: "-1: none" }),
    column("curg", "int32", "goroutine it runs", { missing: "-1: none" }),
    column("mallocing", "float64", "1 while it allocates"),
    column("throwing", "float64", "not 0 while it throws"),
    column("preemptoff", "string", 'why it must not be preempted, "" when it may'),
    column("locks", "float64", "locks held", count),
    column("dying", "float64", "not 0 while it dies"),
    column("spinning", "float64", "1 while it looks for work"),
    column("blocked", "float64", "1 while it is blocked on a note"),
    column("lockedg", "int32", "goroutine locked to it", { missing: "-1: none" }),
  ],
};

export const schedGoroutinesSchema: TableSchema = {
  name: "sched_goroutines",
  doc: "Goroutines in each detailed snapshot (scheddetail).",
  columns: [
    snapshot,
    line,
    column("g", "float64", "goroutine"),
    column(
      "status",
      "float64",
      "the runtime's number: idle 0, runnable 1, running 2, syscall 3, waiting 4, dead 6",
    ),
    column("reason", "string", "why it waits"),
    column("m", "int32", "its thread", { missing: "-1: none" }),
    column("lockedm", "int32", "thread it is locked to", { missing: "-1: none" }),
  ],
};

export const initsSchema: TableSchema = {
  name: "inits",
  doc: "Initialization of packages (inittrace).",
  columns: [
    line,
    process,
    column("package", "string", "import path"),
    ...timed("time", "when it started, since the process started"),
    ...timed("clock", "how long it took"),
    column("bytes", "float64", "allocated", { unit: "bytes" }),
    column("allocs", "float64", "allocations", count),
  ],
};

const greenTea = { unit: "count", missing: "printed by the Green Tea collector only" };

export const gcScansSchema: TableSchema = {
  name: "gc_scans",
  doc: "Objects and spans a cycle scanned, in all and by size class (gctrace=2).",
  columns: [
    line,
    process,
    column("gc", "float64", "cycle", { missing: "no gctrace line before it" }),
    column("class", "string", "total, L for large objects, or the class's size as 112B"),
    column("sparse_objects", "float64", "objects scanned one by one", count),
    column("span_sparse_objects", "float64", "objects scanned one by one within spans", greenTea),
    column("span_dense_objects", "float64", "objects scanned by whole spans", greenTea),
    column("objects", "float64", "objects scanned", count),
    column("sparse_spans", "float64", "spans scanned object by object", greenTea),
    column("dense_spans", "float64", "spans scanned whole", greenTea),
    column("spans", "float64", "spans scanned", greenTea),
  ],
};

export const logProcessesSchema: TableSchema = {
  name: "processes",
  doc: "The processes whose runtime lines are in the log.",
  columns: [
    column("process", "int32", "number in the other tables"),
    column("label", "string", 'what names it in the prefix of its lines, "" when nothing does'),
    column("first_line", "float64", "its first line in the log"),
    column("cycles", "float64", "its cycles", count),
  ],
};
