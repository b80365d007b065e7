import type { ColumnTable } from "arquero";
import { nearestRank } from "../analyze/quantile.js";
import { type ChartOptions, type ChartSpec, chartSpec, zoom } from "./chart-spec.js";
import { latencyColumn, latencyName, type Series, seriesOf } from "./latency-column.js";
import { categories, ink, palette } from "./palette.js";
import { formatCount, formatNs, nsExpression, nsLogAxis } from "./units.js";

/** Options of {@link latencyHistogram}. */
export interface LatencyHistogramOptions extends ChartOptions {
  /** The column of times in ns; by default wait_ns or dur_ns, whichever the table has. */
  column?: string;
  /** A column whose values get a histogram each, laid over each other. */
  by?: string;
  /** Bins per decade (default 10). */
  binsPerDecade?: number;
}

/**
 * How long things took: counts in bins of equal width on a logarithmic axis, with the median and the P99 marked.
 * Every row is counted; a bin holds its lower edge. Times of 0 ns are in the first bin.
 *
 * @example
 * latencyHistogram(schedLatency(trace), { by: "cause" });
 */
export function latencyHistogram(table: ColumnTable, options: LatencyHistogramOptions = {}): ChartSpec {
  const column = latencyColumn(table, options.column);
  const series = seriesOf(table, column, options.by);
  const perDecade = options.binsPerDecade ?? 10;
  const bins = series.flatMap((one) => binned(one, perDecade));
  const marks = series.map(({ name, sorted }) => ({
    series: name,
    p50: nearestRank(sorted, 0.5),
    p99: nearestRank(sorted, 0.99),
    max: nearestRank(sorted, 1),
    count: sorted.length,
  }));
  const lowest = Math.min(...bins.map(({ from_ns }) => from_ns));
  const highest = Math.max(...bins.map(({ to_ns }) => to_ns));
  const single = options.by === undefined;
  const colour = single
    ? { value: palette.plain }
    : {
        field: "series",
        type: "nominal",
        title: options.by,
        scale: { domain: series.map(({ name }) => name), range: categories.slice(0, series.length) },
      };
  const reading = marks
    .map(({ series: name, p50, p99, max, count }) => {
      const label = single ? "" : `${name}: `;
      return `${label}median ${formatNs(p50)}, P99 ${formatNs(p99)}, max ${formatNs(max)} of ${formatCount(count)}`;
    })
    .join("; ");
  return chartSpec(
    {
      title: single
        ? `Half of the ${latencyName(column)}s are under ${formatNs(marks[0].p50)}, 1 in 100 over ${formatNs(marks[0].p99)}`
        : `${capital(latencyName(column))} by ${options.by}`,
      subtitle: single ? reading : "dashed: the P99 of each",
      description: `Histogram of ${latencyName(column)}: ${reading}.`,
      layer: [
        {
          data: { values: bins },
          mark: { type: "rect", clip: true, opacity: single ? 0.85 : 0.5 },
          params: [zoom("x")],
          transform: [
            {
              calculate: `${nsExpression("datum.from_ns")} + ' to ' + (${nsExpression("datum.to_ns")})`,
              as: "range",
            },
          ],
          encoding: {
            x: {
              field: "from_ns",
              type: "quantitative",
              scale: { type: "log", nice: false },
              axis: nsLogAxis(`${latencyName(column)} (logarithmic)`, lowest, highest, { grid: false }),
            },
            x2: { field: "to_ns" },
            y2: { datum: 0 },
            y: { field: "count", type: "quantitative", axis: { title: "count", format: "~s" } },
            color: colour,
            tooltip: [
              ...(single ? [] : [{ field: "series", title: options.by }]),
              { field: "range", title: latencyName(column) },
              { field: "count", format: "," },
            ],
          },
        },
        {
          data: { values: marks },
          mark: { type: "rule", strokeDash: [4, 3], clip: true },
          encoding: {
            x: { field: "p99", type: "quantitative" },
            color: single ? { value: ink.strong } : colour,
            tooltip:
              marks.length > 0 ? [{ field: "series" }, { field: "p99", title: "P99 (ns)", format: "," }] : [],
          },
        },
        ...(single ? [p99Label(marks)] : []),
      ],
    },
    options,
  );
}

function p99Label(marks: readonly { p99: number }[]): Record<string, unknown> {
  return {
    data: { values: marks.map(({ p99 }) => ({ p99, label: `P99 ${formatNs(p99)}` })) },
    mark: { type: "text", align: "left", dx: 4, baseline: "top", color: ink.strong },
    encoding: {
      x: { field: "p99", type: "quantitative" },
      y: { value: 2 },
      text: { field: "label" },
    },
  };
}

interface Bin {
  series: string;
  from_ns: number;
  to_ns: number;
  count: number;
}

function binned({ name, sorted }: Series, perDecade: number): Bin[] {
  const counts = new Map<number, number>();
  for (const value of sorted) {
    // The bin from the logarithm, put right at edges that rounding would miss.
    let bin = Math.floor(Math.log10(Math.max(1, value)) * perDecade);
    if (value >= edge(bin + 1, perDecade)) bin++;
    else if (value < edge(bin, perDecade) && bin > 0) bin--;
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return [...counts].map(([bin, count]) => ({
    series: name,
    from_ns: edge(bin, perDecade),
    to_ns: edge(bin + 1, perDecade),
    count,
  }));
}

function edge(bin: number, perDecade: number): number {
  return Number((10 ** (bin / perDecade)).toPrecision(6));
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
