import type { DuckDBType, DuckDBVector } from "@duckdb/node-api";
import type { DictionaryColumn } from "../../bytes/dictionary.js";
import type { Column } from "../../table/build-table.js";
import { type ColumnSchema, holdsIds } from "../../table/schema.js";
import type { DuckDb } from "./duckdb.js";

/** How a column goes into DuckDB: the type its cells are handed over in, and what the view makes of them. */
export interface ColumnScan {
  readonly name: string;
  readonly type: DuckDBType;
  /** The SQL expression of the view over the handed-over column `name`. */
  readonly expression: string;
  /** Writes `count` rows from `start` on into a vector. */
  fill(vector: DuckDBVector, start: number, count: number): void;
}

/** A name as SQL writes it: captures choose their names, and a quote in one must not end it. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL writes it. */
export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The scan of one column; `rows` are the rows that a filtered or sorted table shows, in their order. */
export function columnScan(
  duckdb: DuckDb,
  schema: ColumnSchema,
  data: Column,
  rows: ArrayLike<number> | undefined,
): ColumnScan {
  const { kind } = schema;
  if (kind === "string") return textScan(duckdb, schema, data, rows);
  const row = rows ? (index: number) => rows[index] : (index: number) => index;
  if (kind === "bigint") {
    return cellScan(duckdb.BIGINT, schema.name, (index) => {
      const value = (data.at(row(index)) ?? null) as bigint | null;
      return value === null || BigInt.asIntN(64, value) !== value ? null : value;
    });
  }
  if (kind === "json") {
    return cellScan(duckdb.VARCHAR, schema.name, (index) => {
      const value = data.at(row(index)) ?? null;
      return value === null ? null : jsonOf(value);
    });
  }
  if (kind === "boolean") {
    return cellScan(duckdb.BOOLEAN, schema.name, (index) => {
      const value = data.at(row(index)) ?? null;
      return value === null ? null : Boolean(value);
    });
  }
  return numberScan(duckdb, schema, data, rows);
}

function jsonOf(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_key, one) => (typeof one === "bigint" ? one.toString() : one));
}

function cellScan(
  type: DuckDBType,
  name: string,
  cell: (index: number) => string | boolean | bigint | null,
): ColumnScan {
  return {
    name,
    type,
    expression: quotedName(name),
    fill(vector, start, count) {
      for (let i = 0; i < count; i++) vector.setItem(i, cell(start + i));
    },
  };
}

type Numbers = Float64Array | Int32Array | Uint32Array | Uint8Array;

// Types that every engine has: unsigned numbers are handed over as they are and widened by the view.
function numberScan(
  duckdb: DuckDb,
  schema: ColumnSchema,
  data: Column,
  rows: ArrayLike<number> | undefined,
): ColumnScan {
  const { name } = schema;
  const type = {
    float64: duckdb.DOUBLE,
    int32: duckdb.INTEGER,
    uint32: duckdb.UINTEGER,
    uint8: duckdb.UTINYINT,
  }[schema.kind as "float64" | "int32" | "uint32" | "uint8"];
  return {
    name,
    type,
    expression: numberExpression(schema),
    fill(vector, start, count) {
      const items = (vector as unknown as { items: Numbers }).items;
      if (!rows && data.constructor === items.constructor) {
        items.set((data as unknown as Numbers).subarray(start, start + count));
        return;
      }
      for (let i = 0; i < count; i++) {
        const value = data.at(rows ? rows[start + i] : start + i) as number | null | undefined;
        if (value === null || value === undefined) vector.setItem(i, null);
        else items[i] = Number(value);
      }
    },
  };
}

// -1 for an id that does not apply and NaN for what is not known are NULL, as in every export. DuckDB does it a vector
// at a time, which costs next to nothing; and NaN would be larger than all numbers there.
function numberExpression(schema: ColumnSchema): string {
  const cell = quotedName(schema.name);
  const wide = { float64: cell, int32: cell, uint32: `${cell}::BIGINT`, uint8: `${cell}::INTEGER` }[
    schema.kind as "float64" | "int32" | "uint32" | "uint8"
  ];
  const known = holdsIds(schema) ? `nullif(${wide}, -1)` : wide;
  return schema.kind === "float64" ? `CASE WHEN isnan(${cell}) THEN NULL ELSE ${known} END` : known;
}

// A dictionary goes over once, then its codes; the view makes text of them, so that they sort and compare as texts.
function textScan(
  duckdb: DuckDb,
  { name }: ColumnSchema,
  data: Column,
  rows: ArrayLike<number> | undefined,
): ColumnScan {
  const row = rows ? (index: number) => rows[index] : (index: number) => index;
  const { codes, values } = data as Partial<DictionaryColumn>;
  const plain = cellScan(duckdb.VARCHAR, name, (index) => {
    const value = data.at(row(index)) ?? null;
    return value === null ? null : String(value);
  });
  if (!codes || !values || values.length > data.length / 4) return plain;
  const texts = [...new Set(values.filter((value) => value !== null && value !== undefined))];
  if (texts.length === 0) return plain;
  const places = new Map(texts.map((text, place) => [text, place]));
  const placeOf = Int32Array.from(values, (value) => (value === null ? -1 : (places.get(value) ?? -1)));
  return {
    name,
    type: duckdb.ENUM(texts),
    expression: `${quotedName(name)}::VARCHAR`,
    fill(vector, start, count) {
      const items = (vector as unknown as { items: Uint8Array | Uint16Array | Uint32Array }).items;
      for (let i = 0; i < count; i++) {
        const place = placeOf[codes[row(start + i)]];
        if (place >= 0) items[i] = place;
        else vector.setItem(i, null);
      }
    },
  };
}
