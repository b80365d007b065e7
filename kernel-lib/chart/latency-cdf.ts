import type { ColumnTable } from "arquero";
import { nearestRank } from "../analyze/quantile.js";
import { type ChartOptions, type ChartSpec, chartSpec, legendColumns, zoom } from "./chart-spec.js";
import { latencyColumn, latencyName, p99Title, type Series, seriesOf } from "./latency-column.js";
import { categories, palette } from "./palette.js";
import { counted, formatNs, logAxis, nsExpression, nsLogAxis } from "./units.js";

/** Options of {@link latencyCdf}. */
export interface LatencyCdfOptions extends ChartOptions {
  /** The column of times in ns; by default wait_ns or dur_ns, whichever the table has. */
  column?: string;
  /** A column whose values get a curve each: a cause, a capture. */
  by?: string;
  /** Draw the share that is slower, on a logarithmic axis, which spreads out the tail. */
  tail?: boolean;
}

const points = 300;

/**
 * The cumulative distribution of times: what share is at or below each. With `tail`, the share above, on a
 * logarithmic axis. At most 300 quantiles (nearest rank) make a curve, denser towards the tail; the last is the maximum.
 *
 * @example
 * latencyCdf(waits, { by: "cause", tail: true });
 */
export function latencyCdf(table: ColumnTable, options: LatencyCdfOptions = {}): ChartSpec {
  const column = latencyColumn(table, options.column);
  const series = seriesOf(table, column, options.by).filter(({ sorted }) => sorted.length > 0);
  const single = options.by === undefined;
  const name = latencyName(column);
  const reading = series
    .map(({ name: label, sorted }) => {
      const [p50, p99] = [0.5, 0.99].map((q) => formatNs(nearestRank(sorted, q)));
      return `${single ? "" : `${label}: `}median ${p50}, P99 ${p99}, max ${formatNs(nearestRank(sorted, 1))}`;
    })
    .join("; ");
  const lowest = Math.min(...series.map(({ sorted }) => Math.max(1, sorted[0])));
  const highest = Math.max(...series.map(({ sorted }) => nearestRank(sorted, 1)));
  const share = options.tail ? "share slower" : "share at or below";
  return chartSpec(
    {
      title: p99Title(series, name),
      subtitle: `${counted(
        series.reduce((n, { sorted }) => n + sorted.length, 0),
        "value",
      )}, each curve through its quantiles by nearest rank`,
      description: `Cumulative distribution of ${name}: ${reading || "no values"}.`,
      data: { values: series.flatMap((one) => curve(one, options.tail ?? false)) },
      params: [zoom("x")],
      transform: [{ calculate: nsExpression("datum.value_ns"), as: "value" }],
      mark: {
        type: "line",
        interpolate: options.tail ? "step-before" : "step-after",
        clip: true,
        strokeWidth: 2,
        // A curve of a single value is a point: only a round cap draws it.
        strokeCap: "round",
      },
      encoding: {
        x: {
          field: "value_ns",
          type: "quantitative",
          scale: { type: "log", nice: false },
          axis: nsLogAxis(`${name} (logarithmic)`, lowest, highest),
        },
        y: {
          field: "share",
          type: "quantitative",
          ...(options.tail && { scale: { type: "log" } }),
          axis: options.tail
            ? logAxis(share, "format(datum.value, '~%')", 1, 1e6)
            : { title: share, format: "~%" },
        },
        color: single
          ? { value: palette.plain }
          : {
              field: "series",
              type: "nominal",
              title: options.by,
              scale: { domain: series.map((one) => one.name), range: categories.slice(0, series.length) },
              legend: legendColumns(series.map((one) => one.name)),
            },
        tooltip: [
          ...(single ? [] : [{ field: "series", title: options.by }]),
          { field: "value", title: name },
          { field: "share", title: share, format: ".4~%" },
        ],
      },
    },
    options,
  );
}

function curve({ name, sorted }: Series, tail: boolean): Record<string, unknown>[] {
  const n = sorted.length;
  const ranks = new Set<number>([0, n - 1]);
  for (let i = 1; i < points; i++) {
    // Half of the points evenly, half by the logarithm of what is left above: the tail keeps its shape.
    const even = Math.floor((i / points) * n);
    const left = Math.floor(n - n ** (1 - i / points));
    if (i % 2 === 0) ranks.add(even);
    else ranks.add(Math.min(n - 1, left));
  }
  // A share rises from none, so that equal values make a line as well.
  const first = tail || n === 0 ? [] : [{ series: name, value_ns: Math.max(1, sorted[0]), share: 0 }];
  const steps = [...ranks]
    .sort((a, b) => a - b)
    .map((rank) => ({
      series: name,
      value_ns: Math.max(1, sorted[rank]),
      share: tail ? (n - rank) / n : (rank + 1) / n,
    }));
  return [...first, ...steps];
}
