import type { ColumnTable } from "arquero";
import { dictionaryColumn, StringDictionary } from "../bytes/dictionary.js";
import type { CostFile } from "../read/cachegrind/read-cost-file.js";
import { buildTable, type Column } from "./build-table.js";
import { rowNumbers } from "./profile.js";
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

export function functionCostsTable(
  file: CostFile,
  inclusive: readonly Float64Array[] | undefined,
): ColumnTable {
  const { functions, events, self } = file;
  const columns: Record<string, Column> = {
    function_id: rowNumbers(functions.length),
    func: functions.map(({ name }) => name),
    file: functions.map((one) => one.file),
    binary: functions.map(({ binary }) => binary),
  };
  events.forEach((event, i) => {
    columns[event] = self[i];
    if (inclusive) columns[`inclusive_${event}`] = inclusive[i];
  });
  return buildTable(functionCostsSchema(events, inclusive !== undefined), columns);
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

export function costCallsTable({ calls, functions, events }: CostFile): ColumnTable {
  const names = new StringDictionary();
  const codeOf = Int32Array.from(functions, ({ name }) => names.code(name));
  const named = (ids: Int32Array): Column =>
    dictionaryColumn(
      ids.map((id) => codeOf[id]),
      names.values,
    );
  const columns: Record<string, Column> = {
    caller_id: calls.caller,
    caller: named(calls.caller),
    callee_id: calls.callee,
    callee: named(calls.callee),
    line: calls.line,
    count: calls.count,
  };
  events.forEach((event, i) => {
    columns[event] = calls.costs[i];
  });
  return buildTable(costCallsSchema(events), columns);
}
