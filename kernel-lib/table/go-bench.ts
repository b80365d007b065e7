import { column, type TableSchema } from "./schema.js";

export const benchmarksSchema: TableSchema = {
  name: "benchmarks",
  doc: "Benchmark results, a row for each measured value: a run of a benchmark has one for each of its units.",
  columns: [
    column("line", "float64", "line of the file, from 1"),
    column("name", "string", "full name without Benchmark: sub-benchmarks and processors included"),
    column("base", "string", "name without sub-benchmarks and processors"),
    column("keys", "json", "sub-benchmark keys and values; parts without a key are sub1, sub2, ..."),
    column("gomaxprocs", "float64", "processors the name ends with", {
      unit: "count",
      missing: "one processor",
    }),
    column("iterations", "float64", "operations in the run", { unit: "count" }),
    column("value", "float64", "the measured value in base units: ns as sec, MB as B; its unit is in unit"),
    column("unit", "string", "sec/op, B/op, allocs/op, B/s or the benchmark's own"),
    column("printed_value", "float64", "the value as printed"),
    column("printed_unit", "string", "the unit as printed: ns/op, MB/s"),
    column("pkg", "string", "package", { missing: "not printed" }),
    column("goos", "string", "operating system", { missing: "not printed" }),
    column("goarch", "string", "architecture", { missing: "not printed" }),
    column("cpu", "string", "processor", { missing: "not printed" }),
    column("config", "json", "all configuration lines in force"),
  ],
};

export const benchmarkUnitsSchema: TableSchema = {
  name: "benchmark_units",
  doc: "What the file says of its units (Unit lines).",
  columns: [
    column("unit", "string", "unit in base units"),
    column("key", "string", "better or assume"),
    column("value", "string", "higher or lower; exact or nothing"),
    column("line", "float64", "line of the file"),
  ],
};
