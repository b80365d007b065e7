import { Command } from "commander";
import type { Capture } from "../capture/capture.js";
import type { ResultColumn } from "../capture/sql/query-captures.js";
import { captureFiles } from "./capture-files.js";
import type { ExportColumn } from "./export/export-columns.js";
import { addCaptureOptions, type CaptureFlags, loadCapture } from "./load-options.js";
import { print, writeAll } from "./output.js";
import { UsageError } from "./usage-error.js";

interface SqlFlags extends CaptureFlags {
  json?: boolean;
  csv?: boolean;
}

/** `tracebook sql FILE... "SELECT ..."`: SQL over every table of captures, in an embedded DuckDB. */
export function sqlCommand(): Command {
  const command = new Command("sql")
    .description("SQL over the tables of captures, as a table; docs/sql.md has questions to begin with")
    .usage('[options] <files...> "SELECT ..."')
    .argument("<files...>", "captures of any kind, or folders of them, and the query as the last argument")
    .option("--json", "as one JSON array of rows")
    .option("--csv", "as CSV")
    .addHelpText(
      "after",
      '\nExample: tracebook sql go.trace "SELECT state, sum(dur_ns) FROM goroutine_states GROUP BY 1"',
    )
    .action(async (args: string[], flags: SqlFlags) => {
      const query = args[args.length - 1];
      if (args.length < 2) {
        throw new UsageError('files and a query are wanted: tracebook sql FILE... "SELECT ..."');
      }
      if (flags.json && flags.csv) throw new UsageError("--json or --csv, not both; leave one out");
      const captures: Capture[] = [];
      for (const file of await captureFiles(args.slice(0, -1))) captures.push(await loadCapture(file, flags));
      return write(await answer(captures, query), flags);
    });
  return addCaptureOptions(command);
}

/** A query's result; Ctrl-C ends the query, not only the wait for it. */
async function answer(captures: readonly Capture[], query: string): Promise<ResultColumn[]> {
  const [{ queryCaptures }, { SqlError }] = await Promise.all([
    import("../capture/sql/query-captures.js"),
    import("../capture/sql/sql-error.js"),
  ]);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt);
  try {
    return await queryCaptures(captures, query, { signal: stop.signal });
  } catch (error) {
    if (stop.signal.aborted) throw new UsageError("interrupted");
    throw error instanceof SqlError ? new UsageError(error.message, { cause: error }) : error;
  } finally {
    process.off("SIGINT", interrupt);
  }
}

async function write(columns: readonly ResultColumn[], { json, csv }: SqlFlags): Promise<void> {
  const cells = columns.map(exported);
  if (csv) return writeAll(process.stdout, (await import("./export/csv-lines.js")).csvLines(cells));
  if (json) return writeAll(process.stdout, (await import("./export/json-lines.js")).jsonArray(cells));
  return print((await import("./aligned-table.js")).alignedTable(columns));
}

function exported({ name, values }: ResultColumn): ExportColumn {
  return { name, kind: "json", length: values.length, cell: (row) => values[row] };
}
