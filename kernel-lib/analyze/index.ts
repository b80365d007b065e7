export { type Alignment, align, alignment, type ClockedTimes, type TraceClock } from "./align.js";
export { type AllocationRateOptions, allocationRate } from "./allocation-rate.js";
export { allocations } from "./allocations.js";
export type { Analysis, Needs } from "./analysis.js";
export { annotationTypes, requestLogs } from "./annotations.js";
export {
  type BlockKind,
  type BlockProfileOptions,
  blockProfile,
  type RegionSelection,
  regionProfile,
} from "./block-profile.js";
export { callEdges, callees, callers } from "./call-edges.js";
export { callTree } from "./call-tree.js";
export { type CanaryOptions, canary } from "./canary.js";
export { closeUp, type TimeWindow } from "./close-up.js";
export {
  type CoincidenceOptions,
  coincidence,
  leadLag,
  overlap,
} from "./coincidence.js";
export {
  type BenchmarkComparison,
  type BenchmarkSide,
  type CompareOptions,
  compareBenchmarks,
} from "./compare-benchmarks.js";
export {
  type CompareLatencyOptions,
  compareLatency,
} from "./compare-latency.js";
export { criticalPath, type PathQuery } from "./critical-path.js";
export { diffCaptures } from "./diff-captures.js";
export { type DiffProfilesOptions, diffProfiles } from "./diff-profiles.js";
export { type GateNoiseOptions, gateNoise } from "./gate-noise.js";
export { alignGcLog, compareGcCycles, gcCycles } from "./gc-cycles.js";
export { headOfLine } from "./head-of-line.js";
export { histogramQuantile, nativeHistogramQuantile } from "./histogram-quantile.js";
export type { CoincidenceVerdict, Verdict } from "./judgement.js";
export { labelTotals } from "./label-totals.js";
export { metricQuantiles } from "./metric-quantiles.js";
export { type MmuOptions, mmu, worstWindows } from "./mmu.js";
export { mutatorUtilization } from "./mutator-utilization.js";
export { idleBreakdown, runnableQueue } from "./processors.js";
export { nearestRank, quantiles } from "./quantile.js";
export type { QuantileChange } from "./quantile-change.js";
export { analyses } from "./registry.js";
export { relatedGoroutines } from "./related-goroutines.js";
export { requestBreakdown, requestParts } from "./request-breakdown.js";
export type { RequestOptions } from "./requests.js";
export { type ScalingOptions, scaling } from "./scaling.js";
export { schedLatency } from "./sched-latency.js";
export { type SpikeOptions, spikes } from "./spikes.js";
export { stackTree } from "./stack-tree.js";
export type { ProfileSelection } from "./stack-weights.js";
export { geometricMean } from "./statistics/geometric-mean.js";
export { type MannWhitney, mannWhitney } from "./statistics/mann-whitney.js";
export { type MedianInterval, medianInterval } from "./statistics/median-interval.js";
export { runFloor } from "./statistics/run-floor.js";
export { stopTheWorld } from "./stop-the-world.js";
export { type TableSource, tableSource } from "./table-source.js";
export { topFunctions } from "./top-functions.js";
export type { UtilizationOptions } from "./utilization-steps.js";
export { wakeDelay } from "./wake-delay.js";
export { unblockGraph, wakeMatrix } from "./wakes.js";
