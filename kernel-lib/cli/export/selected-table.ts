import { type ColumnTable, escape as ownFunction } from "arquero";
import { hasColumn } from "../../analyze/columns.js";
import type { LoadedCapture } from "../../capture/formats.js";
import { UsageError } from "../usage-error.js";

/** Which rows of a table are asked for; all that is left out has no bound. */
export interface Selection {
  readonly goroutines?: ReadonlySet<number>;
  /** In ns after the capture's start. */
  readonly from?: number;
  /** In ns after the capture's start. */
  readonly to?: number;
}

/**
 * One of a capture's tables, or the rows of it that are about these goroutines, those of their own (`g`) and events
 * that change their state on behalf of others, and in this window.
 *
 * @throws UsageError when goroutines are asked for and the table says nothing of them
 */
export function selectedTable(capture: LoadedCapture, name: string, selection: Selection): ColumnTable {
  const table = inWindow(capture.table(name), selection);
  const { goroutines } = selection;
  if (!goroutines) return table;
  if (!hasColumn(table, "g")) {
    throw new UsageError(`the table ${name} does not say which goroutine a row is of; leave --g out`);
  }
  return table.filter(
    ownFunction((row: { g: number; resource?: string; resource_id?: number }) => {
      return (
        goroutines.has(row.g) || (row.resource === "Goroutine" && goroutines.has(row.resource_id as number))
      );
    }),
  );
}

/**
 * The rows of a table whose time lies in the window, or whose interval reaches into it, bounds included; all rows of a
 * table that has no times. Reading alone is no finer than a trace's generations.
 */
export function inWindow(
  table: ColumnTable,
  { from = 0, to = Number.POSITIVE_INFINITY }: Selection,
): ColumnTable {
  if (from <= 0 && to === Number.POSITIVE_INFINITY) return table;
  if (hasColumn(table, "time_ns")) {
    return table.filter(ownFunction((row: { time_ns: number }) => row.time_ns >= from && row.time_ns <= to));
  }
  if (!hasColumn(table, "start_ns") || !hasColumn(table, "end_ns")) return table;
  // An end that is not known is beyond all bounds.
  return table.filter(
    ownFunction((row: { start_ns: number; end_ns: number }) => !(row.start_ns > to) && !(row.end_ns < from)),
  );
}
