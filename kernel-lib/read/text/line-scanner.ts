/** Receives a line as bytes `start` to `end` (break excluded) of a buffer that is only valid during the call. */
export type LineSink = (bytes: Uint8Array, start: number, end: number) => void;

const newline = 10;
const carriageReturn = 13;
const defaultMaxLineBytes = 1 << 20;

/**
 * Cuts a stream of chunks into lines without making strings, in bounded memory.
 *
 * The sink gets each line's bytes without its break (LF or CRLF) and reads `line`, `offset` and `cut` of the scanner
 * for its place. A last line without a break counts, an empty rest does not. A line longer than `maxLineBytes` is
 * handed over once, cut to that length, with `cut` true; the rest of it is skipped, so that a line of gigabytes
 * costs no more memory than that. For any text reader: feed chunks, then call `end`.
 *
 * @example
 * const scanner = new LineScanner((bytes, start, end) => { if (bytes[start] === 35) comments++; });
 * for await (const chunk of input.chunks()) scanner.feed(chunk);
 * scanner.end();
 */
export class LineScanner {
  /** Number of the line being handed over, from 1; after `end`, the number of lines. */
  line = 0;
  /** Offset in bytes of the line being handed over, from the start of the unpacked capture. */
  offset = 0;
  /** Whether the line being handed over was longer than `maxLineBytes`. */
  cut = false;
  /** Bytes fed so far. */
  fed = 0;
  /** How many lines were cut, and the number of the first. */
  long = 0;
  firstLong = 0;
  private readonly sink: LineSink;
  private readonly maxLineBytes: number;
  /** The beginning of a line whose break has not come yet. */
  private carry: Uint8Array = new Uint8Array(4096);
  private carried = 0;
  /** Bytes of that line so far, kept or not. */
  private pending = 0;

  constructor(sink: LineSink, maxLineBytes: number = defaultMaxLineBytes) {
    this.sink = sink;
    this.maxLineBytes = maxLineBytes;
  }

  feed(chunk: Uint8Array): void {
    // Buffer's indexOf is memchr; a plain typed array's is many times slower.
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    if (this.pending > 0) {
      const end = bytes.indexOf(newline);
      this.keep(bytes, 0, end < 0 ? bytes.length : end);
      if (end < 0) {
        this.fed += bytes.length;
        return;
      }
      this.flush(this.fed + end + 1);
      start = end + 1;
    }
    for (let end = bytes.indexOf(newline, start); end >= 0; end = bytes.indexOf(newline, start)) {
      this.line++;
      this.emit(bytes, start, end);
      this.offset = this.fed + end + 1;
      start = end + 1;
    }
    if (start < bytes.length) this.keep(bytes, start, bytes.length);
    this.fed += bytes.length;
  }

  /** Hands over a last line that has no break, and returns it. */
  end(): Uint8Array | undefined {
    if (this.pending === 0) return undefined;
    const length = this.carried;
    this.flush(this.fed);
    return this.carry.subarray(0, length);
  }

  private flush(nextOffset: number): void {
    this.line++;
    this.cut = this.pending > this.carried;
    if (this.cut) this.countLong();
    const dropReturn = !this.cut && this.carry[this.carried - 1] === carriageReturn;
    this.sink(this.carry, 0, dropReturn ? this.carried - 1 : this.carried);
    this.carried = 0;
    this.pending = 0;
    this.cut = false;
    this.offset = nextOffset;
  }

  private emit(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > this.maxLineBytes) {
      this.cut = true;
      this.countLong();
      this.sink(bytes, start, start + this.maxLineBytes);
      this.cut = false;
    } else {
      this.sink(bytes, start, end > start && bytes[end - 1] === carriageReturn ? end - 1 : end);
    }
  }

  private countLong(): void {
    if (this.long++ === 0) this.firstLong = this.line;
  }

  private keep(bytes: Uint8Array, start: number, end: number): void {
    this.pending += end - start;
    const take = Math.min(end - start, this.maxLineBytes - this.carried);
    if (take <= 0) return;
    if (this.carried + take > this.carry.length) {
      const size = Math.min(this.maxLineBytes, Math.max(this.carried + take, this.carry.length * 2));
      const bigger = new Uint8Array(size);
      bigger.set(this.carry.subarray(0, this.carried));
      this.carry = bigger;
    }
    this.carry.set(bytes.subarray(start, start + take), this.carried);
    this.carried += take;
  }
}
