import { CaptureError } from "../../bytes/capture-error.js";

/** Bounds-checked reads at any place of a perf.data file, in the byte order of the machine that recorded it. */
export class PerfBytes {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  readonly little: boolean;

  constructor(bytes: Uint8Array, little: boolean) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.little = little;
  }

  get length(): number {
    return this.bytes.length;
  }

  fail(problem: string, at: number): CaptureError {
    return new CaptureError(problem, { place: { offset: at } });
  }

  private need(at: number, count: number): void {
    if (!(at >= 0 && at + count <= this.bytes.length)) throw this.fail(`${count} bytes run past the end`, at);
  }

  u8(at: number): number {
    this.need(at, 1);
    return this.bytes[at];
  }

  u16(at: number): number {
    this.need(at, 2);
    return this.view.getUint16(at, this.little);
  }

  u32(at: number): number {
    this.need(at, 4);
    return this.view.getUint32(at, this.little);
  }

  i32(at: number): number {
    this.need(at, 4);
    return this.view.getInt32(at, this.little);
  }

  /** The low and high half of a 64-bit number. */
  lo(at: number): number {
    return this.u32(this.little ? at : at + 4);
  }

  hi(at: number): number {
    return this.u32(this.little ? at + 4 : at);
  }

  /** A 64-bit number as a double: exact below 2^53, rounded beyond. */
  u64(at: number): number {
    return this.hi(at) * 4294967296 + this.lo(at);
  }

  /**
   * An address as a double that is exact for both halves of the address space: kernel addresses, the last 2^53 of
   * them, are negative.
   */
  address(at: number): number {
    const hi = this.hi(at);
    return (hi >= 0xffe00000 ? hi - 4294967296 : hi) * 4294967296 + this.lo(at);
  }

  big(at: number): bigint {
    return (BigInt(this.hi(at)) << 32n) | BigInt(this.lo(at));
  }

  /** Text up to a NUL, of at most `size` bytes. */
  text(at: number, size: number): string {
    this.need(at, size);
    const part = this.bytes.subarray(at, at + size);
    const end = part.indexOf(0);
    return Buffer.from(part.buffer, part.byteOffset, end < 0 ? size : end).toString("utf8");
  }

  hex(at: number, size: number): string {
    this.need(at, size);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, size).toString("hex");
  }

  part(at: number, size: number): Uint8Array {
    this.need(at, size);
    return this.bytes.subarray(at, at + size);
  }
}
