import { type ColumnTable, table } from "arquero";
import { hasColumn } from "./columns.js";
import type { Verdict } from "./judgement.js";

/** How the sides were compared. */
export type Design = "one run a side" | "runs" | "paired runs" | "at once";

/** One compared quantile. */
export interface QuantileChange {
  quantile: number;
  before: number;
  after: number;
  /** Null where the value before is 0: no share of nothing is a change. */
  change: number | null;
  change_low: number | null;
  change_high: number | null;
  n_before: number;
  n_after: number;
  /** Independent values that the side is worth for this quantile; runs, where runs are compared. */
  effective_before: number;
  effective_after: number;
  runs_before: number;
  runs_after: number;
  design: Design;
  /** The factor by which single runs may differ, that the interval allows for; null where runs are compared. */
  floor: number | null;
  verdict: Verdict;
  why: string | null;
}

/** How much larger, as a share of what there was; null when there was nothing, and is something now. */
export function relativeChange(before: number, after: number): number | null {
  const change = before === after ? 0 : after / before - 1;
  return Number.isFinite(change) ? change : null;
}

/** The column of values: the one named, or the first of the usual ones. */
export function valueColumn(measured: ColumnTable, named: string | undefined): string {
  const name =
    named ?? ["wait_ns", "dur_ns", "delay_ns", "value"].find((usual) => hasColumn(measured, usual));
  if (name === undefined) {
    throw new RangeError(
      `no column of values: name it with { column }; there are: ${measured.columnNames().join(", ")}`,
    );
  }
  return name;
}

/** A table of rows that all have the columns of the first. */
export function rowsTable<Row extends object>(rows: readonly Row[]): ColumnTable {
  const names = Object.keys(rows[0] ?? {}) as (keyof Row & string)[];
  return table(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
}
