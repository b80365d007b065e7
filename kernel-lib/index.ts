export * from "./analyze/index.js";
export { CaptureError } from "./bytes/capture-error.js";
export { Capture } from "./capture/capture.js";
export { CostCapture } from "./capture/cost-capture.js";
export { GoAsmCapture } from "./capture/go-asm-capture.js";
export { GoBenchCapture } from "./capture/go-bench-capture.js";
export { GoEscapeCapture } from "./capture/go-escape-capture.js";
export { GoTestJsonCapture } from "./capture/go-test-json-capture.js";
export { GodebugCapture, readGodebugLog } from "./capture/godebug-capture.js";
export { GoroutineDumpCapture, readGoroutineDump } from "./capture/goroutine-dump-capture.js";
export { type LoadOptions, load } from "./capture/load.js";
export {
  Dataset,
  type DatasetFile,
  type DatasetProvenance,
  type DatasetRun,
  type DatasetSelector,
  loadDataset,
} from "./capture/load-dataset.js";
export type { LoadedCapture } from "./capture/loaded-capture.js";
export { OperationsCapture, readOperations } from "./capture/operations-capture.js";
export { PerfCapture } from "./capture/perf-capture.js";
export { PerfDataCapture } from "./capture/perf-data-capture.js";
export { PerfSchedCapture } from "./capture/perf-sched-capture.js";
export { PerfScriptCapture } from "./capture/perf-script-capture.js";
export { PerfStatCapture } from "./capture/perf-stat-capture.js";
export { PprofCapture, readPprof } from "./capture/pprof-capture.js";
export { ProfileCapture, type TopFunction } from "./capture/profile-capture.js";
export { PrometheusCapture } from "./capture/prometheus-capture.js";
export { readPerf } from "./capture/read-perf.js";
export { RedisCapture } from "./capture/redis-capture.js";
export { RuntimeMetricsCapture } from "./capture/runtime-metrics-capture.js";
export { readTrace, TraceCapture, type TraceSummary } from "./capture/trace-capture.js";
export * from "./chart/index.js";
export { isChartSpec, renderSvg } from "./chart/render-svg.js";
export { type Kind, kinds } from "./read/detect.js";
export type { Input } from "./read/open-input.js";
export type { PerfDataOptions } from "./read/perf-data/read-perf-data.js";
export type { HasProfile, ProfileColumns } from "./read/profile/profile-columns.js";
export type { ReadOptions } from "./read/read-options.js";
export type { ColumnSchema, TableSchema } from "./table/schema.js";
export { schemaOf } from "./table/schema-of.js";
export { type Claim, claims } from "./verdict/claims.js";
export {
  type Check,
  type ExerciseSource,
  exercise,
  type LockedExercise,
  lockExercise,
} from "./verdict/exercise.js";
export { type LedgerEntry, ledger } from "./verdict/ledger.js";
export { markdown } from "./verdict/markdown.js";
export {
  type Verdict,
  type VerdictInput,
  type VerdictKind,
  verdict,
  verdictColours,
} from "./verdict/verdict.js";
