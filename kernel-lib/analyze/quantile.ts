/**
 * The quantile of sorted values by nearest rank: the smallest value that at least `q` of all values do not
 * exceed, that is the ceil(q * n)-th. Always a value that occurred; NaN when there are none.
 * The whole project uses this one definition.
 *
 * @example
 * nearestRank([1, 2, 3, 4], 0.5) // 2
 */
export function nearestRank(sorted: ArrayLike<number>, q: number): number {
  return sorted.length === 0 ? checked(q) : sorted[rankIndex(sorted.length, q)];
}

/** The index of the quantile among so many sorted values. */
function rankIndex(length: number, q: number): number {
  checked(q);
  // 0.07 * 100 is a little above 7 in binary: take that last bit back before rounding up.
  return Math.max(1, Math.ceil(q * length * (1 - Number.EPSILON))) - 1;
}

function checked(q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile is between 0 and 1, not ${q}`);
  return Number.NaN;
}

/**
 * One quantile of unsorted values, by nearest rank and without sorting them all: in a time linear in their number.
 * Missing values (NaN) are left out. The values are moved about; hand over a copy of what you need in order.
 *
 * @example
 * selectQuantile([3, 1, 2, 4], 0.5) // 2
 */
export function selectQuantile(values: Float64Array | number[], q: number): number {
  let length = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) values[length++] = values[i];
  if (length === 0) return checked(q);
  const wanted = rankIndex(length, q);
  let low = 0;
  let high = length - 1;
  // Quickselect: what is below the pivot goes left of it; the side that holds the wanted rank is looked at again.
  while (low < high) {
    const pivot = middleOf(values[low], values[(low + high) >>> 1], values[high]);
    let left = low - 1;
    let right = high + 1;
    for (;;) {
      do left++;
      while (values[left] < pivot);
      do right--;
      while (values[right] > pivot);
      if (left >= right) break;
      const moved = values[left];
      values[left] = values[right];
      values[right] = moved;
    }
    if (wanted <= right) high = right;
    else low = right + 1;
  }
  return values[wanted];
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** The values in ascending order, in a new typed array; missing ones (NaN) are left out. */
export function sortedNumbers(values: ArrayLike<number>): Float64Array {
  const sorted = new Float64Array(values).sort();
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
