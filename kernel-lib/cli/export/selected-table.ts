import { type ColumnTable, escape as ownFunction } from "arquero";
import { hasColumn } from "../../analyze/columns.js";
import type { Capture } from "../../capture/capture.js";
import { UsageError } from "../usage-error.js";

/**
 * One of a capture's tables, or the rows of it that are about these goroutines: those of their own (`g`), and events
 * that change their state on behalf of others.
 *
 * @throws UsageError when the table says nothing of goroutines
 */
export function selectedTable(capture: Capture, name: string, goroutines?: ReadonlySet<number>): ColumnTable {
  const table = capture.table(name);
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
