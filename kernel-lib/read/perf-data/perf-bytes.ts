import { CaptureError } from "../../bytes/capture-error.js";

/** What can be read in parts: a file too large to hold, or bytes that are held. */
export interface ByteParts {
  readonly length: number;
  slice(start: number, end: number): Uint8Array;
  /** How much of it is read at a time, 1 MiB unless given. */
  readonly windowBytes?: number;
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Records lie nearly in the order in which they are read: a few windows keep what neighbours in time need. */
const windowsKept = 8;
const usualWindowBytes = 1 << 20;
const mostBytes = 1 << 30;

/**
 * Bounds-checked reads at any place of a perf.data file, in the byte order of the machine that recorded it. Bytes are one
 * window over themselves; of parts a few windows are held.
 */
export class PerfBytes {
  readonly length: number;
  readonly little: boolean;
  private readonly parts: ByteParts;
  private readonly windowBytes: number;
  private readonly windows: Window[] = [];
  private current: Window;

  constructor(bytes: Uint8Array | ByteParts, little: boolean) {
    const isWhole = bytes instanceof Uint8Array;
    this.length = bytes.length;
    this.little = little;
    this.parts = bytes;
    this.windowBytes = isWhole ? 0 : (bytes.windowBytes ?? usualWindowBytes);
    this.current = windowOver(isWhole ? bytes : new Uint8Array(0), 0);
  }

  fail(problem: string, at: number): CaptureError {
    return new CaptureError(problem, { place: { offset: at } });
  }

  /** Where in the current window the `count` bytes at `at` are. */
  private need(at: number, count: number): number {
    if (!(at >= this.current.from && at + count <= this.current.to)) this.moveTo(at, count);
    return at - this.current.from;
  }

  private moveTo(at: number, count: number): void {
    if (!(at >= 0 && at + count <= this.length)) throw this.fail(`${count} bytes run past the end`, at);
    const held = this.windows.find(({ from, to }) => at >= from && at + count <= to);
    if (held) {
      this.current = held;
      return;
    }
    if (count > mostBytes) throw this.fail(`a part of ${count} bytes is more than can be held`, at);
    const end = Math.min(this.length, at + Math.max(count, this.windowBytes));
    this.current = windowOver(this.parts.slice(at, end), at);
    if (this.current.to < at + count) throw this.fail("the file has become shorter", at);
    this.windows.unshift(this.current);
    if (this.windows.length > windowsKept) this.windows.pop();
  }

  u8(at: number): number {
    const place = this.need(at, 1);
    return this.current.bytes[place];
  }

  u16(at: number): number {
    const place = this.need(at, 2);
    return this.current.view.getUint16(place, this.little);
  }

  u32(at: number): number {
    const place = this.need(at, 4);
    return this.current.view.getUint32(place, this.little);
  }

  i32(at: number): number {
    const place = this.need(at, 4);
    return this.current.view.getInt32(place, this.little);
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
    const part = this.part(at, size);
    const end = part.indexOf(0);
    return Buffer.from(part.buffer, part.byteOffset, end < 0 ? size : end).toString("utf8");
  }

  hex(at: number, size: number): string {
    const part = this.part(at, size);
    return Buffer.from(part.buffer, part.byteOffset, size).toString("hex");
  }

  part(at: number, size: number): Uint8Array {
    const place = this.need(at, size);
    return this.current.bytes.subarray(place, place + size);
  }
}

function windowOver(bytes: Uint8Array, from: number): Window {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { from, to: from + bytes.length, bytes, view };
}
