import { Growable } from "../../bytes/growable.js";

/** A hash set of rows of numbers: `find` says which row equals, by a comparison of its user. */
class RowIndex {
  private slots = new Int32Array(256);
  private readonly hashes = new Growable(Int32Array);

  /** The row with this hash for which `equal` holds, or -1. */
  find(hash: number, equal: (row: number) => boolean): number {
    const mask = this.slots.length - 1;
    for (let at = hash & mask; this.slots[at] > 0; at = (at + 1) & mask) {
      const row = this.slots[at] - 1;
      if (this.hashes.get(row) === hash && equal(row)) return row;
    }
    return -1;
  }

  /** Adds the next row; rows are added in order. */
  add(hash: number): number {
    const row = this.hashes.push(hash);
    if (this.hashes.length * 2 > this.slots.length) {
      this.slots = new Int32Array(this.slots.length * 2);
      for (let old = 0; old < row; old++) this.place(old);
    }
    this.place(row);
    return row;
  }

  private place(row: number): void {
    const mask = this.slots.length - 1;
    let at = this.hashes.get(row) & mask;
    while (this.slots[at] > 0) at = (at + 1) & mask;
    this.slots[at] = row + 1;
  }
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/**
 * All stacks of a capture under one numbering: equal stacks, in whatever generation, share one id, and equal
 * frames one frame. Program counters are kept as two 32-bit halves.
 */
export class StackTable {
  readonly pcLow: Growable<Uint32Array> = new Growable(Uint32Array);
  readonly pcHigh: Growable<Uint32Array> = new Growable(Uint32Array);
  /** String number of each frame's function, and of its file. */
  readonly func: Growable<Int32Array> = new Growable(Int32Array);
  readonly file: Growable<Int32Array> = new Growable(Int32Array);
  readonly line: Growable<Float64Array> = new Growable(Float64Array);
  /** Where each stack's frames start in `members`, leaf first; one more than there are stacks. */
  readonly starts: Growable<Int32Array> = new Growable(Int32Array);
  readonly members: Growable<Int32Array> = new Growable(Int32Array);
  private readonly frameIndex = new RowIndex();
  private readonly stackIndex = new RowIndex();

  constructor() {
    this.starts.push(0);
  }

  /** Number of stacks; ids are below it. */
  get size(): number {
    return this.starts.length - 1;
  }

  get frameCount(): number {
    return this.func.length;
  }

  depth(stack: number): number {
    return stack < 0 ? 0 : this.starts.get(stack + 1) - this.starts.get(stack);
  }

  /** The frame's number; the same for equal frames. */
  frame(pcLow: number, pcHigh: number, func: number, file: number, line: number): number {
    const hash = mix(mix(mix(mix(pcLow | 0, pcHigh | 0), func), file), line | 0);
    const found = this.frameIndex.find(
      hash,
      (row) =>
        this.pcLow.get(row) === pcLow &&
        this.pcHigh.get(row) === pcHigh &&
        this.func.get(row) === func &&
        this.file.get(row) === file &&
        this.line.get(row) === line,
    );
    if (found >= 0) return found;
    this.pcLow.push(pcLow);
    this.pcHigh.push(pcHigh);
    this.func.push(func);
    this.file.push(file);
    this.line.push(line);
    return this.frameIndex.add(hash);
  }

  /** The stack's id; `frames[0..count)` are frame numbers, leaf first. */
  stack(frames: ArrayLike<number>, count: number = frames.length): number {
    let hash = count;
    for (let at = 0; at < count; at++) hash = mix(hash, frames[at]);
    const found = this.stackIndex.find(hash, (row) => {
      const start = this.starts.get(row);
      if (this.starts.get(row + 1) - start !== count) return false;
      for (let at = 0; at < count; at++) if (this.members.get(start + at) !== frames[at]) return false;
      return true;
    });
    if (found >= 0) return found;
    for (let at = 0; at < count; at++) this.members.push(frames[at]);
    this.starts.push(this.members.length);
    return this.stackIndex.add(hash);
  }
}
