import type { ColumnTable } from "arquero";
import { type Analysis, meetsNeeds } from "./analysis.js";
import { blockProfileAnalyses } from "./block-profile.js";
import { mmuAnalysis, worstWindowsAnalysis } from "./mmu.js";
import { mutatorUtilizationAnalysis } from "./mutator-utilization.js";
import { requestBreakdownAnalysis } from "./request-breakdown.js";
import { schedLatencyAnalysis } from "./sched-latency.js";
import { spikesAnalysis } from "./spikes.js";
import type { TableSource } from "./table-source.js";

/** Every analysis as it declares itself. A new one is a line here. */
export const analyses: readonly Analysis[] = [
  schedLatencyAnalysis,
  ...blockProfileAnalyses,
  mmuAnalysis,
  worstWindowsAnalysis,
  mutatorUtilizationAnalysis,
  requestBreakdownAnalysis,
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
