import { column, type TableSchema } from "./schema.js";

export const dumpedGoroutinesSchema: TableSchema = {
  name: "goroutines",
  doc: "The goroutines of a dump, in its order.",
  columns: [
    column("g", "float64", "the goroutine's id"),
    column("state", "string", "its status or wait reason: running, chan receive, select, IO wait, ..."),
    column("wait_minutes", "float64", "whole minutes it has been blocked; 0 below one", { unit: "minutes" }),
    column("locked_to_thread", "boolean", "whether runtime.LockOSThread holds it"),
    column("bubble", "float64", "the synctest bubble it is in", { missing: "null: none" }),
    column("labels", "string", "its profiler labels as the runtime quotes them", {
      missing: "null: not printed",
    }),
    column("stack_id", "int32", "row of stacks"),
    column("leaf", "string", "innermost function", { missing: "null: no stack" }),
    column("created_by", "string", "the function with the go statement", { missing: "null: not printed" }),
    column("created_by_g", "float64", "the goroutine that ran it (Go 1.21 and newer)", {
      missing: "null: not printed",
    }),
    column("created_at", "string", "file:line of the go statement", { missing: "null: not printed" }),
    column(
      "elided_frames",
      "float64",
      "frames the runtime left out of the middle; 1 where it does not say how many",
      {
        unit: "count",
      },
    ),
    column("line", "float64", "line of its header, from 1"),
  ],
};
