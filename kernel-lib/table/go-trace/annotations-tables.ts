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
const isRegionContext = marked([
  Wire.UserRegionBegin,
  Wire.UserRegionEnd,
  Wire.GoCreate,
  Wire.GoCreateBlocked,
  Wire.UserTaskBegin,
]);
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
  end_g: number;
}

/**
 * The `regions` table, in order of their first event. An end closes the innermost region of its goroutine that has its
 * task and type. A program may also hand a region over and end it on another goroutine: Go's reader refuses that, though
 * the pair is plain where the one that ends it cannot have begun it.
 */
export function regionsTable(data: TraceData): ColumnTable {
  const { columns, store } = data;
  const { time, wide, a, g: gs, stack } = columns;
  const regions: RegionRow[] = [];
  const open = new OpenRegionRows();
  for (const row of rowsWhere(columns, isRegionContext)) {
    const code = columns.code[row];
    const g = gs[row];
    if (code === Wire.GoCreate || code === Wire.GoCreateBlocked) open.created(a[row]);
    else if (code === Wire.UserTaskBegin) open.taskBegan(wide[a[row]]);
    if (code !== Wire.UserRegionBegin && code !== Wire.UserRegionEnd) continue;
    const task = wide[a[row]];
    const type = store.strings.values[wide[a[row] + 1]];
    const begins = code === Wire.UserRegionBegin;
    let region = begins ? undefined : open.close(g, task, type);
    if (!region) {
      region = {
        task,
        type,
        g: store.goroutines.ids[g],
        start_ns: begins ? time[row] : Number.NaN,
        end_ns: Number.NaN,
        dur_ns: Number.NaN,
        stack_id: stack[row],
        end_g: -1,
      };
      regions.push(region);
    }
    if (begins) open.add(g, region);
    else {
      region.end_ns = time[row];
      region.dur_ns = region.end_ns - region.start_ns;
      region.end_g = store.goroutines.ids[g];
    }
  }
  return tableFromRows(regionsSchema, regions);
}

/** Regions that have begun and not ended, by goroutine. */
class OpenRegionRows {
  private readonly nests = new Map<number, RegionRow[]>();
  /** Goroutines and tasks of which nothing lies before the capture. */
  private readonly goroutines = new Set<number>();
  private readonly tasks = new Set<number>();

  created(g: number): void {
    this.goroutines.add(g);
  }

  taskBegan(task: number): void {
    this.tasks.add(task);
  }

  add(g: number, region: RegionRow): void {
    const nest = this.nests.get(g);
    if (nest) nest.push(region);
    else this.nests.set(g, [region]);
  }

  /** The region that an end on goroutine g closes; undefined where it began before the capture, or is not to be told. */
  close(g: number, task: number, type: string): RegionRow | undefined {
    const own = this.nests.get(g) ?? [];
    const closed = this.take(g, own, task, type);
    if (closed) return closed;
    // A region of its own that began before the capture looks the same unless there was nothing of it before.
    const beganHere = this.goroutines.has(g) || this.tasks.has(task) || own.length > 0;
    if (!beganHere) return undefined;
    for (const [holder, nest] of this.nests) {
      const other = this.take(holder, nest, task, type);
      if (other) return other;
    }
    return undefined;
  }

  private take(g: number, nest: RegionRow[], task: number, type: string): RegionRow | undefined {
    const at = nest.findLastIndex((region) => region.task === task && region.type === type);
    if (at < 0) return undefined;
    if (nest.length === 1) this.nests.delete(g);
    return nest.splice(at, 1)[0];
  }
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
