import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import { type Analysis, neededTable } from "./analysis.js";
import { numbers, textAt, texts } from "./columns.js";
import { nearestRank, sortedNumbers } from "./quantile.js";
import type { TableOr } from "./table-source.js";

const quantileColumns = [
  ["p50_ns", 0.5],
  ["p90_ns", 0.9],
  ["p99_ns", 0.99],
  ["max_ns", 1],
] as const;

const schemaFor = (what: "tasks" | "regions"): TableSchema => ({
  name: what === "tasks" ? "task_types" : "region_types",
  doc: `User ${what} by type, those with most time first.`,
  columns: [
    column("type", "string", "their type"),
    column("count", "float64", "how many, also those whose begin or end was not seen", { unit: "count" }),
    column("complete", "float64", "how many with both", { unit: "count" }),
    column("total_ns", "float64", "time of the complete ones", { unit: "ns" }),
    ...quantileColumns.map(([name, q]) =>
      column(
        name,
        "float64",
        q === 1 ? "the longest of them" : `${q} quantile of their times, nearest rank`,
        {
          unit: "ns",
          missing: "NaN: none is complete",
        },
      ),
    ),
  ],
});

/** `task_types` and `region_types`. */
export const annotationTypesAnalyses: readonly Analysis[] = (["tasks", "regions"] as const).map((what) => ({
  name: "annotationTypes",
  accepts: ["go-trace"],
  needs: { [what]: ["type", "dur_ns"] },
  schema: schemaFor(what),
  build: (source: TableOr) => annotationTypes(source, what),
}));

/**
 * User tasks or regions by type, as the task and region pages of `go tool trace` list them: type, count (all, also those
 * whose begin or end was not seen), complete (those with both) and of these total_ns, p50_ns, p90_ns, p99_ns and max_ns;
 * most time first. Their distribution is `latencyHistogram(trace.regions, { by: "type" })`; one of them by its parts is
 * {@link requestBreakdown} with `{ requests: "regions", type, min_ns, max_ns }`.
 *
 * @throws RangeError when the capture has no tasks or regions
 * @example
 * annotationTypes(trace, "tasks");
 */
export function annotationTypes(source: TableOr, what: "tasks" | "regions"): ColumnTable {
  const analysis = annotationTypesAnalyses[what === "tasks" ? 0 : 1];
  const rows = neededTable(analysis, source);
  const type = texts(rows, "type");
  const duration = numbers(rows, "dur_ns");
  const groups = new Map<string | null, number[]>();
  for (let row = 0; row < duration.length; row++) {
    const name = textAt(type, row);
    const group = groups.get(name);
    if (group) group.push(duration[row]);
    else groups.set(name, [duration[row]]);
  }
  const types = [...groups].map(([name, durations]) => {
    const sorted = sortedNumbers(durations);
    return { name, count: durations.length, sorted, total: sorted.reduce((sum, ns) => sum + ns, 0) };
  });
  types.sort((a, b) => b.total - a.total || b.count - a.count);
  return buildTable(analysis.schema, {
    type: types.map(({ name }) => name),
    count: Float64Array.from(types, ({ count }) => count),
    complete: Float64Array.from(types, ({ sorted }) => sorted.length),
    total_ns: Float64Array.from(types, ({ total }) => total),
    ...Object.fromEntries(
      quantileColumns.map(([name, q]) => [
        name,
        Float64Array.from(types, ({ sorted }) => nearestRank(sorted, q)),
      ]),
    ),
  });
}

export const requestLogsAnalysis: Analysis = {
  name: "requestLogs",
  accepts: ["go-trace"],
  needs: { logs: ["time_ns", "g", "task", "category", "message"] },
  schema: {
    name: "request_logs",
    doc: "The log messages of one request, in time.",
    columns: [
      column("time_ns", "float64", "when it was logged", { unit: "ns" }),
      column("since_ns", "float64", "since the request's begin", { unit: "ns" }),
      column("g", "float64", "the goroutine that logged it"),
      column("category", "string", "its category"),
      column("message", "string", "the message"),
    ],
  },
  asks: "the request",
  build: requestLogs,
};

/**
 * The log messages (runtime/trace.Log) of one request, in time: time_ns, since_ns (since its begin), g, category and message.
 * With a `task`, those logged for it by whatever goroutine; else those its goroutine logged meanwhile.
 *
 * @param request a row of {@link requestBreakdown} or of `tasks`, or an object like it
 * @throws RangeError when the capture has no logs
 * @example
 * requestLogs(trace, requestBreakdown(trace).object());
 */
export function requestLogs(source: TableOr, request: object): ColumnTable {
  const logs = neededTable(requestLogsAnalysis, source);
  const wanted = request as { g: number; start_ns: number; dur_ns: number; task?: number };
  const time = numbers(logs, "time_ns");
  const g = numbers(logs, "g");
  const task = numbers(logs, "task");
  const end_ns = wanted.start_ns + wanted.dur_ns;
  const rows: number[] = [];
  for (let row = 0; row < time.length; row++) {
    const meanwhile = g[row] === wanted.g && time[row] >= wanted.start_ns && time[row] <= end_ns;
    if (wanted.task === undefined ? meanwhile : task[row] === wanted.task) rows.push(row);
  }
  rows.sort((a, b) => time[a] - time[b] || a - b);
  const [category, message] = [texts(logs, "category"), texts(logs, "message")];
  return buildTable(requestLogsAnalysis.schema, {
    time_ns: Float64Array.from(rows, (row) => time[row]),
    since_ns: Float64Array.from(rows, (row) => time[row] - wanted.start_ns),
    g: Float64Array.from(rows, (row) => g[row]),
    category: rows.map((row) => textAt(category, row)),
    message: rows.map((row) => textAt(message, row)),
  });
}
