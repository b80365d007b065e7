import type { ColumnTable } from "arquero";
import { type DictionaryColumn, StringDictionary } from "../bytes/dictionary.js";

/** A column of numbers in row order; missing cells are NaN. */
export type Numbers = ArrayLike<number>;

/** A column of strings as codes into its distinct values. */
export interface Texts {
  readonly length: number;
  readonly codes: ArrayLike<number>;
  readonly values: readonly (string | null)[];
}

/**
 * A table's column as plain numbers, in the table's own row order; the stored typed array itself where the
 * table is neither filtered nor sorted.
 *
 * @throws RangeError when there is no such column, naming those there are.
 */
export function numbers(table: ColumnTable, name: string): Numbers {
  const column = columnOf(table, name);
  const rows = rowOrder(table);
  if (!rows && ArrayBuffer.isView(column) && !isBig(column)) return column as unknown as Numbers;
  const length = rows?.length ?? column.length;
  const data = new Float64Array(length);
  for (let row = 0; row < length; row++) data[row] = toNumber(column.at(rows ? rows[row] : row));
  return data;
}

/**
 * A table's column as strings, coded; cheap for dictionary columns.
 *
 * @throws RangeError when there is no such column, naming those there are.
 */
export function texts(table: ColumnTable, name: string): Texts {
  const column = columnOf(table, name);
  const rows = rowOrder(table);
  const length = rows?.length ?? column.length;
  const coded = column as Partial<DictionaryColumn>;
  if (coded.codes && coded.values) {
    if (!rows) return { length, codes: coded.codes, values: coded.values };
    return { length, codes: Int32Array.from(rows, (row) => coded.codes![row]), values: coded.values };
  }
  const dictionary = new StringDictionary();
  const codes = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const value = column.at(rows ? rows[row] : row);
    codes[row] = value === null || value === undefined ? -1 : dictionary.code(String(value));
  }
  if (!codes.includes(-1)) return { length, codes, values: dictionary.values };
  const none = dictionary.values.length;
  return {
    length,
    codes: codes.map((code) => (code < 0 ? none : code)),
    values: [...dictionary.values, null],
  };
}

/** One string cell. */
export function textAt(column: Texts, row: number): string | null {
  return column.values[column.codes[row]] ?? null;
}

/** For each code, whether its value passes the test: filter strings once per distinct value. */
export function codesWhere(column: Texts, test: (value: string) => boolean): boolean[] {
  return column.values.map((value) => value !== null && test(value));
}

/** True when the table has a column of this name. */
export function hasColumn(table: ColumnTable, name: string): boolean {
  return table.columnNames().includes(name);
}

interface ReadableColumn {
  readonly length: number;
  at(row: number): unknown;
}

function columnOf(table: ColumnTable, name: string): ReadableColumn {
  const column = table.column(name) as ReadableColumn | undefined;
  if (!column) {
    throw new RangeError(`no column ${JSON.stringify(name)}; there are: ${table.columnNames().join(", ")}`);
  }
  return column;
}

// Arquero's verbs leave the data where it is and keep a filter and an order beside it.
function rowOrder(table: ColumnTable): Uint32Array | undefined {
  return table.isFiltered() || table.isOrdered() ? (table.indices() as Uint32Array) : undefined;
}

function isBig(column: unknown): boolean {
  return column instanceof BigInt64Array || column instanceof BigUint64Array;
}

function toNumber(value: unknown): number {
  return value === null || value === undefined ? Number.NaN : Number(value);
}
