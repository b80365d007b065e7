import { type ColumnTable, table } from "arquero";
import type { Capture } from "../capture.js";
import { queryCaptures, type SqlOptions } from "./query-captures.js";

/**
 * Asks SQL (DuckDB's dialect) of every table of one capture or several, and returns an Arquero table.
 *
 * Tables have their snake_case names and are made when the query names them; over several captures they are one below
 * the other, with a column `capture` that says which file a row is from. Ids that do not apply and figures that are
 * not known are NULL. One SELECT, which sees no files.
 *
 * Needs the optional package `@duckdb/node-api`.
 *
 * @throws Error of one line that says what DuckDB refuses, or what to install
 * @example
 * await sql(trace, "SELECT state, count(*) AS n FROM goroutine_states GROUP BY state ORDER BY n DESC");
 */
export async function sql(
  captures: Capture | readonly Capture[],
  query: string,
  options: SqlOptions = {},
): Promise<ColumnTable> {
  const list = Array.isArray(captures) ? (captures as readonly Capture[]) : [captures as Capture];
  const columns = await queryCaptures(list, query, options);
  return table(columns.map(({ name, values }) => [name, values] as [string, unknown[]]));
}
