export * from "./analyze/index.js";
export { CaptureError } from "./bytes/capture-error.js";
export type { Capture, CaptureSource, TableListing } from "./capture/capture.js";
export type { Clocked } from "./capture/clocked.js";
export type { CachegrindCapture, CallgrindCapture, CostCapture } from "./capture/cost-capture.js";
export * from "./capture/formats.js";
export { type LoadOptions, load } from "./capture/load.js";
export {
  Dataset,
  type DatasetFile,
  type DatasetProvenance,
  type DatasetRun,
  type DatasetSelector,
  loadDataset,
} from "./capture/load-dataset.js";
export { type LoadedEach, loadEach } from "./capture/load-each.js";
export type { PerfCapture } from "./capture/perf-capture.js";
export type { ProfileCapture, TopFunction } from "./capture/profile-capture.js";
export type { SqlOptions } from "./capture/sql/query-captures.js";
export { sql } from "./capture/sql/sql.js";
export type { TraceCapture, TraceSummary } from "./capture/trace-capture.js";
export type { Unread } from "./capture/unread.js";
export * from "./chart/index.js";
export { isChartSpec, renderSvg } from "./chart/render-svg.js";
export { type DiagnoseOptions, diagnose } from "./diagnose/diagnose.js";
export type {
  Cause,
  Diagnosis,
  DiagnosisJson,
  Evidence,
  Finding,
  RuledOut,
  SlowSummary,
} from "./diagnose/diagnosis.js";
export { type WorstRequest, worstRequest } from "./diagnose/worst-request.js";
export { type DisplayOptions, display } from "./kernel/display/display.js";
export type { Input } from "./read/open-input.js";
export type { PerfDataOptions } from "./read/perf-data/read-perf-data.js";
export type { HasProfile, ProfileColumns } from "./read/profile/profile-columns.js";
export type { ReadOptions } from "./read/read-options.js";
export type { ColumnSchema, TableSchema } from "./table/schema.js";
export { schemaOf } from "./table/schema-of.js";
export { type Claim, type ClaimList, type Claims, claimsOf } from "./verdict/claims.js";
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
