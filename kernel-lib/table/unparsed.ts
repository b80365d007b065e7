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
