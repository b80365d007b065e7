import { nearestRank } from "../quantile.js";
import { betaQuantile, studentQuantile } from "./distributions.js";
import { type EffectiveSample, effectiveSample } from "./effective-sample.js";
import { normalQuantile } from "./normal.js";

/** A quantile of a series that may depend on itself, with its interval. */
export interface QuantileInterval {
  readonly value: number;
  /** -Infinity where the series cannot bound it. */
  readonly low: number;
  /** Infinity where the series cannot bound it. */
  readonly high: number;
  /** What the series is worth, for this quantile. */
  readonly sample: EffectiveSample;
}

/**
 * A quantile (nearest rank) of a series in the order of time, with an interval that holds where neighbours resemble each
 * other: the share of values at or below the quantile is known as well as an {@link effectiveSample} of it knows it, and
 * the exact interval of that share (Clopper and Pearson, with the effective sample and its degrees of freedom in place
 * of the count, as Korn and Graubard 1998 do for clustered surveys) is read back into values (Woodruff 1952).
 *
 * @param alpha how often the interval may miss, both sides together, for a sample worth so many independent values
 */
export function quantileInterval(
  series: ArrayLike<number>,
  q: number,
  alpha: (effective: number) => number,
): QuantileInterval {
  const sorted = Float64Array.from(series).sort();
  const value = nearestRank(sorted, q);
  const sample = effectiveSample(Uint8Array.from(series, (one) => (one <= value ? 1 : 0)));
  const [low, high] = shareInterval(
    q * sample.effective,
    sample.effective,
    alpha(sample.effective),
    sample.degrees,
  );
  return { value, low: orderAt(sorted, low, -1), high: orderAt(sorted, high, 1), sample };
}

/** The value at a level of the sample's distribution, one rank further out; infinite beyond the sample's ends. */
function orderAt(sorted: Float64Array, level: number, direction: -1 | 1): number {
  const rank = direction < 0 ? Math.floor(level * sorted.length) - 1 : Math.ceil(level * sorted.length);
  return sorted[rank] ?? direction * Number.POSITIVE_INFINITY;
}

/**
 * The interval of a share that was seen `hits` times of `count` (both may be fractions: an effective sample), by Clopper
 * and Pearson, which never misses more often than `alpha`. `degrees` are those with which the effective sample
 * itself is known.
 *
 * @example
 * shareInterval(3, 3, 0.05) // [0.29, 1]: three of three are not all
 */
export function shareInterval(
  hits: number,
  count: number,
  alpha: number,
  degrees: number = Number.POSITIVE_INFINITY,
): [number, number] {
  const worth = Number.isFinite(degrees)
    ? count * (normalQuantile(1 - alpha / 2) / studentQuantile(1 - alpha / 2, degrees)) ** 2
    : count;
  if (!(worth > 0)) return [0, 1];
  const successes = (hits / count) * worth;
  const failures = worth - successes;
  return [
    successes <= 0 ? 0 : betaQuantile(alpha / 2, successes, failures + 1),
    failures <= 0 ? 1 : betaQuantile(1 - alpha / 2, successes + 1, failures),
  ];
}
