/**
 * The quantile of sorted values by nearest rank: the smallest value that at least `q` of all values do not
 * exceed, that is the ceil(q * n)-th. Always a value that occurred; NaN when there are none.
 * The whole project uses this one definition.
 *
 * @example
 * nearestRank([1, 2, 3, 4], 0.5) // 2
 */
export function nearestRank(sorted: ArrayLike<number>, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile is between 0 and 1, not ${q}`);
  if (sorted.length === 0) return Number.NaN;
  // 0.07 * 100 is a little above 7 in binary: take that last bit back before rounding up.
  const rank = Math.ceil(q * sorted.length * (1 - Number.EPSILON));
  return sorted[Math.max(1, rank) - 1];
}

/** The values in ascending order, in a new typed array; missing ones (NaN) are left out. */
export function sortedNumbers(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  // A typed array sorts NaN to the end.
  let length = sorted.length;
  while (length > 0 && Number.isNaN(sorted[length - 1])) length--;
  return sorted.subarray(0, length);
}

/**
 * Several quantiles of unsorted values, by nearest rank.
 *
 * @example
 * const [p50, p99] = quantiles(waits, [0.5, 0.99]);
 */
export function quantiles(values: ArrayLike<number>, qs: readonly number[]): number[] {
  const sorted = sortedNumbers(values);
  return qs.map((q) => nearestRank(sorted, q));
}
