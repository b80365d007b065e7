import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../../bytes/dictionary.js";
import { metricNames } from "../../read/trace/event-codes.js";
import { Wire } from "../../read/trace/wire.js";
import { buildTable, tableFromRows } from "../build-table.js";
import {
  cpuSamplesSchema,
  labelsSchema,
  logsSchema,
  metricsSchema,
  regionsSchema,
  tasksSchema,
} from "../go-trace.js";
import { idsOf, marked, rowsWhere, type TraceData } from "./trace-columns.js";

const isMetric = marked(metricNames.keys());
const isSample = marked([Wire.CPUSample]);
const isTask = marked([Wire.UserTaskBegin, Wire.UserTaskEnd]);
const isRegion = marked([Wire.UserRegionBegin, Wire.UserRegionEnd, Wire.GoDestroy, Wire.GoDestroySyscall]);
const isLog = marked([Wire.UserLog]);
const isLabel = marked([Wire.GoLabel]);

/** The `metrics` table. */
export function metricsTable({ columns }: TraceData): ColumnTable {
  const rows = rowsWhere(columns, isMetric);
  const names = [...metricNames.values()];
  const codes = [...metricNames.keys()];
  return buildTable(metricsSchema, {
    name: dictionaryColumn(
      Uint8Array.from(rows, (row) => codes.indexOf(columns.code[row])),
      names,
    ),
    time_ns: Float64Array.from(rows, (row) => columns.time[row]),
    value: Float64Array.from(rows, (row) => columns.wide[columns.a[row]]),
  });
}

/** The `cpu_samples` table. */
export function cpuSamplesTable({ columns, store }: TraceData): ColumnTable {
  const rows = rowsWhere(columns, isSample);
  const pick = (values: Int32Array): Int32Array => rows.map((row) => values[row]);
  return buildTable(cpuSamplesSchema, {
    time_ns: Float64Array.from(rows, (row) => columns.time[row]),
    m: idsOf(pick(columns.m), store.threads.list()),
    p: pick(columns.p),
    g: idsOf(pick(columns.g), store.goroutines.list()),
    stack_id: pick(columns.stack),
  });
}

interface TaskRow {
  task: number;
  parent: number;
  type: string | null;
  start_ns: number;
  end_ns: number;
  dur_ns: number;
  g: number;
  stack_id: number;
  end_g: number;
}

/** The `tasks` table, in order of their first event. A task may end more than once; the first end counts. */
export function tasksTable({ columns, store }: TraceData): ColumnTable {
  const { time, wide, a, g: gs, stack } = columns;
  const tasks: TaskRow[] = [];
  const latest = new Map<number, TaskRow>();
  for (const row of rowsWhere(columns, isTask)) {
    const at = a[row];
    const begins = columns.code[row] === Wire.UserTaskBegin;
    let task = latest.get(wide[at]);
    if (begins || !task) {
      task = {
        task: wide[at],
        parent: wide[at + 1],
        type: begins ? store.strings.values[wide[at + 2]] : null,
        start_ns: begins ? time[row] : Number.NaN,
        end_ns: Number.NaN,
        dur_ns: Number.NaN,
        g: begins && gs[row] >= 0 ? store.goroutines.ids[gs[row]] : -1,
        stack_id: begins ? stack[row] : -1,
        end_g: -1,
      };
      tasks.push(task);
      latest.set(wide[at], task);
    }
    if (begins || !Number.isNaN(task.end_ns)) continue;
    task.end_ns = time[row];
    task.dur_ns = task.end_ns - task.start_ns;
    if (gs[row] >= 0) task.end_g = store.goroutines.ids[gs[row]];
  }
  return tableFromRows(tasksSchema, tasks);
}

interface RegionRow {
  task: number;
  type: string;
  g: number;
  start_ns: number;
  end_ns: number;
  dur_ns: number;
  stack_id: number;
}

/** The `regions` table, in order of their first event. Regions nest: an end closes the goroutine's innermost one. */
export function regionsTable({ columns, store }: TraceData): ColumnTable {
  const { time, wide, a, g: gs, stack } = columns;
  const regions: RegionRow[] = [];
  const open = new Map<number, RegionRow[]>();
  for (const row of rowsWhere(columns, isRegion)) {
    const code = columns.code[row];
    const g = gs[row];
    if (code !== Wire.UserRegionBegin && code !== Wire.UserRegionEnd) {
      open.delete(g);
      continue;
    }
    const begins = code === Wire.UserRegionBegin;
    let region = begins ? undefined : open.get(g)?.pop();
    if (!region) {
      region = {
        task: wide[a[row]],
        type: store.strings.values[wide[a[row] + 1]],
        g: store.goroutines.ids[g],
        start_ns: begins ? time[row] : Number.NaN,
        end_ns: Number.NaN,
        dur_ns: Number.NaN,
        stack_id: stack[row],
      };
      regions.push(region);
    }
    if (begins) {
      const nest = open.get(g);
      if (nest) nest.push(region);
      else open.set(g, [region]);
    } else {
      region.end_ns = time[row];
      region.dur_ns = region.end_ns - region.start_ns;
    }
  }
  return tableFromRows(regionsSchema, regions);
}

/** The `logs` table. */
export function logsTable({ columns, store }: TraceData): ColumnTable {
  const { time, wide, a, g: gs, stack } = columns;
  const { values } = store.strings;
  return tableFromRows(
    logsSchema,
    Array.from(rowsWhere(columns, isLog), (row) => ({
      time_ns: time[row],
      task: wide[a[row]],
      g: gs[row] < 0 ? -1 : store.goroutines.ids[gs[row]],
      category: values[wide[a[row] + 1]],
      message: values[wide[a[row] + 2]],
      stack_id: stack[row],
    })),
  );
}

/** The `labels` table. */
export function labelsTable({ columns, store }: TraceData): ColumnTable {
  return tableFromRows(
    labelsSchema,
    Array.from(rowsWhere(columns, isLabel), (row) => ({
      time_ns: columns.time[row],
      g: store.goroutines.ids[columns.g[row]],
      label: store.strings.values[columns.a[row]],
    })),
  );
}
