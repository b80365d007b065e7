import { Growable } from "../../bytes/growable.js";

/** Finds the row of a 64-bit id; ids are usually 1..n, and then a plain array answers. */
export class IdIndex {
  private readonly lo = new Growable(Uint32Array, 256);
  private readonly hi = new Growable(Uint32Array, 256);
  private dense: Int32Array | undefined;
  private sparse: Map<number | bigint, number> | undefined;

  get size(): number {
    return this.lo.length;
  }

  add(lo: number, hi: number): void {
    this.lo.push(lo);
    this.hi.push(hi);
  }

  idText(row: number): string {
    return idOf(this.lo.get(row), this.hi.get(row)).toString();
  }

  /** Call after the last `add`; answers how many ids were given twice (the last one of them counts). */
  build(): number {
    let max = 0;
    for (let row = 0; row < this.size; row++) {
      max = Math.max(max, this.hi.get(row) > 0 ? Infinity : this.lo.get(row));
    }
    let twice = 0;
    if (max <= this.size * 4 + 1024) {
      this.dense = new Int32Array(max + 1).fill(-1);
      for (let row = 0; row < this.size; row++) {
        const id = this.lo.get(row);
        if (this.dense[id] >= 0) twice++;
        this.dense[id] = row;
      }
      return twice;
    }
    this.sparse = new Map();
    for (let row = 0; row < this.size; row++) this.sparse.set(idOf(this.lo.get(row), this.hi.get(row)), row);
    return this.size - this.sparse.size;
  }

  /** The row of an id, or -1. */
  find(lo: number, hi: number): number {
    if (this.dense) return hi === 0 && lo < this.dense.length ? this.dense[lo] : -1;
    return this.sparse?.get(idOf(lo, hi)) ?? -1;
  }
}

function idOf(lo: number, hi: number): number | bigint {
  return hi < 0x200000 ? hi * 4294967296 + lo : (BigInt(hi) << 32n) | BigInt(lo);
}
