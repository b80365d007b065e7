import type { ColumnTable } from "arquero";
import { hasColumn, numbers, textAt, texts } from "../analyze/columns.js";
import { type ChartOptions, type ChartSpec, chartSpec, legendColumns } from "./chart-spec.js";
import { categories, palette } from "./palette.js";
import { formatNs, formatShare, nsExpression, nsLogAxis } from "./units.js";

/**
 * The minimum mutator utilization curve: for each window length, the least share of processor time that was left to
 * the program, each processor's time counted once. Where `go tool trace` draws it lower, for counting mark workers twice, the
 * chart says by how much (column go_utilization). Several curves (captures, options) in one table are told apart by the column `by`.
 *
 * @example
 * mmuChart(mmu(trace));
 */
export function mmuChart(curve: ColumnTable, options: ChartOptions & { by?: string } = {}): ChartSpec {
  const window = numbers(curve, "window_ns");
  const utilization = numbers(curve, "utilization");
  const groups = options.by === undefined ? undefined : texts(curve, options.by);
  const rows = Array.from(window, (window_ns, row) => ({
    window_ns,
    utilization: utilization[row],
    ...(groups && { series: textAt(groups, row) ?? "none" }),
  }));
  const series = [...new Set(rows.map((row) => row.series ?? ""))];
  const reading = series
    .map(
      (name) => `${name ? `${name}: ` : ""}${readingOf(rows.filter((row) => (row.series ?? "") === name))}`,
    )
    .join("; ");
  const beside = groups ? undefined : differenceFromGo(curve);
  return chartSpec(
    {
      title: reading[0].toUpperCase() + reading.slice(1),
      subtitle: [
        "least share of processor time left to the program, over all windows of each length",
        ...(beside ? [beside] : []),
      ],
      description: `Minimum mutator utilization: ${reading}.${beside ? ` For comparison: ${beside}.` : ""}`,
      data: { values: rows },
      transform: [{ calculate: nsExpression("datum.window_ns"), as: "window" }],
      mark: { type: "line", point: { size: 30, filled: true }, strokeWidth: 2 },
      encoding: {
        x: {
          field: "window_ns",
          type: "quantitative",
          scale: { type: "log", nice: false },
          axis: nsLogAxis("window length (logarithmic)", 1, 1e6),
        },
        y: {
          field: "utilization",
          type: "quantitative",
          scale: { domain: [0, 1] },
          axis: { title: "minimum utilization", format: "~%" },
        },
        color: groups
          ? {
              field: "series",
              type: "nominal",
              title: options.by,
              scale: { domain: series, range: categories.slice(0, series.length) },
              legend: legendColumns(series),
            }
          : { value: palette.Running },
        tooltip: [
          ...(groups ? [{ field: "series", title: options.by }] : []),
          { field: "window" },
          { field: "utilization", format: ".2%" },
        ],
      },
    },
    options,
  );
}

/** Where the curve of `go tool trace` is farthest off, in words; undefined where both draw the same. */
function differenceFromGo(curve: ColumnTable): string | undefined {
  if (!hasColumn(curve, "go_utilization")) return undefined;
  const [window, own, go] = ["window_ns", "utilization", "go_utilization"].map((name) =>
    numbers(curve, name),
  );
  let worst = 0;
  for (let row = 1; row < own.length; row++) {
    if (Math.abs(own[row] - go[row]) > Math.abs(own[worst] - go[worst])) worst = row;
  }
  if (!(Math.abs(own[worst] - go[worst]) >= 0.005)) return undefined;
  const at = `${formatShare(go[worst])} instead of ${formatShare(own[worst])} at ${formatNs(window[worst])}`;
  return go[worst] < own[worst]
    ? `go tool trace counts mark workers twice: it draws ${at}`
    : `go tool trace leaves out pauses that are not the collector's: it draws ${at}`;
}

function readingOf(rows: readonly { window_ns: number; utilization: number }[]): string {
  const shut = rows.filter((row) => row.utilization === 0);
  const longest = Math.max(...shut.map((row) => row.window_ns));
  const at10ms = rows.find((row) => row.window_ns === 1e7) ?? rows[rows.length - 1];
  const worst = at10ms
    ? `in the worst ${formatNs(at10ms.window_ns)} the program had ${formatShare(at10ms.utilization)} of the processors`
    : "no windows";
  return shut.length > 0 ? `${worst}, none at all for ${formatNs(longest)}` : worst;
}
