import type { ColumnTable } from "arquero";
import { hasColumn, numbers } from "./columns.js";

/** Stretches of time, by start; `starts[i] <= ends[i]`. */
export interface Intervals {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/**
 * The intervals of a table with `start_ns` and `end_ns` (or `dur_ns`), ordered by start.
 * Rows without a start or an end are left out.
 */
export function intervalsOf(table: ColumnTable): Intervals {
  const start = numbers(table, "start_ns");
  const end = endsOf(table, start);
  const rows = Uint32Array.from({ length: start.length }, (_, row) => row).filter(
    (row) => !Number.isNaN(start[row]) && !Number.isNaN(end[row]),
  );
  if (!ascending(rows, start)) rows.sort((a, b) => start[a] - start[b] || end[a] - end[b]);
  return {
    starts: Float64Array.from(rows, (row) => start[row]),
    ends: Float64Array.from(rows, (row) => end[row]),
  };
}

// Most tables are in order already; to see that costs much less than to sort.
function ascending(rows: Uint32Array, start: ArrayLike<number>): boolean {
  for (let i = 1; i < rows.length; i++) if (start[rows[i]] < start[rows[i - 1]]) return false;
  return true;
}

/** The ends of a table's rows: `end_ns`, else `start_ns + dur_ns`. */
export function endsOf(table: ColumnTable, start: ArrayLike<number>): ArrayLike<number> {
  if (hasColumn(table, "end_ns")) return numbers(table, "end_ns");
  const duration = numbers(table, "dur_ns");
  return Float64Array.from(duration, (ns, row) => start[row] + ns);
}

/** The union: overlapping and touching intervals joined, so that starts and ends both ascend. */
export function mergeIntervals({ starts, ends }: Intervals): Intervals {
  const mergedStarts = new Float64Array(starts.length);
  const mergedEnds = new Float64Array(starts.length);
  let count = 0;
  for (let i = 0; i < starts.length; i++) {
    if (count > 0 && starts[i] <= mergedEnds[count - 1]) {
      if (ends[i] > mergedEnds[count - 1]) mergedEnds[count - 1] = ends[i];
    } else {
      mergedStarts[count] = starts[i];
      mergedEnds[count++] = ends[i];
    }
  }
  return { starts: mergedStarts.subarray(0, count), ends: mergedEnds.subarray(0, count) };
}

/** The index of the first merged interval that ends after `time`; their number when none does. */
export function firstEndingAfter(merged: Intervals, time: number): number {
  let low = 0;
  let high = merged.ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (merged.ends[middle] > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How much of [from, to] merged intervals cover, in ns. */
export function coveredNs(merged: Intervals, from: number, to: number): number {
  let covered = 0;
  for (let i = firstEndingAfter(merged, from); i < merged.starts.length && merged.starts[i] < to; i++) {
    covered += Math.min(merged.ends[i], to) - Math.max(merged.starts[i], from);
  }
  return covered;
}

/** The last index whose value does not exceed `limit`; -1 when all do. */
export function lastAtOrBefore(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
