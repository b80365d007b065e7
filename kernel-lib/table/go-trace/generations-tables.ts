import type { ColumnTable } from "arquero";
import type { FootprintRow } from "../../read/trace/footprint.js";
import { tableFromRows } from "../build-table.js";
import { clockSnapshotsSchema, footprintSchema, generationsSchema } from "../go-trace.js";
import type { TraceData } from "./trace-columns.js";

/** The `generations` table. */
export function generationsTable({ store }: TraceData): ColumnTable {
  return tableFromRows(
    generationsSchema,
    store.generations.map((generation) => ({
      generation: generation.generation,
      start_ns: generation.startNs,
      end_ns: generation.endNs,
      events: generation.events,
      batches: generation.batches,
      bytes: generation.endOffset - generation.startOffset,
      ticks_per_second: generation.ticksPerSecond,
      complete: generation.complete,
    })),
  );
}

/** The `clock_snapshots` table. */
export function clockSnapshotsTable({ store }: TraceData): ColumnTable {
  const rows = store.generations.flatMap(({ generation, snapshot }) => {
    if (!snapshot) return [];
    const wall = BigInt(snapshot.wallSeconds) * 1_000_000_000n + BigInt(snapshot.wallNanoseconds);
    return [{ generation, time_ns: snapshot.traceNs, mono_ns: snapshot.monotonicNs, wall_ns: wall }];
  });
  return tableFromRows(clockSnapshotsSchema, rows);
}

/** The `footprint` table. */
export function footprintTable(rows: readonly FootprintRow[]): ColumnTable {
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  const events = rows.reduce((sum, { count }) => sum + count, 0);
  return tableFromRows(
    footprintSchema,
    rows.map((row) => ({
      ...row,
      bytes_share: row.bytes / bytes,
      count_share: row.count / events,
    })),
  );
}
