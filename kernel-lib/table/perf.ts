import { column, type TableSchema } from "./schema.js";

export const perfSamplesSchema: TableSchema = {
  name: "samples",
  doc: "The samples of a perf recording, in its order.",
  columns: [
    column("sample_id", "int32", "row number, from 0"),
    column("time_ns", "float64", "since the first sample", { unit: "ns" }),
    column("event", "string", "the event that was sampled, or the tracepoint"),
    column("comm", "string", "the thread's name"),
    column("pid", "int32", "process", { missing: "-1: not recorded" }),
    column("tid", "int32", "thread", { missing: "-1: not recorded" }),
    column("cpu", "int32", "processor", { missing: "-1: not recorded" }),
    column("period", "float64", "what the sample stands for: ns for clock events; 1 where not recorded", {
      unit: "the event's",
    }),
    column("stack_id", "int32", "row of stacks"),
    column("leaf", "string", "innermost function", { missing: "null: no stack" }),
    column("detail", "string", "a tracepoint's fields as text", { missing: "null: none" }),
  ],
};
