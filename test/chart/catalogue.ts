import { coincidence } from "#lib/analyze/coincidence.js";
import { diffProfiles } from "#lib/analyze/diff-profiles.js";
import { schedLatency } from "#lib/analyze/sched-latency.js";
import { spikes } from "#lib/analyze/spikes.js";
import type { ChartSpec } from "#lib/chart/chart-spec.js";
import { coincidenceChart } from "#lib/chart/coincidence-chart.js";
import { differentialFlameGraph } from "#lib/chart/differential-flame-graph.js";
import { flameGraph } from "#lib/chart/flame-graph.js";
import { latencyCdf } from "#lib/chart/latency-cdf.js";
import { latencyHeatmap } from "#lib/chart/latency-heatmap.js";
import { latencyHistogram } from "#lib/chart/latency-histogram.js";
import { mmuChart } from "#lib/chart/mmu-chart.js";
import { scalingChart } from "#lib/chart/scaling-chart.js";
import { spikesOverBands } from "#lib/chart/spikes-over-bands.js";
import { stateTimeline } from "#lib/chart/state-timeline.js";
import {
  syntheticMmu,
  syntheticOperations,
  syntheticRanges,
  syntheticScaling,
  syntheticTrace,
  syntheticTree,
} from "./synthetic.js";

/** Every chart once, on made-up data: what the tests compile, draw and compare. */
export const charts: Record<string, () => ChartSpec> = {
  "spikes-over-bands": () => spikesOverBands(syntheticOperations(), syntheticRanges()),
  coincidence: () =>
    coincidenceChart(
      coincidence(spikes(syntheticOperations()), syntheticRanges(), { by: "name", from_ns: 0, to_ns: 400e6 }),
    ),
  "latency-histogram": () => latencyHistogram(syntheticOperations()),
  "latency-histogram-by": () => latencyHistogram(syntheticOperations(), { by: "kind" }),
  "latency-cdf": () => latencyCdf(syntheticOperations(), { by: "kind" }),
  "latency-tail": () => latencyCdf(schedLatency(syntheticTrace()), { by: "cause", tail: true }),
  "state-timeline": () => stateTimeline(syntheticTrace()),
  "state-timeline-window": () => stateTimeline(syntheticTrace(), { from_ns: 50e6, to_ns: 60e6 }),
  "flame-graph": () => flameGraph(syntheticTree(), { unit: "ns", what: "CPU time" }),
  "differential-flame-graph": () =>
    differentialFlameGraph(diffProfiles(syntheticTree(), syntheticTree(0.4)), { what: "CPU time" }),
  "latency-heatmap": () => latencyHeatmap(syntheticOperations(), { ranges: syntheticRanges() }),
  mmu: () => mmuChart(syntheticMmu()),
  scaling: () => scalingChart(syntheticScaling(), { by: "command", nTitle: "keys", costTitle: "Time" }),
};
