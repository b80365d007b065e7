export type { ChartOptions, ChartSpec } from "./chart-spec.js";
export { coincidenceChart } from "./coincidence-chart.js";
export { type LatencyCdfOptions, latencyCdf } from "./latency-cdf.js";
export { type LatencyHistogramOptions, latencyHistogram } from "./latency-histogram.js";
export { categories, palette } from "./palette.js";
export { type SpikesOverBandsOptions, spikesOverBands } from "./spikes-over-bands.js";
export { type StateTimelineOptions, stateTimeline } from "./state-timeline.js";
export { formatBytes, formatCount, formatNs, formatShare } from "./units.js";
