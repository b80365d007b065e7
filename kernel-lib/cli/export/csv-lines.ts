import type { ExportColumn } from "./export-columns.js";
import { rowChunks } from "./row-chunks.js";

/**
 * A table as CSV (RFC 4180): a header, a row a line, an empty cell for null, text quoted where it holds a comma, a
 * quote, a line break or a control character. Pieces of some thousand rows, for tables of any size.
 */
export function* csvLines(columns: readonly ExportColumn[]): Generator<string> {
  yield `${columns.map(({ name }) => quoted(name)).join(",")}\n`;
  yield* rowChunks(columns, (row) => `${columns.map((column) => csvCell(column.cell(row))).join(",")}\n`);
}

function csvCell(value: unknown): string {
  if (value === null) return "";
  return typeof value === "object" ? quoted(JSON.stringify(value)) : quoted(String(value));
}

function quoted(text: string): string {
  return /[",\0-\x1f\x7f]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
