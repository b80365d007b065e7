import { Growable } from "../../bytes/growable.js";

/**
 * Gives equal lists of ids one number each, in order of first appearance. Lists lie end to end in one
 * column and are found by hash, so a million stacks cost no objects.
 */
export class StackInterner {
  private readonly start = new Growable(Uint32Array, 1024);
  private readonly items = new Growable(Uint32Array, 4096);
  private slots = new Int32Array(2048).fill(-1);
  private hashes = new Growable(Int32Array, 1024);

  constructor() {
    this.start.push(0);
  }

  get size(): number {
    return this.start.length - 1;
  }

  /** The number of the list `ids[0] .. ids[count - 1]`. */
  intern(ids: ArrayLike<number>, count: number): number {
    let hash = count;
    for (let i = 0; i < count; i++) hash = (Math.imul(hash, 0x01000193) ^ ids[i]) | 0;
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash ^= hash >>> 13;
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (let known = this.slots[slot]; known >= 0; known = this.slots[slot]) {
      if (this.hashes.get(known) === hash && this.equals(known, ids, count)) return known;
      slot = (slot + 1) & mask;
    }
    const added = this.size;
    for (let i = 0; i < count; i++) this.items.push(ids[i]);
    this.start.push(this.items.length);
    this.hashes.push(hash);
    this.slots[slot] = added;
    if (this.size * 2 > this.slots.length) this.grow();
    return added;
  }

  finish(): { start: Uint32Array; items: Uint32Array } {
    return { start: this.start.finish(), items: this.items.finish() };
  }

  private equals(known: number, ids: ArrayLike<number>, count: number): boolean {
    const from = this.start.get(known);
    if (this.start.get(known + 1) - from !== count) return false;
    for (let i = 0; i < count; i++) if (this.items.get(from + i) !== ids[i]) return false;
    return true;
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let list = 0; list < this.size; list++) {
      let slot = this.hashes.get(list) & mask;
      while (slots[slot] >= 0) slot = (slot + 1) & mask;
      slots[slot] = list;
    }
    this.slots = slots;
  }
}
