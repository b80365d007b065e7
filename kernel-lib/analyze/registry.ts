import type { ColumnTable } from "arquero";
import { allocationRateAnalysis } from "./allocation-rate.js";
import { allocationsAnalysis } from "./allocations.js";
import { type Analysis, meetsNeeds } from "./analysis.js";
import { annotationTypesAnalyses, requestLogsAnalysis } from "./annotations.js";
import { blockProfileAnalyses, regionProfileAnalysis } from "./block-profile.js";
import { callEdgesAnalysis, calleesAnalysis, callersAnalysis } from "./call-edges.js";
import { callTreeAnalysis } from "./call-tree.js";
import { criticalPathAnalysis } from "./critical-path.js";
import { diffProfilesAnalysis } from "./diff-profiles.js";
import { compareGcCyclesAnalysis, gcCyclesAnalysis } from "./gc-cycles.js";
import { labelTotalsAnalysis } from "./label-totals.js";
import { metricQuantilesAnalysis } from "./metric-quantiles.js";
import { mmuAnalysis, worstWindowsAnalysis } from "./mmu.js";
import { mutatorUtilizationAnalysis } from "./mutator-utilization.js";
import { idleBreakdownAnalysis, runnableQueueAnalysis } from "./processors.js";
import { relatedGoroutinesAnalysis } from "./related-goroutines.js";
import { requestBreakdownAnalysis } from "./request-breakdown.js";
import { schedLatencyAnalysis } from "./sched-latency.js";
import { spikesAnalysis } from "./spikes.js";
import { stackTreeAnalysis } from "./stack-tree.js";
import { stopTheWorldAnalysis } from "./stop-the-world.js";
import type { TableSource } from "./table-source.js";
import { topFunctionsAnalysis } from "./top-functions.js";
import { wakeDelayAnalysis } from "./wake-delay.js";
import { unblockGraphAnalysis, wakeMatrixAnalysis } from "./wakes.js";

/** Every analysis as it declares itself. A new one is a line here. */
export const analyses: readonly Analysis[] = [
  schedLatencyAnalysis,
  ...blockProfileAnalyses,
  regionProfileAnalysis,
  mmuAnalysis,
  worstWindowsAnalysis,
  mutatorUtilizationAnalysis,
  requestBreakdownAnalysis,
  criticalPathAnalysis,
  unblockGraphAnalysis,
  wakeMatrixAnalysis,
  wakeDelayAnalysis,
  relatedGoroutinesAnalysis,
  idleBreakdownAnalysis,
  runnableQueueAnalysis,
  stopTheWorldAnalysis,
  gcCyclesAnalysis,
  compareGcCyclesAnalysis,
  allocationRateAnalysis,
  allocationsAnalysis,
  ...annotationTypesAnalyses,
  requestLogsAnalysis,
  stackTreeAnalysis,
  topFunctionsAnalysis,
  callTreeAnalysis,
  callEdgesAnalysis,
  callersAnalysis,
  calleesAnalysis,
  labelTotalsAnalysis,
  diffProfilesAnalysis,
  metricQuantilesAnalysis,
  spikesAnalysis,
];

/** The analyses that are tables by name of a capture of this kind with these tables. */
export function analysesOf(kind: string, tables: ReadonlySet<string>): Analysis[] {
  return analyses.filter(
    (analysis) =>
      analysis.asks === undefined &&
      analysis.accepts.includes(kind) &&
      !tables.has(analysis.schema.name) &&
      meetsNeeds(analysis, tables),
  );
}

/** An analysis with nothing but its capture, which {@link analysesOf} found to have what it needs. */
export function buildAnalysis(analysis: Analysis, source: TableSource): ColumnTable {
  return analysis.build(source as never);
}
