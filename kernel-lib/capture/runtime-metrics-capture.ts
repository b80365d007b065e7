import type { ColumnTable } from "arquero";
import type { OpenInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import { type RuntimeDump, readRuntimeMetrics } from "../read/runtime-metrics/read-runtime-metrics.js";
import { tableFromRows } from "../table/build-table.js";
import { gcPausesSchema, runtimeBucketsSchema, runtimeMetricsSchema } from "../table/runtime-metrics.js";
import { unparsedSchema } from "../table/unparsed.js";
import { Capture, type CaptureSource, sourceOf } from "./capture.js";

/** What a program says of its own runtime: runtime/metrics, MemStats, expvar, the /debug/pprof/ page. */
export class RuntimeMetricsCapture extends Capture {
  readonly kind = "runtime-metrics";
  /** The clock of the `unix_ms` columns, for {@link align}. */
  readonly clock = "unix";
  readonly originNs = 0n;
  readonly resolution_ns = 1e6;
  private readonly dump: RuntimeDump;

  constructor(source: CaptureSource, dump: RuntimeDump) {
    super(source, "", []);
    this.dump = dump;
    this.define(runtimeMetricsSchema, () => tableFromRows(runtimeMetricsSchema, dump.metrics));
    this.define(runtimeBucketsSchema, () => tableFromRows(runtimeBucketsSchema, dump.buckets));
    this.define(gcPausesSchema, () => tableFromRows(gcPausesSchema, dump.pauses));
    this.define(unparsedSchema, () => tableFromRows(unparsedSchema, dump.unparsed));
  }

  get runtimeMetrics(): ColumnTable {
    return this.table("runtime_metrics");
  }

  get runtimeBuckets(): ColumnTable {
    return this.table("runtime_buckets");
  }

  get gcPauses(): ColumnTable {
    return this.table("gc_pauses");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const { form, records, metrics, buckets, pauses, unparsed } = this.dump;
    return {
      format: "runtime-metrics",
      form,
      records,
      metrics: new Set(metrics.map(({ name }) => name)).size,
      values: metrics.length,
      histograms: new Set(buckets.map(({ name }) => name)).size,
      gc_pauses: pauses.length,
      unparsed_lines: unparsed.length,
    };
  }
}

/** Loads a runtime dump; see {@link RuntimeMetricsCapture}. */
export async function loadRuntimeMetrics(
  input: OpenInput,
  options: ReadOptions = {},
): Promise<RuntimeMetricsCapture> {
  return new RuntimeMetricsCapture(sourceOf(input), await readRuntimeMetrics(input, options));
}
