import type { Analysis } from "./analysis.js";
import { blockProfileAnalyses } from "./block-profile.js";
import { mmuAnalysis } from "./mmu.js";
import { requestBreakdownAnalysis } from "./request-breakdown.js";
import { schedLatencyAnalysis } from "./sched-latency.js";

const analyses: readonly Analysis[] = [
  schedLatencyAnalysis,
  ...blockProfileAnalyses,
  mmuAnalysis,
  requestBreakdownAnalysis,
];

/** The analyses that are tables by name of captures of this kind. A new one is a line in the list above. */
export function analysesFor(kind: string): readonly Analysis[] {
  return analyses.filter((analysis) => analysis.kind === kind);
}
