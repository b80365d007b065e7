import { type ColumnTable, table } from "arquero";
import { numbers, textAt, texts } from "./columns.js";
import { nearestRank, sortedNumbers } from "./quantile.js";
import { seededRandom } from "./random.js";
import { chiSquaredQuantile } from "./statistics/distributions.js";
import { normalQuantile } from "./statistics/normal.js";
import { runsNeeded, shiftInterval } from "./statistics/shift-interval.js";

/** Options of {@link gateNoise}. */
export interface GateNoiseOptions {
  /** The column of metric names (default `metric`). */
  metric?: string;
  /** The column of values (default `value`). */
  value?: string;
  /** The gate: how much a metric may grow (default 0.15). */
  threshold?: number;
  /** How many runs of each side a gate would compare, for the smallest change it can see (default 5). */
  runs?: number;
}

/**
 * How noisy a CI gate's metric is, from repeated runs of the same program, in the order in which they ran. For each metric: runs, median, least,
 * most, spread ((most - least) / median), cv (standard deviation / mean), false_alarms (of all ordered pairs of equal runs,
 * the share in which the second exceeds the first by more than the threshold: how often a gate on single runs blocks for
 * nothing) and smallest_change: what a Mann-Whitney test (two-sided, 5 %; that of benchstat and of {@link compareLatency}) of `runs`
 * against `runs` sees 4 times of 5. It follows from the real power of that test for logarithms that are normal (of runs with one outlier in
 * ten it sees 3 of 4), with the noise as uncertain as so few runs leave it; smallest_low and smallest_high are what it may be (95 %), were the noise
 * known. compared (the `runs` of each side), runs_needed (the least with which the test can see anything: 4), runs_for_threshold (the least with which it
 * sees a growth by the threshold; null beyond 50), and why, where smallest_change is null: too few runs, or runs that drift.
 *
 * @throws RangeError when a metric has fewer than two runs
 * @example
 * gateNoise(runs, { threshold: 0.15 });
 */
export function gateNoise(runs: ColumnTable, options: GateNoiseOptions = {}): ColumnTable {
  const { metric = "metric", value = "value", threshold = 0.15, runs: compared = 5 } = options;
  const names = texts(runs, metric);
  const values = numbers(runs, value);
  const byMetric = new Map<string, number[]>();
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) continue;
    const name = textAt(names, row) ?? "none";
    const list = byMetric.get(name);
    if (list) list.push(values[row]);
    else byMetric.set(name, [values[row]]);
  }
  const rows = [...byMetric].map(([name, list]) => {
    const sorted = sortedNumbers(list);
    const n = sorted.length;
    if (n < 2) throw new RangeError(`gateNoise needs at least 2 runs of each metric; ${name} has ${n}`);
    const median = nearestRank(sorted, 0.5);
    return {
      metric: name,
      runs: n,
      median,
      least: sorted[0],
      most: sorted[n - 1],
      spread: (sorted[n - 1] - sorted[0]) / median,
      cv: deviationOf(list) / (list.reduce((a, b) => a + b, 0) / n),
      false_alarms: exceeding(sorted, threshold) / (n * (n - 1)),
      ...visible(list, compared, threshold),
    };
  });
  const columns = Object.keys(rows[0] ?? {}) as (keyof (typeof rows)[0])[];
  return table(Object.fromEntries(columns.map((column) => [column, rows.map((row) => row[column])])));
}

const alpha = 0.05;
const mostRuns = 50;

interface Visible {
  smallest_change: number | null;
  smallest_low: number | null;
  smallest_high: number | null;
  compared: number;
  runs_needed: number;
  runs_for_threshold: number | null;
  why: string | null;
}

/** What a comparison of so many runs a side can see of a metric that has these values. */
function visible(values: readonly number[], compared: number, threshold: number): Visible {
  const runs_needed = runsNeeded(alpha);
  const nothing = { smallest_change: null, smallest_low: null, smallest_high: null, compared, runs_needed };
  if (!values.every((value) => value > 0)) {
    return {
      ...nothing,
      runs_for_threshold: null,
      why: "values that are not above 0 have no relative change",
    };
  }
  const logs = values.map(Math.log);
  if (drifts(logs)) {
    const why =
      "the runs drift: neighbours resemble each other; let both sides take turns, and compare pairs";
    return { ...nothing, runs_for_threshold: null, why };
  }
  const [deviation, degrees] = [deviationOf(logs), values.length - 1];
  const runs_for_threshold = leastRuns(deviation, degrees, Math.log1p(threshold));
  if (compared < runs_needed) {
    const why = `${compared} runs a side cannot differ by more than chance; ${runs_needed} would do for the largest changes${
      runs_for_threshold === null ? "" : `, ${runs_for_threshold} for the threshold`
    }`;
    return { ...nothing, runs_for_threshold, why };
  }
  const bound = (p: number): number =>
    Math.expm1(deviation * seenShift(compared) * Math.sqrt(degrees / chiSquaredQuantile(p, degrees)));
  return {
    ...nothing,
    smallest_change: Math.expm1(deviation * seenShift(compared, degrees)),
    smallest_low: bound(0.975),
    smallest_high: bound(0.025),
    runs_for_threshold,
    why: null,
  };
}

function leastRuns(deviation: number, degrees: number, change: number): number | null {
  for (let runs = runsNeeded(alpha); runs <= mostRuns; runs++) {
    if (deviation * seenShift(runs, degrees) <= change) return runs;
  }
  return null;
}

const shifts = new Map<string, number>();
const draws = 2000;
/** Beyond so many runs the test's own large-sample power is as good as one drawn. */
const mostDrawn = 20;

/**
 * The shift, in standard deviations, that the test sees 4 times of 5: of pairs of normal samples, the one that 82 % of them need to be told
 * apart. With `degrees` the standard deviation is itself an estimate with so many, drawn anew each time.
 */
function seenShift(runs: number, degrees = 0): number {
  const key = `${runs} ${degrees}`;
  const known = shifts.get(key);
  if (known !== undefined) return known;
  if (runs > mostDrawn) return largeSampleShift(runs, degrees);
  const random = seededRandom(1);
  const sample = (): number[] => Array.from({ length: runs }, () => normalQuantile(uniform(random)));
  const needed = Float64Array.from({ length: draws }, () => {
    const { low } = shiftInterval(sample(), sample(), alpha);
    const estimated = degrees === 0 ? 1 : Math.sqrt(chiSquaredQuantile(uniform(random), degrees) / degrees);
    return -low / estimated;
  }).sort();
  const shift = nearestRank(needed, 0.82);
  shifts.set(key, shift);
  return shift;
}

/** The test is worth 3 / pi of a t test (Lehmann 1975); an estimated deviation adds its own spread, k^2 / (2 degrees). */
function largeSampleShift(runs: number, degrees: number): number {
  const error = Math.sqrt((2 / runs) * (Math.PI / 3));
  let shift = 2.875 * error;
  for (let step = 0; step < 20; step++) {
    const known = degrees === 0 ? 0 : shift ** 2 / (2 * degrees);
    shift = 1.959964 * error + 0.915365 * Math.sqrt(error ** 2 + known);
  }
  return shift;
}

function uniform(random: () => number): number {
  return Math.min(1 - 1e-9, Math.max(1e-9, random()));
}

/** Whether neighbouring runs resemble each other more than chance has it one time in a hundred. */
function drifts(values: readonly number[]): boolean {
  const n = values.length;
  if (n < 8) return false;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  let [squares, products] = [0, 0];
  values.forEach((value, i) => {
    squares += (value - mean) ** 2;
    if (i > 0) products += (value - mean) * (values[i - 1] - mean);
  });
  return squares > 0 && products / squares + 1 / n > 2.326 / Math.sqrt(n);
}

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

// Pairs (i, j) with sorted[j] > sorted[i] * (1 + threshold), by a walk with two pointers.
function exceeding(sorted: Float64Array, threshold: number): number {
  let pairs = 0;
  let from = 0;
  for (let i = 0; i < sorted.length; i++) {
    while (from < sorted.length && sorted[from] <= sorted[i] * (1 + threshold)) from++;
    pairs += sorted.length - from;
  }
  return pairs;
}
