import type { ColumnTable } from "arquero";
import { type Numbers, numbers } from "./columns.js";
import { sortRows } from "./sort-rows.js";

const none = new Int32Array(0);

/** The rows of `goroutine_states` of each goroutine, in time: found by its id, and by time within its life. */
export class GoroutineRows {
  private readonly start: Numbers;
  private readonly end: Numbers;
  private readonly rows: Int32Array;
  /** By dense number: where its rows begin; one more at the end. */
  private readonly from: Int32Array;
  private readonly ids: Numbers;
  private readonly numbers: DenseNumbers;

  constructor(states: ColumnTable) {
    const g = numbers(states, "g");
    this.start = numbers(states, "start_ns");
    this.end = numbers(states, "end_ns");
    this.numbers = new DenseNumbers(g);
    this.ids = this.numbers.ids;
    const count = this.ids.length;
    const from = new Int32Array(count + 1);
    const dense = new Int32Array(g.length);
    for (let row = 0; row < g.length; row++) {
      const at = this.numbers.of(g[row]);
      dense[row] = at;
      from[at + 1]++;
    }
    for (let at = 0; at < count; at++) from[at + 1] += from[at];
    this.from = from;
    this.rows = new Int32Array(g.length);
    this.fill(dense, count);
  }

  // Captures have their rows in order; hand-made tables may not.
  private fill(dense: Int32Array, count: number): void {
    const { start, from, rows } = this;
    const next = from.slice(0, count);
    const latest = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    let ordered = true;
    for (let row = 0; row < dense.length; row++) {
      const at = dense[row];
      if (start[row] < latest[at]) ordered = false;
      latest[at] = start[row];
      rows[next[at]++] = row;
    }
    if (ordered) return;
    const sorted = sortRows(
      new Uint32Array(dense.length).map((_, row) => row),
      start,
    );
    next.set(from.subarray(0, count));
    for (const row of sorted) rows[next[dense[row]]++] = row;
  }

  /** The goroutine's rows in time; none for one that is not known. */
  of(g: number): Int32Array {
    const at = this.numbers.find(g);
    return at < 0 ? none : this.rows.subarray(this.from[at], this.from[at + 1]);
  }

  /** Every goroutine there is, by first appearance. */
  goroutines(): ArrayLike<number> & Iterable<number> {
    return this.ids as ArrayLike<number> & Iterable<number>;
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

/** Numbers for ids, from 0 on by first appearance: looked up in an array where the ids are not too large for one. */
class DenseNumbers {
  readonly ids: Float64Array;
  private readonly small: Int32Array | undefined;
  private readonly large = new Map<number, number>();

  constructor(values: Numbers) {
    let most = 0;
    let whole = true;
    for (let row = 0; row < values.length; row++) {
      const id = values[row];
      if (id > most) most = id;
      if (!(id >= 0) || !Number.isInteger(id)) whole = false;
    }
    if (whole && most < 8 * values.length + 1024) this.small = new Int32Array(most + 1).fill(-1);
    const ids: number[] = [];
    for (let row = 0; row < values.length; row++) {
      if (this.find(values[row]) >= 0) continue;
      if (this.small) this.small[values[row]] = ids.length;
      else this.large.set(values[row], ids.length);
      ids.push(values[row]);
    }
    this.ids = Float64Array.from(ids);
  }

  of(id: number): number {
    return this.small ? this.small[id] : (this.large.get(id) ?? -1);
  }

  find(id: number): number {
    if (!this.small) return this.large.get(id) ?? -1;
    return id >= 0 && id < this.small.length ? this.small[id] : -1;
  }
}
