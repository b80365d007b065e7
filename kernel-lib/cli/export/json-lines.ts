import { jsonText } from "../output.js";
import type { ExportColumn } from "./export-columns.js";
import { rowChunks } from "./row-chunks.js";

/** A table as newline-delimited JSON, an object a row; infinities are the texts "Infinity" and "-Infinity". */
export function* jsonLines(columns: readonly ExportColumn[]): Generator<string> {
  yield* rowChunks(columns, (row) => `${rowText(columns, row)}\n`);
}

/** A table as one JSON array of row objects. */
export function* jsonArray(columns: readonly ExportColumn[]): Generator<string> {
  yield "[";
  yield* rowChunks(columns, (row) => `${row === 0 ? "\n" : ",\n"}${rowText(columns, row)}`);
  yield "\n]\n";
}

function rowText(columns: readonly ExportColumn[], row: number): string {
  return jsonText(Object.fromEntries(columns.map(({ name, cell }) => [name, cell(row)])));
}
