import type { ColumnTable } from "arquero";
import { numbers } from "./columns.js";
import { goroutineChains } from "./goroutine-chains.js";

const none = new Int32Array(0);

/** The rows of `goroutine_states` of each goroutine, in time: found by its id, and by time within its life. */
export class GoroutineRows {
  private readonly start: ArrayLike<number>;
  private readonly end: ArrayLike<number>;
  private readonly rows: Int32Array;
  private readonly places = new Map<number, readonly [from: number, to: number]>();

  constructor(states: ColumnTable) {
    this.start = numbers(states, "start_ns");
    this.end = numbers(states, "end_ns");
    const { first, next } = goroutineChains(states);
    this.rows = new Int32Array(this.start.length);
    let at = 0;
    for (const [g, head] of first) {
      const from = at;
      for (let row = head; row >= 0; row = next[row]) this.rows[at++] = row;
      this.places.set(g, [from, at]);
    }
  }

  /** The goroutine's rows in time; none for one that is not known. */
  of(g: number): Int32Array {
    const place = this.places.get(g);
    return place ? this.rows.subarray(place[0], place[1]) : none;
  }

  /** Every goroutine there is. */
  goroutines(): IterableIterator<number> {
    return this.places.keys();
  }

  /** The index of the first of these rows that ends after `time`; their number when none does. */
  firstEndingAfter(rows: Int32Array, time: number): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.end[rows[middle]] > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The index of the last of these rows that starts before `time`; -1 when none does. */
  lastStartingBefore(rows: Int32Array, time: number): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.start[rows[middle]] < time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
