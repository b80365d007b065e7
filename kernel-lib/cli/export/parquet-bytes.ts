import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedCapture } from "../../capture/formats.js";
import { quotedName, quotedText } from "../../capture/sql/column-scan.js";
import { loadDuckDb } from "../../capture/sql/duckdb.js";
import { SqlDatabase } from "../../capture/sql/sql-database.js";
import { SqlError } from "../../capture/sql/sql-error.js";
import { UsageError } from "../usage-error.js";
import { type Selection, selectedTable } from "./selected-table.js";

/**
 * A table as a Parquet file, compressed with Zstandard: INT32, INT64, DOUBLE, BOOLEAN and UTF-8 texts, which every
 * engine reads. DuckDB writes it a row group at a time from the capture's own columns.
 */
export async function* parquetBytes(
  capture: LoadedCapture,
  table: string,
  selection: Selection,
): AsyncGenerator<Uint8Array> {
  const duckdb = await loadDuckDb().catch((error: unknown) => {
    throw error instanceof SqlError ? new UsageError(error.message, { cause: error }) : error;
  });
  // The form has its index at the end and DuckDB writes to files alone.
  const folder = await mkdtemp(join(tmpdir(), "tracebook-parquet-"));
  const path = join(folder, "table.parquet");
  const selected = {
    source: capture.source,
    schemas: () => capture.schemas(),
    table: (name: string) => selectedTable(capture, name, selection),
  };
  const database = await SqlDatabase.open(duckdb, [selected]);
  try {
    selected.table(table);
    await database.name(table);
    await database.connection.run(
      `COPY (FROM ${quotedName(table)}) TO ${quotedText(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    for await (const piece of createReadStream(path)) yield piece as Uint8Array;
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}
