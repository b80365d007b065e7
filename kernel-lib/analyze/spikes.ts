import { type ColumnTable, table } from "arquero";
import { hasColumn, numbers, textAt, texts } from "./columns.js";
import { endsOf } from "./intervals.js";
import { nearestRank, sortedNumbers } from "./quantile.js";
import { type TableOr, tableOf } from "./table-source.js";

/** What counts as a spike: slower than a quantile of the operations themselves, or than a fixed time. */
export interface SpikeOptions {
  /** Operations slower than this quantile (nearest rank) of their own kind; 0.99 unless a threshold is given. */
  quantile?: number;
  /** Operations slower than this, instead of a quantile. */
  threshold_ns?: number;
  /** Only operations of this kind. */
  kind?: string;
}

/**
 * The slow operations of a latency log: those with `dur_ns` above the threshold.
 * Columns: start_ns, end_ns, dur_ns, kind (null without kinds), threshold_ns; by start.
 * With a quantile, each kind has a threshold of its own, so that a slow kind does not hide a fast one's spikes.
 *
 * @param operations a table with start_ns and dur_ns (and kind), or a capture with the table `operations`
 * @throws RangeError for a quantile outside 0..1, or columns that are missing
 * @example
 * spikes(operations, { quantile: 0.999, kind: "write" });
 */
export function spikes(operations: TableOr, options: SpikeOptions = {}): ColumnTable {
  const log = tableOf(operations, "spikes", "operations");
  const duration = numbers(log, "dur_ns");
  const start = numbers(log, "start_ns");
  const end = endsOf(log, start);
  const kinds = hasColumn(log, "kind") ? texts(log, "kind") : undefined;
  const kindOf = (row: number): string | null => (kinds ? textAt(kinds, row) : null);
  const rowsByKind = new Map<string | null, number[]>();
  for (let row = 0; row < duration.length; row++) {
    const kind = kindOf(row);
    if (options.kind !== undefined && kind !== options.kind) continue;
    const rows = rowsByKind.get(kind);
    if (rows) rows.push(row);
    else rowsByKind.set(kind, [row]);
  }
  const found: { row: number; threshold: number }[] = [];
  for (const rows of rowsByKind.values()) {
    const threshold = thresholdOf(
      Float64Array.from(rows, (row) => duration[row]),
      options,
    );
    for (const row of rows) if (duration[row] > threshold) found.push({ row, threshold });
  }
  found.sort((a, b) => start[a.row] - start[b.row]);
  return table({
    start_ns: Float64Array.from(found, ({ row }) => start[row]),
    end_ns: Float64Array.from(found, ({ row }) => end[row]),
    dur_ns: Float64Array.from(found, ({ row }) => duration[row]),
    kind: found.map(({ row }) => kindOf(row)),
    threshold_ns: Float64Array.from(found, ({ threshold }) => threshold),
  });
}

function thresholdOf(durations: Float64Array, { quantile = 0.99, threshold_ns }: SpikeOptions): number {
  return threshold_ns ?? nearestRank(sortedNumbers(durations), quantile);
}
