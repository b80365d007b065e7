import { column, type TableSchema } from "./schema.js";

export const schedTasksSchema: TableSchema = {
  name: "sched_tasks",
  doc: "The tasks in perf sched latency: how long they ran and waited to run.",
  columns: [
    column("task", "string", "name; tasks of one name are one row unless -p was given"),
    column("tid", "float64", "the thread", { missing: "null: several" }),
    column("threads", "float64", "how many threads the row adds up", { unit: "count" }),
    column("runtime_ns", "float64", "time on a processor", { unit: "ns" }),
    column("switches", "float64", "times it was switched to", { unit: "count" }),
    column("avg_delay_ns", "float64", "mean wait from runnable to running", { unit: "ns" }),
    column("max_delay_ns", "float64", "longest such wait", { unit: "ns" }),
    column("max_delay_start_ns", "float64", "when the longest began, on the recording's clock", {
      unit: "ns",
      missing: "null: not printed by older versions",
    }),
    column("max_delay_end_ns", "float64", "when it ended", { unit: "ns", missing: "null: not printed" }),
  ],
};

export const schedSlicesSchema: TableSchema = {
  name: "sched_slices",
  doc: "The lines of perf sched timehist: each time a task left a processor.",
  columns: [
    column("time_ns", "float64", "since the first line", { unit: "ns" }),
    column("cpu", "float64", "processor"),
    column("task", "string", "name, or <idle>"),
    column("tid", "float64", "thread", { missing: "-1: not printed" }),
    column("pid", "float64", "process", { missing: "-1: not printed" }),
    column("wait_ns", "float64", "time between leaving a processor and being woken or made runnable", {
      unit: "ns",
      missing: "null: a line of -w",
    }),
    column("delay_ns", "float64", "time from runnable to running", {
      unit: "ns",
      missing: "null: a line of -w",
    }),
    column("run_ns", "float64", "time on the processor", { unit: "ns", missing: "null: a line of -w" }),
    column("detail", "string", "state, next task, woken task or call chain, as printed", {
      missing: "null: none",
    }),
  ],
};

export const schedSwitchesSchema: TableSchema = {
  name: "sched_switches",
  doc: "The lines of perf sched map: each time a processor switched to another task.",
  columns: [
    column("time_ns", "float64", "since the first line", { unit: "ns" }),
    column("cpu", "float64", "processor; of a compact map's line that does not name it, the column"),
    column("code", "string", "what stands for the task in the map; . is idle"),
    column("task", "string", "name of the task switched to", { missing: "null: not explained" }),
    column("tid", "float64", "its thread", { missing: "null: not explained" }),
    column(
      "running",
      "json",
      "codes of what runs on each processor, by column; null where nothing was seen yet",
    ),
  ],
};

export const schedRunsSchema: TableSchema = {
  name: "sched_runs",
  doc: "The runtime summary of perf sched timehist -s.",
  columns: [
    column("task", "string", "name"),
    column("tid", "float64", "thread"),
    column("pid", "float64", "process"),
    column("parent", "float64", "parent process", { missing: "-1: not known" }),
    column("switched_in", "float64", "times it was switched to", { unit: "count" }),
    column("run_ns", "float64", "time on a processor", { unit: "ns" }),
    column("min_run_ns", "float64", "shortest slice", { unit: "ns" }),
    column("avg_run_ns", "float64", "mean slice", { unit: "ns" }),
    column("max_run_ns", "float64", "longest slice", { unit: "ns" }),
    column("stddev_percent", "float64", "standard deviation of the mean", { unit: "percent" }),
    column("migrations", "float64", "moves between processors", { unit: "count" }),
  ],
};
