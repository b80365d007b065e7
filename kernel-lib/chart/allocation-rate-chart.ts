import type { ColumnTable } from "arquero";
import { numbers, textAt, texts } from "../analyze/columns.js";
import { nearestRank, sortedNumbers } from "../analyze/quantile.js";
import { bandsOf, colouredBandLayer, timeAxis } from "./bands.js";
import { type ChartOptions, type ChartSpec, chartSpec, defaultWidth, zoom } from "./chart-spec.js";
import { palette } from "./palette.js";
import { bytesAxis, bytesExpression, formatBytes, formatNs, nsExpression } from "./units.js";

/**
 * How fast a program allocated over time, with pauses and mark phases behind. Takes an {@link allocationRate}.
 *
 * @example
 * allocationRateChart(allocationRate(trace), { ranges: trace.table("ranges") });
 */
export function allocationRateChart(
  rates: ColumnTable,
  options: ChartOptions & { ranges?: ColumnTable } = {},
): ChartSpec {
  const [start, end, bytes, rate] = ["start_ns", "end_ns", "bytes", "bytes_per_s"].map((name) =>
    numbers(rates, name),
  );
  const method = textAt(texts(rates, "method"), 0) ?? "unknown";
  const values = Array.from({ length: start.length }, (_, row) => ({
    start_ns: Math.round(start[row]),
    end_ns: Math.round(end[row]),
    rate: Math.round(rate[row]),
  }));
  const [from, to] = [start[0] ?? 0, end[end.length - 1] ?? 1];
  const bands = bandsOf(options.ranges, from, to, (to - from) / (options.width ?? defaultWidth));
  const total = Array.from(bytes).reduce((sum, size) => sum + size, 0);
  const sorted = sortedNumbers(rate);
  const most = nearestRank(sorted, 1);
  const title = `${formatBytes((total / (to - from)) * 1e9)}/s allocated on average, up to ${formatBytes(most)}/s`;
  const x = { ...timeAxis(from, to), field: "start_ns" };
  return chartSpec(
    {
      title,
      subtitle: `${formatBytes(total)} in ${formatNs(to - from)}, each bar the mean of its stretch; from the ${method}`,
      description: `Allocation rate over ${formatNs(to - from)}. ${title}.`,
      layer: [
        ...(bands.length > 0 ? [colouredBandLayer(bands, x)] : []),
        {
          data: { values },
          params: [zoom("x")],
          transform: [
            { calculate: nsExpression("datum.start_ns", 6), as: "at" },
            { calculate: `${bytesExpression("datum.rate")} + '/s'`, as: "speed" },
          ],
          mark: { type: "rect", color: palette.plain, opacity: 0.8, clip: true },
          encoding: {
            x,
            x2: { field: "end_ns" },
            y: {
              field: "rate",
              type: "quantitative",
              axis: bytesAxis("allocated per second", most),
            },
            y2: { datum: 0 },
            tooltip: [{ field: "at" }, { field: "speed", title: "allocated" }],
          },
        },
      ],
    },
    options,
  );
}
