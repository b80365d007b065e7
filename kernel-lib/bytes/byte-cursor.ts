import { CaptureError } from "./capture-error.js";

const utf8 = new TextDecoder("utf-8");

/**
 * A bounds-checked little-endian reader over bytes, for headers and tables.
 *
 * A plain typed array answers an overread with `undefined`, which turns into NaN far from its cause; every
 * method here throws a {@link CaptureError} with the offset instead. Event loops that read millions of
 * varints inline their own decoding and do not use this class.
 */
export class ByteCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Next byte to read, an index into `bytes`. */
  pos: number;
  /** Added to `pos` in error messages, where `bytes` is a part of a file. */
  readonly base: number;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length, base = 0) {
    this.bytes = bytes;
    this.pos = start;
    this.end = end;
    this.base = base;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.end - this.pos;
  }

  fail(problem: string, at: number = this.pos): CaptureError {
    return new CaptureError(problem, { place: { offset: this.base + at } });
  }

  /** Throws unless `count` more bytes are there. */
  need(count: number, what = "data"): void {
    if (!(count >= 0 && count <= this.end - this.pos)) {
      throw this.fail(`${what} needs ${count} bytes, ${this.end - this.pos} are left`);
    }
  }

  u8(): number {
    this.need(1);
    return this.bytes[this.pos++];
  }

  u16(): number {
    this.need(2);
    const value = this.view.getUint16(this.pos, true);
    this.pos += 2;
    return value;
  }

  u32(): number {
    this.need(4);
    const value = this.view.getUint32(this.pos, true);
    this.pos += 4;
    return value;
  }

  u64(): bigint {
    this.need(8);
    const value = this.view.getBigUint64(this.pos, true);
    this.pos += 8;
    return value;
  }

  i64(): bigint {
    this.need(8);
    const value = this.view.getBigInt64(this.pos, true);
    this.pos += 8;
    return value;
  }

  take(count: number, what = "data"): Uint8Array {
    this.need(count, what);
    const part = this.bytes.subarray(this.pos, this.pos + count);
    this.pos += count;
    return part;
  }

  text(count: number, what = "text"): string {
    return utf8.decode(this.take(count, what));
  }

  /**
   * An unsigned LEB128 varint of at most 64 bits as two 32-bit halves, exact.
   * A tenth byte above 1, or a varint that runs past the end, is refused.
   */
  varintHalves(): { lo: number; hi: number } {
    const start = this.pos;
    let lo = 0;
    let hi = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.pos >= this.end) throw this.fail("varint runs past the end", start);
      const byte = this.bytes[this.pos++];
      const low7 = byte & 0x7f;
      if (shift < 28) lo |= low7 << shift;
      else if (shift === 28) {
        lo |= low7 << 28;
        hi = low7 >>> 4;
      } else hi |= low7 << (shift - 32);
      if (byte < 0x80) {
        if (shift === 63 && byte > 1) break;
        return { lo: lo >>> 0, hi: hi >>> 0 };
      }
    }
    throw this.fail("varint overflows 64 bits", start);
  }

  /** A varint as a double: exact up to 2^53, rounded once beyond. */
  varint(): number {
    const first = this.pos < this.end ? this.bytes[this.pos] : 0x80;
    if (first < 0x80) {
      this.pos++;
      return first;
    }
    const { lo, hi } = this.varintHalves();
    return hi * 4294967296 + lo;
  }

  /** A varint as an exact bigint. */
  varintBig(): bigint {
    const { lo, hi } = this.varintHalves();
    return (BigInt(hi) << 32n) | BigInt(lo);
  }

  /** A varint that counts things of at least `unit` bytes each: refused when they cannot fit into what is left. */
  count(what: string, unit = 1): number {
    const at = this.pos;
    const count = this.varint();
    if (count * unit > this.end - this.pos) {
      throw this.fail(
        `${what} claims ${count}, more than the ${this.end - this.pos} bytes left can hold`,
        at,
      );
    }
    return count;
  }
}
