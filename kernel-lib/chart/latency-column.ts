import type { ColumnTable } from "arquero";
import { hasColumn, numbers, textAt, texts } from "../analyze/columns.js";
import { nearestRank, sortedNumbers } from "../analyze/quantile.js";
import { formatNs } from "./units.js";

const usual = ["wait_ns", "dur_ns", "delay_ns", "latency_ns", "total_ns"];

/** The column of times to draw: the one named, else the first usual one the table has. */
export function latencyColumn(table: ColumnTable, named?: string): string {
  const name = named ?? usual.find((candidate) => hasColumn(table, candidate));
  if (name === undefined) {
    throw new RangeError(
      `no column of times to draw: name one with { column }; there are: ${table.columnNames().join(", ")}`,
    );
  }
  return name;
}

/** One series of times, sorted. */
export interface Series {
  name: string;
  sorted: Float64Array;
}

const most = 8;

/**
 * The table's times by the values of a column, most frequent first; without one, all as one series.
 * Beyond eight, the rest is one series "others".
 */
export function seriesOf(table: ColumnTable, column: string, by?: string): Series[] {
  const values = numbers(table, column);
  if (by === undefined) return [{ name: "all", sorted: sortedNumbers(values) }];
  const groups = texts(table, by);
  const rows = new Map<string, number[]>();
  for (let row = 0; row < values.length; row++) {
    const name = textAt(groups, row) ?? "none";
    const list = rows.get(name);
    if (list) list.push(values[row]);
    else rows.set(name, [values[row]]);
  }
  const ordered = [...rows].sort((a, b) => b[1].length - a[1].length);
  const shown = ordered.length > most ? ordered.slice(0, most - 1) : ordered;
  const others = ordered.slice(shown.length).flatMap(([, list]) => list);
  if (others.length > 0) shown.push(["others", others]);
  return shown.map(([name, list]) => ({ name, sorted: sortedNumbers(list) }));
}

/** What a column of times is called in a title: `wait_ns` is "wait". */
export function latencyName(column: string): string {
  if (column === "dur_ns") return "duration";
  return column.replace(/_ns$/, "").replaceAll("_", " ");
}

/** The title of a distribution: where the P99 of the only series lies, or those of the fastest and the slowest. */
export function p99Title(series: readonly Series[], name: string): string {
  if (series.length === 0) return `No ${name}s`;
  const p99 = series.map(({ name: label, sorted }) => ({ label, value: nearestRank(sorted, 0.99) }));
  if (p99.length === 1) return `99 % of the ${name}s are at most ${formatNs(p99[0].value)}`;
  const slow = p99.reduce((a, b) => (b.value > a.value ? b : a));
  const fast = p99.reduce((a, b) => (b.value < a.value ? b : a));
  return `P99 ${name} from ${formatNs(fast.value)} (${fast.label}) to ${formatNs(slow.value)} (${slow.label})`;
}
