import type { ColumnTable } from "arquero";
import { hasColumn, numbers } from "./columns.js";
import { sortRows } from "./sort-rows.js";

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
  const rows = new Uint32Array(start.length);
  let known = 0;
  for (let row = 0; row < start.length; row++) {
    if (!Number.isNaN(start[row]) && !Number.isNaN(end[row])) rows[known++] = row;
  }
  const kept = rows.subarray(0, known);
  // Of those that start together the one that ends first comes first.
  if (!ascending(kept, start, end)) sortRows(sortRows(kept, end), start);
  return { starts: picked(start, kept), ends: picked(end, kept) };
}

/** The values of some rows, in the order of the rows. */
export function picked(values: ArrayLike<number>, rows: ArrayLike<number>): Float64Array {
  const taken = new Float64Array(rows.length);
  for (let i = 0; i < taken.length; i++) taken[i] = values[rows[i]];
  return taken;
}

// Most tables are in order already; to see that costs much less than to sort.
function ascending(rows: Uint32Array, start: ArrayLike<number>, end: ArrayLike<number>): boolean {
  for (let i = 1; i < rows.length; i++) {
    const [a, b] = [rows[i - 1], rows[i]];
    if (start[b] < start[a] || (start[b] === start[a] && end[b] < end[a])) return false;
  }
  return true;
}

/** The ends of a table's rows: `end_ns`, else `start_ns + dur_ns`. */
export function endsOf(table: ColumnTable, start: ArrayLike<number>): ArrayLike<number> {
  if (hasColumn(table, "end_ns")) return numbers(table, "end_ns");
  const duration = numbers(table, "dur_ns");
  const end = new Float64Array(duration.length);
  for (let row = 0; row < end.length; row++) end[row] = start[row] + duration[row];
  return end;
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
