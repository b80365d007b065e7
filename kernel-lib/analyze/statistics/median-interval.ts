import { normalCdf, normalQuantile } from "./normal.js";

/** A median with its confidence interval. */
export interface MedianInterval {
  readonly center: number;
  /** -Infinity when the sample is too small to bound it. */
  readonly low: number;
  /** Infinity when the sample is too small to bound it. */
  readonly high: number;
  /** The interval's own confidence, at least the one asked for. */
  readonly confidence: number;
}

/**
 * The median of a sample (interpolated by Hyndman and Fan's definition 8) and an interval of order statistics that holds
 * the population's median with at least the given confidence, whatever the distribution: by the binomial
 * distribution up to 30 values, by its normal approximation beyond. The same as benchstat's.
 *
 * @example
 * medianInterval([-10, 2, 3, 4, 5, 6]) // { center: 3.5, low: -10, high: 6, confidence: 0.96875 }
 */
export function medianInterval(values: ArrayLike<number>, confidence = 0.95): MedianInterval {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const { low, high, ...reached } = medianOrders(n, confidence);
  return {
    center: median(sorted),
    low: low < 1 ? Number.NEGATIVE_INFINITY : sorted[low - 1],
    high: high > n ? Number.POSITIVE_INFINITY : sorted[high - 1],
    confidence: reached.confidence,
  };
}

function median(sorted: Float64Array): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const at = 1 / 3 + 0.5 * (n + 1 / 3);
  const rank = Math.floor(at);
  if (rank <= 0) return sorted[0];
  if (rank >= n) return sorted[n - 1];
  return sorted[rank - 1] + (at - rank) * (sorted[rank] - sorted[rank - 1]);
}

/**
 * Which order statistics (from 1) bound the median of a sample of n with the given confidence; `low` below 1 or `high`
 * above n mean that the sample cannot bound it there.
 */
export function medianOrders(
  n: number,
  confidence: number,
): { low: number; high: number; confidence: number } {
  if (confidence >= 1) return { low: 0, high: n + 1, confidence: 1 };
  const key = `${n} ${confidence}`;
  let orders = ordersBySize.get(key);
  if (!orders) {
    orders = n <= 30 ? binomialOrders(n, confidence) : normalOrders(n, confidence);
    if (ordersBySize.size === keptSizes) ordersBySize.clear();
    ordersBySize.set(key, orders);
  }
  return orders;
}

/** They depend on the size alone, and a comparison asks for the same sizes again and again. */
const ordersBySize = new Map<string, ReturnType<typeof medianOrders>>();
const keptSizes = 100;

/** Takes the likeliest intervals between order statistics, the left one of equals first, until there is enough. */
function binomialOrders(n: number, confidence: number): { low: number; high: number; confidence: number } {
  const weights = binomialHalf(n);
  let low = Math.ceil((n + 1) / 2 - 1);
  let high = low + 1;
  let reached = weights[low];
  while (reached < confidence) {
    const left = weights[low - 1] ?? 0;
    const right = weights[high] ?? 0;
    if (left === 0 && right === 0) break;
    if (left >= right) {
      reached += left;
      low--;
    } else {
      reached += right;
      high++;
    }
  }
  return { low, high, confidence: reached };
}

/** Probabilities of 0 to n successes in n even trials. */
function binomialHalf(n: number): number[] {
  const weights: number[] = [];
  for (let k = 0; k <= n; k++) weights.push(binomial(n, k) / 2 ** n);
  return weights;
}

/**
 * Up to 20 a whole number; beyond, by logarithms of factorials as benchstat has it: which of two equal weights is the
 * larger then depends on their last bits, and with it which end of the interval moves.
 */
function binomial(n: number, k: number): number {
  if (k === 0 || k === n) return 1;
  if (n > 20) return Math.exp(logFactorial(n) - logFactorial(k) - logFactorial(n - k));
  let value = 1;
  for (let step = 1; step <= k; step++) value = (value * (n - step + 1)) / step;
  return value;
}

// Coefficients of Stirling's series as fitted for lgamma in FreeBSD's msun (e_lgamma_r.c, Sun Microsystems 1993), which
// Go's math.Lgamma follows.
const stirling = [
  0.4189385332046727, 0.08333333333333297, -0.0027777777772877554, 0.0007936505586430196,
  -0.00059518755745034, 0.0008363399189962821, -0.0016309293409657527,
];

function logFactorial(n: number): number {
  const x = n + 1;
  if (x < 8) {
    let factorial = 1;
    for (let factor = 2; factor <= n; factor++) factorial *= factor;
    return Math.log(factorial);
  }
  const z = 1 / x;
  const y = z * z;
  const tail = stirling.slice(1).reduceRight((sum, coefficient) => coefficient + y * sum, 0);
  return (x - 0.5) * (Math.log(x) - 1) + (stirling[0] + z * tail);
}

function normalOrders(n: number, confidence: number): { low: number; high: number; confidence: number } {
  const mean = n / 2;
  const deviation = Math.sqrt(n / 4);
  const left = mean + deviation * normalQuantile((1 - confidence) / 2);
  // Rounded out to half steps: order k stands for the band from k - 0.5 to k + 0.5.
  const low = Math.floor(left - 0.5) + 1;
  const high = Math.ceil(2 * mean - left - 0.5) + 1;
  const share = (from: number, to: number): number =>
    normalCdf((to - 0.5 - mean) / deviation) - normalCdf((from - 0.5 - mean) / deviation);
  // The interval is symmetric; without its last step it may still be enough.
  const biased = share(low, high - 1);
  const whole = share(low, high);
  const [reached, end] = biased >= confidence && biased < whole ? [biased, high - 1] : [whole, high];
  return low <= 0 && end >= n + 1
    ? { low, high: end, confidence: 1 }
    : { low, high: end, confidence: reached };
}
