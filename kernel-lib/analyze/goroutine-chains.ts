import type { ColumnTable } from "arquero";
import { type Numbers, numbers } from "./columns.js";
import { sortRows } from "./sort-rows.js";

/** For each row of `goroutine_states`, the row before and after it in the same goroutine's life; -1 for none. */
export interface GoroutineChains {
  readonly previous: Int32Array;
  readonly next: Int32Array;
  /** The first row of each goroutine. */
  readonly first: Map<number, number>;
}

/** Links each goroutine's intervals in time order; linear where the table has them in order, as captures do. */
export function goroutineChains(states: ColumnTable): GoroutineChains {
  const g = numbers(states, "g");
  const start = numbers(states, "start_ns");
  const previous = new Int32Array(g.length).fill(-1);
  const next = new Int32Array(g.length).fill(-1);
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  const rows = inOrder(g, start);
  for (let i = 0; i < g.length; i++) {
    const row = rows ? rows[i] : i;
    const before = last.get(g[row]);
    if (before === undefined) first.set(g[row], row);
    else {
      previous[row] = before;
      next[before] = row;
    }
    last.set(g[row], row);
  }
  return { previous, next, first };
}

// The rows sorted by start, or undefined when each goroutine's rows are in order as they stand.
function inOrder(g: Numbers, start: Numbers): Uint32Array | undefined {
  const latest = new Map<number, number>();
  for (let row = 0; row < g.length; row++) {
    if (start[row] < (latest.get(g[row]) ?? Number.NEGATIVE_INFINITY)) {
      return sortRows(
        new Uint32Array(g.length).map((_, index) => index),
        start,
      );
    }
    latest.set(g[row], start[row]);
  }
  return undefined;
}
