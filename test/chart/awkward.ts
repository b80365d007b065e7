import { from, table } from "arquero";
import { canary } from "#lib/analyze/canary.js";
import { criticalPath } from "#lib/analyze/critical-path.js";
import { seededRandom } from "#lib/analyze/random.js";
import { tableSource } from "#lib/analyze/table-source.js";
import { wakeMatrix } from "#lib/analyze/wakes.js";
import { canaryChart } from "#lib/chart/canary-chart.js";
import type { ChartSpec } from "#lib/chart/chart-spec.js";
import { comparisonChart } from "#lib/chart/comparison-chart.js";
import { criticalPathChart } from "#lib/chart/critical-path-chart.js";
import { gateChart } from "#lib/chart/gate-chart.js";
import { latencyCdf } from "#lib/chart/latency-cdf.js";
import { latencyHeatmap } from "#lib/chart/latency-heatmap.js";
import { latencyHistogram } from "#lib/chart/latency-histogram.js";
import { scalingChart } from "#lib/chart/scaling-chart.js";
import { spikesOverBands } from "#lib/chart/spikes-over-bands.js";
import { stateTimeline } from "#lib/chart/state-timeline.js";
import { wakeMatrixChart } from "#lib/chart/wake-matrix-chart.js";
import { goroutineStates } from "../analyze/make-tables.js";
import { syntheticRanges, syntheticTrace } from "./synthetic.js";

const long =
  "github.com/organisation/module/internal/service.(*LongReceiverTypeName[go.shape.string,go.shape.*uint8]).HandleTheRequest.func1.2";
const names = ["<script>alert(1)</script>", `"quotes" and 'ticks'`, "</text>&amp;", long, `${long}2`]
  .concat(["x".repeat(300), "a\\b${x}", "ünïcödé", "line\nbreak", "emoji 🦊"])
  .concat(["tenth", "eleventh"]);
const random = seededRandom(3);
const each = <T>(count: number, row: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => row(i));

const operations = (count: number, span: number, dur: (i: number) => number): ReturnType<typeof from> =>
  from(each(count, (i) => ({ start_ns: (i / count) * span, dur_ns: dur(i), kind: names[i % names.length] })));

const manyNames = operations(3000, 1e9, () => Math.exp(random() * 8) * 100);
const one = operations(1, 1, () => 1234);
const outlier = operations(5000, 1e9, (i) => (i === 2500 ? 3.6e12 : 500 + random() * 100));
const hours = operations(2000, 86_400e9, () => 60e9 * (1 + 100 * random()));
const nanoseconds = operations(2000, 50_000, () => 1 + Math.floor(20 * random()));

const crowd = tableSource({
  goroutine_states: syntheticTrace(200, 20).table("goroutine_states"),
  ranges: syntheticRanges(),
  goroutines: table({ g: each(200, (i) => i + 1), name: each(200, (i) => names[i % names.length]) }),
});
const single = tableSource({
  goroutine_states: goroutineStates([{ g: 1, state: "Running", start_ns: 5, end_ns: 6 }]),
});

const measured = from(
  names.flatMap((name, i) =>
    ["old", "new"].flatMap((version) =>
      each(40, () => ({ name, stage: name, metric: name, version, value: 10 ** (i / 2) * (1 + random()) })),
    ),
  ),
);
const stages = measured.rename({ value: "dur_ns" });
const costs = from(
  names.flatMap((name, k) =>
    [10, 100, 1000, 1e4].map((n) => ({ name, n, dur_ns: n * (k + 1) * (0.9 + 0.2 * random()) })),
  ),
);

/** Charts of data that charts are not made for: long and hostile names, one row, hundreds of lanes, nanoseconds to hours. */
export const awkward: Record<string, () => ChartSpec> = {
  "histogram, many names": () => latencyHistogram(manyNames, { by: "kind" }),
  "histogram, one row": () => latencyHistogram(one),
  "histogram, outlier": () => latencyHistogram(outlier),
  "histogram, hours": () => latencyHistogram(hours),
  "histogram, nanoseconds": () => latencyHistogram(nanoseconds),
  "distribution, many names": () => latencyCdf(manyNames, { by: "kind" }),
  "distribution, one row": () => latencyCdf(one),
  "tail, outlier": () => latencyCdf(outlier, { tail: true }),
  "heat map, one row": () => latencyHeatmap(one),
  "heat map, hours": () => latencyHeatmap(hours),
  "spikes, outlier": () => spikesOverBands(outlier, syntheticRanges()),
  "spikes, hours": () => spikesOverBands(hours, syntheticRanges()),
  "timeline, 200 goroutines": () => stateTimeline(crowd, { top: 200 }),
  "timeline, one stay": () => stateTimeline(single),
  "wakes, many names": () => wakeMatrixChart(wakeMatrix(crowd)),
  "path, many names": () => criticalPathChart(criticalPath(crowd, { g: 1, from_ns: 0, to_ns: 30e6 })),
  "comparison, many names": () => comparisonChart(measured, { by: "version", log: true, unit: "ns" }),
  "stages, many names": () => canaryChart(canary(stages)),
  "gate, many names": () => gateChart(measured),
  "scaling, many names": () => scalingChart(costs, { by: "name" }),
};

/** The same charts of nothing: what has no rows says so. */
export const nothing: Record<string, () => ChartSpec> = {
  histogram: () => latencyHistogram(one.slice(1)),
  distribution: () => latencyCdf(one.slice(1)),
  "heat map": () => latencyHeatmap(one.slice(1)),
  timeline: () => stateTimeline(single, { from_ns: 100, to_ns: 200 }),
};
