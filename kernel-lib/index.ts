export { callEdges, callees, callers } from "./analyze/call-edges.js";
export { callTree } from "./analyze/call-tree.js";
export {
  type CoincidenceOptions,
  coincidence,
  leadLag,
  overlap,
} from "./analyze/coincidence.js";
export { histogramQuantile, nativeHistogramQuantile } from "./analyze/histogram-quantile.js";
export { labelTotals } from "./analyze/label-totals.js";
export { metricQuantiles } from "./analyze/metric-quantiles.js";
export { nearestRank, quantiles } from "./analyze/quantile.js";
export { seededRandom } from "./analyze/random.js";
export { schedLatency } from "./analyze/sched-latency.js";
export { type SpikeOptions, spikes } from "./analyze/spikes.js";
export type { ProfileSelection } from "./analyze/stack-weights.js";
export { stopTheWorld } from "./analyze/stop-the-world.js";
export { type TableSource, tableSource } from "./analyze/table-source.js";
export { topFunctions } from "./analyze/top-functions.js";
export { CaptureError } from "./bytes/capture-error.js";
export { Capture } from "./capture/capture.js";
export { GoAsmCapture } from "./capture/go-asm-capture.js";
export { GoEscapeCapture } from "./capture/go-escape-capture.js";
export { type LoadOptions, load } from "./capture/load.js";
<<<<<<< HEAD
export { loadPprof, PprofCapture } from "./capture/pprof-capture.js";
export { ProfileCapture, type TopFunction } from "./capture/profile-capture.js";
export { PrometheusCapture } from "./capture/prometheus-capture.js";
=======
export type { ChartOptions, ChartSpec } from "./chart/chart-spec.js";
export { coincidenceChart } from "./chart/coincidence-chart.js";
export { type LatencyCdfOptions, latencyCdf } from "./chart/latency-cdf.js";
export { type LatencyHistogramOptions, latencyHistogram } from "./chart/latency-histogram.js";
export { categories, palette } from "./chart/palette.js";
export { type SpikesOverBandsOptions, spikesOverBands } from "./chart/spikes-over-bands.js";
export { type StateTimelineOptions, stateTimeline } from "./chart/state-timeline.js";
export { formatBytes, formatCount, formatNs, formatShare } from "./chart/units.js";
>>>>>>> 254cd93 (wip)
export { type Kind, kinds } from "./read/detect.js";
export type { Input } from "./read/open-input.js";
export type { HasProfile, ProfileColumns } from "./read/profile/profile-columns.js";
export type { ReadOptions } from "./read/read-options.js";
export { schemaOf } from "./table/build-table.js";
export type { ColumnSchema, TableSchema } from "./table/schema.js";
