import { SqlError } from "./sql-error.js";

/** DuckDB's own module. It is optional at install, for it is larger than all the rest. */
export type DuckDb = typeof import("@duckdb/node-api");

/**
 * Loads DuckDB when it is first wanted.
 *
 * @throws SqlError that says what to install where it is missing
 */
export async function loadDuckDb(): Promise<DuckDb> {
  try {
    return await import("@duckdb/node-api");
  } catch (cause) {
    // The package itself, or the code for this platform that it brings along.
    if (!/MODULE_NOT_FOUND/.test(String((cause as NodeJS.ErrnoException).code))) throw cause;
    throw new SqlError("SQL and Parquet need DuckDB; npm install @duckdb/node-api@1.5.6-r.1", { cause });
  }
}
