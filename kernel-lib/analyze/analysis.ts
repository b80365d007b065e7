import type { ColumnTable } from "arquero";
import type { TableSchema } from "../table/schema.js";
import type { TableSource } from "./table-source.js";

/** An analysis that is also a table by name of every capture of its kind. */
export interface Analysis {
  /** Kind of capture it is for (`go-trace`). */
  readonly kind: string;
  readonly schema: TableSchema;
  /** The tables it cannot do without. */
  readonly needs: readonly string[];
  readonly build: (source: TableSource) => ColumnTable;
}
