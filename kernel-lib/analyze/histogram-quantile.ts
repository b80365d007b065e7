// Quantiles of Prometheus histograms as PromQL's histogram_quantile() defines them:
// https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile

/** A classic histogram's bucket: observations at or below `le`, cumulative. */
export interface ClassicBucket {
  le: number;
  count: number;
}

/** A native histogram's bucket: observations between its bounds alone. */
export interface NativeBucketCount {
  lower: number;
  upper: number;
  bucket_count: number;
}

// Differences this small relative to the counts are rounding, not observations (PromQL's own constant).
const smallDelta = 1e-12;
const smallestNormal = 2 ** -1022;

/**
 * The q-quantile of a classic histogram, interpolated linearly in its bucket, in the metric's unit.
 *
 * NaN for no observations, fewer than two buckets, a highest bucket that is not +Inf, or a q that is NaN;
 * -Infinity below q = 0, +Infinity above 1. A quantile in the +Inf bucket is the highest finite bound; counts that
 * fall with rising bound are raised to the one before. Definition: PromQL's histogram_quantile on classic histograms.
 *
 * @example
 * histogramQuantile(0.5, [{ le: 1, count: 4 }, { le: 2, count: 8 }, { le: Infinity, count: 8 }]) // 1
 */
export function histogramQuantile(q: number, buckets: readonly ClassicBucket[]): number {
  const outside = quantileOutside(q);
  if (outside !== undefined) return outside;
  const merged = monotonicBuckets(buckets);
  const last = merged.length - 1;
  if (last < 1 || merged[last].le !== Number.POSITIVE_INFINITY) return Number.NaN;
  const observations = merged[last].count;
  if (!(observations !== 0)) return Number.NaN;
  const rank = q * observations;
  const found = merged.findIndex((bucket, index) => index === last || bucket.count >= rank);
  if (found === last) return merged[last - 1].le;
  if (found === 0 && merged[0].le <= 0) return merged[0].le;
  const below = found > 0 ? merged[found - 1] : { le: 0, count: 0 };
  const { le, count } = merged[found];
  return below.le + (le - below.le) * ((rank - below.count) / (count - below.count));
}

function quantileOutside(q: number): number | undefined {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  return q > 1 ? Number.POSITIVE_INFINITY : undefined;
}

// In order of bound, equal bounds added up, counts made to rise.
function monotonicBuckets(buckets: readonly ClassicBucket[]): ClassicBucket[] {
  const merged: ClassicBucket[] = [];
  for (const { le, count } of [...buckets].sort((a, b) => a.le - b.le || 0)) {
    const last = merged.at(-1);
    if (last?.le === le) last.count += count;
    else merged.push({ le, count });
  }
  let highest = merged[0]?.count ?? 0;
  for (const bucket of merged) {
    if (bucket.count < highest || almostEqual(bucket.count, highest)) bucket.count = highest;
    else highest = bucket.count;
  }
  return merged;
}

function almostEqual(a: number, b: number): boolean {
  if (a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < smallestNormal) return difference < smallDelta * smallestNormal;
  return difference / Math.min(sum, Number.MAX_VALUE) < smallDelta;
}

/**
 * The q-quantile of a native histogram, in the metric's unit: interpolated on a logarithmic scale in an exponential
 * bucket, linearly in the bucket around zero and in custom buckets (`custom: true`).
 *
 * @param buckets in order of bound, as `native_buckets` has them
 * @param total observations and their sum, as `native_samples` has them; observations of NaN count here alone
 * Definition: PromQL's histogram_quantile on native histograms, as of Prometheus 3.
 */
export function nativeHistogramQuantile(
  q: number,
  buckets: readonly NativeBucketCount[],
  total: { observations: number; sum: number },
  options: { custom?: boolean } = {},
): number {
  const outside = quantileOutside(q);
  if (outside !== undefined) return outside;
  if (total.observations === 0 || buckets.length === 0) return Number.NaN;
  const { observations } = total;
  const forward = Number.isNaN(total.sum) || q < 0.5;
  const rank = forward ? q * observations : (1 - q) * observations;
  const hit = bucketAtRank(forward ? buckets : buckets.toReversed(), rank);
  const { lower, upper } = options.custom ? hit.bucket : clampAtZero(hit.bucket, buckets);
  if (options.custom && lower === Number.NEGATIVE_INFINITY && upper <= 0) return upper;
  if (options.custom && upper === Number.POSITIVE_INFINITY) return lower;
  const reached = Math.min(hit.reached, observations);
  if (reached < rank) return Number.isNaN(total.sum) ? Number.NaN : upper;
  const inBucket = forward ? rank - (reached - hit.bucket.bucket_count) : reached - rank;
  const fraction = inBucket / hit.bucket.bucket_count;
  const start = options.custom && lower === Number.NEGATIVE_INFINITY ? 0 : lower;
  if (options.custom || (start <= 0 && upper >= 0)) return start + (upper - start) * fraction;
  return interpolateLog(start, upper, fraction);
}

function bucketAtRank(
  buckets: readonly NativeBucketCount[],
  rank: number,
): { bucket: NativeBucketCount; reached: number } {
  let reached = 0;
  for (const bucket of buckets) {
    reached += bucket.bucket_count;
    if (bucket.bucket_count !== 0 && reached >= rank) return { bucket, reached };
  }
  return { bucket: buckets[buckets.length - 1], reached };
}

// The bucket around zero ends at zero where all other buckets lie on one side of it.
function clampAtZero(
  bucket: NativeBucketCount,
  buckets: readonly NativeBucketCount[],
): { lower: number; upper: number } {
  const { lower, upper } = bucket;
  if (!(lower < 0 && upper > 0)) return { lower, upper };
  const positive = buckets.some((other) => other.lower >= upper);
  const negative = buckets.some((other) => other.upper <= lower);
  if (positive && !negative) return { lower: 0, upper };
  return negative && !positive ? { lower, upper: 0 } : { lower, upper };
}

function interpolateLog(lower: number, upper: number, fraction: number): number {
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}
