import type { Input } from "../read/open-input.js";
import type { PerfDataOptions } from "../read/perf-data/read-perf-data.js";
import type { ReadOptions } from "../read/read-options.js";
import { cachegrind } from "./cachegrind.js";
import { callgrind } from "./callgrind.js";
import type { Capture } from "./capture.js";
import type { CachegrindCapture, CallgrindCapture } from "./cost-capture.js";
import type { Format } from "./format.js";
import { type GoAsmCapture, goAsm } from "./go-asm.js";
import { type GoBenchCapture, goBench } from "./go-bench.js";
import { type GoEscapeCapture, goEscape } from "./go-escape.js";
import { type GoTestJsonCapture, goTestJson } from "./go-test-json.js";
import { goTrace } from "./go-trace.js";
import { type GodebugCapture, godebug } from "./godebug.js";
import { type GoroutineDumpCapture, goroutineDump } from "./goroutine-dump.js";
import { type HeyCapture, hey } from "./hey.js";
import type { Kind } from "./kinds.js";
import { type OperationsCapture, operations } from "./operations.js";
import { type PerfDataCapture, perfData } from "./perf-data.js";
import { type PerfSchedCapture, perfSched } from "./perf-sched.js";
import { type PerfScriptCapture, perfScript } from "./perf-script.js";
import { type PerfStatCapture, perfStat } from "./perf-stat.js";
import { type PprofCapture, pprof } from "./pprof.js";
import { type PrometheusCapture, prometheus } from "./prometheus.js";
import { readInput } from "./read-input.js";
import { type RedisCapture, redis } from "./redis.js";
import { type RuntimeMetricsCapture, runtimeMetrics } from "./runtime-metrics.js";
import type { TraceCapture } from "./trace-capture.js";

export type { GoAsmCapture } from "./go-asm.js";
export type { GoBenchCapture } from "./go-bench.js";
export type { GoEscapeCapture } from "./go-escape.js";
export type { GoTestJsonCapture } from "./go-test-json.js";
export type { GodebugCapture } from "./godebug.js";
export type { GoroutineDumpCapture } from "./goroutine-dump.js";
export type { HeyCapture } from "./hey.js";
export { type Kind, kinds } from "./kinds.js";
export type { OperationsCapture } from "./operations.js";
export type { PerfDataCapture } from "./perf-data.js";
export type { PerfSchedCapture } from "./perf-sched.js";
export type { PerfScriptCapture } from "./perf-script.js";
export type { PerfStatCapture } from "./perf-stat.js";
export type { PprofCapture } from "./pprof.js";
export type { PrometheusCapture } from "./prometheus.js";
export type { RedisCapture } from "./redis.js";
export type { RuntimeMetricsCapture } from "./runtime-metrics.js";

// The list of formats: a new one is a line in each of its three parts and in kinds.ts. One without the others does not compile,
// but for the reader, which a test asks for.

/** What a capture of each kind is. */
export interface Captures {
  "go-trace": TraceCapture;
  "perf-data": PerfDataCapture;
  prometheus: PrometheusCapture;
  pprof: PprofCapture;
  "go-asm": GoAsmCapture;
  "go-test-json": GoTestJsonCapture;
  "runtime-metrics": RuntimeMetricsCapture;
  redis: RedisCapture;
  "go-escape": GoEscapeCapture;
  callgrind: CallgrindCapture;
  cachegrind: CachegrindCapture;
  "perf-stat": PerfStatCapture;
  "perf-sched": PerfSchedCapture;
  "perf-script": PerfScriptCapture;
  "go-bench": GoBenchCapture;
  hey: HeyCapture;
  operations: OperationsCapture;
  godebug: GodebugCapture;
  "goroutine-dump": GoroutineDumpCapture;
}

/** A capture of a kind that only the file tells; `kind` narrows it: `if (capture.kind === "pprof") topFunctions(capture)`. */
export type LoadedCapture = Captures[Kind];

/**
 * Every format, in the order in which they are asked whether an input is theirs; the first that says so reads it:
 * - magic numbers first (traces, perf.data), which nothing else can be;
 * - Prometheus' protobuf before pprof: pprof's messages are told by their field numbers alone, and both begin alike;
 * - forms that only one program prints, by their own first lines or by JSON keys;
 * - the others from strict to lenient. Last those that may stand in the midst of anything: benchmarks (whose log may
 *   hold runtime lines), operations (whose header may be far down), runtime lines in a log, and stacks, which a log with
 *   runtime lines ends in when its program crashes.
 */
export const formats: { readonly [K in Kind]: Format<Captures[K]> } = {
  "go-trace": goTrace,
  "perf-data": perfData,
  prometheus,
  pprof,
  "go-asm": goAsm,
  "go-test-json": goTestJson,
  "runtime-metrics": runtimeMetrics,
  redis,
  "go-escape": goEscape,
  callgrind,
  cachegrind,
  "perf-stat": perfStat,
  "perf-sched": perfSched,
  "perf-script": perfScript,
  "go-bench": goBench,
  hey,
  operations,
  godebug,
  "goroutine-dump": goroutineDump,
};

/** Reads one kind of capture: a path, its bytes, or a stream of them; gzipped or not. */
export type Reader<C extends Capture, O extends ReadOptions = ReadOptions> = (
  input: Input,
  options?: O,
) => Promise<C>;

function readerOf<C extends Capture, O extends ReadOptions>(format: Format<C, O>): Reader<C, O> {
  return async (input, options) =>
    (await readInput(formats, input, options ?? {}, [format as unknown as Format])) as C;
}

/**
 * Reads a Go execution trace.
 *
 * @throws CaptureError in one line when it is no trace, or damaged under `strict`
 * @example
 * const trace = await readTrace("go.trace");
 * trace.goroutineStates.groupby("state").rollup({ ns: op.sum("dur_ns") });
 */
export const readTrace: Reader<TraceCapture> = readerOf(goTrace);

/**
 * Reads a log with GODEBUG lines (gctrace, gcpacertrace, scavtrace, schedtrace, inittrace) into tables.
 *
 * @throws CaptureError when the log cannot be read or has no such line
 * @example
 * const log = await readGodebugLog("server.log");
 * log.gcCycles.rollup({ stw_ns: (d) => op.sum(d.stw_mark_term_ns) });
 */
export const readGodebugLog: Reader<GodebugCapture> = readerOf(godebug);

/**
 * Reads a pprof profile, or a text profile of Go's (`debug=1`).
 *
 * @throws CaptureError when it is none; with `strict` also when its tables do not hold together.
 * @example
 * const cpu = await readPprof("cpu.pb.gz");
 * topFunctions(cpu, { sampleType: "cpu" }).slice(0, 10);
 */
export const readPprof: Reader<PprofCapture> = readerOf(pprof);

/**
 * Reads goroutine stacks (`debug=2`, a crash, SIGQUIT); other text may surround them.
 *
 * @example
 * const dump = await readGoroutineDump("goroutines.txt");
 * dump.goroutines.filter((row) => row.wait_minutes >= 5).groupby("state", "leaf").count();
 */
export const readGoroutineDump: Reader<GoroutineDumpCapture> = readerOf(goroutineDump);

/**
 * Reads a perf.data file; {@link readPerf} takes the text of `perf script` too. Functions are named from the binaries it
 * names, where they are on this machine and of the same build; `symbols: false` leaves that out.
 */
export const readPerfData: Reader<PerfDataCapture, PerfDataOptions> = readerOf(
  perfData as Format<PerfDataCapture, PerfDataOptions>,
);

/**
 * Reads a perf recording: perf.data itself, or the text of `perf script`. `from` and `to` count from the first sample;
 * options of {@link readPerfData} hold for perf.data.
 *
 * @throws CaptureError when it is neither; with `strict` also when a part of it cannot be read.
 * @example
 * const perf = await readPerf("perf.data");
 * topFunctions(perf, { sampleType: "cpu-clock" }).slice(0, 10);
 */
export const readPerf: Reader<PerfDataCapture | PerfScriptCapture, PerfDataOptions> = async (
  input,
  options,
) =>
  (await readInput(formats, input, options ?? {}, [perfData as Format, perfScript as Format])) as
    | PerfDataCapture
    | PerfScriptCapture;

/** Reads the text of `perf script`; {@link readPerf} takes perf.data too. */
export const readPerfScript: Reader<PerfScriptCapture> = readerOf(perfScript);

/** Reads what `perf stat` printed, for people, with -x or with -j. */
export const readPerfStat: Reader<PerfStatCapture> = readerOf(perfStat);

/** Reads what `perf sched latency`, `timehist` or `map` printed. */
export const readPerfSched: Reader<PerfSchedCapture> = readerOf(perfSched);

/** Reads an out file of cachegrind. */
export const readCachegrind: Reader<CachegrindCapture> = readerOf(cachegrind);

/** Reads an out file of callgrind. */
export const readCallgrind: Reader<CallgrindCapture> = readerOf(callgrind);

/** Reads benchmark output of `go test -bench`. */
export const readGoBench: Reader<GoBenchCapture> = readerOf(goBench);

/** Reads a run of `go test -json`. */
export const readGoTestJson: Reader<GoTestJsonCapture> = readerOf(goTestJson);

/** Reads the compiler's report on escapes and inlining (`go build -gcflags=-m`). */
export const readGoEscape: Reader<GoEscapeCapture> = readerOf(goEscape);

/** Reads a Go assembly listing (`-gcflags=-S`, `go tool objdump`). */
export const readGoAsm: Reader<GoAsmCapture> = readerOf(goAsm);

/** Reads what `hey -o csv` prints of a run of requests. */
export const readHey: Reader<HeyCapture> = readerOf(hey);

/** Reads saved output of Redis or redis-cli. */
export const readRedis: Reader<RedisCapture> = readerOf(redis);

/** Reads Prometheus metrics: text exposition, OpenMetrics, protobuf, or an answer of the HTTP API. */
export const readPrometheus: Reader<PrometheusCapture> = readerOf(prometheus);

/** Reads a program's report of its runtime: runtime/metrics, MemStats, expvar, the /debug/pprof/ page. */
export const readRuntimeMetrics: Reader<RuntimeMetricsCapture> = readerOf(runtimeMetrics);

/**
 * Reads a program's own log of its operations (CSV or NDJSON with start_ns, dur_ns, kind).
 *
 * @throws CaptureError when it cannot be read or has no operation; under `strict` at the first line that is none
 * @example
 * const log = await readOperations("operations.csv");
 * spikes(log.operations, { quantile: 0.999 });
 */
export const readOperations: Reader<OperationsCapture> = readerOf(operations);
