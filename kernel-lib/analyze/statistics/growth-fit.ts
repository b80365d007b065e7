import { fCdf, studentQuantile } from "./distributions.js";

/** A law of growth fitted to the logarithms of costs, one for each size. */
export interface GrowthFit {
  readonly model: "power" | "offset";
  /** The exponent of what grows; null ends where so few sizes leave it open. */
  readonly slope: number;
  readonly slope_low: number | null;
  readonly slope_high: number | null;
  /** cost = offset + factor * N^slope */
  readonly factor: number;
  readonly offset: number;
  readonly r2: number;
  /** The exponent of the pure power law, whichever describes the data. */
  readonly power_slope: number;
  /** How likely the pure power law leaves as much more unexplained by chance; null where sizes are too few to ask. */
  readonly offset_p: number | null;
}

/** From so many sizes on a third parameter is asked for. */
const leastSizes = 5;
const alpha = 0.05;
/** Below it an offset is likelier than not, and the exponent is not known better than both laws together know it. */
const doubtful = 0.8;
/** Residuals of so little are rounding. */
const rounding = 1e-20;
const exponents = Array.from({ length: 80 }, (_, i) => 0.05 * (i + 1));

/**
 * Cost against size by least squares on the logarithms: the pure power law factor * N^slope, and offset + factor * N^slope, which
 * a cost with a fixed part follows. The second is taken where an F test refuses the first at 5 %, and its exponent's
 * interval is that of the profile likelihood; where the test leaves it open, the interval covers what either allows.
 *
 * @param x logarithms of sizes, all different
 * @param y logarithms of costs
 */
export function growthFit(x: readonly number[], y: readonly number[]): GrowthFit {
  const power = powerLaw(x, y);
  const pure = { ...power, model: "power", offset: 0, power_slope: power.slope, offset_p: null } as const;
  if (x.length < leastSizes || !(power.slope > 0) || power.residual < rounding * x.length) return strip(pure);
  const profile = exponents.map((slope) => withOffset(x, y, slope));
  const best = profile.reduce((a, b) => (b.residual < a.residual ? b : a));
  const fitted = refined(x, y, best.slope);
  const degrees = x.length - 3;
  const gain = Math.max(0, power.residual - fitted.residual);
  const offset_p = 1 - fCdf(gain / (fitted.residual / degrees), 1, degrees);
  const [low, high] = profileInterval(x, y, fitted, degrees);
  if (offset_p <= alpha && fitted.offset > 0) {
    const total = totalSquares(y);
    const r2 = total === 0 ? 1 : 1 - fitted.residual / total;
    return {
      model: "offset",
      slope: fitted.slope,
      slope_low: low,
      slope_high: high,
      factor: fitted.factor,
      offset: fitted.offset,
      r2,
      power_slope: power.slope,
      offset_p,
    };
  }
  if (offset_p > doubtful) return { ...strip(pure), offset_p };
  return {
    ...strip(pure),
    slope_low: Math.min(low, power.slope_low ?? low),
    slope_high: Math.max(high, power.slope_high ?? high),
    offset_p,
  };
}

function strip({ residual: _, ...fit }: GrowthFit & { residual: number }): GrowthFit {
  return fit;
}

function powerLaw(
  x: readonly number[],
  y: readonly number[],
): Omit<GrowthFit, "model" | "offset" | "power_slope" | "offset_p"> & { residual: number } {
  const n = x.length;
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const sxx = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  const sxy = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  const syy = totalSquares(y);
  const slope = sxy / sxx;
  const residual = Math.max(0, syy - slope * sxy);
  const half = n > 2 ? studentQuantile(1 - alpha / 2, n - 2) * Math.sqrt(residual / (n - 2) / sxx) : null;
  return {
    slope,
    slope_low: half === null ? null : slope - half,
    slope_high: half === null ? null : slope + half,
    factor: Math.exp(my - slope * mx),
    r2: syy === 0 ? 1 : 1 - residual / syy,
    residual,
  };
}

function totalSquares(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

interface OffsetFit {
  readonly slope: number;
  readonly factor: number;
  readonly offset: number;
  readonly residual: number;
}

/** The best offset for an exponent: offset / factor is looked for on a logarithmic scale, from far below the smallest N^slope on. */
function withOffset(x: readonly number[], y: readonly number[], slope: number): OffsetFit {
  const least = slope * Math.min(...x);
  const most = slope * Math.max(...x);
  const at = (log: number): OffsetFit => {
    const parts = x.map((value) => Math.log(Math.exp(log) + Math.exp(slope * value)));
    const shift = y.reduce((sum, value, i) => sum + value - parts[i], 0) / y.length;
    const residual = y.reduce((sum, value, i) => sum + (value - parts[i] - shift) ** 2, 0);
    return { slope, factor: Math.exp(shift), offset: Math.exp(log + shift), residual };
  };
  return minimum(at, ({ residual }) => residual, least - 8, most + 4, 24, 22);
}

function refined(x: readonly number[], y: readonly number[], around: number): OffsetFit {
  const at = (slope: number): OffsetFit => withOffset(x, y, slope);
  return minimum(at, ({ residual }) => residual, Math.max(0.01, around - 0.06), around + 0.06, 4, 18);
}

/** The least of a function with one valley in the best of some equal parts, by golden section. */
function minimum<Found>(
  at: (point: number) => Found,
  of: (found: Found) => number,
  from: number,
  to: number,
  pieces: number,
  steps: number,
): Found {
  const step = (to - from) / pieces;
  let best = from;
  let found = at(from);
  for (let i = 1; i <= pieces; i++) {
    const tried = at(from + i * step);
    if (of(tried) < of(found)) [best, found] = [from + i * step, tried];
  }
  let [low, high] = [Math.max(from, best - step), Math.min(to, best + step)];
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let i = 0; i < steps; i++) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (of(at(a)) < of(at(b))) high = b;
    else low = a;
  }
  const last = at((low + high) / 2);
  return of(last) < of(found) ? last : found;
}

function profileInterval(
  x: readonly number[],
  y: readonly number[],
  { slope, residual }: OffsetFit,
  degrees: number,
): [number, number] {
  const allowed = residual * (1 + studentQuantile(1 - alpha / 2, degrees) ** 2 / degrees);
  const end = (direction: number): number => {
    let inside = slope;
    let outside = slope;
    for (let step = 0.02; withOffset(x, y, outside).residual <= allowed; step *= 1.6) {
      inside = outside;
      outside = slope + direction * step;
      if (outside < 0.01) return 0;
      if (outside > 8) return outside;
    }
    for (let i = 0; i < 14; i++) {
      const middle = (inside + outside) / 2;
      if (withOffset(x, y, middle).residual <= allowed) inside = middle;
      else outside = middle;
    }
    return outside;
  };
  return [end(-1), end(1)];
}
