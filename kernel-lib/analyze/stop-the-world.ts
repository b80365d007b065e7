import { type ColumnTable, escape as expression } from "arquero";
import { needTables, type TableSource } from "./table-source.js";

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
  source: TableSource,
  options: { gcOnly?: boolean; tracing?: boolean } = {},
): ColumnTable {
  const [ranges] = needTables(source, "stopTheWorld", ["ranges"]);
  const { gcOnly = false, tracing = false } = options;
  return ranges
    .filter(expression((row: { name: string }) => isStopTheWorld(row.name)))
    .derive({ cause: expression((row: { name: string }) => causeOf(row.name)) })
    .filter(
      expression(({ cause }: { cause: string }) => {
        if (gcOnly) return cause.includes("GC");
        return tracing || !(cause === "start trace" || cause === "stop trace");
      }),
    )
    .reify();
}

/** Whether a range of this name stops the world, by the name the runtime gives it. */
export function isStopTheWorld(name: string): boolean {
  return name.startsWith("stop-the-world");
}

function causeOf(name: string): string {
  return /\((.*)\)$/.exec(name)?.[1] ?? "unknown";
}
