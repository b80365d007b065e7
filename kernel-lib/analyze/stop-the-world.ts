import { type ColumnTable, escape as expression } from "arquero";
import { buildTable, type Column } from "../table/build-table.js";
import { rangesSchema } from "../table/go-trace.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTable } from "./analysis.js";
import type { TableOr } from "./table-source.js";

export const stopTheWorldAnalysis: Analysis = {
  name: "stopTheWorld",
  accepts: ["go-trace"],
  needs: { ranges: ["name"] },
  schema: {
    name: "stop_the_world",
    doc: "The stop-the-world pauses of the trace, but for those of tracing itself.",
    columns: [
      ...rangesSchema.columns,
      column("cause", "string", "why the world was stopped, from the range's name"),
    ],
  },
  build: stopTheWorld,
};

/**
 * The stop-the-world pauses: the ranges of a trace in which no goroutine ran, as the runtime recorded them.
 * A table with the columns of `ranges` and `cause`, the reason inside the range's name
 * (`GC mark termination`, `GC sweep termination`, `start trace`, `GOMAXPROCS`, ...).
 *
 * A pause is counted from the moment the runtime begins to stop the world to the moment it starts it again, so it
 * includes the time to bring every processor to a stop. Pauses for the trace itself (start trace, stop trace) are
 * in the capture because it was made: `{ tracing: false }`, the default, leaves them out.
 *
 * @throws RangeError when the capture has no ranges.
 * @example
 * stopTheWorld(trace, { gcOnly: true });
 */
export function stopTheWorld(
  source: TableOr,
  options: { gcOnly?: boolean; tracing?: boolean } = {},
): ColumnTable {
  const ranges = neededTable(stopTheWorldAnalysis, source);
  const { gcOnly = false, tracing = false } = options;
  const counts = (name: string): boolean => {
    if (!isStopTheWorld(name)) return false;
    const cause = causeOf(name);
    return gcOnly ? cause.includes("GC") : tracing || !(cause === "start trace" || cause === "stop trace");
  };
  const pauses = ranges.filter(expression((row: { name: string }) => counts(row.name))).reify();
  const names = pauses.array("name") as string[];
  const columns: Record<string, Column> = { cause: names.map(causeOf) };
  for (const name of pauses.columnNames()) columns[name] ??= pauses.column(name) as Column;
  const { schema } = stopTheWorldAnalysis;
  return buildTable({ ...schema, columns: schema.columns.filter(({ name }) => columns[name]) }, columns);
}

/** Whether a range of this name stops the world, by the name the runtime gives it. */
export function isStopTheWorld(name: string): boolean {
  return name.startsWith("stop-the-world");
}

function causeOf(name: string): string {
  return /\((.*)\)$/.exec(name)?.[1] ?? "unknown";
}
