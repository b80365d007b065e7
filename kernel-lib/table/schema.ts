/** What a column's cells are; typed columns are stored as the typed array of the same name. */
export type ColumnKind = "float64" | "int32" | "uint32" | "uint8" | "string" | "boolean" | "bigint" | "json";

/** One column's contract: outside checks rely on its name. */
export interface ColumnSchema {
  readonly name: string;
  readonly kind: ColumnKind;
  /** `ns`, `bytes`, `count`, `ratio`, ...; absent for names and ids. */
  readonly unit?: string;
  /** What a missing value means. Ids that do not apply are -1 in typed columns and null in exports. */
  readonly missing?: string;
  readonly doc: string;
}

/** A table's contract: name, meaning and columns in order. */
export interface TableSchema {
  readonly name: string;
  readonly doc: string;
  readonly columns: readonly ColumnSchema[];
}

/** Shorthand for a schema's column: `column("dur_ns", "float64", "how long it lasted", { unit: "ns" })`. */
export function column(
  name: string,
  kind: ColumnKind,
  doc: string,
  more: { unit?: string; missing?: string } = {},
): ColumnSchema {
  return { name, kind, doc, ...more };
}

/** Whether a column holds ids, whose -1 says that none applies; figures have a unit, and their -1 is a figure. */
export function holdsIds({ kind, unit, missing }: ColumnSchema): boolean {
  return unit === undefined && missing !== undefined && /^(?:float64|u?int32)$/.test(kind);
}
