import { type ColumnSchema, column, type TableSchema } from "./schema.js";

const eventColumns = (events: readonly string[], prefix: string, doc: string): ColumnSchema[] =>
  events.map((event) => column(`${prefix}${event}`, "float64", `${doc} ${event}`, { unit: "count" }));

/** The schema of self and inclusive costs by function; `hasCalls` for callgrind, which knows who called whom. */
export function functionCostsSchema(events: readonly string[], hasCalls: boolean): TableSchema {
  return {
    name: "function_costs",
    doc: "What each function cost, by file and function as valgrind's tools list them.",
    columns: [
      column("function_id", "int32", "row number, from 0"),
      column("func", "string", "function; empty or ??? where it is not known"),
      column("file", "string", "source file; code inlined from another file is a row of its own"),
      column("binary", "string", "the binary it lies in", { missing: "empty: not written" }),
      ...eventColumns(events, "", "by itself:"),
      ...(hasCalls
        ? eventColumns(events, "inclusive_", "with all it called, recursion counted at each level:")
        : []),
    ],
  };
}

/** The schema of the calls in a callgrind file. */
export function costCallsSchema(events: readonly string[]): TableSchema {
  return {
    name: "calls",
    doc: "Calls by caller, callee and the caller's line; costs are the callee's with all it called.",
    columns: [
      column("caller_id", "int32", "row of function_costs"),
      column("caller", "string", "the calling function"),
      column("callee_id", "int32", "row of function_costs"),
      column("callee", "string", "the called function"),
      column("line", "float64", "the caller's line", { missing: "0: not known" }),
      column("count", "float64", "how often it was called", { unit: "count" }),
      ...eventColumns(events, "", "of the calls:"),
    ],
  };
}
