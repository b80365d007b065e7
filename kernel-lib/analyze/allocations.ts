import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTable } from "./analysis.js";
import { numbers, textAt, texts } from "./columns.js";
import { nearestRank, sortedNumbers } from "./quantile.js";
import type { TableOr } from "./table-source.js";

export const allocationsAnalysis: Analysis = {
  name: "allocations",
  accepts: ["go-trace"],
  needs: { heap_objects: ["what", "type", "bytes", "start_ns", "end_ns"] },
  schema: {
    name: "allocations",
    doc: "What the program allocated on the heap, by type; most bytes first.",
    columns: [
      column("type", "string", "type of the objects", { missing: "the runtime knew none" }),
      column("count", "float64", "how many were allocated", { unit: "count" }),
      column("bytes", "float64", "their bytes", { unit: "bytes" }),
      column("freed", "float64", "how many of them were freed in the capture", { unit: "count" }),
      column("live_bytes", "float64", "bytes of those that were not", { unit: "bytes" }),
      column("lifetime_ns", "float64", "median from allocation to the sweep that freed", {
        unit: "ns",
        missing: "NaN: none was freed",
      }),
    ],
  },
  build: byType,
};

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
export function allocations(source: TableOr): ColumnTable {
  const rows = byType(source);
  if (rows.numRows() > 0) return rows;
  throw new RangeError(
    "allocations needs allocation events, which this trace does not have: capture it with GODEBUG=traceallocfree=1",
  );
}

function byType(source: TableOr): ColumnTable {
  const objects = neededTable(allocationsAnalysis, source);
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
  const rows = [...sums].sort((a, b) => b[1].bytes - a[1].bytes || b[1].count - a[1].count);
  return buildTable(allocationsAnalysis.schema, {
    type: rows.map(([name]) => name),
    count: Float64Array.from(rows, ([, sum]) => sum.count),
    bytes: Float64Array.from(rows, ([, sum]) => sum.bytes),
    freed: Float64Array.from(rows, ([, sum]) => sum.lifetimes.length),
    live_bytes: Float64Array.from(rows, ([, sum]) => sum.live),
    lifetime_ns: Float64Array.from(rows, ([, sum]) => nearestRank(sortedNumbers(sum.lifetimes), 0.5)),
  });
}
