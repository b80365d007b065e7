import { resolve } from "node:path";
import type { ColumnTable } from "arquero";
import { allocationRate } from "#lib/analyze/allocation-rate.js";
import { blockProfile } from "#lib/analyze/block-profile.js";
import { canary } from "#lib/analyze/canary.js";
import { closeUp } from "#lib/analyze/close-up.js";
import { coincidence } from "#lib/analyze/coincidence.js";
import { criticalPath } from "#lib/analyze/critical-path.js";
import { diffProfiles } from "#lib/analyze/diff-profiles.js";
import { worstWindows } from "#lib/analyze/mmu.js";
import { runnableQueue } from "#lib/analyze/processors.js";
import { requestBreakdown } from "#lib/analyze/request-breakdown.js";
import { schedLatency } from "#lib/analyze/sched-latency.js";
import { spikes } from "#lib/analyze/spikes.js";
import { stackTree } from "#lib/analyze/stack-tree.js";
import { wakeDelay } from "#lib/analyze/wake-delay.js";
import { wakeMatrix } from "#lib/analyze/wakes.js";
import type { Capture } from "#lib/capture/capture.js";
import { load } from "#lib/capture/load.js";
import { allocationRateChart } from "#lib/chart/allocation-rate-chart.js";
import { breakdownChart } from "#lib/chart/breakdown-chart.js";
import { cacheMissChart } from "#lib/chart/cache-miss-chart.js";
import { canaryChart } from "#lib/chart/canary-chart.js";
import type { ChartSpec } from "#lib/chart/chart-spec.js";
import { coincidenceChart } from "#lib/chart/coincidence-chart.js";
import { comparisonChart } from "#lib/chart/comparison-chart.js";
import { criticalPathChart } from "#lib/chart/critical-path-chart.js";
import { differentialFlameGraph } from "#lib/chart/differential-flame-graph.js";
import { figure } from "#lib/chart/figure.js";
import { findingsChart } from "#lib/chart/findings-chart.js";
import { flameGraph } from "#lib/chart/flame-graph.js";
import { gateChart } from "#lib/chart/gate-chart.js";
import { heapChart } from "#lib/chart/heap-chart.js";
import { instructionChart } from "#lib/chart/instruction-chart.js";
import { latencyCdf } from "#lib/chart/latency-cdf.js";
import { latencyHeatmap } from "#lib/chart/latency-heatmap.js";
import { latencyHistogram } from "#lib/chart/latency-histogram.js";
import { mmuChart } from "#lib/chart/mmu-chart.js";
import { procTimeline } from "#lib/chart/proc-timeline.js";
import { queueChart } from "#lib/chart/queue-chart.js";
import { redisLatencyChart } from "#lib/chart/redis-latency-chart.js";
import { scalingChart } from "#lib/chart/scaling-chart.js";
import { spikesOverBands } from "#lib/chart/spikes-over-bands.js";
import { stateTimeline } from "#lib/chart/state-timeline.js";
import { wakeChart } from "#lib/chart/wake-chart.js";
import { wakeMatrixChart } from "#lib/chart/wake-matrix-chart.js";
import { diagnose } from "#lib/diagnose/diagnose.js";
import {
  syntheticBenchmarks,
  syntheticCanary,
  syntheticMmu,
  syntheticOperations,
  syntheticRanges,
  syntheticRuns,
  syntheticScaling,
  syntheticTrace,
  syntheticTree,
} from "./synthetic.js";

const fixture = resolve(import.meta.dirname, "../fixtures/go-trace-load/load.trace");
let loaded: Promise<Capture> | undefined;
const trace = (): Promise<Capture> => {
  loaded ??= load(fixture);
  return loaded;
};

const tableOf = async (path: string, name: string): Promise<ColumnTable> =>
  (await load(resolve(import.meta.dirname, "../../datasets", path))).table(name);

/** Every chart once: what the tests compile, draw and compare. */
export const charts: Record<string, () => ChartSpec | Promise<ChartSpec>> = {
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
  breakdown: async () => breakdownChart(requestBreakdown(await trace())),
  "breakdown-quantiles": async () => breakdownChart(requestBreakdown(await trace()), { quantiles: true }),
  queue: async () => queueChart(runnableQueue(await trace()), { ranges: (await trace()).table("ranges") }),
  "wake-matrix": async () => wakeMatrixChart(wakeMatrix(await trace())),
  "critical-path": async () => {
    const [slowest] = requestBreakdown(await trace()).objects({ limit: 1 }) as Record<string, number>[];
    const { g, start_ns, dur_ns } = slowest;
    return criticalPathChart(criticalPath(await trace(), { g, from_ns: start_ns, to_ns: start_ns + dur_ns }));
  },
  findings: async () =>
    findingsChart(
      diagnose([await load(resolve(import.meta.dirname, "../../datasets/planted/stock.trace.gz"))]).findings,
    ),
  heap: async () => heapChart(await trace()),
  "off-cpu-flame-graph": async () =>
    flameGraph(stackTree(await trace(), blockProfile(await trace(), "sync")), {
      unit: "ns",
      what: "time blocked",
    }),
  "state-timeline-trace": async () => stateTimeline(await trace()),
  canary: () => canaryChart(canary(syntheticCanary())),
  gate: () => gateChart(syntheticRuns()),
  comparison: () =>
    comparisonChart(syntheticBenchmarks(), {
      label: "variant",
      value: "ns_per_op",
      by: "go",
      unit: "ns",
      what: "time per write",
    }),
  "comparison-log": () =>
    comparisonChart(syntheticBenchmarks(), {
      label: "variant",
      value: "ns_per_op",
      by: "go",
      unit: "ns",
      log: true,
    }),
  figure: () =>
    figure({
      title: "The scan grows with the keys, the direct lookup does not",
      description: "EVALSHA takes 1 ms with 1000 keys and 3000 ms with a million; looked up directly, 0.1 ms",
      data: {
        values: ["scan", "direct"].flatMap((script) =>
          [3, 4, 5, 6].map((power) => ({
            script,
            keys: 10 ** power,
            ms: script === "scan" ? 10 ** power / 333 : 0.1,
          })),
        ),
      },
      mark: { type: "line", point: true },
      encoding: {
        x: { field: "keys", type: "quantitative", scale: { type: "log" } },
        y: { field: "ms", type: "quantitative", scale: { type: "log" }, axis: { title: "EVALSHA (ms)" } },
        color: { field: "script", type: "nominal" },
      },
    }),
  "allocation-rate": async () =>
    allocationRateChart(allocationRate(await trace()), { ranges: (await trace()).table("ranges") }),
  instructions: async () =>
    instructionChart({
      "Go 1.21": await tableOf("assembly/go1.21.assembly.txt", "instructions"),
      "Go 1.26": await tableOf("assembly/go1.26.assembly.txt", "instructions"),
    }),
  "instructions-one": async () =>
    instructionChart(await tableOf("assembly/go1.26.assembly.txt", "instructions"), { top: 6 }),
  "cache-misses": async () =>
    cacheMissChart(
      {
        "by value": await tableOf("cache/go1.26.value.0.cachegrind.out.gz", "function_costs"),
        "by pointer": await tableOf("cache/go1.26.pointer.0.cachegrind.out.gz", "function_costs"),
      },
      { top: 8 },
    ),
  "redis-latency": async () =>
    redisLatencyChart(await tableOf("redis-scan/scan.operations.csv", "operations"), {
      blocking: ["evalsha"],
      waiting: ["get"],
      quantile: 0.7,
    }),
  wake: async () => {
    const wakes = wakeDelay(await trace(), { reason: "sync" }).objects() as { delay_ns: number }[];
    return wakeChart(
      await trace(),
      wakes.reduce((a, b) => (b.delay_ns > a.delay_ns ? b : a)),
    );
  },
  "close-up": async () =>
    stateTimeline(await trace(), closeUp(worstWindows(await trace(), { window_ns: 10_000 }), { margin: 1 })),
  "proc-timeline": async () => procTimeline(await trace()),
};
