import { column, type TableSchema } from "./schema.js";

export const testEventsSchema: TableSchema = {
  name: "test_events",
  doc: "The events of go test -json, in order.",
  columns: [
    column("unix_ms", "float64", "when, Unix", { unit: "ms", missing: "not printed" }),
    column("action", "string", "start, run, output, pass, fail, skip, bench, pause, cont"),
    column("package", "string", "import path", { missing: "not printed" }),
    column("test", "string", "test name", { missing: "about the package" }),
    column("elapsed_ns", "float64", "how long it took, printed in hundredths of a second", {
      unit: "ns",
      missing: "not the end of a test",
    }),
    column("output", "string", "what was printed, its line break included", { missing: "no output" }),
  ],
};

export const testsSchema: TableSchema = {
  name: "tests",
  doc: "Tests, subtests and benchmarks with how they ended.",
  columns: [
    column("package", "string", "import path", { missing: "not printed" }),
    column("test", "string", "test name"),
    column("result", "string", "pass, fail, skip, bench, or unfinished"),
    column("elapsed_ns", "float64", "how long it took", { unit: "ns", missing: "unfinished" }),
    column("output", "string", "all it printed"),
  ],
};
