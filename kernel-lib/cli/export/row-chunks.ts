import type { ExportColumn } from "./export-columns.js";

const chunkRows = 4096;

/** The text of every row, joined into pieces of some thousand rows. */
export function* rowChunks(
  columns: readonly ExportColumn[],
  text: (row: number) => string,
): Generator<string> {
  const rows = columns[0]?.length ?? 0;
  for (let start = 0; start < rows; start += chunkRows) {
    let piece = "";
    for (let row = start; row < Math.min(rows, start + chunkRows); row++) piece += text(row);
    yield piece;
  }
}
