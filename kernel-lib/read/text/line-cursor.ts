/** The bytes of an ASCII or UTF-8 literal, for {@link LineCursor.expect}. */
export function literal(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const zero = 48;
/** Digits a number may have and still be exact as a double. */
const maxDigits = 15;

/**
 * Reads a line's fields from its bytes without making strings: literals and numbers in order.
 *
 * Methods do not throw; the first that does not find what it wants clears `ok`, and those after it change nothing
 * that matters. So a line's grammar is written as a plain sequence with one test of `ok` at its end.
 */
export class LineCursor {
  bytes: Uint8Array = new Uint8Array(0);
  pos = 0;
  end = 0;
  ok = true;
  /** Digits after the point of the number that {@link decimal} read last. */
  decimals = 0;
  /** The decimal exponent that {@link float} read last, 0 where none was printed. */
  exponent = 0;

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.pos = start;
    this.end = end;
    this.ok = true;
  }

  /** Steps over a literal that may be there; says whether it was. */
  accept(wanted: Uint8Array): boolean {
    const { bytes, pos } = this;
    const next = pos + wanted.length;
    if (next > this.end) return false;
    for (let at = 0; at < wanted.length; at++) if (bytes[pos + at] !== wanted[at]) return false;
    this.pos = next;
    return true;
  }

  /** Steps over a literal that must be there. */
  expect(wanted: Uint8Array): void {
    if (this.ok && !this.accept(wanted)) this.ok = false;
  }

  /** Steps over either of two literals, one of which must be there. */
  expectEither(wanted: Uint8Array, other: Uint8Array): void {
    if (this.ok && !this.accept(wanted) && !this.accept(other)) this.ok = false;
  }

  /** A whole number without sign, of at most 15 digits. */
  unsigned(): number {
    const { bytes, end } = this;
    let at = this.pos;
    let value = 0;
    while (at < end) {
      const digit = bytes[at] - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    const digits = at - this.pos;
    if (digits === 0 || digits > maxDigits) this.ok = false;
    this.pos = at;
    return value;
  }

  /** A whole number that may have a minus sign. */
  signed(): number {
    if (this.bytes[this.pos] !== 45) return this.unsigned();
    this.pos++;
    return -this.unsigned();
  }

  /** A decimal number without sign times 10^6 (ms as ns), exact; at most 6 digits after the point. */
  decimal(): number {
    const { bytes, end } = this;
    let at = this.pos;
    let value = 0;
    let point = -1;
    for (; at < end; at++) {
      const digit = bytes[at] - zero;
      if (digit >= 0 && digit <= 9) value = value * 10 + digit;
      else if (digit === -2 && point < 0) point = at;
      else break;
    }
    const decimals = point < 0 ? 0 : at - point - 1;
    const digits = at - this.pos - (point < 0 ? 0 : 1);
    // A point needs digits on both sides, and the scaled value must stay exact.
    if (digits === 0 || point === this.pos || (point >= 0 && decimals === 0)) this.ok = false;
    if (decimals > 6 || digits - decimals > 9) this.ok = false;
    this.pos = at;
    this.decimals = decimals;
    return value * powersOfTen[6 - decimals];
  }

  /**
   * A floating-point number as Go's print or strconv write it: `0.25`, `+2.500000e-001`, `NaN`, `+Inf`. Nearly all are
   * read from their digits, exactly: up to 2^53 times or by a power of ten that is a double. Others become text first.
   */
  float(): number {
    const { bytes, end, pos } = this;
    let at = pos;
    const negative = bytes[at] === 45;
    if (negative || bytes[at] === 43) at++;
    let digits = 0;
    let value = 0;
    let decimals = 0;
    let point = 0;
    for (; at < end; at++) {
      const digit = bytes[at] - zero;
      if (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        digits++;
        decimals += point;
      } else if (digit === -2 && point === 0) point = 1;
      else break;
    }
    let exponent = 0;
    this.exponent = 0;
    if (at < end && bytes[at] === 101) {
      const below = bytes[at + 1] === 45;
      at += below || bytes[at + 1] === 43 ? 2 : 1;
      const first = at;
      for (; at < end && bytes[at] >= zero && bytes[at] <= 57; at++)
        exponent = exponent * 10 + bytes[at] - zero;
      if (at === first || at > first + 4) digits = 0;
      if (below) exponent = -exponent;
      this.exponent = exponent;
    }
    const scale = exponent - decimals;
    const isPlain = at === end || !isFloatByte(bytes[at]);
    if (digits === 0 || value > maxExact || scale < -22 || scale > 22 || !isPlain)
      return this.floatFromText();
    this.pos = at;
    const scaled = scale < 0 ? value / powersOfTen[-scale] : value * powersOfTen[scale];
    return negative ? -scaled : scaled;
  }

  private floatFromText(): number {
    const text = this.token(isFloatByte);
    if (text === "NaN") return Number.NaN;
    if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
    if (text === "-Inf") return Number.NEGATIVE_INFINITY;
    const value = Number(text);
    if (text === "" || Number.isNaN(value)) this.ok = false;
    return value;
  }

  /** The run of bytes that `belongs` accepts, as text. */
  token(belongs: (byte: number) => boolean): string {
    const start = this.pos;
    while (this.pos < this.end && belongs(this.bytes[this.pos])) this.pos++;
    return latin1(this.bytes, start, this.pos);
  }
}

const maxExact = Number.MAX_SAFE_INTEGER;
/** Those that are exact as doubles. */
const powersOfTen: readonly number[] = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

function isFloatByte(byte: number): boolean {
  // Digits, + - . and the letters of e, NaN and Inf.
  return (byte >= 48 && byte <= 57) || floatLetters.has(byte);
}
const floatLetters: ReadonlySet<number> = new Set(literal("+-.eENaInf"));

/** Bytes as text, one character each. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
}
