import { column, type TableSchema } from "./schema.js";

export const operationsSchema: TableSchema = {
  name: "operations",
  doc: "A program's own operations, in the order of its log. Columns beyond the three follow as text.",
  columns: [
    column("start_ns", "float64", "when it started, since the earliest start of the log", { unit: "ns" }),
    column("dur_ns", "float64", "how long it took", { unit: "ns" }),
    column("kind", "string", 'what it was, "" when the log does not say'),
  ],
};
