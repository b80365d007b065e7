import type { OpenInput } from "../read/open-input.js";
import { lineTexts } from "../read/text/line-texts.js";
import type { Column } from "./build-table.js";
import { column, type TableSchema } from "./schema.js";

/** Lines of a text capture that its reader does not understand: kept with their place, never lost. */
export const unparsedSchema: TableSchema = {
  name: "unparsed",
  doc: "Lines the reader does not understand, in file order.",
  columns: [
    column("line", "float64", "line number, from 1"),
    column("text", "string", "the line as it stands, without its line break"),
  ],
};

/** The same of a capture that may be large: with the line's place in bytes, its text read from there when asked. */
export const placedUnparsedSchema: TableSchema = {
  name: "unparsed",
  doc: "Lines the reader does not understand, or not wholly, in file order.",
  columns: [
    unparsedSchema.columns[0],
    column("offset", "float64", "where the line starts in the unpacked capture", { unit: "bytes" }),
    column("text", "string", "the line as it stands, without its line break; of longer ones the first MiB"),
  ],
};

/** The columns of {@link placedUnparsedSchema}: the lines' texts are read from the capture when they are asked for. */
export function unparsedColumns(
  input: OpenInput,
  { line, offset }: { readonly line: Float64Array; readonly offset: Float64Array },
): Record<string, Column> {
  return { line, offset, text: lineTexts(input, offset) };
}
