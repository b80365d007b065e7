// Apart from the builder, so that asking for a schema does not bring Arquero along.

import type { ColumnSchema, TableSchema } from "./schema.js";

/** As much of an Arquero table as is asked here. */
interface Columns {
  columnNames(): string[];
  column(name: string): unknown;
}

interface Known {
  /** The table that the columns come from. */
  readonly origin: TableSchema;
  readonly columns: ReadonlyMap<string, ColumnSchema>;
}

const known = new WeakMap<object, Known>();
const schemas = new WeakMap<object, TableSchema>();

/** Remembers the schema that a table was built with. */
export function keepSchema(built: object, schema: TableSchema): void {
  known.set(built, { origin: schema, columns: new Map(schema.columns.map((one) => [one.name, one])) });
  schemas.set(built, schema);
}

/** What is known of columns that two tables share is known of both, a column's new name included. */
export function shareSchema(from: Columns, to: Columns): void {
  const there = known.get(from);
  if (!there || from === to) return;
  const names = new Map<unknown, string>();
  for (const name of there.columns.keys()) names.set(from.column(name), name);
  describe(to, there, (name) => {
    const data = to.column(name);
    return from.column(name) === data ? name : names.get(data);
  });
}

/** A copy of a table's cells means what they meant. */
export function copySchema(from: Columns, to: Columns): void {
  const there = known.get(from);
  if (there && from !== to) describe(to, there, (name) => name);
}

function describe(
  to: Columns,
  { origin, columns }: Known,
  nameIn: (name: string) => string | undefined,
): void {
  const found = new Map<string, ColumnSchema>();
  for (const name of to.columnNames()) {
    const before = nameIn(name);
    const column = before === undefined ? undefined : columns.get(before);
    if (column) found.set(name, column.name === name ? column : { ...column, name });
  }
  if (found.size > 0) known.set(to, { origin, columns: found });
}

/**
 * What is known of a table's columns: the schema it was built with, and of a table that Arquero's verbs made from it
 * (`filter`, `orderby`, `slice`, `select`, `groupby`, `derive`, ...) the columns that are still the same, also under a new
 * name. Columns that were computed are left out; undefined when none is known.
 *
 * @example
 * schemaOf(schedLatency(trace).filter((row) => row.wait_ns > 1e6)).columns.map(({ name, unit }) => `${name} (${unit})`);
 */
export function schemaOf(built: object): TableSchema | undefined {
  const whole = schemas.get(built);
  if (whole) return whole;
  const there = known.get(built);
  if (!there) return undefined;
  const schema = { ...there.origin, columns: [...there.columns.values()] };
  schemas.set(built, schema);
  return schema;
}
