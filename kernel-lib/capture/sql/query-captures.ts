import type { DuckDBResultReader } from "@duckdb/node-api";
import type { Capture } from "../capture.js";
import { loadDuckDb } from "./duckdb.js";
import { SqlDatabase, sqlErrorOf } from "./sql-database.js";
import { SqlError } from "./sql-error.js";

/** A column of a query's result; counts and sums are numbers as long as a number holds them exactly. */
export interface ResultColumn {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** What a query may be told. */
export interface SqlOptions {
  /** Aborting it interrupts the query. */
  readonly signal?: AbortSignal;
}

/**
 * Runs one SELECT over captures' tables in a database of its own, which sees no files.
 *
 * @throws SqlError for what DuckDB refuses, and where it is not installed
 */
export async function queryCaptures(
  captures: readonly Capture[],
  query: string,
  { signal }: SqlOptions = {},
): Promise<ResultColumn[]> {
  signal?.throwIfAborted();
  if (/^[\s;]*$/.test(query)) throw new SqlError("the query is empty; write a SELECT");
  const database = await SqlDatabase.open(await loadDuckDb(), captures);
  const interrupt = () => database.connection.interrupt();
  signal?.addEventListener("abort", interrupt);
  try {
    for (const table of await tablesOf(database, query)) await database.name(table);
    await database.lock();
    return columnsOf(await readAll(database, query));
  } catch (error) {
    signal?.throwIfAborted();
    throw sqlErrorOf(error, database);
  } finally {
    signal?.removeEventListener("abort", interrupt);
    await database.close();
  }
}

async function readAll(database: SqlDatabase, query: string): Promise<DuckDBResultReader> {
  const statements = await database.connection.extractStatements(query);
  if (statements.count !== 1) {
    throw new SqlError(`a query is one statement, not ${statements.count}; ask one after the other`);
  }
  const prepared = await statements.prepare(0);
  const { StatementType } = await loadDuckDb();
  if (![StatementType.SELECT, StatementType.EXPLAIN].includes(prepared.statementType)) {
    throw new SqlError("captures are only read; write a SELECT");
  }
  return prepared.runAndReadAll();
}

/** The names that stand where a query names tables, by DuckDB's own parser; those of its WITH clauses among them. */
async function tablesOf({ connection }: SqlDatabase, query: string): Promise<string[]> {
  const selected = query.replace(/^\s*explain(?:\s+analyze)?\b/i, "");
  const reader = await connection.runAndReadAll("SELECT json_serialize_sql($1::VARCHAR)", [selected]);
  const parsed = JSON.parse(String(reader.getRows()[0][0])) as { error_type?: string };
  // What does not parse says best itself, when it runs, what is wrong with it.
  if (parsed.error_type === "not implemented") throw new SqlError("captures are only read; write a SELECT");
  const names = new Set<string>();
  collectTables(parsed, names);
  return [...names];
}

function collectTables(node: unknown, names: Set<string>): void {
  if (typeof node !== "object" || node === null) return;
  const { type, table_name: name } = node as { type?: unknown; table_name?: unknown };
  if ((type === "BASE_TABLE" || type === "SHOW_REF") && typeof name === "string") names.add(unquoted(name));
  for (const child of Object.values(node)) collectTables(child, names);
}

function unquoted(name: string): string {
  return name.replace(/^"(.*)"$/, "$1");
}

function columnsOf(reader: DuckDBResultReader): ResultColumn[] {
  // Without rows there are no columns of values.
  const values = reader.getColumnsJS();
  return reader
    .deduplicatedColumnNames()
    .map((name, index) => ({ name, values: asNumbers(values[index] ?? []) }));
}

function asNumbers(values: readonly unknown[]): readonly unknown[] {
  const exact = (value: unknown): boolean =>
    typeof value !== "bigint" ||
    (value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER));
  if (!values.some((value) => typeof value === "bigint") || !values.every(exact)) return values;
  return values.map((value) => (typeof value === "bigint" ? Number(value) : value));
}
