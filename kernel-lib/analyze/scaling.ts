import { type ColumnTable, table } from "arquero";
import { hasColumn, numbers, textAt, texts } from "./columns.js";

/** Options of {@link scaling}. */
export interface ScalingOptions {
  /** The column of sizes (default `n`). */
  n?: string;
  /** The column of costs (default: the first of cost_ns, dur_ns, total_ns, ns_per_op). */
  cost?: string;
  /** A column whose values are fitted apart. */
  by?: string;
}

const usual = ["cost_ns", "dur_ns", "total_ns", "ns_per_op"];

/**
 * How cost grows with N: a straight line through the logarithms, by least squares. The slope is the exponent:
 * 0 constant, 1 linear, 2 quadratic. Columns: series, points, slope, slope_low and slope_high (95 % interval, Student's t),
 * factor (cost = factor * N^slope), r2, n_low, n_high.
 *
 * Several measurements of one N count each. Rows with N or cost not above 0 have no logarithm and are left out. The
 * interval is that of a straight line: where the growth bends, look at the picture.
 *
 * @throws RangeError with fewer than three points or a single N
 * @example
 * scaling(evalshaRuns, { n: "keys", cost: "dur_ns" });
 */
export function scaling(measurements: ColumnTable, options: ScalingOptions = {}): ColumnTable {
  const cost = options.cost ?? usual.find((name) => hasColumn(measurements, name));
  if (cost === undefined) {
    const there = measurements.columnNames().join(", ");
    throw new RangeError(`scaling needs a column of costs: name it with { cost }; there are: ${there}`);
  }
  const x = numbers(measurements, options.n ?? "n");
  const y = numbers(measurements, cost);
  const groups = options.by === undefined ? undefined : texts(measurements, options.by);
  const rows = new Map<string, number[]>();
  for (let row = 0; row < x.length; row++) {
    if (!(x[row] > 0 && y[row] > 0)) continue;
    const series = groups ? (textAt(groups, row) ?? "none") : "all";
    const list = rows.get(series);
    if (list) list.push(row);
    else rows.set(series, [row]);
  }
  const fits = [...rows].map(([series, list]) => ({
    series,
    ...fit(
      list.map((row) => Math.log(x[row])),
      list.map((row) => Math.log(y[row])),
      series,
    ),
  }));
  if (fits.length === 0)
    throw new RangeError("scaling needs measurements with N and cost above 0; there are none");
  const names = Object.keys(fits[0]) as (keyof (typeof fits)[0])[];
  return table(Object.fromEntries(names.map((name) => [name, fits.map((one) => one[name])])));
}

interface Fit {
  points: number;
  slope: number;
  slope_low: number;
  slope_high: number;
  factor: number;
  r2: number;
  n_low: number;
  n_high: number;
}

function fit(x: readonly number[], y: readonly number[], series: string): Fit {
  const n = x.length;
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const sxx = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  if (n < 3 || sxx === 0) {
    throw new RangeError(
      `scaling needs at least 3 points at 2 sizes; ${series} has ${n} at ${new Set(x).size}`,
    );
  }
  const sxy = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  const syy = y.reduce((sum, value) => sum + (value - my) ** 2, 0);
  const slope = sxy / sxx;
  const residual = Math.max(0, syy - slope * sxy);
  const half = studentT975(n - 2) * Math.sqrt(residual / (n - 2) / sxx);
  return {
    points: n,
    slope,
    slope_low: slope - half,
    slope_high: slope + half,
    factor: Math.exp(my - slope * mx),
    r2: syy === 0 ? 1 : 1 - residual / syy,
    n_low: Math.exp(Math.min(...x)),
    n_high: Math.exp(Math.max(...x)),
  };
}

/**
 * The 97.5 % point of Student's t distribution, to about four digits: tabulated for few degrees of freedom, beyond by
 * the expansion of Cornish and Fisher around the normal distribution (Abramowitz and Stegun 26.7.5).
 */
export function studentT975(degrees: number): number {
  const few = [12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.306, 2.26216, 2.22814];
  if (degrees < 1) return Number.POSITIVE_INFINITY;
  if (degrees <= few.length) return few[Math.ceil(degrees) - 1];
  const z = 1.959963985;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / degrees + g2 / degrees ** 2 + g3 / degrees ** 3;
}
