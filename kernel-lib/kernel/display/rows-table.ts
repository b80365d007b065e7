import { type ColumnTable, from, table } from "arquero";

/** Rows of which a table is drawn; more are there, and said to be. */
const mostKeys = 60;

/** A data frame or a list of plain objects as a table; undefined for anything else. */
export function rowsTable(value: unknown): ColumnTable | undefined {
  if (Array.isArray(value)) return ofObjects(value);
  return ofPolars(value) ?? ofArrow(value);
}

// Two rows and more: one object reads better as itself.
function ofObjects(rows: readonly unknown[]): ColumnTable | undefined {
  if (rows.length < 2 || !rows.every(isPlain)) return undefined;
  const keys = new Set(rows.slice(0, 1000).flatMap((row) => Object.keys(row as object)));
  if (keys.size === 0 || keys.size > mostKeys) return undefined;
  return from(rows as object[], [...keys]) as ColumnTable;
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !Object.values(value).some(isNested);
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(value instanceof Date);
}

interface Polars {
  columns: string[];
  getColumn: (name: string) => { toArray: () => unknown[] };
  toRecords: () => unknown;
}

// Told by shape: the package is the notebook's own.
function ofPolars(value: unknown): ColumnTable | undefined {
  const frame = value as Partial<Polars> | null | undefined;
  if (typeof frame?.getColumn !== "function" || typeof frame.toRecords !== "function") return undefined;
  const { columns } = frame as Polars;
  return table(
    columns.map((name) => [name, (frame as Polars).getColumn(name).toArray()] as [string, unknown[]]),
  );
}

interface Arrow {
  schema: { fields: { name: string }[] };
  numRows: number;
  getChild: (
    name: string,
  ) => { toArray?: () => ArrayLike<unknown>; get: (at: number) => unknown; length: number } | null;
}

function ofArrow(value: unknown): ColumnTable | undefined {
  const arrow = value as Partial<Arrow> | null | undefined;
  if (!Array.isArray(arrow?.schema?.fields) || typeof arrow.getChild !== "function") return undefined;
  const { schema, getChild } = arrow as Arrow;
  const columns = schema.fields.map(({ name }): [string, unknown[]] => {
    const column = getChild.call(arrow, name);
    return [name, column ? Array.from({ length: column.length }, (_, at) => column.get?.(at)) : []];
  });
  return table(columns);
}
