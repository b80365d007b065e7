import type { ColumnTable } from "arquero";
import { numbers } from "../analyze/columns.js";
import { nearestRank, sortedNumbers } from "../analyze/quantile.js";
import { bandColours, bandLayer, bandsOf, timeAxis } from "./bands.js";
import { type ChartOptions, type ChartSpec, chartSpec, defaultWidth, zoom } from "./chart-spec.js";
import { densityCells, extentOf } from "./density-cells.js";
import { latencyColumn, latencyName } from "./latency-column.js";
import { palette } from "./palette.js";
import { counted, formatNs, nsExpression, nsLogAxis } from "./units.js";

/** Options of {@link latencyHeatmap}. */
export interface LatencyHeatmapOptions extends ChartOptions {
  /** The column of times in ns; by default wait_ns or dur_ns, whichever the table has. */
  column?: string;
  /** The column of when (default start_ns). */
  at?: string;
  from_ns?: number;
  to_ns?: number;
  /** Ranges drawn behind as bands: pauses and mark phases. */
  ranges?: ColumnTable;
}

/**
 * Latency over time as counts in cells: time along, the logarithm of the latency up, the darker the more. Every row
 * in the window is counted, however many there are, and a single slow one still makes a cell.
 *
 * @example
 * latencyHeatmap(schedLatency(trace), { ranges: trace.table("ranges") });
 */
export function latencyHeatmap(table: ColumnTable, options: LatencyHeatmapOptions = {}): ChartSpec {
  const column = latencyColumn(table, options.column);
  const name = latencyName(column);
  const at = numbers(table, options.at ?? "start_ns");
  const values = numbers(table, column);
  const [first, last] = extentOf(at);
  const [from, to] = [options.from_ns ?? first, options.to_ns ?? last];
  const cells = densityCells(at, values, [from, to], { columns: 72, perDecade: 5 });
  const sorted = sortedNumbers(Array.from(values).filter((_, row) => at[row] >= from && at[row] <= to));
  const most = Math.max(2, ...cells.map(({ count }) => count));
  const bands = bandsOf(options.ranges, from, to, (to - from) / defaultWidth);
  const reading =
    sorted.length === 0
      ? "no values"
      : `median ${formatNs(nearestRank(sorted, 0.5))}, P99 ${formatNs(nearestRank(sorted, 0.99))}, max ${formatNs(nearestRank(sorted, 1))}`;
  const x = timeAxis(from, to);
  const bandNames = [...new Set(bands.map(({ band }) => band))];
  return chartSpec(
    {
      title:
        sorted.length === 0
          ? `No ${name}s in this window`
          : `${name[0].toUpperCase()}${name.slice(1)} over time: ${reading}`,
      subtitle: `${counted(sorted.length, "value")}, counted in cells`,
      description: `Heat map of ${name} over ${formatNs(to - from)}: ${reading}.`,
      height: 260,
      layer: [
        ...(bands.length > 0 ? [withScale(bandLayer(bands, x), bandNames)] : []),
        {
          data: { values: cells },
          params: [zoom("x")],
          transform: [
            { calculate: `${nsExpression("datum.y")} + ' to ' + (${nsExpression("datum.y2")})`, as: "range" },
            { calculate: nsExpression("datum.x", 6), as: "when" },
          ],
          mark: { type: "rect", clip: true, color: palette.plain },
          encoding: {
            x: { ...x, field: "x" },
            x2: { field: "x2" },
            y: {
              field: "y",
              type: "quantitative",
              scale: { type: "log", nice: false },
              axis: nsLogAxis(`${name} (logarithmic)`, ...extentOf(sorted)),
            },
            y2: { field: "y2" },
            opacity: {
              field: "count",
              type: "quantitative",
              title: "count",
              scale: { type: "log", domain: [1, most], range: [0.4, 1] },
              legend: {
                values: legendValues(most),
                format: "~s",
                symbolType: "square",
                symbolFillColor: palette.plain,
              },
            },
            tooltip: [{ field: "when" }, { field: "range", title: name }, { field: "count", format: "," }],
          },
        },
      ],
      resolve: { scale: { color: "independent" } },
    },
    options,
  );
}

function withScale(layer: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const encoding = layer.encoding as Record<string, Record<string, unknown>>;
  const scale = { domain: names, range: names.map((name) => bandColours[name]) };
  return {
    ...layer,
    encoding: {
      ...encoding,
      color: { ...encoding.color, title: null, scale },
      stroke: { ...encoding.stroke, scale },
    },
  };
}

function legendValues(most: number): number[] {
  return [1, 10, 100, 1e3, 1e4, 1e5].filter((value) => value <= most);
}
