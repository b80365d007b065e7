import { normalCdf } from "./normal.js";

/**
 * The alpha of a fixed interval that is as wide as an always-valid one: an interval that may be looked at after every
 * value, and still misses at any look no more often than `alpha`. By the normal mixture (Robbins 1970; its large-sample
 * form for estimated variances, Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024), which is narrowest near `best`
 * effective values; before, and long after, it is wider.
 *
 * @example
 * alwaysValidAlpha(0.05, 200, 200) // about 0.004: looking all the time costs half as much width again
 */
export function alwaysValidAlpha(alpha: number, effective: number, best: number): number {
  // Narrowest at `best` where the mixture's variance solves this (Howard, Ramdas, McAuliffe and Sekhon 2021, eq. 3.5).
  const mixture = best / (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha)) + 1);
  const growth = (effective + mixture) / mixture;
  const z = Math.sqrt(((effective + mixture) / effective) * (2 * Math.log(1 / alpha) + Math.log(growth)));
  return 2 * (1 - normalCdf(z));
}
