import type { ColumnTable } from "arquero";
import { hasColumn, numbers } from "./columns.js";
import { endsOf } from "./intervals.js";

/** A stretch of a capture's time, as charts and `tracebook --from --to` take it. */
export interface TimeWindow {
  from_ns: number;
  to_ns: number;
}

/**
 * The stretch of time around a row of a table: from a worst MMU window, a slow request, a spike or a long wait straight to
 * its place on the timeline. Takes any table with start_ns and end_ns, dur_ns or wait_ns, in its own order.
 *
 * @param options.row which row, from 0: the first unless given, which is the worst where the worst come first
 * @param options.margin how much more time is shown on each side, as a share of the stretch (0.25 unless given)
 * @throws RangeError when there is no such row, or it has no start and end
 * @example
 * stateTimeline(trace, closeUp(worstWindows(trace, { window_ns: 1e6 })));
 * stateTimeline(trace, closeUp(requestBreakdown(trace), { row: 2 }));
 */
export function closeUp(rows: ColumnTable, options: { row?: number; margin?: number } = {}): TimeWindow {
  const { row = 0, margin = 0.25 } = options;
  const start = numbers(rows, "start_ns");
  const end =
    hasColumn(rows, "wait_ns") && !hasColumn(rows, "end_ns") ? afterWait(rows, start) : endsOf(rows, start);
  if (!(row >= 0 && row < start.length)) {
    throw new RangeError(`closeUp: there is no row ${row}; the table has ${start.length}`);
  }
  if (!(end[row] >= start[row])) {
    throw new RangeError(`closeUp: row ${row} reaches from ${start[row]} to ${end[row]} ns`);
  }
  const more = Math.max(1, (end[row] - start[row]) * margin);
  return { from_ns: Math.max(0, start[row] - more), to_ns: end[row] + more };
}

function afterWait(rows: ColumnTable, start: ArrayLike<number>): Float64Array {
  const wait = numbers(rows, "wait_ns");
  return new Float64Array(wait.length).map((_, row) => start[row] + wait[row]);
}
