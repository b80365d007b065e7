import { column, type TableSchema } from "./schema.js";

export const countersSchema: TableSchema = {
  name: "counters",
  doc: "Each counter that perf stat printed, in its order.",
  columns: [
    column("interval_ns", "float64", "end of the interval since the start", {
      unit: "ns",
      missing: "null: no -I",
    }),
    column("place", "string", "processor, socket or thread it was counted on", {
      missing: "null: all together",
    }),
    column("cpus", "float64", "processors added up", { unit: "count", missing: "null: not printed" }),
    column("event", "string", "the counter"),
    column("value", "float64", "the count, or the amount in `unit`", {
      unit: "the row's",
      missing: "null: not counted, not supported, or a metric only",
    }),
    column("unit", "string", "unit of the value (msec, Joules, ...)", { missing: "empty: a count" }),
    column(
      "status",
      "string",
      "counted, not counted, not supported, or metric for a line with a metric only",
    ),
    column("variance_percent", "float64", "standard deviation of the mean over runs", {
      unit: "percent",
      missing: "null: one run",
    }),
    column("runtime_ns", "float64", "how long the counter ran", { unit: "ns", missing: "null: not printed" }),
    column("running_percent", "float64", "share of the time it ran; below 100 the value is scaled up", {
      unit: "percent",
      missing: "null: not printed",
    }),
    column("metric_value", "float64", "what perf derived from it", {
      unit: "metric_unit",
      missing: "null: no metric",
    }),
    column("metric_unit", "string", "what the metric is: `CPUs utilized`, `/sec`, ...", {
      missing: "null: no metric",
    }),
  ],
};

export const statTimesSchema: TableSchema = {
  name: "stat_times",
  doc: "Times at the end of what perf stat prints for people.",
  columns: [
    column("name", "string", "elapsed, user or sys"),
    column("seconds", "float64", "how long", { unit: "s" }),
    column("plus_minus_seconds", "float64", "spread over the runs", { unit: "s", missing: "null: one run" }),
  ],
};
