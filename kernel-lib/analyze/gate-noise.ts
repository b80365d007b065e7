import { type ColumnTable, table } from "arquero";
import { numbers, textAt, texts } from "./columns.js";
import { nearestRank, sortedNumbers } from "./quantile.js";

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
 * How noisy a CI gate's metric is, from repeated runs of the same program. For each metric: runs, median, least, most,
 * spread ((most - least) / median), cv (standard deviation / mean), false_alarms (of all ordered pairs of equal runs,
 * the share in which the second exceeds the first by more than the threshold: how often a gate on single runs blocks for
 * nothing) and smallest_change (what a comparison of `runs` against `runs` detects in 4 of 5 cases at 5 % false
 * alarms, two-sided, by the normal approximation: (1.960 + 0.842) cv sqrt(2 / runs)).
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
    const name = textAt(names, row) ?? "none";
    const list = byMetric.get(name);
    if (list) list.push(values[row]);
    else byMetric.set(name, [values[row]]);
  }
  const rows = [...byMetric].map(([name, list]) => {
    const sorted = sortedNumbers(list);
    const n = sorted.length;
    if (n < 2) throw new RangeError(`gateNoise needs at least 2 runs of each metric; ${name} has ${n}`);
    const mean = sorted.reduce((a, b) => a + b, 0) / n;
    const deviation = Math.sqrt(sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
    const median = nearestRank(sorted, 0.5);
    const cv = deviation / mean;
    return {
      metric: name,
      runs: n,
      median,
      least: sorted[0],
      most: sorted[n - 1],
      spread: (sorted[n - 1] - sorted[0]) / median,
      cv,
      false_alarms: exceeding(sorted, threshold) / (n * (n - 1)),
      smallest_change: (1.959964 + 0.841621) * cv * Math.sqrt(2 / compared),
    };
  });
  const columns = Object.keys(rows[0] ?? {}) as (keyof (typeof rows)[0])[];
  return table(Object.fromEntries(columns.map((column) => [column, rows.map((row) => row[column])])));
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
