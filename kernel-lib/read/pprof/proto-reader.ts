import { CaptureError } from "../../bytes/capture-error.js";
import { hexOfHalves } from "../../bytes/hex-column.js";

/**
 * A bounds-checked reader of the protocol buffer wire format that allocates nothing: a varint comes back as a
 * double, and exactly in `lo` and `hi`; a nested message is read by moving `end`.
 *
 * Wire format: https://protobuf.dev/programming-guides/encoding/
 */
export class ProtoReader {
  readonly bytes: Uint8Array;
  pos: number;
  end: number;
  /** The last varint's halves, both unsigned. */
  lo = 0;
  hi = 0;
  /** The last tag's field number and wire type. */
  field = 0;
  wire = 0;

  constructor(bytes: Uint8Array, pos = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  fail(problem: string, at: number = this.pos): CaptureError {
    return new CaptureError(problem, { place: { offset: at } });
  }

  /** Reads a varint; the answer is rounded beyond 2^53, `lo` and `hi` are exact. */
  varint(): number {
    const { bytes, pos, end } = this;
    if (pos < end && bytes[pos] < 0x80) {
      this.pos = pos + 1;
      this.hi = 0;
      this.lo = bytes[pos];
      return this.lo;
    }
    return this.longVarint();
  }

  private longVarint(): number {
    const { bytes, end } = this;
    let pos = this.pos;
    let lo = 0;
    let hi = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (pos >= end) throw this.fail("varint runs past the end");
      const byte = bytes[pos++];
      const low7 = byte & 0x7f;
      if (shift < 28) lo |= low7 << shift;
      else if (shift === 28) {
        lo |= low7 << 28;
        hi = low7 >>> 4;
      } else hi |= low7 << (shift - 32);
      if (byte < 0x80) {
        if (shift === 63 && byte > 1) break;
        this.pos = pos;
        this.lo = lo >>> 0;
        this.hi = hi >>> 0;
        return this.hi * 4294967296 + this.lo;
      }
    }
    throw this.fail("varint overflows 64 bits");
  }

  /** The last varint as a signed double, exact when {@link isSafe}. */
  signed(): number {
    return (this.hi | 0) * 4294967296 + this.lo;
  }

  /** Whether the last varint, taken as signed, is exact as a double. */
  isSafe(): boolean {
    const hi = this.hi | 0;
    return hi >= -0x200000 && hi < 0x200000;
  }

  /** The last varint as an exact signed bigint. */
  signedBig(): bigint {
    return (BigInt(this.hi | 0) << 32n) | BigInt(this.lo);
  }

  /** The last varint as hex text: `0x7fff0000`. */
  hex(): string {
    return hexOfHalves(this.lo, this.hi);
  }

  /** Reads the next tag into `field` and `wire`; false at the end. */
  next(): boolean {
    if (this.pos >= this.end) return false;
    const at = this.pos;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wire = tag & 7;
    if (this.field === 0 || this.hi > 0) throw this.fail("field number is out of range", at);
    return true;
  }

  /** Reads a length and answers where the field's bytes end; the bytes themselves are next. */
  span(): number {
    const at = this.pos;
    const length = this.varint();
    if (length > this.end - this.pos) {
      throw this.fail(`field ${this.field} claims ${length} bytes, ${this.end - this.pos} are left`, at);
    }
    return this.pos + length;
  }

  /** Passes over the current field's value. */
  skip(): void {
    if (this.wire === 0) this.varint();
    else if (this.wire === 2) this.pos = this.span();
    else if (this.wire === 1 || this.wire === 5) {
      const size = this.wire === 1 ? 8 : 4;
      if (size > this.end - this.pos) throw this.fail(`field ${this.field} runs past the end`);
      this.pos += size;
    } else throw this.fail(`wire type ${this.wire} of field ${this.field} is not known`);
  }

  /** Refuses the current field unless it has this wire type. */
  expectWire(wire: number, what: string): void {
    if (this.wire !== wire) throw this.fail(`${what} has wire type ${this.wire}, not ${wire}`);
  }
}
