import { normalCdf } from "./normal.js";

/** The result of {@link mannWhitney}. */
export interface MannWhitney {
  /** Pairs in which the first sample's value is the larger, a tie counting half. */
  readonly u: number;
  /** Probability of a difference at least this large when both come from one distribution; two-sided. */
  readonly p: number;
  /** Whether p was counted out, not approximated. */
  readonly exact: boolean;
}

/** Sizes up to which p is exact, without and with ties; beyond, counting takes too long and adds nothing. */
const exactLimit = 50;
const exactLimitWithTies = 25;

/**
 * The Mann-Whitney U test (Wilcoxon rank sum), two-sided: do two samples come from the same distribution, whatever its
 * shape? Exact up to 50 values each, or 25 with ties (by counting all ways the ranks can fall, Klotz 1966), else by the
 * normal approximation with corrections for ties and continuity. The same as benchstat's.
 *
 * Of a sample with a NaN in it nothing can be told: u and p are NaN.
 *
 * @throws RangeError when a sample is empty
 * @example
 * mannWhitney([1, 2, 3, 4], [5, 6, 7, 8]).p // 0.02857142857142857
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): MannWhitney {
  const [n1, n2] = [first.length, second.length];
  if (n1 === 0 || n2 === 0) throw new RangeError("a Mann-Whitney test needs two samples that are not empty");
  // What is not a number is neither the larger nor the smaller one.
  if (first.some(Number.isNaN) || second.some(Number.isNaN))
    return { u: Number.NaN, p: Number.NaN, exact: false };
  const { rankSum, ties } = ranks(first, second);
  const u = rankSum - (n1 * (n1 + 1)) / 2;
  if (ties.length === 1) return { u, p: 1, exact: true };
  const hasTies = ties.some((count) => count > 1);
  const exact = Math.max(n1, n2) <= (hasTies ? exactLimitWithTies : exactLimit);
  const mirror = n1 * n2 - u;
  if (!exact) return { u, p: approximateP(u, n1, n2, ties), exact };
  // The distribution has weight at its centre: twice the lower half would count that weight twice.
  if (u === mirror) return { u, p: 1, exact };
  const lower = ties.length === 2 ? lowerTailOfTwo : lowerTail;
  return { u, p: 2 * lower(Math.min(u, mirror), n1, n2, ties), exact };
}

/** The sum of the first sample's ranks, ties sharing theirs, and how many values each rank has. */
function ranks(first: readonly number[], second: readonly number[]): { rankSum: number; ties: number[] } {
  const [own, other] = [Float64Array.from(first).sort(), Float64Array.from(second).sort()];
  const ties: number[] = [];
  let rankSum = 0;
  for (let i = 0, j = 0; i < own.length || j < other.length; ) {
    const start = i + j;
    const firstOwn = i;
    const value = j === other.length || own[i] <= other[j] ? own[i] : other[j];
    while (own[i] === value) i++;
    while (other[j] === value) j++;
    rankSum += ((start + 1 + i + j) / 2) * (i - firstOwn);
    ties.push(i + j - start);
  }
  return { rankSum, ties };
}

/** The share of all ways to choose the first sample's ranks whose U is at most `u`. */
function lowerTail(u: number, n1: number, n2: number, ties: readonly number[]): number {
  const below = ties.length === n1 + n2 ? waysWithoutTies(u, n1, n2) : waysWithTies(u, n1, ties);
  return below / binomials(n1 + n2)[n1];
}

/** Without ties the counts depend on the sizes alone, and a comparison asks for the same sizes again and again. */
const waysBySizes = new Map<string, Float64Array>();
const keptSizes = 100;

function waysWithoutTies(u: number, n1: number, n2: number): number {
  const key = `${n1} ${n2}`;
  let ways = waysBySizes.get(key);
  if (!ways) {
    ways = countWays(n1, n2);
    if (waysBySizes.size === keptSizes) waysBySizes.clear();
    waysBySizes.set(key, ways);
  }
  let below = 0;
  for (let at = 0; at <= u; at++) below += ways[at];
  return below;
}

/** For each U the ways to reach it (Mann and Whitney 1947): the largest value is the first sample's, or the second's. */
export function countWays(n1: number, n2: number): Float64Array {
  const size = n1 * n2 + 1;
  // rows[i]: ways with i values of the first sample and as many of the second as the loop has come to.
  const rows = Array.from({ length: n1 + 1 }, () => new Float64Array(size));
  for (const row of rows) row[0] = 1;
  for (let j = 1; j <= n2; j++) {
    for (let i = 1; i <= n1; i++) {
      const [own, fewer] = [rows[i], rows[i - 1]];
      for (let u = j; u <= i * j; u++) own[u] += fewer[u - j];
    }
  }
  return rows[n1];
}

/** With ties: for each number of values chosen from the ranks so far, the ways by twice the U they amount to. */
function waysWithTies(u: number, n1: number, ties: readonly number[]): number {
  const width = Math.round(2 * u) + 1;
  let ways: Float64Array = new Float64Array((n1 + 1) * width);
  ways[0] = 1;
  let before = 0;
  for (const count of ties) {
    const next = new Float64Array(ways.length);
    const choices = binomials(count);
    for (let have = 0; have <= Math.min(n1, before); have++) {
      const from = have * width;
      for (let more = 0; more <= Math.min(count, n1 - have); more++) {
        // Each value taken here is above those before that were not taken, and half above its own ties.
        const shift = more * (2 * (before - have) + count - more);
        const to = (have + more) * width + shift;
        for (let at = 0; at < width - shift; at++) next[to + at] += ways[from + at] * choices[more];
      }
    }
    ways = next;
    before += count;
  }
  let below = 0;
  for (let at = n1 * width; at < (n1 + 1) * width; at++) below += ways[at];
  return below;
}

/**
 * The same where there are only two distinct values. benchstat's formula for it rounds towards zero, so that a U below
 * the least possible one still gets a share, and p can exceed 1: no difference either way, and equal to its figures.
 */
function lowerTailOfTwo(u: number, n1: number, n2: number, ties: readonly number[]): number {
  const [first, second] = ties.map(binomials);
  const low = Math.max(0, n1 - ties[0]);
  const high = Math.trunc((Math.round(2 * u) - n1 * (ties[0] - n1)) / (n1 + n2));
  let below = 0;
  for (let fromSecond = low; fromSecond <= high; fromSecond++) {
    below += (first[n1 - fromSecond] ?? 0) * (second[fromSecond] ?? 0);
  }
  return below / binomials(n1 + n2)[n1];
}

/** The binomial coefficients of n, exact while they fit a double. */
function binomials(n: number): Float64Array {
  const row = new Float64Array(n + 1);
  row[0] = 1;
  for (let k = 1; k <= n; k++) row[k] = Math.round((row[k - 1] * (n - k + 1)) / k);
  return row;
}

function approximateP(u: number, n1: number, n2: number, ties: readonly number[]): number {
  const n = n1 + n2;
  const tieSum = ties.reduce((sum, count) => sum + (count ** 3 - count), 0);
  const deviation = Math.sqrt((n1 * n2 * (n + 1 - tieSum / (n * (n - 1)))) / 12);
  const distance = u - (n1 * n2) / 2;
  const z = (distance - Math.sign(distance) * 0.5) / deviation;
  return 2 * Math.min(normalCdf(z), 1 - normalCdf(z));
}
