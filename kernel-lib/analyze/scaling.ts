import { type ColumnTable, table } from "arquero";
import { hasColumn, numbers, textAt, texts } from "./columns.js";
import type { Verdict } from "./judgement.js";
import { studentQuantile } from "./statistics/distributions.js";
import { type GrowthFit, growthFit } from "./statistics/growth-fit.js";

/** Options of {@link scaling}. */
export interface ScalingOptions {
  /** The column of sizes (default `n`). */
  n?: string;
  /** The column of costs (default: the first of cost_ns, dur_ns, total_ns, ns_per_op). */
  cost?: string;
  /** A column whose values are fitted apart. */
  by?: string;
  /** The column that tells runs apart (default `run`, where there is one). */
  run?: string;
}

const usual = ["cost_ns", "dur_ns", "total_ns", "ns_per_op"];

/**
 * How cost grows with N: a power law, through the logarithms by least squares, or a power law on top of a fixed cost,
 * whichever describes the data. Columns: series, points, sizes (different N), runs (null where they are not told apart), model (`power`: cost = factor *
 * N^slope; `offset`: cost = offset + factor * N^slope), slope (the exponent of what grows: 0 constant, 1 linear, 2 quadratic),
 * slope_low and slope_high (95 % interval; null where two sizes leave it open), factor, offset (0 for `power`), r2, n_low and n_high (the range it was
 * measured over, and holds for), power_slope (the exponent of the pure power law, which a fixed cost bends), offset_p (how likely
 * the pure law does as badly by chance; null with fewer than 5 sizes), verdict (`higher`: the cost grows; `lower`; `no difference
 * seen`: no growth; `cannot tell`) and why.
 *
 * Measurements of one N share that N's circumstances (the same data, the same minute), so a size counts once, by the
 * mean of its logarithms; where runs are told apart, the interval is also that of the runs' own slopes, and the wider
 * one is given. Rows with N or cost not above 0 have no logarithm and are left out.
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
  const named = (column: string | undefined): ((row: number) => string) | undefined => {
    if (column === undefined) return undefined;
    const values = texts(measurements, column);
    return (row) => textAt(values, row) ?? "none";
  };
  const seriesOf = named(options.by);
  const runOf = named(options.run ?? (hasColumn(measurements, "run") ? "run" : undefined));
  const series = new Map<string, Point[]>();
  for (let row = 0; row < x.length; row++) {
    if (!(x[row] > 0 && y[row] > 0)) continue;
    const point = { x: Math.log(x[row]), y: Math.log(y[row]), run: runOf?.(row) };
    const name = seriesOf?.(row) ?? "all";
    const list = series.get(name);
    if (list) list.push(point);
    else series.set(name, [point]);
  }
  const fits = [...series].map(([name, points]) => ({ series: name, ...fit(points, name) }));
  if (fits.length === 0)
    throw new RangeError("scaling needs measurements with N and cost above 0; there are none");
  const names = Object.keys(fits[0]) as (keyof (typeof fits)[0])[];
  return table(Object.fromEntries(names.map((name) => [name, fits.map((one) => one[name])])));
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly run: string | undefined;
}

interface Fit extends GrowthFit {
  points: number;
  sizes: number;
  runs: number | null;
  n_low: number;
  n_high: number;
  verdict: Verdict;
  why: string | null;
}

/** A size's mean logarithm. */
function bySize(points: readonly Point[]): [number, number][] {
  const sizes = new Map<number, number[]>();
  for (const { x, y } of points) {
    const list = sizes.get(x);
    if (list) list.push(y);
    else sizes.set(x, [y]);
  }
  return [...sizes].map(([x, costs]) => [x, costs.reduce((a, b) => a + b, 0) / costs.length]);
}

function fit(points: readonly Point[], series: string): Fit {
  const sizes = bySize(points);
  const xs = sizes.map(([x]) => x);
  if (points.length < 3 || sizes.length < 2) {
    throw new RangeError(
      `scaling needs at least 3 points at 2 sizes; ${series} has ${points.length} at ${sizes.length}`,
    );
  }
  const growth = growthFit(
    xs,
    sizes.map(([, y]) => y),
  );
  const { runs, half } = ofRuns(points);
  const widened =
    growth.slope_low === null || growth.slope_high === null || half === null
      ? growth
      : {
          ...growth,
          slope_low: Math.min(growth.slope_low, growth.slope - half),
          slope_high: Math.max(growth.slope_high, growth.slope + half),
        };
  return {
    points: points.length,
    sizes: sizes.length,
    runs,
    ...widened,
    n_low: Math.exp(Math.min(...xs)),
    n_high: Math.exp(Math.max(...xs)),
    ...judged(widened, sizes.length),
  };
}

/** Half the interval of the runs' own slopes, where each has sizes of its own; the run is then the unit. */
function ofRuns(points: readonly Point[]): { runs: number | null; half: number | null } {
  const runs = new Map<string, Point[]>();
  for (const point of points) {
    if (point.run === undefined) return { runs: null, half: null };
    const list = runs.get(point.run);
    if (list) list.push(point);
    else runs.set(point.run, [point]);
  }
  const slopes = [...runs.values()].map(slopeOf).filter((slope) => !Number.isNaN(slope));
  const n = slopes.length;
  if (n < 2) return { runs: runs.size, half: null };
  const mean = slopes.reduce((a, b) => a + b, 0) / n;
  const variance = slopes.reduce((sum, slope) => sum + (slope - mean) ** 2, 0) / (n - 1);
  return { runs: runs.size, half: studentQuantile(0.975, n - 1) * Math.sqrt(variance / n) };
}

function slopeOf(points: readonly Point[]): number {
  const sizes = bySize(points);
  const mean = (of: 0 | 1): number => sizes.reduce((sum, size) => sum + size[of], 0) / sizes.length;
  const [mx, my] = [mean(0), mean(1)];
  const squares = sizes.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return sizes.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / squares;
}

/** An exponent known no better than by so much tells no law of growth. */
const widest = 1;

function judged(
  { slope_low, slope_high }: Pick<Fit, "slope_low" | "slope_high">,
  sizes: number,
): Pick<Fit, "verdict" | "why"> {
  if (slope_low === null || slope_high === null) {
    return { verdict: "cannot tell", why: "two sizes lie on any law of growth; a third would begin to tell" };
  }
  if (slope_low > 0) return { verdict: "higher", why: null };
  if (slope_high < 0) return { verdict: "lower", why: null };
  if (slope_high - slope_low <= widest) return { verdict: "no difference seen", why: null };
  const why = `the exponent lies anywhere from ${slope_low.toPrecision(2)} to ${slope_high.toPrecision(2)}; more than ${sizes} sizes, or sizes further apart, would tell`;
  return { verdict: "cannot tell", why };
}
