import { jsonText, printable } from "../output.js";
import type { ExportColumn } from "./export-columns.js";
import { rowChunks } from "./row-chunks.js";

/**
 * A table as CSV (RFC 4180): a header, a row a line, an empty cell for null, text quoted where it holds a comma, a
 * quote or a line break. Pieces of some thousand rows, for tables of any size.
 *
 * CSV is read by terminals and spreadsheets: control characters of texts are made visible (`\x1b`), and a text that a
 * spreadsheet would take for a formula gets a `'` before it. The other formats have every text as it is.
 */
export function* csvLines(columns: readonly ExportColumn[]): Generator<string> {
  yield `${columns.map(({ name }) => quoted(name)).join(",")}\n`;
  yield* rowChunks(columns, (row) => `${columns.map((column) => csvCell(column.cell(row))).join(",")}\n`);
}

function csvCell(value: unknown): string {
  if (value === null) return "";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return quoted(typeof value === "object" ? jsonText(value) : String(value));
}

// What begins like one is a formula, unless the whole text is a number: `-2+3` is none.
const formula = /^[=@+\-\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+|0x[\da-f]+|Inf(?:inity)?)(?:e[+-]?\d+)?$/i;

function quoted(text: string): string {
  const safe = printable(formula.test(text) && !number.test(text) ? `'${text}` : text);
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
