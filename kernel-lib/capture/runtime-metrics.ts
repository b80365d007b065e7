import { isRuntimeDump } from "../read/runtime-metrics/is-runtime-dump.js";
import { gcPausesSchema, runtimeBucketsSchema, runtimeMetricsSchema } from "../table/runtime-metrics.js";
import { unparsedSchema } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import type { Clocked } from "./clocked.js";
import type { Format, Tables } from "./format.js";

/** What a program says of its own runtime: runtime/metrics, MemStats, expvar, the /debug/pprof/ page. */
export interface RuntimeMetricsCapture
  extends Capture<"runtime-metrics">,
    Clocked<"unix">,
    Tables<"runtimeMetrics" | "runtimeBuckets" | "gcPauses" | "unparsed"> {}

export const runtimeMetrics: Format<RuntimeMetricsCapture> = {
  kind: "runtime-metrics",
  name: "a program's report of its runtime",
  detect: isRuntimeDump,
  tables: {
    runtimeMetrics: runtimeMetricsSchema,
    runtimeBuckets: runtimeBucketsSchema,
    gcPauses: gcPausesSchema,
    unparsed: unparsedSchema,
  },
  clock: ["unix"],
  window: "none",
  async read(input, options) {
    const { readRuntimeMetrics } = await import("../read/runtime-metrics/read-runtime-metrics.js");
    const { form, records, metrics, buckets, pauses, unparsed } = await readRuntimeMetrics(input, options);
    return {
      tables: {
        runtimeMetrics: () => metrics,
        runtimeBuckets: () => buckets,
        gcPauses: () => pauses,
        unparsed: () => unparsed,
      },
      members: { clock: "unix", originNs: 0n, resolution_ns: 1e6 },
      summary: () => ({
        format: "runtime-metrics",
        form,
        records,
        metrics: new Set(metrics.map(({ name }) => name)).size,
        values: metrics.length,
        histograms: new Set(buckets.map(({ name }) => name)).size,
        gc_pauses: pauses.length,
        unparsed_lines: unparsed.length,
      }),
    };
  },
};
