import type { ColumnTable } from "arquero";
import { hasColumn, numbers, textAt, texts } from "../analyze/columns.js";
import { nearestRank, sortedNumbers } from "../analyze/quantile.js";
import { type ChartOptions, type ChartSpec, chartSpec, legendColumns } from "./chart-spec.js";
import { format } from "./flame-graph.js";
import { categories } from "./palette.js";
import { counted, logAxis, nsAxis, nsLogAxis } from "./units.js";

/** Options of {@link comparisonChart}. */
export interface ComparisonOptions extends ChartOptions {
  /** The column of what is compared, a row each (default `name`). */
  label?: string;
  /** The column of values (default `value`); several rows of one label are repeated measurements. */
  value?: string;
  /** A column whose values are drawn side by side in each row, in colours: a version, a pattern. */
  by?: string;
  /** Columns of an interval, where the table has one row each; else the range of repeated measurements is drawn. */
  low?: string;
  high?: string;
  /** Unit of the values: ns, bytes, count, or another that is written as it is. */
  unit?: string;
  /** What the values are, for the axis. */
  what?: string;
  /** A logarithmic axis (points instead of bars). */
  log?: boolean;
  /** How many things are drawn, those with the highest values (default 40). */
  rows?: number;
  /** Exact counts of a simulation or a compiler, one each: no spread to speak of. */
  simulated?: boolean;
}

/** More are taller than a screen, and nobody compares so many. */
const maxRows = 40;

/**
 * Measurements side by side: a row for each thing compared, a point (the median) with its interval or the range of the
 * repetitions, in colours by version or pattern. For benchmarks by variant, instruction counts by version, cache
 * misses by layout, memory by structure.
 *
 * @example
 * comparisonChart(benchmarks, { label: "variant", value: "ns_per_op", by: "go", unit: "ns" });
 */
export function comparisonChart(table: ColumnTable, options: ComparisonOptions = {}): ChartSpec {
  const all = grouped(table, options);
  const groups = withHighest(all, options.rows ?? maxRows);
  const labels = [...new Set(groups.map(({ label }) => label))];
  const omitted = new Set(all.map(({ label }) => label)).size - labels.length;
  const series = [...new Set(groups.map(({ series: name }) => name))];
  const unit = options.unit ?? "count";
  const what = (options.what ?? options.value ?? "value").replaceAll("_", " ");
  const positive = groups.map(({ low }) => low).filter((value) => value > 0);
  const [least, most] = [Math.min(...positive), Math.max(...groups.map(({ high }) => high))];
  const axis = options.log ? logarithmic(unit, what, least, most) : linear(unit, what);
  const x = {
    type: "quantitative",
    axis,
    scale: options.log ? { type: "log", nice: false, padding: 10 } : { zero: true },
  };
  const y = { field: "label", type: "nominal", sort: labels, axis: { title: null, labelLimit: 200 } };
  const offset = series.length > 1 ? { yOffset: { field: "series", sort: series } } : {};
  const colour =
    series.length > 1
      ? {
          field: "series",
          type: "nominal",
          title: options.by,
          scale: { domain: series, range: categories.slice(0, series.length) },
          legend: legendColumns(series),
        }
      : { value: categories[0] };
  const said = titleOf(all, unit, what);
  const title = said[0].toUpperCase() + said.slice(1);
  const tooltip = [
    { field: "label", title: options.label ?? "name" },
    ...(series.length > 1 ? [{ field: "series", title: options.by }] : []),
    { field: "text", title: what },
    { field: "n", title: "measurements" },
  ];
  const bar = { mark: { type: "bar", opacity: 0.75 }, encoding: { x: { ...x, field: "value" }, tooltip } };
  return chartSpec(
    {
      title,
      subtitle: subtitleOf(options, labels.length, omitted),
      description: `Comparison of ${labels.length} by ${what}. ${title}.`,
      width: 460,
      titleWidth: 640,
      height: { step: series.length > 1 ? 15 : 22 },
      data: { values: groups.map((group) => ({ ...group, text: format(group.value, unit) })) },
      encoding: { y, ...offset, color: colour },
      layer: [
        ...(options.log ? [] : [bar]),
        {
          mark: { type: "rule", strokeWidth: 2 },
          encoding: { x: { ...x, field: "low" }, x2: { field: "high" } },
        },
        {
          mark: { type: "point", filled: true, size: options.log ? 60 : 34, opacity: 1 },
          encoding: { x: { ...x, field: "value" }, tooltip },
        },
      ],
    },
    options,
  );
}

function subtitleOf(options: ComparisonOptions, drawn: number, omitted: number): string[] {
  const meaning = options.low
    ? "point: estimate, line: its interval"
    : "point: median, line: least to most of the repetitions";
  const most = `drawn: the ${drawn} with the highest values; ${counted(omitted, "row")} left out`;
  return [...(options.simulated ? [] : [meaning]), ...(omitted > 0 ? [most] : [])];
}

/** The groups of the labels with the highest values, in the table's order: what is large is never left out. */
function withHighest(groups: Group[], rows: number): Group[] {
  const highest = new Map<string, number>();
  for (const { label, value } of groups) {
    highest.set(label, Math.max(value, highest.get(label) ?? Number.NEGATIVE_INFINITY));
  }
  if (highest.size <= rows) return groups;
  const kept = new Set(
    [...highest]
      .sort((a, b) => b[1] - a[1])
      .slice(0, rows)
      .map(([label]) => label),
  );
  return groups.filter(({ label }) => kept.has(label));
}

interface Group {
  label: string;
  series: string;
  value: number;
  low: number;
  high: number;
  n: number;
}

function grouped(table: ColumnTable, options: ComparisonOptions): Group[] {
  const names = texts(table, options.label ?? "name");
  const by = options.by === undefined ? undefined : texts(table, options.by);
  const values = numbers(table, options.value ?? "value");
  const low = options.low && hasColumn(table, options.low) ? numbers(table, options.low) : undefined;
  const high = options.high && hasColumn(table, options.high) ? numbers(table, options.high) : undefined;
  const rows = new Map<string, { label: string; series: string; rows: number[] }>();
  for (let row = 0; row < values.length; row++) {
    const label = textAt(names, row) ?? "none";
    const series = by ? (textAt(by, row) ?? "none") : "all";
    const key = `${label}\u0000${series}`;
    const group = rows.get(key);
    if (group) group.rows.push(row);
    else rows.set(key, { label, series, rows: [row] });
  }
  return [...rows.values()].map(({ label, series, rows: own }) => {
    const sorted = sortedNumbers(own.map((row) => values[row]));
    return {
      label,
      series,
      value: nearestRank(sorted, 0.5),
      low: low ? low[own[0]] : sorted[0],
      high: high ? high[own[0]] : sorted[sorted.length - 1],
      n: own.length,
    };
  });
}

function linear(unit: string, what: string): Record<string, unknown> {
  if (unit === "ns") return nsAxis(what);
  return { title: unit === "count" ? what : `${what} (${unit})`, labelExpr: "format(datum.value, '~s')" };
}

function logarithmic(unit: string, what: string, least: number, most: number): Record<string, unknown> {
  if (unit === "ns") return nsLogAxis(`${what} (logarithmic)`, least, most);
  const title = unit === "count" ? `${what} (logarithmic)` : `${what} (${unit}, logarithmic)`;
  return logAxis(title, "format(datum.value, '~s')", least, most);
}

function titleOf(groups: readonly Group[], unit: string, what: string): string {
  if (groups.length === 0) return "Nothing to compare";
  const name = ({ label, series }: Group): string => (series === "all" ? label : `${label}, ${series}`);
  const least = groups.reduce((a, b) => (b.value < a.value ? b : a));
  const most = groups.reduce((a, b) => (b.value > a.value ? b : a));
  if (least === most) return `${what}: ${format(least.value, unit)} (${name(least)})`;
  return `${what} from ${format(least.value, unit)} (${name(least)}) to ${format(most.value, unit)} (${name(most)})`;
}
