import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { escape as expression } from "arquero";
import type { Capture } from "#lib/capture/capture.js";
import type { OperationsCapture } from "#lib/capture/formats.js";
import * as tracebook from "#lib/index.js";
import { openInput } from "#lib/read/open-input.js";
import { lockExercise } from "#lib/verdict/exercise.js";
import { syntheticBenchmarks, syntheticCanary, syntheticRuns, syntheticScaling } from "../chart/synthetic.js";

const root = resolve(import.meta.dirname, "../..");

/** The files that examples name, and shipped captures that stand for them. */
const files: Readonly<Record<string, string>> = {
  "go.trace": "test/fixtures/go-trace-load/load.trace",
  "server.log": "datasets/spikes/go1.26.gctrace.log",
  "perf.data": "test/fixtures/perf/go.data",
  "cpu.pb.gz": "datasets/malloc/go1.26.cpu.pprof",
  "operations.csv": "datasets/spikes/go1.26.operations.csv.gz",
  "goroutines.txt": "test/fixtures/goroutine-dump/go1.26.8.txt",
};

const at = (path: string): string => resolve(root, files[path] ?? path);

let made: Promise<Record<string, unknown>> | undefined;

/** Names that stand for something else in the examples of one file. */
export async function preparedFor(file: string): Promise<Record<string, unknown>> {
  const special = await specials[file]?.();
  return { ...(await prepared()), ...special };
}

const open = async <T = Capture>(path: string): Promise<T> => (await tracebook.load(at(path))) as T;

const twoTraces = async (): Promise<Record<string, unknown>> => ({
  before: await open("datasets/spikes/go1.23.trace"),
  after: await open("datasets/spikes/go1.26.trace"),
});
const spikesOfGo126 = async (): Promise<Record<string, unknown>> => ({
  trace: await open("datasets/spikes/go1.26.trace"),
});
const gcLog = async (): Promise<Record<string, unknown>> => ({
  ...(await spikesOfGo126()),
  log: await open("datasets/spikes/go1.26.gctrace.log"),
});
const redisLog = async (): Promise<Record<string, unknown>> => {
  const log = await open<OperationsCapture>("datasets/redis-scan/scan.operations.csv");
  const of = (kind: string): unknown =>
    log.operations.filter(expression((row: { kind: string }) => row.kind === kind));
  return { log, gets: of("get"), evalsha: of("evalsha") };
};

const specials: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
  "analyze/align.ts": spikesOfGo126,
  "analyze/allocations.ts": async () => ({ trace: await open("datasets/malloc/go1.26-allocfree.trace.gz") }),
  "analyze/compare-benchmarks.ts": async () => ({
    before: await open("datasets/map-bench/go1.21.bench.txt"),
    after: await open("datasets/map-bench/go1.26.bench.txt"),
  }),
  "analyze/canary.ts": async () => ({
    operations: syntheticCanary()
      .rename({ stage: "percent", version: "build" })
      .derive({
        build: expression((row: { build: string }) => (row.build === "old" ? "map" : "tree")),
      }),
  }),
  "analyze/compare-latency.ts": twoTraces,
  "analyze/diff-captures.ts": twoTraces,
  "analyze/gc-cycles.ts": gcLog,
  "analyze/head-of-line.ts": redisLog,
  "chart/canary-chart.ts": async () => ({ operations: syntheticCanary() }),
  "chart/figure.ts": async () => ({ rows: [1, 2].map((keys) => ({ keys, ms: 3 * keys })) }),
  "chart/redis-latency-chart.ts": redisLog,
  "kernel/notebook-inputs.ts": async () => ({
    notebook: JSON.parse(readFileSync(at("notebooks/gallery.ipynb"), "utf8")),
  }),
  "read/text/line-scanner.ts": async () => ({
    comments: 0,
    input: await openInput(at("datasets/redis-scan/scan.operations.csv")),
  }),
  "verdict/exercise.ts": async () => ({
    exercises: {
      "scan-exponent": lockExercise({
        answer: 1,
        hints: ["how much longer is ten times as many?"],
        reasoning: "It reads every key.",
      }),
    },
  }),
  "verdict/markdown.ts": async () => ({ median: 1200 }),
};

/** What examples take for granted: captures and tables by the names they use, readers that find the files they name. */
function prepared(): Promise<Record<string, unknown>> {
  made ??= prepare();
  return made;
}

async function prepare(): Promise<Record<string, unknown>> {
  const readers = Object.fromEntries(
    Object.entries(tracebook)
      .filter(([name, value]) => /^(load|read[A-Z])/.test(name) && typeof value === "function")
      .map(([name, value]) => [
        name,
        (path: unknown, ...rest: unknown[]) =>
          (value as (...all: unknown[]) => unknown)(typeof path === "string" ? at(path) : path, ...rest),
      ]),
  );
  const trace = await open("go.trace");
  const log = await open<OperationsCapture>("operations.csv");
  const [cpu, heap, asm21, asm26] = await Promise.all([
    open("datasets/malloc/go1.26.cpu.pprof"),
    open("datasets/malloc/go1.26.heap.pprof"),
    open("datasets/assembly/go1.21.assembly.txt"),
    open("datasets/assembly/go1.26.assembly.txt"),
  ]);
  const operations = log.operations;
  const waits = tracebook.schedLatency(trace);
  return {
    ...readers,
    trace,
    log,
    cpu,
    heap,
    operations,
    waits,
    base: cpu,
    head: cpu,
    benchmarks: syntheticBenchmarks(),
    runs: syntheticRuns(),
    evalshaRuns: syntheticScaling().rename({ n: "keys" }),
    before: asm21,
    after: asm26,
    value: await open("datasets/cache/go1.26.value.0.cachegrind.out.gz"),
    pointer: await open("datasets/cache/go1.26.pointer.0.cachegrind.out.gz"),
    metrics: await open("datasets/health/go1.26.metrics.json"),
  };
}
