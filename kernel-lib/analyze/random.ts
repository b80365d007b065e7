/**
 * A seeded source of uniform numbers in [0, 1): the same seed gives the same sequence everywhere, so that
 * resampled intervals and null distributions repeat exactly. Mulberry32, whose period of 2^32 is ample for them.
 *
 * @example
 * const random = seededRandom(1);
 * random() // 0.6270739405881613
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
