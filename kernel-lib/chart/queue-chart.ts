import type { ColumnTable } from "arquero";
import { numbers } from "../analyze/columns.js";
import { bandsOf, colouredBandLayer, timeAxis } from "./bands.js";
import { type ChartOptions, type ChartSpec, chartSpec, defaultWidth, zoom } from "./chart-spec.js";
import { palette } from "./palette.js";
import { formatNs, nsExpression, significant } from "./units.js";

/**
 * Runnable goroutines (line: mean of each stretch, area up to its most) above busy processors, over time, with
 * pauses and mark phases behind. Takes a {@link runnableQueue}.
 *
 * @example
 * queueChart(runnableQueue(trace), { ranges: trace.table("ranges") });
 */
export function queueChart(
  queue: ColumnTable,
  options: ChartOptions & { ranges?: ColumnTable } = {},
): ChartSpec {
  const start = numbers(queue, "start_ns");
  const end = numbers(queue, "end_ns");
  const column = (name: string): ArrayLike<number> => numbers(queue, name);
  const [mean, most, busy, wasted] = ["runnable_mean", "runnable_max", "busy_mean", "wasted_ns"].map(column);
  const rows = Array.from({ length: start.length }, (_, row) => ({
    start_ns: Math.round(start[row]),
    end_ns: Math.round(end[row]),
    mean: round(mean[row]),
    most: most[row],
    busy: round(busy[row]),
    wasted: Math.round(wasted[row]),
  }));
  const [from, to] = [start[0] ?? 0, end[end.length - 1] ?? 1];
  const bands = bandsOf(options.ranges, from, to, (to - from) / (options.width ?? defaultWidth));
  const time = timeAxis(from, to);
  const x = { ...time, field: "start_ns" };
  const longest = rows.reduce((a, row) => Math.max(a, row.most), 0);
  const average = rows.reduce((sum, row) => sum + row.mean, 0) / Math.max(1, rows.length);
  const idle = rows.reduce((sum, row) => sum + row.wasted, 0);
  const title = `Up to ${longest} goroutines waited for a processor, ${significant(average, 2)} on average`;
  const behind = colouredBandLayer(bands, x) as { encoding: Record<string, object> };
  const unlabelled = {
    ...behind,
    encoding: { ...behind.encoding, color: { ...behind.encoding.color, legend: null } },
  };
  const tooltip = [
    { field: "at" },
    { field: "mean", title: "runnable, mean" },
    { field: "most", title: "runnable, most" },
    { field: "busy", title: "busy processors" },
  ];
  const panel = (
    layers: Record<string, unknown>[],
    height: number,
    bandsBehind: Record<string, unknown>,
  ): Record<string, unknown> => ({
    width: options.width ?? defaultWidth,
    height,
    layer: [...(bands.length > 0 ? [bandsBehind] : []), ...layers],
  });
  const area = { type: "area", interpolate: "step-after", clip: true } as const;
  return chartSpec(
    {
      title,
      subtitle: `line: mean of ${formatNs((to - from) / Math.max(1, rows.length))}, area: the most; processors stood idle beside runnable goroutines for ${formatNs(idle)}`,
      description: `Runnable goroutines and busy processors over ${formatNs(to - from)}. ${title}.`,
      width: undefined,
      height: undefined,
      spacing: 8,
      data: { values: rows },
      transform: [{ calculate: nsExpression("datum.start_ns", 6), as: "at" }],
      vconcat: [
        panel(
          [
            {
              params: [zoom("x")],
              mark: { ...area, color: palette.Runnable, opacity: 0.3 },
              encoding: {
                x: { ...x, axis: { ...(time.axis as object), labels: false, title: null, ticks: false } },
                y: {
                  field: "most",
                  type: "quantitative",
                  axis: { title: "runnable goroutines", tickMinStep: 1 },
                },
                tooltip,
              },
            },
            {
              mark: {
                type: "line",
                interpolate: "step-after",
                color: palette.Runnable,
                strokeWidth: 1.5,
                clip: true,
              },
              encoding: { x, y: { field: "mean", type: "quantitative" } },
            },
          ],
          170,
          behind,
        ),
        panel(
          [
            {
              mark: { ...area, color: palette.Running, opacity: 0.75 },
              encoding: {
                x,
                y: {
                  field: "busy",
                  type: "quantitative",
                  axis: { title: "processors", tickMinStep: 1, tickCount: 4 },
                },
                tooltip,
              },
            },
          ],
          80,
          unlabelled,
        ),
      ],
      resolve: { scale: { x: "shared", color: "independent" } },
    },
    { ...options, width: undefined, height: undefined },
  );
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
