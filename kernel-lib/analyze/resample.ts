/**
 * A quantile (nearest rank) of a bootstrap resample of sorted values. The k-th smallest of n draws with replacement
 * lies at a rank that follows from the k-th of n uniform numbers, which is Beta(k, n - k + 1) distributed: one draw
 * of that stands for drawing all n, so the cost does not grow with the sample.
 */
export function resampledQuantile(sorted: ArrayLike<number>, q: number, random: () => number): number {
  const n = sorted.length;
  const k = Math.max(1, Math.ceil(q * n * (1 - Number.EPSILON)));
  const x = gamma(k, random);
  const position = x / (x + gamma(n - k + 1, random));
  return sorted[Math.min(n - 1, Math.floor(position * n))];
}

// Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; the shape is at least 1 here.
function gamma(shape: number, random: () => number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

// Box and Muller; 1 - random() is never 0.
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
