/** No entry for an id. */
export const absent = -1;

/**
 * Gives each id (an integer below 2^53, or -1) a small dense number, in order of first appearance.
 *
 * Open addressing over typed arrays: a million ids cost 16 bytes each and no object. `slots` and `ids` are
 * public so that an event loop can look up inline; both are replaced when the table grows.
 */
export class IdTable {
  /** Dense number + 1 at each hash position, 0 where free; its length is a power of two. */
  slots: Int32Array;
  /** Ids by dense number; only the first `size` are in use. */
  ids: Float64Array;
  size = 0;

  constructor(capacity = 64) {
    this.ids = new Float64Array(capacity);
    this.slots = new Int32Array(capacity * 2);
  }

  /** The hash position where an id's search starts. */
  static hash(id: number, mask: number): number {
    const mixed = Math.imul(id | 0, 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & mask;
  }

  /** The id's dense number, or {@link absent}. */
  find(id: number): number {
    const { slots, ids } = this;
    const mask = slots.length - 1;
    for (let at = IdTable.hash(id, mask); ; at = (at + 1) & mask) {
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

  /** The ids in use, by dense number. */
  list(): Float64Array {
    return this.ids.subarray(0, this.size);
  }

  private place(dense: number): void {
    const { slots, ids } = this;
    const mask = slots.length - 1;
    const id = ids[dense];
    let at = IdTable.hash(id, mask);
    while (slots[at] > 0 && ids[slots[at] - 1] !== id) at = (at + 1) & mask;
    slots[at] = dense + 1;
  }

  private grow(): void {
    const ids = new Float64Array(this.ids.length * 2);
    ids.set(this.ids);
    this.ids = ids;
    this.slots = new Int32Array(ids.length * 2);
    for (let dense = 0; dense < this.size; dense++) this.place(dense);
  }
}
