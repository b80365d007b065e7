export {
  type CoincidenceOptions,
  coincidence,
  leadLag,
  overlap,
} from "./analyze/coincidence.js";
export { histogramQuantile, nativeHistogramQuantile } from "./analyze/histogram-quantile.js";
export { metricQuantiles } from "./analyze/metric-quantiles.js";
export { nearestRank, quantiles } from "./analyze/quantile.js";
export { seededRandom } from "./analyze/random.js";
export { schedLatency } from "./analyze/sched-latency.js";
export { type SpikeOptions, spikes } from "./analyze/spikes.js";
export { stopTheWorld } from "./analyze/stop-the-world.js";
export { type TableSource, tableSource } from "./analyze/table-source.js";
export { CaptureError } from "./bytes/capture-error.js";
export { Capture } from "./capture/capture.js";
export { GoAsmCapture } from "./capture/go-asm-capture.js";
export { GoEscapeCapture } from "./capture/go-escape-capture.js";
export { type LoadOptions, load } from "./capture/load.js";
export { PrometheusCapture } from "./capture/prometheus-capture.js";
export { type Kind, kinds } from "./read/detect.js";
export type { Input } from "./read/open-input.js";
export type { ReadOptions } from "./read/read-options.js";
export { schemaOf } from "./table/build-table.js";
export type { ColumnSchema, TableSchema } from "./table/schema.js";
