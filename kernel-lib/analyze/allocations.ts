import { type ColumnTable, table } from "arquero";
import { numbers, textAt, texts } from "./columns.js";
import { nearestRank, sortedNumbers } from "./quantile.js";
import { needTables, type TableSource } from "./table-source.js";

/**
 * What a program allocated on the heap, by type, from a trace with allocation events (GODEBUG=traceallocfree=1): type,
 * count, bytes, freed (how many of them the capture saw freed), live_bytes (of those it did not) and lifetime_ns (the
 * median from allocation to the sweep that freed it; NaN when none was freed); most bytes first. Objects that were
 * there when the trace began are left out: they were allocated before. Types are null where the runtime knew none, as for
 * memory without pointers. The stacks of allocations are not in these events: {@link stackTree} of CPU samples below
 * runtime.mallocgc, or an allocs profile, has them.
 *
 * @throws RangeError when the capture has no heap_objects, or none was recorded
 * @example
 * allocations(trace).slice(0, 10);
 */
export function allocations(source: TableSource): ColumnTable {
  const [objects] = needTables(source, "allocations", ["heap_objects"]);
  const what = texts(objects, "what");
  const type = texts(objects, "type");
  const bytes = numbers(objects, "bytes");
  const start = numbers(objects, "start_ns");
  const end = numbers(objects, "end_ns");
  const object = what.values.indexOf("object");
  const sums = new Map<string | null, { count: number; bytes: number; live: number; lifetimes: number[] }>();
  for (let row = 0; row < bytes.length; row++) {
    if (object < 0 || what.codes[row] !== object || Number.isNaN(start[row])) continue;
    const name = textAt(type, row);
    const sum = sums.get(name) ?? { count: 0, bytes: 0, live: 0, lifetimes: [] };
    sums.set(name, sum);
    sum.count++;
    const size = Number.isNaN(bytes[row]) ? 0 : bytes[row];
    sum.bytes += size;
    if (Number.isNaN(end[row])) sum.live += size;
    else sum.lifetimes.push(end[row] - start[row]);
  }
  if (sums.size === 0) {
    throw new RangeError(
      "allocations needs allocation events, which this trace does not have: capture it with GODEBUG=traceallocfree=1",
    );
  }
  const rows = [...sums].sort((a, b) => b[1].bytes - a[1].bytes || b[1].count - a[1].count);
  return table({
    type: rows.map(([name]) => name),
    count: Float64Array.from(rows, ([, sum]) => sum.count),
    bytes: Float64Array.from(rows, ([, sum]) => sum.bytes),
    freed: Float64Array.from(rows, ([, sum]) => sum.lifetimes.length),
    live_bytes: Float64Array.from(rows, ([, sum]) => sum.live),
    lifetime_ns: Float64Array.from(rows, ([, sum]) => nearestRank(sortedNumbers(sum.lifetimes), 0.5)),
  });
}
