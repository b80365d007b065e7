import type { ColumnTable } from "arquero";
import { dictionaryColumn, StringDictionary } from "../bytes/dictionary.js";
import type { CostFile } from "../read/cachegrind/read-cost-file.js";
import { buildTable, type Column } from "./build-table.js";
import { costCallsSchema, functionCostsSchema } from "./cost-file.js";
import { rowNumbers } from "./profile-tables.js";

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
