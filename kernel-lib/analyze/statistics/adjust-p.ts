/**
 * p values of several tests asked together, by Holm's method (1979): calling those at most alpha makes any false call at
 * all no likelier than alpha. NaN stays NaN and does not count.
 *
 * @example
 * holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(p: readonly number[]): number[] {
  const order = ascending(p);
  const adjusted = p.map(() => Number.NaN);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, p[index] * (order.length - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}

/**
 * p values of several tests asked together, by the method of Benjamini and Hochberg (1995): of those called at most
 * alpha, a share of alpha is false on average. NaN stays NaN and does not count.
 *
 * @example
 * benjaminiHochberg([0.01, 0.04, 0.03]) // [0.03, 0.04, 0.04]
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = ascending(p);
  const adjusted = p.map(() => Number.NaN);
  let least = 1;
  for (let rank = order.length - 1; rank >= 0; rank--) {
    least = Math.min(least, (p[order[rank]] * order.length) / (rank + 1));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

function ascending(p: readonly number[]): number[] {
  return [...p.keys()].filter((index) => !Number.isNaN(p[index])).sort((a, b) => p[a] - p[b]);
}
