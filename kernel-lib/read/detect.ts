import { CaptureError } from "../bytes/capture-error.js";
import { isCachegrind, isCallgrind } from "./cachegrind/is-cost-file.js";
import type { Detector } from "./detector.js";
import { isGoAsm } from "./go-asm/is-go-asm.js";
import { isGoBench } from "./go-bench/is-go-bench.js";
import { isEscapeReport } from "./go-escape/is-escape-report.js";
import { isGoTestJson } from "./go-test-json/is-go-test-json.js";
import { isGodebugLog } from "./godebug/is-godebug-log.js";
import { isGoroutineDump } from "./goroutine-dump/is-goroutine-dump.js";
import { headOf, type OpenInput } from "./open-input.js";
import { isOperationsLog } from "./operations/is-operations-log.js";
import { isPerfData } from "./perf-data/is-perf-data.js";
import { isPerfSched } from "./perf-sched/is-perf-sched.js";
import { isPerfScript } from "./perf-script/is-perf-script.js";
import { isPerfStat } from "./perf-stat/is-perf-stat.js";
import { isPprof } from "./pprof/is-pprof.js";
import { isPrometheus } from "./prometheus/is-prometheus.js";
import { isRedis } from "./redis/is-redis.js";
import { isRuntimeDump } from "./runtime-metrics/is-runtime-dump.js";
import { isTrace } from "./trace/trace-header.js";

/** Every kind of capture there is a reader for. */
export const kinds = [
  "go-trace",
  "godebug",
  "pprof",
  "goroutine-dump",
  "perf-script",
  "perf-data",
  "perf-stat",
  "perf-sched",
  "cachegrind",
  "callgrind",
  "go-bench",
  "go-test-json",
  "go-escape",
  "go-asm",
  "redis",
  "prometheus",
  "runtime-metrics",
  "operations",
] as const;

/** A kind of capture: `go-trace`, `godebug`, `pprof`, ... */
export type Kind = (typeof kinds)[number];

/** What a capture of each kind is called in messages. */
export const kindNames: Readonly<Record<Kind, string>> = {
  "go-trace": "a Go execution trace",
  godebug: "a log with GODEBUG lines",
  pprof: "a pprof profile",
  "goroutine-dump": "a dump of goroutine stacks",
  "perf-script": "the text of perf script",
  "perf-data": "a perf.data file",
  "perf-stat": "what perf stat prints",
  "perf-sched": "what perf sched prints",
  cachegrind: "an out file of cachegrind",
  callgrind: "an out file of callgrind",
  "go-bench": "benchmark output of go test",
  "go-test-json": "output of go test -json",
  "go-escape": "the compiler's report of -gcflags=-m",
  "go-asm": "a Go assembly listing",
  redis: "what a Redis server or redis-cli prints",
  prometheus: "Prometheus metrics",
  "runtime-metrics": "a program's report of its runtime",
  operations: "an operations log",
};

/**
 * The first detector that matches decides, so a stricter one stands before a more lenient one: magic numbers first, then
 * a listing's lines, which may stand in a binary's strings, then forms of text that only one program prints.
 */
const detectors: readonly (readonly [Kind, Detector])[] = [
  ["perf-data", isPerfData],
  ["go-trace", isTrace],
  ["prometheus", isPrometheus],
  ["pprof", isPprof],
  ["go-asm", isGoAsm],
  ["go-test-json", isGoTestJson],
  ["runtime-metrics", isRuntimeDump],
  ["redis", isRedis],
  ["go-escape", isEscapeReport],
  ["callgrind", isCallgrind],
  ["cachegrind", isCachegrind],
  ["perf-stat", isPerfStat],
  ["perf-sched", isPerfSched],
  ["perf-script", isPerfScript],
  ["go-bench", isGoBench],
  ["operations", isOperationsLog],
  ["godebug", isGodebugLog],
  ["goroutine-dump", isGoroutineDump],
];

/** The kind of a capture by its content, never by its name; undefined when no reader knows it. */
export function detectKind(input: Pick<OpenInput, "head">): Kind | undefined {
  const head = headOf(input);
  return detectors.find(([, matches]) => matches(head))?.[0];
}

/** Whether a capture could be of a kind by its content, even if it could be of others. */
export function isOfKind(kind: Kind, input: Pick<OpenInput, "head">): boolean {
  return detectors.some(([own, matches]) => own === kind && matches(headOf(input)));
}

/** What an input that no reader knows looks like, in a few words: for the refusal. */
export function describeUnknown(head: Uint8Array): string {
  const known: [RegExp, string][] = [
    [/^\x7fELF/, "an ELF binary"],
    [/^\x89PNG/, "a PNG picture"],
    [/^PK\x03\x04/, "a zip archive"],
    [/^%PDF/, "a PDF document"],
    [/^SQLite format 3/, "an SQLite database"],
    [/^\x28\xb5\x2f\xfd/, "zstd-compressed data"],
    [/^BZh/, "bzip2-compressed data"],
    [/^\xfd7zXZ/, "xz-compressed data"],
    [/^\s*<(!doctype|html)/i, "an HTML page"],
  ];
  const start = Buffer.from(head.subarray(0, 512)).toString("latin1");
  const match = known.find(([pattern]) => pattern.test(start));
  if (match) return match[1];
  const binary = head.subarray(0, 4096).some((byte) => byte < 9);
  if (binary) return "binary data of an unknown kind";
  return /^\s*[{[]/.test(start) ? "JSON of an unknown shape" : "text of an unknown kind";
}

/** The error for an input that no reader knows. */
export function unknownKind(input: OpenInput): CaptureError {
  return new CaptureError(`looks like ${describeUnknown(input.head)}, not like a capture`, {
    place: { file: input.name },
    remedy: `name its kind if you know better: ${kinds.join(", ")}`,
  });
}
