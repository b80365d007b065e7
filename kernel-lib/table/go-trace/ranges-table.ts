import type { ColumnTable } from "arquero";
import {
  Argument,
  argumentOfCode,
  eventKinds,
  kindOfCode,
  Resource,
  resourceOfCode,
} from "../../read/trace/event-codes.js";
import { Wire } from "../../read/trace/wire.js";
import { tableFromRows } from "../build-table.js";
import { rangesSchema } from "../go-trace.js";
import { eventName } from "./events-table.js";
import { marked, rowsWhere, type TraceData } from "./trace-columns.js";

interface RangeRow {
  name: string;
  scope: string;
  scope_id: number;
  start_ns: number;
  end_ns: number;
  dur_ns: number;
  stack_id: number;
  swept_bytes: number;
  reclaimed_bytes: number;
  left_censored: boolean;
  right_censored: boolean;
}

const isRange = marked(
  [...kindOfCode.keys()].filter((code) => eventKinds[kindOfCode[code]].startsWith("Range")),
);
const scopes: Readonly<Record<number, string>> = {
  [Resource.None]: "Global",
  [Resource.Goroutine]: "Goroutine",
  [Resource.Proc]: "Proc",
};

/** The `ranges` table, in order of their begins. */
export function rangesTable(trace: TraceData): ColumnTable {
  const { columns } = trace;
  const rows: RangeRow[] = [];
  const open = new Map<string, RangeRow>();
  for (const row of rowsWhere(columns, isRange)) {
    const code = columns.code[row];
    const kind = eventKinds[kindOfCode[code]];
    const name = eventName(trace, row) ?? "";
    const resource = resourceOfCode[code];
    const id = scopeId(trace, row);
    const key = `${resource} ${id} ${name}`;
    if (kind === "RangeEnd") {
      const range = open.get(key);
      open.delete(key);
      if (range) close(trace, range, row);
      continue;
    }
    if (kind === "RangeActive" && open.has(key)) continue;
    const range: RangeRow = {
      name,
      scope: scopes[resource],
      scope_id: id,
      start_ns: columns.time[row],
      end_ns: trace.endNs,
      dur_ns: trace.endNs - columns.time[row],
      stack_id: columns.stack[row],
      swept_bytes: Number.NaN,
      reclaimed_bytes: Number.NaN,
      left_censored: kind === "RangeActive",
      right_censored: true,
    };
    rows.push(range);
    open.set(key, range);
  }
  return tableFromRows(rangesSchema, rows);
}

function scopeId({ columns, store }: TraceData, row: number): number {
  const code = columns.code[row];
  const argument = argumentOfCode[code];
  if (resourceOfCode[code] === Resource.Proc) {
    return argument === Argument.Proc ? columns.a[row] : columns.p[row];
  }
  if (resourceOfCode[code] === Resource.None) return -1;
  const dense = argument === Argument.Goroutine ? columns.a[row] : columns.g[row];
  return dense < 0 ? -1 : store.goroutines.ids[dense];
}

function close({ columns }: TraceData, range: RangeRow, row: number): void {
  range.end_ns = columns.time[row];
  range.dur_ns = range.end_ns - range.start_ns;
  range.right_censored = false;
  if (columns.code[row] !== Wire.GCSweepEnd) return;
  range.swept_bytes = columns.wide[columns.a[row]];
  range.reclaimed_bytes = columns.wide[columns.a[row] + 1];
}
