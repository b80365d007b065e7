import type { ColumnTable } from "arquero";
import { AllocFreeInfo } from "../../read/trace/alloc-free-info.js";
import { Wire } from "../../read/trace/wire.js";
import { tableFromRows } from "../build-table.js";
import { heapObjectsSchema } from "../go-trace.js";
import { marked, rowsWhere, type TraceData } from "./trace-columns.js";

type What = "span" | "object" | "stack";

interface HeapRow {
  what: What;
  address: string;
  type: string | null;
  bytes: number;
  start_ns: number;
  end_ns: number;
  g: number;
  m: number;
  p: number;
}

const kinds: readonly { what: What; exists: number; alloc: number; free: number }[] = [
  { what: "span", exists: Wire.Span, alloc: Wire.SpanAlloc, free: Wire.SpanFree },
  { what: "object", exists: Wire.HeapObject, alloc: Wire.HeapObjectAlloc, free: Wire.HeapObjectFree },
  {
    what: "stack",
    exists: Wire.GoroutineStack,
    alloc: Wire.GoroutineStackAlloc,
    free: Wire.GoroutineStackFree,
  },
];
const isAllocFree = marked(kinds.flatMap(({ exists, alloc, free }) => [exists, alloc, free]));

/** The `heap_objects` table: rows in order of allocation, what was there already first. */
export function heapObjectsTable(trace: TraceData): ColumnTable {
  const { columns, store } = trace;
  const { code: codes, a, wide, time, g, m, p } = columns;
  const rows: HeapRow[] = [];
  const live = new Map<string, HeapRow>();
  const { generations } = store;
  let generation = 0;
  let info = new AllocFreeInfo(generations[0]?.experimental ?? []);
  for (const row of rowsWhere(columns, isAllocFree)) {
    while (generation + 1 < generations.length && row >= generations[generation + 1].firstRow) {
      info = new AllocFreeInfo(generations[++generation].experimental, info);
    }
    const code = codes[row];
    const kind = kinds.find(({ exists, alloc, free }) => code === exists || code === alloc || code === free)!;
    const id = wide[a[row]];
    const key = `${kind.what} ${id}`;
    if (code === kind.free) {
      const object = live.get(key);
      if (object) object.end_ns = time[row];
      live.delete(key);
      continue;
    }
    // Each generation lists what exists; what is known already is not listed twice.
    if (code === kind.exists && live.has(key)) continue;
    const allocated = code === kind.alloc;
    const object: HeapRow = {
      what: kind.what,
      address: info.address(kind.what, id),
      ...describe(info, kind.what, wide[a[row] + 1], wide[a[row] + 2]),
      start_ns: allocated ? time[row] : Number.NaN,
      end_ns: Number.NaN,
      g: allocated && g[row] >= 0 ? store.goroutines.ids[g[row]] : -1,
      m: allocated ? store.threads.ids[m[row]] : -1,
      p: allocated ? p[row] : -1,
    };
    rows.push(object);
    live.set(key, object);
  }
  return tableFromRows(heapObjectsSchema, rows);
}

function describe(
  info: AllocFreeInfo,
  what: What,
  first: number,
  second: number,
): { type: string | null; bytes: number } {
  if (what === "object") {
    const type = info.types.get(first);
    return { type: type?.name ?? null, bytes: type?.bytes ?? Number.NaN };
  }
  if (what === "stack") return { type: null, bytes: 2 ** (first - 1) };
  // A span's lowest bit says that it is not for heap objects; the rest is its span class.
  const type =
    second % 2 === 1
      ? "manual"
      : `class ${Math.floor(second / 4)}${Math.floor(second / 2) % 2 ? " noscan" : ""}`;
  return { type, bytes: first * info.pageBytes };
}
