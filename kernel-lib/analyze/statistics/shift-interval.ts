import { countWays } from "./mann-whitney.js";
import { normalQuantile } from "./normal.js";

/** How far one set of runs lies above another. */
export interface Shift {
  /** The middle of all differences. */
  readonly shift: number;
  /** -Infinity where the runs are too few for a bound. */
  readonly low: number;
  readonly high: number;
}

/**
 * The shift from one sample to the other with the interval that the Mann-Whitney test leaves (Hodges and Lehmann 1963):
 * shifts that the test would not refuse at `alpha`. Exact for up to 50 values a side, whatever their distribution.
 *
 * @example
 * shiftInterval([1, 2, 3, 4], [11, 12, 13, 14], 0.05) // { shift: 10, low: 7, high: 13 }
 */
export function shiftInterval(before: readonly number[], after: readonly number[], alpha: number): Shift {
  const differences = before.flatMap((old) => after.map((fresh) => fresh - old));
  return between(differences, rankSumBound(before.length, after.length, alpha));
}

/**
 * The same for pairs, by Wilcoxon's signed ranks: from the means of all pairs of differences.
 *
 * @example
 * pairedShiftInterval([1, 2, 3, 4, 5, 6], 0.05) // { shift: 3.5, low: 1, high: 6 }
 */
export function pairedShiftInterval(differences: readonly number[], alpha: number): Shift {
  const means = differences.flatMap((a, i) => differences.slice(i).map((b) => (a + b) / 2));
  return between(means, signedRankBound(differences.length, alpha));
}

/** The least number of runs a side (or of pairs) with which a test can speak at all. */
export function runsNeeded(alpha: number, paired = false): number {
  for (let runs = 2; ; runs++) {
    if ((paired ? signedRankBound(runs, alpha) : rankSumBound(runs, runs, alpha)) > 0) return runs;
  }
}

function between(values: number[], bound: number): Shift {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const shift = n % 2 === 1 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  if (bound === 0) return { shift, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return { shift, low: sorted[bound - 1], high: sorted[n - bound] };
}

/** How many of the sorted differences may be cut at either end: P(U < bound) is at most alpha / 2. */
function rankSumBound(n1: number, n2: number, alpha: number): number {
  if (Math.max(n1, n2) > 50) {
    return Math.max(0, Math.floor(normalBound((n1 * n2) / 2, (n1 * n2 * (n1 + n2 + 1)) / 12, alpha)));
  }
  return cut(`${n1} ${n2} ${alpha}`, () => countWays(n1, n2), alpha);
}

function signedRankBound(n: number, alpha: number): number {
  if (n > 50) {
    return Math.max(0, Math.floor(normalBound((n * (n + 1)) / 4, (n * (n + 1) * (2 * n + 1)) / 24, alpha)));
  }
  return cut(`${n} ${alpha}`, () => signedRankWays(n), alpha);
}

function normalBound(mean: number, variance: number, alpha: number): number {
  return mean + normalQuantile(alpha / 2) * Math.sqrt(variance);
}

const bounds = new Map<string, number>();

function cut(key: string, count: () => Float64Array, alpha: number): number {
  const known = bounds.get(key);
  if (known !== undefined) return known;
  const ways = count();
  const all = ways.reduce((a, b) => a + b, 0);
  let [bound, below] = [0, 0];
  while (bound < ways.length && below + ways[bound] <= (alpha / 2) * all * (1 + 1e-12))
    below += ways[bound++];
  bounds.set(key, bound);
  return bound;
}

/** For each sum of ranks the ways to reach it by giving each rank a sign. */
function signedRankWays(n: number): Float64Array {
  const ways = new Float64Array((n * (n + 1)) / 2 + 1);
  ways[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    for (let sum = ways.length - 1; sum >= rank; sum--) ways[sum] += ways[sum - rank];
  }
  return ways;
}
