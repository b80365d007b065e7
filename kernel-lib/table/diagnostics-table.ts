import type { ColumnTable } from "arquero";
import type { Diagnostic } from "../read/diagnostics.js";
import { tableFromRows } from "./build-table.js";
import { column, type TableSchema } from "./schema.js";

export const diagnosticsSchema: TableSchema = {
  name: "diagnostics",
  doc: "What was repaired, skipped or lost while reading; empty for a clean capture.",
  columns: [
    column("severity", "string", "info, warning (repaired or skipped) or loss (data gone)"),
    column("code", "string", "stable short name of the finding"),
    column("message", "string", "what happened, in a sentence"),
    column("offset", "float64", "byte offset in the unpacked capture", {
      unit: "bytes",
      missing: "not known",
    }),
    column("line", "float64", "line number from 1", { missing: "not a text capture" }),
    column("context", "string", "more place, in the format's terms", { missing: "none" }),
    column("lost", "float64", "events, lines or samples concerned", { unit: "count" }),
  ],
};

/** The findings of a read as a table. */
export function diagnosticsTable(rows: readonly Diagnostic[]): ColumnTable {
  return tableFromRows(
    diagnosticsSchema,
    rows.map(({ place, ...row }) => ({ ...row, ...place })),
  );
}
