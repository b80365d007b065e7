import { type ColumnTable, table } from "arquero";
import { numbers, texts } from "./columns.js";

/** The ranges of one name: start_ns, end_ns, scope_id. */
export function namedRanges(ranges: ColumnTable, name: string): ColumnTable {
  const names = texts(ranges, "name");
  const code = names.values.indexOf(name);
  const start = numbers(ranges, "start_ns");
  const end = numbers(ranges, "end_ns");
  const scope = ranges.columnNames().includes("scope_id") ? numbers(ranges, "scope_id") : undefined;
  const rows: number[] = [];
  for (let row = 0; row < start.length; row++) if (code >= 0 && names.codes[row] === code) rows.push(row);
  return table({
    start_ns: Float64Array.from(rows, (row) => start[row]),
    end_ns: Float64Array.from(rows, (row) => end[row]),
    scope_id: Float64Array.from(rows, (row) => scope?.[row] ?? -1),
  });
}
