import {
  bool,
  columnFromValues,
  type DataType,
  dictionary,
  float64,
  int32,
  tableFromColumns,
  tableToIPC,
  uint8,
  uint32,
  utf8,
} from "@uwdata/flechette";
import type { ColumnKind } from "../../table/schema.js";
import type { ExportColumn } from "./export-columns.js";

/** A table as an Arrow IPC file (the format of `.arrow` and Feather 2 files); missing cells are nulls. */
export function* arrowBytes(columns: readonly ExportColumn[]): Generator<Uint8Array> {
  const built = columns.map((column): [string, ReturnType<typeof columnFromValues>] => {
    return [column.name, columnFromValues((visit) => visitCells(column, visit), typeOf(column.kind))];
  });
  const bytes = tableToIPC(tableFromColumns(built), { format: "file" });
  if (bytes) yield bytes;
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
