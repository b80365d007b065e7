/** Where the last long varint ended; set by {@link longVarint}. */
export let varintEnd = 0;

/** Where {@link varintEnd} is after bytes that are no varint: beyond any file. */
const nowhere = 0x7ffffff0;

/**
 * A varint of any length at `at`, exact up to 2^53 and rounded once beyond. After bytes that are none, `varintEnd` is
 * {@link nowhere}, and stays there for all that is read on from it.
 */
export function longVarint(bytes: Uint8Array, at: number): number {
  let low = 0;
  let high = 0;
  for (let count = 0; count < 10; count++) {
    const byte = at + count < bytes.length ? bytes[at + count] : 0xff;
    const bits = byte & 0x7f;
    const shift = count * 7;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) {
      varintEnd = count === 9 && byte > 1 ? nowhere : at + count + 1;
      return (high >>> 0) * 4294967296 + (low >>> 0);
    }
  }
  varintEnd = nowhere;
  return 0;
}
