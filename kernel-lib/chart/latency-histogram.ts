import type { ColumnTable } from "arquero";
import { nearestRank } from "../analyze/quantile.js";
import { type ChartOptions, type ChartSpec, chartSpec, legendColumns, zoom } from "./chart-spec.js";
import { latencyColumn, latencyName, p99Title, type Series, seriesOf } from "./latency-column.js";
import { categories, ink, palette } from "./palette.js";
import { countAxis, formatCount, formatNs, nsExpression, nsLogAxis } from "./units.js";

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
  const series = seriesOf(table, column, options.by).filter(({ sorted }) => sorted.length > 0);
  const perDecade = options.binsPerDecade ?? 10;
  const bins = series.flatMap((one) => binned(one, perDecade));
  const marks = series.map(({ name, sorted }) => ({
    series: name,
    p50: nearestRank(sorted, 0.5),
    p99: nearestRank(sorted, 0.99),
    // A logarithmic axis has no place for 0: it stands in the first bin.
    at_ns: Math.max(1, nearestRank(sorted, 0.99)),
    max: nearestRank(sorted, 1),
    count: sorted.length,
  }));
  const lowest = Math.min(...bins.map(({ from_ns }) => from_ns));
  const highest = Math.max(...bins.map(({ to_ns }) => to_ns));
  const most = bins.reduce((a, { count }) => Math.max(a, count), 1);
  const single = options.by === undefined;
  const colour = single
    ? { value: palette.plain }
    : {
        field: "series",
        type: "nominal",
        title: options.by,
        scale: { domain: series.map(({ name }) => name), range: categories.slice(0, series.length) },
        legend: legendColumns(series.map(({ name }) => name)),
      };
  const reading = marks
    .map(({ series: name, p50, p99, max, count }) => {
      const label = single ? "" : `${name}: `;
      return `${label}median ${formatNs(p50)}, P99 ${formatNs(p99)}, max ${formatNs(max)} of ${formatCount(count)}`;
    })
    .join("; ");
  return chartSpec(
    {
      title: single ? medianTitle(marks, latencyName(column)) : p99Title(series, latencyName(column)),
      subtitle: single ? reading : "dashed: the P99 of each",
      description: `Histogram of ${latencyName(column)}: ${reading || "no values"}.`,
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
            // Room above the bars for what the line says.
            y: {
              field: "count",
              type: "quantitative",
              scale: { domainMax: most * 1.12 },
              axis: countAxis("count"),
            },
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
            x: { field: "at_ns", type: "quantitative" },
            color: single ? { value: ink.strong } : colour,
            tooltip:
              marks.length > 0 ? [{ field: "series" }, { field: "p99", title: "P99 (ns)", format: "," }] : [],
          },
        },
        ...(single ? marks.map((mark) => p99Label(mark, lowest, highest)) : []),
      ],
    },
    options,
  );
}

// To the left of a line near the right edge.
function p99Label(
  { p99, at_ns }: { p99: number; at_ns: number },
  lowest: number,
  highest: number,
): Record<string, unknown> {
  const right = Math.log(at_ns / lowest) > 0.75 * Math.log(highest / lowest);
  return {
    data: { values: [{ at_ns, label: `P99 ${formatNs(p99)}` }] },
    mark: {
      type: "text",
      align: right ? "right" : "left",
      dx: right ? -4 : 4,
      baseline: "top",
      color: ink.text,
    },
    encoding: {
      x: { field: "at_ns", type: "quantitative" },
      y: { value: 1 },
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

// Sorted values are cut at the bins' edges, which costs by the bin and not by the value.
function binned({ name, sorted }: Series, perDecade: number): Bin[] {
  const bins: Bin[] = [];
  for (let from = 0; from < sorted.length; ) {
    const bin = binOf(Math.max(1, sorted[from]), perDecade);
    const to_ns = edge(bin + 1, perDecade);
    // At least the value itself, also where it is beyond every edge.
    const to = firstAtLeast(sorted, to_ns, from + 1);
    bins.push({ series: name, from_ns: edge(bin, perDecade), to_ns, count: to - from });
    from = to;
  }
  return bins;
}

// By the logarithm, put right at edges that rounding would miss.
function binOf(value: number, perDecade: number): number {
  const bin = Math.floor(Math.log10(value) * perDecade);
  if (value >= edge(bin + 1, perDecade)) return bin + 1;
  return value < edge(bin, perDecade) && bin > 0 ? bin - 1 : bin;
}

function firstAtLeast(sorted: Float64Array, value: number, from: number): number {
  let [low, high] = [from, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function edge(bin: number, perDecade: number): number {
  return Number((10 ** (bin / perDecade)).toPrecision(6));
}

function medianTitle([one]: readonly { p50: number; p99: number }[], name: string): string {
  if (one === undefined) return `No ${name}s`;
  return `Half of the ${name}s are at most ${formatNs(one.p50)}, 99 % at most ${formatNs(one.p99)}`;
}
