import {
  type Batch,
  batchType,
  bool,
  Column,
  columnFromValues,
  type DataType,
  dictionary,
  float64,
  int32,
  type TypedArray,
  tableFromColumns,
  tableToIPC,
  uint8,
  uint32,
  utf8,
} from "@uwdata/flechette";
import { StringDictionary } from "../../bytes/dictionary.js";
import type { ColumnKind } from "../../table/schema.js";
import type { ExportColumn } from "./export-columns.js";

/** A table as an Arrow IPC file (the format of `.arrow` and Feather 2 files); missing cells are nulls. */
export function* arrowBytes(columns: readonly ExportColumn[]): Generator<Uint8Array> {
  const built = columns.map((column): [string, Column<unknown>] => [column.name, arrowColumn(column)]);
  // Handed on as they are: joined they would be there twice.
  const pieces: Uint8Array[] = [];
  tableToIPC(tableFromColumns(built), {
    format: "file",
    sink: {
      write: (bytes) => pieces.push(bytes),
      pad: (count) => pieces.push(new Uint8Array(count)),
      finish: () => null,
    },
  });
  yield* pieces;
}

function arrowColumn(column: ExportColumn): Column<unknown> {
  const { kind } = column;
  if (kind === "string") return stringColumn(column);
  if (Object.hasOwn(arrays, kind)) return numberColumn(column, arrays[kind as keyof typeof arrays]);
  return columnFromValues((visit) => visitCells(column, visit), typeOf(kind));
}

const arrays = { float64: Float64Array, int32: Int32Array, uint32: Uint32Array, uint8: Uint8Array };

/** A column of numbers in an array of its own type: Flechette's builder grows by copies and asks of each cell what it is. */
function numberColumn(
  { kind, length, cell }: ExportColumn,
  NumberArray: (typeof arrays)[keyof typeof arrays],
): Column<unknown> {
  const values = new NumberArray(length);
  const nulls = new Nulls(length);
  for (let row = 0; row < length; row++) {
    const value = cell(row);
    if (value === null) nulls.add(row);
    else values[row] = Number(value);
  }
  return columnOf(typeOf(kind), values, nulls);
}

/** Strings as codes into those that occur, in order of first appearance; looked up once for each code where there are codes. */
function stringColumn(column: ExportColumn): Column<unknown> {
  const { length, cell, coded } = column;
  const distinct = new StringDictionary();
  const values = new Int32Array(length);
  const nulls = new Nulls(length);
  const known = new Map<number, number>();
  const codeOf = (text: unknown): number => (text === null ? -1 : distinct.code(String(text)));
  for (let row = 0; row < length; row++) {
    let code: number | undefined;
    if (coded) {
      const own = coded.code(row);
      code = known.get(own);
      if (code === undefined) {
        code = codeOf(coded.values[own] ?? null);
        known.set(own, code);
      }
    } else code = codeOf(cell(row));
    if (code < 0) nulls.add(row);
    else values[row] = code;
  }
  if (distinct.values.length === 0) {
    // Flechette writes no dictionary for a list of nothing, and readers want one.
    return columnFromValues((visit) => visitCells({ ...column, cell: () => null }, visit), typeOf("string"));
  }
  // The schema finds the dictionary by its type's identity.
  const type = dictionary(utf8(), int32());
  const texts = columnFromValues((visit) => {
    for (const text of distinct.values) visit(text);
  }, type.dictionary);
  const made = columnOf(type, values, nulls);
  for (const batch of made.data) (batch as DictionaryBatch).setDictionary(texts);
  return made;
}

type DictionaryBatch = Batch<unknown> & { setDictionary(dictionary: Column<unknown>): void };

function columnOf(type: DataType, values: TypedArray, nulls: Nulls): Column<unknown> {
  if (values.length === 0) return new Column([], type);
  const BatchOf = batchType(type);
  const { validity, count } = nulls;
  return new Column([new BatchOf({ length: values.length, nullCount: count, type, validity, values })], type);
}

/** Arrow's bitmap of cells that are there; left out where all are. */
class Nulls {
  validity = new Uint8Array(0);
  count = 0;
  private readonly length: number;

  constructor(length: number) {
    this.length = length;
  }

  add(row: number): void {
    if (this.count === 0) this.validity = new Uint8Array((this.length + 7) >> 3).fill(255);
    this.validity[row >> 3] &= ~(1 << (row & 7));
    this.count++;
  }
}

function visitCells(column: ExportColumn, visit: (value: unknown) => void): void {
  for (let row = 0; row < column.length; row++) {
    const value = column.cell(row);
    const asText = value !== null && (column.kind === "json" || column.kind === "bigint");
    visit(asText ? (typeof value === "bigint" ? value.toString() : JSON.stringify(value)) : value);
  }
}

const types: Readonly<Record<ColumnKind, () => DataType>> = {
  float64: () => float64(),
  int32: () => int32(),
  uint32: () => uint32(),
  uint8: () => uint8(),
  boolean: () => bool(),
  string: () => dictionary(utf8(), int32()),
  // Arrow has no integers of any size: exact as text.
  bigint: () => utf8(),
  json: () => utf8(),
};

function typeOf(kind: ColumnKind): DataType {
  return types[kind]();
}
