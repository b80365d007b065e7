import { CaptureError } from "../bytes/capture-error.js";
import { detectKind, isOfKind, type Kind, kinds, unknownKind } from "../read/detect.js";
import { type Input, type OpenInput, openInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import type { Capture } from "./capture.js";
import type { LoadedCapture } from "./loaded-capture.js";
import { readAs } from "./read-as.js";
import { observed } from "./reading-observer.js";

/** Options of {@link load}: those of the readers, and the kind where the content does not tell. */
export interface LoadOptions extends ReadOptions {
  kind?: Kind;
}

/** How a kind is loaded: its module is imported when it is first needed. */
type Loader = (input: OpenInput, options: ReadOptions) => Promise<Capture>;

const loaders: Partial<Record<Kind, Loader>> = {
  "go-trace": async (input, options) => {
    input.prefetch();
    return (await import("./trace-capture.js")).loadTrace(input, options);
  },
  "go-asm": async (input, options) => (await import("./go-asm-capture.js")).loadGoAsm(input, options),
  prometheus: async (input, options) =>
    (await import("./prometheus-capture.js")).loadPrometheus(input, options),
  "go-test-json": async (input, options) =>
    (await import("./go-test-json-capture.js")).loadGoTestJson(input, options),
  "runtime-metrics": async (input, options) =>
    (await import("./runtime-metrics-capture.js")).loadRuntimeMetrics(input, options),
  redis: async (input, options) => (await import("./redis-capture.js")).loadRedis(input, options),
  "go-escape": async (input, options) =>
    (await import("./go-escape-capture.js")).loadGoEscape(input, options),
  pprof: async (input, options) => (await import("./pprof-capture.js")).loadPprof(input, options),
  "goroutine-dump": async (input, options) =>
    (await import("./goroutine-dump-capture.js")).loadGoroutineDump(input, options),
  "perf-script": async (input, options) =>
    (await import("./perf-script-capture.js")).loadPerfScript(input, options),
  "go-bench": async (input, options) => (await import("./go-bench-capture.js")).loadGoBench(input, options),
  operations: async (input, options) =>
    (await import("./operations-capture.js")).loadOperations(input, options),
  godebug: async (input, options) => (await import("./godebug-capture.js")).loadGodebug(input, options),
  "perf-data": async (input, options) =>
    (await import("./perf-data-capture.js")).loadPerfData(input, options),
  "perf-stat": async (input, options) =>
    (await import("./perf-stat-capture.js")).loadPerfStat(input, options),
  "perf-sched": async (input, options) =>
    (await import("./perf-sched-capture.js")).loadPerfSched(input, options),
  cachegrind: async (input, options) =>
    (await import("./cost-capture.js")).loadCostFile("cachegrind", input, options),
  callgrind: async (input, options) =>
    (await import("./cost-capture.js")).loadCostFile("callgrind", input, options),
};

/**
 * Loads a capture of any kind; the kind is told from the content, unless the options name it. Name the class to have its
 * tables typed: `await load<TraceCapture>("go.trace")`.
 *
 * @throws CaptureError in one line when the input is not a capture, or damaged under `strict`.
 */
export async function load<T extends Capture = LoadedCapture>(
  input: Input,
  options: LoadOptions = {},
): Promise<T> {
  const opened = await openInput(input, options);
  const kind = options.kind ?? detectKind(opened);
  if (!kind) throw unknownKind(opened);
  const loader = loaders[kind];
  if (!loader) {
    throw new CaptureError(`there is no kind ${JSON.stringify(kind)}`, {
      place: { file: opened.name },
      remedy: `kinds are ${kinds.join(", ")}`,
    });
  }
  try {
    const isOwn = !options.kind || isOfKind(kind, opened);
    const capture = await readAs(kind, opened, isOwn, () =>
      observed(opened, options, (observing) => loader(opened, observing)),
    );
    return capture as T;
  } catch (error) {
    throw error instanceof CaptureError ? error.at({ file: opened.name }) : error;
  }
}
