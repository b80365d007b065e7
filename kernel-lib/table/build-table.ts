import type { ColumnTable } from "arquero";
import { DescribedTable } from "./described-table.js";
import type { TableSchema } from "./schema.js";
import { keepSchema } from "./schema-of.js";

/** A column as a reader hands it over: typed array, plain array or dictionary column. */
export interface Column {
  readonly length: number;
  at(row: number): unknown;
  [Symbol.iterator](): Iterator<unknown>;
}

/**
 * Builds an Arquero table over the reader's own columns, nothing copied.
 * Columns follow the schema's order; a missing or an unequally long one is a programming error and throws.
 */
export function buildTable(schema: TableSchema, columns: Record<string, Column>): ColumnTable {
  const ordered: Record<string, Column> = {};
  let rows = -1;
  for (const { name } of schema.columns) {
    const data = columns[name];
    if (!data) throw new Error(`table ${schema.name}: column ${name} was not built`);
    if (rows >= 0 && data.length !== rows) {
      throw new Error(`table ${schema.name}: column ${name} has ${data.length} rows, others ${rows}`);
    }
    rows = data.length;
    ordered[name] = data;
  }
  const built = new DescribedTable(ordered as never);
  keepSchema(built, schema);
  return built;
}

/** Builds a table from row objects, for small tables; absent properties become null. */
export function tableFromRows<Row extends object>(schema: TableSchema, rows: readonly Row[]): ColumnTable {
  return buildTable(schema, columnsOf(schema, rows));
}

/** Row objects as a schema's columns, for tables that compute some of them. */
export function columnsOf<Row extends object>(
  schema: TableSchema,
  rows: readonly Row[],
): Record<string, unknown[]> {
  const columns: Record<string, unknown[]> = {};
  for (const { name } of schema.columns) {
    columns[name] = rows.map((row) => (row as Record<string, unknown>)[name] ?? null);
  }
  return columns;
}
