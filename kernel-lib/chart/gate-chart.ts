import type { ColumnTable } from "arquero";
import { numbers, textAt, texts } from "../analyze/columns.js";
import { type GateNoiseOptions, gateNoise } from "../analyze/gate-noise.js";
import { type ChartOptions, type ChartSpec, chartSpec } from "./chart-spec.js";
import { change, ink, palette } from "./palette.js";
import { formatShare, significant } from "./units.js";

const maxRuns = 3000;

/**
 * Repeated runs of one and the same program, metric by metric, as shares of the metric's median, on the band that a
 * gate allows: what lies beyond it would have blocked a change that is none.
 *
 * @example
 * gateChart(runs, { threshold: 0.15 });
 */
export function gateChart(runs: ColumnTable, options: ChartOptions & GateNoiseOptions = {}): ChartSpec {
  const { metric = "metric", value = "value", threshold = 0.15 } = options;
  const noise = gateNoise(runs, options).objects() as {
    metric: string;
    runs: number;
    median: number;
    spread: number;
    false_alarms: number;
    smallest_change: number | null;
    compared: number;
    why: string | null;
  }[];
  const medians = new Map(noise.map((row) => [row.metric, row.median]));
  const names = texts(runs, metric);
  const values = numbers(runs, value);
  const points = Array.from({ length: Math.min(maxRuns, values.length) }, (_, row) => {
    const name = textAt(names, row) ?? "none";
    return { metric: name, change: Number((values[row] / (medians.get(name) ?? 1) - 1).toPrecision(5)) };
  });
  const labels = noise.map((row) => ({
    metric: row.metric,
    text: `spread ${formatShare(row.spread)}, false alarms ${formatShare(row.false_alarms)}, ${seen(row)}`,
  }));
  const quiet = noise.reduce((a, b) => (b.spread < a.spread ? b : a));
  const loud = noise.reduce((a, b) => (b.spread > a.spread ? b : a));
  const title =
    quiet === loud
      ? `${loud.metric} spreads ${formatShare(loud.spread)} over ${loud.runs} equal runs`
      : `Equal runs spread from ${formatShare(quiet.spread)} (${quiet.metric}) to ${formatShare(loud.spread)} (${loud.metric})`;
  const y = {
    field: "metric",
    type: "nominal",
    sort: noise.map((row) => row.metric),
    axis: { title: null, labelLimit: 220 },
  };
  const x = { type: "quantitative", axis: { title: "difference from the metric's median", format: "+~%" } };
  return chartSpec(
    {
      title,
      subtitle: `band: what a gate of ${significant(threshold * 100)} % lets pass; sees: the smallest change that comparing ${options.runs ?? 5} runs with ${options.runs ?? 5} sees 4 times of 5`,
      description: `Noise of ${noise.length} gate metrics over ${noise[0].runs} runs. ${title}.`,
      width: 520,
      titleWidth: 640,
      height: { step: 46 },
      layer: [
        {
          data: { values: [{ low: -threshold, high: threshold }] },
          mark: { type: "rect", color: palette.reference, opacity: 0.2 },
          encoding: { x: { ...x, field: "low" }, x2: { field: "high" } },
        },
        {
          data: { values: points },
          transform: [
            { calculate: `abs(datum.change) > ${threshold} ? 'beyond the gate' : 'within'`, as: "gate" },
          ],
          mark: { type: "tick", thickness: 2, height: 20, opacity: 0.75 },
          encoding: {
            x: { ...x, field: "change" },
            y,
            color: {
              field: "gate",
              type: "nominal",
              title: null,
              scale: { domain: ["within", "beyond the gate"], range: [change.less, change.more] },
            },
            tooltip: [{ field: "metric" }, { field: "change", format: "+.2%" }],
          },
        },
        {
          data: { values: labels },
          mark: { type: "text", align: "left", baseline: "bottom", dy: -11, fontSize: 10, color: ink.text },
          encoding: { y, x: { value: 4 }, text: { field: "text" } },
        },
      ],
    },
    options,
  );
}

function seen({
  smallest_change,
  compared,
  why,
}: {
  smallest_change: number | null;
  compared: number;
  why: string | null;
}): string {
  if (smallest_change !== null) return `sees ${formatShare(smallest_change)}`;
  return `${compared} runs cannot tell${why?.startsWith("the runs drift") ? ": they drift" : ""}`;
}
