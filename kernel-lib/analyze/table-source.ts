import type { ColumnTable } from "arquero";

/**
 * Anything that has tables by name: a capture, or hand-made tables through {@link tableSource}.
 * Analyses ask this much of a capture and no more, so that they stay upstream of it.
 */
export interface TableSource {
  readonly kind: string;
  schemas(): readonly { readonly name: string }[];
  table(name: string): ColumnTable;
}

/** A table, or a source that has it under its usual name. */
export type TableOr<Source extends TableSource = TableSource> = ColumnTable | Source;

/**
 * Makes a source of tables you have: filtered ones, or made by hand.
 *
 * @example
 * schedLatency(tableSource({ goroutine_states: trace.table("goroutine_states").filter((row) => row.g < 100) }));
 */
export function tableSource(tables: Record<string, ColumnTable>, kind = "go-trace"): TableSource {
  return {
    kind,
    schemas: () => Object.keys(tables).map((name) => ({ name })),
    table: (name) => tables[name],
  };
}

/**
 * The tables an analysis needs, in the order asked for.
 *
 * @throws RangeError naming the missing tables and the ones that are there.
 */
export function needTables(source: TableSource, analysis: string, names: readonly string[]): ColumnTable[] {
  const there = new Set(source.schemas().map((schema) => schema.name));
  const missing = names.filter((name) => !there.has(name));
  if (missing.length > 0) {
    const list = [...there].join(", ") || "none";
    throw new RangeError(
      `${analysis} needs ${plural(missing)}, which ${withArticle(source.kind)} capture does not have; there are: ${list}`,
    );
  }
  return names.map((name) => source.table(name));
}

/** The table given, or the source's table of that name. */
export function tableOf(from: TableOr, analysis: string, name: string): ColumnTable {
  return isSource(from) ? needTables(from, analysis, [name])[0] : from;
}

/** The names of a source's tables. */
export function tableNames(source: TableSource): string[] {
  return source.schemas().map(({ name }) => name);
}

export function isSource(from: unknown): from is TableSource {
  const source = from as Partial<TableSource> | null | undefined;
  return typeof source?.table === "function" && typeof source.schemas === "function";
}

export function isTable(from: unknown): from is ColumnTable {
  const given = from as Partial<ColumnTable> | null | undefined;
  return typeof given?.columnNames === "function" && typeof given.column === "function";
}

/** A kind of capture in a sentence: a pprof, an operations. */
export function withArticle(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}

function plural(names: readonly string[]): string {
  return names.length === 1 ? `the table ${names[0]}` : `the tables ${names.join(", ")}`;
}
