import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTables } from "./analysis.js";
import { hasColumn, numbers, texts } from "./columns.js";
import { metricSteps } from "./metric-steps.js";
import { isSource, type TableOr, type TableSource, tableNames } from "./table-source.js";

/** Options of {@link allocationRate}. */
export interface AllocationRateOptions {
  /** Length of a stretch; by default a two-hundredth of the capture. */
  bin_ns?: number;
}

interface Allocated {
  at: ArrayLike<number>;
  bytes: ArrayLike<number>;
  from: number;
  to: number;
  method: string;
}

export const allocationRateAnalysis: Analysis = {
  name: "allocationRate",
  accepts: ["go-trace", "godebug"],
  needs: [
    { metrics: ["name", "time_ns", "value"] },
    { gc_cycles: ["time_ns", "mark_ns", "heap_start_mb", "heap_live_mb"] },
  ],
  schema: {
    name: "allocation_rate",
    doc: "How fast the program allocated, over time.",
    columns: [
      column("start_ns", "float64", "where the stretch begins", { unit: "ns" }),
      column("end_ns", "float64", "where it ends", { unit: "ns" }),
      column("bytes", "float64", "allocated in it", { unit: "bytes" }),
      column("bytes_per_s", "float64", "allocated in it, for each second", { unit: "bytes/s" }),
      column("method", "string", "what the figure comes from: allocation events, heap metric or gctrace"),
    ],
  },
  build: allocationRate,
};

/**
 * How fast a program allocates, over time: for each stretch start_ns, end_ns, bytes, bytes_per_s and method, what the
 * figure comes from.
 *
 * - `allocation events`: the objects allocated in the stretch (traces with GODEBUG=traceallocfree=1), exactly.
 * - `heap metric`: how much the live heap grew, as the runtime notes it in every trace (HeapAlloc) when a processor takes
 *   another span: falls, which are sweeping and corrections, are left out. A span counts when it is taken, whole.
 * - `gctrace`: what was allocated from the end of one collection's mark to the start of the next, a row for each such stretch:
 *   the heap when it starts less what was found live; an allocation while marking is left out, and so is bin_ns.
 *
 * @throws RangeError when the capture has neither heap metrics nor gc_cycles, or fewer than two readings
 * @example
 * allocationRateChart(allocationRate(trace), { ranges: trace.table("ranges") });
 */
export function allocationRate(source: TableOr, options: AllocationRateOptions = {}): ColumnTable {
  const [read] = neededTables(allocationRateAnalysis, source);
  if (hasColumn(read, "heap_live_mb")) return betweenCollections(read);
  const { at, bytes, from, to, method } = fromTrace(read, isSource(source) ? source : undefined);
  const bin = options.bin_ns ?? Math.max(1, (to - from) / 200);
  if (!(bin > 0)) throw new RangeError(`allocationRate: bin_ns is above 0, not ${bin}`);
  const count = Math.max(1, Math.ceil((to - from) / bin));
  const sums = new Float64Array(count);
  for (let i = 0; i < at.length; i++) {
    sums[Math.min(count - 1, Math.max(0, Math.floor((at[i] - from) / bin)))] += bytes[i];
  }
  const start_ns = sums.map((_, i) => from + i * bin);
  const end_ns = start_ns.map((start) => Math.min(to, start + bin));
  return rates(start_ns, end_ns, sums, method);
}

function fromTrace(metrics: ColumnTable, source: TableSource | undefined): Allocated {
  const { times, values } = metricSteps(metrics, "/memory/classes/heap/objects:bytes");
  const hasObjects = source && tableNames(source).includes("heap_objects");
  const allocated = hasObjects ? fromObjects(source.table("heap_objects")) : undefined;
  if (allocated) return allocated;
  if (times.length < 2) {
    throw new RangeError(
      "allocationRate needs allocation events (GODEBUG=traceallocfree=1) or two readings of the metric /memory/classes/heap/objects:bytes; this trace has neither",
    );
  }
  const at = times.subarray(1);
  const bytes = at.map((_, i) => Math.max(0, values[i + 1] - values[i]));
  return { at, bytes, from: times[0], to: times[times.length - 1], method: "heap metric" };
}

function fromObjects(objects: ColumnTable): Allocated | undefined {
  const what = texts(objects, "what");
  const object = what.values.indexOf("object");
  const start = numbers(objects, "start_ns");
  const size = numbers(objects, "bytes");
  const at: number[] = [];
  const bytes: number[] = [];
  for (let row = 0; row < start.length; row++) {
    if (object < 0 || what.codes[row] !== object || Number.isNaN(start[row]) || Number.isNaN(size[row]))
      continue;
    at.push(start[row]);
    bytes.push(size[row]);
  }
  if (at.length < 2) return undefined;
  let [from, to] = [at[0], at[0]];
  for (const time of at) {
    if (time < from) from = time;
    if (time > to) to = time;
  }
  return { at, bytes, from, to, method: "allocation events" };
}

function betweenCollections(cycles: ColumnTable): ColumnTable {
  const [time, mark, start, live] = ["time_ns", "mark_ns", "heap_start_mb", "heap_live_mb"].map((name) =>
    numbers(cycles, name),
  );
  const rows: { start_ns: number; end_ns: number; bytes: number }[] = [];
  for (let row = 1; row < time.length; row++) {
    const start_ns = time[row - 1] + mark[row - 1];
    const bytes = Math.max(0, start[row] - live[row - 1]) * 2 ** 20;
    if (time[row] > start_ns && Number.isFinite(bytes)) rows.push({ start_ns, end_ns: time[row], bytes });
  }
  if (rows.length === 0) throw new RangeError("allocationRate needs two gc_cycles; this log has fewer");
  return rates(
    Float64Array.from(rows, (row) => row.start_ns),
    Float64Array.from(rows, (row) => row.end_ns),
    Float64Array.from(rows, (row) => row.bytes),
    "gctrace",
  );
}

function rates(
  start_ns: Float64Array,
  end_ns: Float64Array,
  bytes: Float64Array,
  method: string,
): ColumnTable {
  const bytes_per_s = bytes.map((sum, i) => (sum / (end_ns[i] - start_ns[i])) * 1e9);
  return buildTable(allocationRateAnalysis.schema, {
    start_ns,
    end_ns,
    bytes,
    bytes_per_s,
    method: Array.from(bytes, () => method),
  });
}
