import { type ColumnTable, table } from "arquero";
import { numbers, texts } from "./columns.js";
import { metricSteps } from "./metric-steps.js";
import { needTables, type TableSource } from "./table-source.js";

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
export function allocationRate(source: TableSource, options: AllocationRateOptions = {}): ColumnTable {
  const names = new Set(source.schemas().map(({ name }) => name));
  if (names.has("gc_cycles") && !names.has("metrics")) return betweenCollections(source);
  const { at, bytes, from, to, method } = fromTrace(source, names.has("heap_objects"));
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

function fromTrace(source: TableSource, hasObjects: boolean): Allocated {
  const [metrics] = needTables(source, "allocationRate", ["metrics"]);
  const { times, values } = metricSteps(metrics, "/memory/classes/heap/objects:bytes");
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

function betweenCollections(source: TableSource): ColumnTable {
  const [cycles] = needTables(source, "allocationRate", ["gc_cycles"]);
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
  return table({ start_ns, end_ns, bytes, bytes_per_s, method: Array.from(bytes, () => method) });
}
