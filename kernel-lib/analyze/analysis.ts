import type { ColumnTable } from "arquero";
import type { TableSchema } from "../table/schema.js";
import { isSource, isTable, type TableOr, tableNames, withArticle } from "./table-source.js";

/** Tables by name and the columns of each that an analysis cannot do without. */
export type Needs = Readonly<Record<string, readonly string[]>>;

/**
 * An analysis as it says itself what it is: checks, tables by name, help and the reference read this one place.
 * What needs one table takes a capture that has it, or the table by itself (filtered, or made by hand); what needs several takes a
 * capture, or tables in a {@link tableSource}.
 */
export interface Analysis {
  /** The function's name (`schedLatency`). */
  readonly name: string;
  /** Kinds of capture that have it as a table by the schema's name, given what it needs. */
  readonly accepts: readonly string[];
  /** What it cannot do without; of several, any one. */
  readonly needs: Needs | readonly Needs[];
  /** The table that it gives: its name in `export --table`, its columns with units. */
  readonly schema: TableSchema;
  /** What else it has to be told, in words; such an analysis is no table by name. */
  readonly asks?: string;
  readonly build: (source: never, ...more: never[]) => ColumnTable;
}

/**
 * The tables that an analysis needs, in the order of its declaration, from a capture or from the one table it needs.
 *
 * @throws RangeError naming what is missing and what there is
 */
export function neededTables(analysis: Analysis, from: TableOr): ColumnTable[] {
  const needs = needsMet(analysis, from);
  if (!isSource(from)) return [checked(analysis, from, Object.values(needs)[0])];
  return Object.entries(needs).map(([name, columns]) =>
    checked(analysis, from.table(name), columns, `the table ${name}`),
  );
}

/** {@link neededTables} of an analysis that needs one. */
export function neededTable(analysis: Analysis, from: TableOr): ColumnTable {
  return neededTables(analysis, from)[0];
}

/** Whether a capture with these tables has what an analysis needs. */
export function meetsNeeds({ needs }: Analysis, tables: ReadonlySet<string>): boolean {
  return alternatives(needs).some((one) => missingTables(one, tables).length === 0);
}

function needsMet({ name, needs }: Analysis, from: TableOr): Needs {
  const all = alternatives(needs);
  if (isSource(from)) {
    const there = tableNames(from);
    const met = all.find((one) => missingTables(one, new Set(there)).length === 0);
    if (met) return met;
    const missing = all.map((one) => plural("table", missingTables(one, new Set(there)))).join(" or ");
    throw new RangeError(
      `${name} needs ${missing}, which ${withArticle(from.kind)} capture does not have; there are: ${there.join(", ") || "none"}`,
    );
  }
  const single = all.find((one) => Object.keys(one).length === 1);
  if (single && isTable(from)) return single;
  const wanted = all.map((one) => plural("table", Object.keys(one))).join(" or ");
  const columns = single ? `, or a table with ${plural("column", Object.values(single)[0])}` : "";
  throw new RangeError(`${name} needs a capture with ${wanted}${columns}; it was given ${inWords(from)}`);
}

function checked(
  analysis: Analysis,
  table: ColumnTable,
  columns: readonly string[],
  what = "the table given",
): ColumnTable {
  const there = table.columnNames();
  const missing = columns.filter((column) => !there.includes(column));
  if (missing.length === 0) return table;
  throw new RangeError(
    `${analysis.name} needs ${plural("column", missing)}, which ${what} does not have; there are: ${there.join(", ") || "none"}`,
  );
}

function alternatives(needs: Analysis["needs"]): readonly Needs[] {
  return Array.isArray(needs) ? needs : [needs as Needs];
}

function missingTables(needs: Needs, there: ReadonlySet<string>): string[] {
  return Object.keys(needs).filter((name) => !there.has(name));
}

function plural(noun: string, names: readonly string[]): string {
  return `the ${noun}${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
}

function inWords(given: unknown): string {
  if (isTable(given)) return `a table with ${plural("column", given.columnNames())}`;
  if (given === null || given === undefined) return String(given);
  return typeof given === "object" ? "another object" : `a ${typeof given}`;
}
