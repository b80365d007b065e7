import type { DictionaryColumn } from "../../bytes/dictionary.js";
import type { LoadedCapture } from "../../capture/formats.js";
import { type ColumnKind, type ColumnSchema, holdsIds } from "../../table/schema.js";
import { type Selection, selectedTable } from "./selected-table.js";

/** A column as exports write it: cells that say "does not apply" are null. */
export interface ExportColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly length: number;
  cell(row: number): unknown;
  /** Of strings that are kept as codes: the code of a row's cell, and what the codes stand for. */
  readonly coded?: { readonly values: readonly (string | null)[]; code(row: number): number };
}

/** The columns of one of a capture's tables, in the order of its schema; all rows, or those selected. */
export function exportColumns(
  capture: LoadedCapture,
  name: string,
  selection: Selection = {},
): ExportColumn[] {
  const table = selectedTable(capture, name, selection);
  const rows = table.isFiltered() ? (table.indices() as Uint32Array) : undefined;
  const schema = capture.schemas().find((one) => one.name === name);
  return (schema?.columns ?? []).map((column) => {
    const data = table.column(column.name) as Partial<DictionaryColumn> & {
      length: number;
      at(row: number): unknown;
    };
    const cell = cellReader(column, data);
    const { values, key: code } = data;
    const coded = code && Array.isArray(values) ? { values, code } : undefined;
    const { name: title, kind } = column;
    if (!rows) return { name: title, kind, length: data.length, cell, coded };
    return {
      name: title,
      kind,
      length: rows.length,
      cell: (row: number) => cell(rows[row]),
      coded: coded && { values: coded.values, code: (row: number) => coded.code(rows[row]) },
    };
  });
}

// In typed columns an id that does not apply is -1 and an unknown figure NaN; outside there is null for both.
function cellReader(column: ColumnSchema, data: { at(row: number): unknown }): (row: number) => unknown {
  const isId = holdsIds(column);
  return (row) => {
    const value = data.at(row);
    if (typeof value === "number" && (Number.isNaN(value) || (isId && value === -1))) return null;
    return value ?? null;
  };
}
