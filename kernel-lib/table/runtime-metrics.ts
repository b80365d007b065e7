import { column, type TableSchema } from "./schema.js";

const record = column("record", "int32", "which dump of the capture, from 0");

export const runtimeMetricsSchema: TableSchema = {
  name: "runtime_metrics",
  doc: "Every number a program reported of its runtime, a row each.",
  columns: [
    record,
    column("unix_ms", "float64", "when it was read, Unix", { unit: "ms", missing: "the dump says no time" }),
    column("name", "string", "runtime/metrics name, memstats.FIELD, profile.NAME, or expvar's own name"),
    column("unit", "string", "unit: bytes, cpu-seconds, count, ns, ...", { missing: "expvar does not say" }),
    column("value", "float64", "the number; above 2^53 rounded to a double"),
  ],
};

export const runtimeBucketsSchema: TableSchema = {
  name: "runtime_buckets",
  doc: "Histograms of runtime/metrics, a row a bucket: counts since the program's start.",
  columns: [
    record,
    column("name", "string", "metric name, its unit behind the colon"),
    column("lower", "float64", "lower bound, inclusive, in the metric's unit; -Infinity for the first"),
    column("upper", "float64", "upper bound, exclusive; Infinity for the last"),
    column("bucket_count", "float64", "events in the bucket", { unit: "count" }),
  ],
};

export const gcPausesSchema: TableSchema = {
  name: "gc_pauses",
  doc: "Stop-the-world pauses of the last 256 collections, from MemStats (the sum of a cycle's pauses).",
  columns: [
    record,
    column("gc", "int32", "number of the collection, from 1"),
    column("pause_ns", "float64", "how long the world stood still", { unit: "ns" }),
    column("end_unix_ms", "float64", "when the pause ended, Unix", { unit: "ms" }),
  ],
};
