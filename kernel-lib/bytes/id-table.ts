/** No entry for an id. */
export const absent = -1;

/** A search longer than this shows that the ids are not the runs of numbers that plain positions are made for. */
const longSearch = 32;
const scattered = 0x9e3779b1;

/**
 * Gives each id (an integer below 2^53, or -1) a small dense number, in order of first appearance.
 *
 * Open addressing over typed arrays: a million ids cost 16 bytes each and no object. Ids that are handed out one after
 * the other, as goroutines' are, stand in that order, so that those in use at one time share cache lines; ids
 * that crowd together that way are scattered from then on. `slots`, `ids` and `scatter` are public so that an event
 * loop can look up inline; all are replaced when the table grows.
 */
export class IdTable {
  /** Dense number + 1 at each hash position, 0 where free; its length is a power of two. */
  slots: Int32Array;
  /** Ids by dense number; only the first `size` are in use. */
  ids: Float64Array;
  size = 0;
  /** Factor that spreads ids over the positions; 0 where an id's own low bits say its position. */
  scatter = 0;

  constructor(capacity = 64) {
    this.ids = new Float64Array(capacity);
    this.slots = new Int32Array(capacity * 2);
  }

  /** Where an id's search starts, before it is cut to the number of positions. */
  private hash(id: number): number {
    const low = id | 0;
    const high = id === low ? 0 : (id - (low >>> 0)) / 4294967296;
    const folded = low ^ Math.imul(high, 0x85ebca6b);
    const mixed = Math.imul(folded, this.scatter);
    return folded ^ mixed ^ (mixed >>> 15);
  }

  /** The id's dense number, or {@link absent}. */
  find(id: number): number {
    const { slots, ids } = this;
    const mask = slots.length - 1;
    for (let at = this.hash(id) & mask; ; at = (at + 1) & mask) {
      const dense = slots[at] - 1;
      if (dense < 0 || ids[dense] === id) return dense;
    }
  }

  /** The id's dense number, a new one when it was not there. */
  index(id: number): number {
    const found = this.find(id);
    return found >= 0 ? found : this.add(id);
  }

  /**
   * A new dense number for an id, even when it has one: the later one is found from then on.
   * For ids that name something new after what they named is gone.
   */
  add(id: number): number {
    if (this.size === this.ids.length) this.grow();
    const dense = this.size++;
    this.ids[dense] = id;
    this.place(dense);
    return dense;
  }

  /** Makes room for so many more ids at once. */
  reserve(count: number): void {
    while (this.size + count > this.ids.length) this.grow();
  }

  /** The ids in use, by dense number. */
  list(): Float64Array {
    return this.ids.subarray(0, this.size);
  }

  private place(dense: number): void {
    const { slots, ids } = this;
    const mask = slots.length - 1;
    const id = ids[dense];
    const start = this.hash(id) & mask;
    let at = start;
    while (slots[at] > 0 && ids[slots[at] - 1] !== id) at = (at + 1) & mask;
    slots[at] = dense + 1;
    if (this.scatter === 0 && ((at - start) & mask) > longSearch) {
      this.scatter = scattered;
      this.placeAll();
    }
  }

  private placeAll(): void {
    this.slots = new Int32Array(this.ids.length * 2);
    for (let dense = 0; dense < this.size; dense++) this.place(dense);
  }

  private grow(): void {
    const ids = new Float64Array(this.ids.length * 2);
    ids.set(this.ids);
    this.ids = ids;
    this.placeAll();
  }
}
