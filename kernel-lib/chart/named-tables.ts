import type { ColumnTable } from "arquero";

/** One table, or several by what tells them apart: release, variant, run. */
export type TableOrNamed = ColumnTable | Readonly<Record<string, ColumnTable>>;

/** The tables by name; one alone is `all`. */
export function namedTables(tables: TableOrNamed): Readonly<Record<string, ColumnTable>> {
  return isTable(tables) ? { all: tables } : tables;
}

function isTable(value: TableOrNamed): value is ColumnTable {
  return typeof (value as ColumnTable).numRows === "function";
}
