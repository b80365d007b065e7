import { CaptureError } from "../bytes/capture-error.js";
import { cachegrindDetector, callgrindDetector } from "./cachegrind/read-cost-file.js";
import { isGoAsm } from "./go-asm/read-go-asm.js";
import { isGoBench } from "./go-bench/read-go-bench.js";
import { isEscapeReport } from "./go-escape/read-go-escape.js";
import { isGoTestJson } from "./go-test-json/read-go-test-json.js";
import { isGodebugLog } from "./godebug/scan-godebug-log.js";
import { goroutineDumpDetector } from "./goroutine-dump/read-goroutine-dump.js";
import { headOf, type OpenInput } from "./open-input.js";
import { isOperationsLog } from "./operations/scan-operations.js";
import { perfDataDetector } from "./perf-data/read-perf-data.js";
import { perfSchedDetector } from "./perf-sched/read-perf-sched.js";
import { perfScriptDetector } from "./perf-script/read-perf-script.js";
import { perfStatDetector } from "./perf-stat/read-perf-stat.js";
import { pprofDetector } from "./pprof/read-pprof.js";
import { isApiAnswer } from "./prometheus/read-api.js";
import { isExposition } from "./prometheus/read-exposition.js";
import { isMetricProtobuf } from "./prometheus/read-protobuf.js";
import { isRedis } from "./redis/read-redis.js";
import { isRuntimeDump } from "./runtime-metrics/read-runtime-metrics.js";
import { traceDetector } from "./trace/trace-header.js";

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

/** The beginning of an input, as bytes and as text, for a detector to look at. */
export interface Head {
  readonly bytes: Uint8Array;
  /** The same as text; bytes that are not UTF-8 became U+FFFD. */
  readonly text: string;
}

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

/** Says whether an input's beginning is of one kind; lives beside the kind's reader. */
export interface Detector {
  readonly kind: Kind;
  matches(head: Head): boolean;
}

/** The first detector that matches decides, so a stricter one stands before a more lenient one. */
const detectors: readonly Detector[] = [
  perfDataDetector,
  traceDetector,
  { kind: "prometheus", matches: (head) => isMetricProtobuf(head.bytes) },
  pprofDetector,
  { kind: "go-asm", matches: (head) => isGoAsm(head.text) },
  { kind: "prometheus", matches: (head) => isExposition(head.text) || isApiAnswer(head.text) },
  { kind: "go-test-json", matches: (head) => isGoTestJson(head.text) },
  { kind: "runtime-metrics", matches: (head) => isRuntimeDump(head.text) },
  { kind: "redis", matches: (head) => isRedis(head.text) },
  { kind: "go-escape", matches: (head) => isEscapeReport(head.text) },
  callgrindDetector,
  cachegrindDetector,
  perfStatDetector,
  perfSchedDetector,
  perfScriptDetector,
  { kind: "go-bench", matches: (head) => isGoBench(head.text) },
  { kind: "operations", matches: (head) => isOperationsLog(head.text) },
  { kind: "godebug", matches: (head) => isGodebugLog(head.text) },
  goroutineDumpDetector,
];

/** The kind of a capture by its content, never by its name; undefined when no reader knows it. */
export function detectKind(input: Pick<OpenInput, "head">): Kind | undefined {
  const head = headOf(input);
  return detectors.find((detector) => detector.matches(head))?.kind;
}

/** Whether a capture could be of a kind by its content, even if it could be of others. */
export function isOfKind(kind: Kind, input: Pick<OpenInput, "head">): boolean {
  return detectors.some((detector) => detector.kind === kind && detector.matches(headOf(input)));
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
