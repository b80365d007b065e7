/** How much a series that depends on itself is worth. */
export interface EffectiveSample {
  /** So many independent values would know the mean as well as the series does; at most its length. */
  readonly effective: number;
  /** Degrees of freedom of the estimate itself. */
  readonly degrees: number;
  /** The integrated autocorrelation time: neighbours within so many values say the same. 1 for independent ones. */
  readonly correlation_time: number;
}

/** Batches the series is cut into: few, so that they are longer than most episodes; what they know less shows in the degrees of freedom. */
const mostBatches = 20;

/**
 * The effective sample of a series in the order of time: its variance over the variance of its mean, which is read from the spread of the
 * means of up to 20 batches. Where neighbouring batches still resemble each other (a slow period that lasts longer than
 * a batch) that spread is too small, and is raised by their own first autocorrelation, corrected for its bias in short
 * series (Kendall 1954): an autoregressive recolouring of batch means (Andrews and Monahan 1992). A series that
 * alternates is taken for independent, never for more than it is.
 *
 * @example
 * effectiveSample([1, 2, 3, 4, 5, 6, 7, 8]).effective // about 1: a trend is one observation
 */
export function effectiveSample(series: ArrayLike<number>): EffectiveSample {
  const n = series.length;
  const batches = Math.min(mostBatches, n);
  if (batches < 3) return { effective: n > 0 ? 1 : 0, degrees: 0.5, correlation_time: Math.max(1, n) };
  const means = new Float64Array(batches);
  let sum = 0;
  for (let batch = 0; batch < batches; batch++) {
    const [from, to] = [Math.floor((batch * n) / batches), Math.floor(((batch + 1) * n) / batches)];
    let own = 0;
    for (let i = from; i < to; i++) own += series[i];
    sum += own;
    means[batch] = own / (to - from);
  }
  const mean = sum / n;
  let variance = 0;
  for (let i = 0; i < n; i++) variance += (series[i] - mean) ** 2;
  variance /= n - 1;
  if (variance === 0) return { effective: n, degrees: batches - 1, correlation_time: 1 };
  const { spread, correlation } = batchSpread(means);
  const recoloured = (1 + correlation) / (1 - correlation);
  const ofMean = (spread / batches) * recoloured;
  const effective = Math.max(1, Math.min(n, variance / ofMean));
  return { effective, degrees: Math.max(0.5, batches / recoloured - 1), correlation_time: n / effective };
}

/** The variance of batch means, and how much of it a batch hands on to the next: 0 to below 1. */
function batchSpread(means: Float64Array): { spread: number; correlation: number } {
  const count = means.length;
  const mean = means.reduce((a, b) => a + b, 0) / count;
  let [squares, products] = [0, 0];
  for (let i = 0; i < count; i++) {
    squares += (means[i] - mean) ** 2;
    if (i > 0) products += (means[i] - mean) * (means[i - 1] - mean);
  }
  const raw = squares === 0 ? 0 : products / squares;
  const corrected = raw + (1 + 4 * raw) / count;
  return { spread: squares / (count - 1), correlation: Math.min(0.95, Math.max(0, corrected)) };
}
