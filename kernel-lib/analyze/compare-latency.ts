import { type ColumnTable, table } from "arquero";
import { hasColumn, numbers, textAt, texts } from "./columns.js";
import { nearestRank, sortedNumbers } from "./quantile.js";
import { seededRandom } from "./random.js";
import { resampledQuantile } from "./resample.js";

/** Options of {@link compareLatency} and {@link canary}. */
export interface CompareLatencyOptions {
  /** The column of values; by default wait_ns, dur_ns or value, whichever there is. */
  column?: string;
  /** Which quantiles (default 0.5, 0.9, 0.99). */
  quantiles?: readonly number[];
  /** Resamples for the interval (default 2000). */
  resamples?: number;
  seed?: number;
}

/** What a comparison says: whether values went up or down, or that it cannot tell. */
export type Change = "higher" | "lower" | "no difference shown" | "too few values";

/** How many values beyond a quantile it takes to speak of it. */
const leastBeyond = 5;

/**
 * Two samples compared quantile by quantile. Rows: quantile, before, after, change (after / before - 1; null where it was 0
 * before), change_low and change_high (its 95 % interval, by bootstrap of both samples), n_before, n_after and verdict: `higher`, `lower`, `no
 * difference shown` (the interval holds no change) or `too few values` (fewer than 5 beyond the quantile on a side:
 * the P99 takes 500 values).
 *
 * Intervals take values for independent. Latencies of neighbouring operations are not, so differences between two runs
 * can be larger than the interval says: repeat runs, and compare those.
 *
 * @throws RangeError when a side has no values
 * @example
 * compareLatency(schedLatency(before), schedLatency(after));
 */
export function compareLatency(
  before: ColumnTable,
  after: ColumnTable,
  options: CompareLatencyOptions = {},
): ColumnTable {
  const column = valueColumn(before, options.column);
  const rows = compareSamples(numbers(before, column), numbers(after, column), options);
  return rowsTable(rows);
}

/** One compared quantile. */
export interface QuantileChange {
  quantile: number;
  before: number;
  after: number;
  /** Null where the value before is 0: no share of nothing is a change. */
  change: number | null;
  change_low: number | null;
  change_high: number | null;
  n_before: number;
  n_after: number;
  verdict: Change;
}

/** {@link compareLatency} of plain numbers. */
export function compareSamples(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  options: CompareLatencyOptions = {},
): QuantileChange[] {
  const [old, fresh] = [sortedNumbers(before), sortedNumbers(after)];
  if (old.length === 0 || fresh.length === 0) {
    throw new RangeError(
      `a comparison needs values on both sides; there are ${old.length} and ${fresh.length}`,
    );
  }
  const random = seededRandom(options.seed ?? 1);
  return (options.quantiles ?? [0.5, 0.9, 0.99]).map((quantile) => {
    const changes = new Float64Array(options.resamples ?? 2000);
    for (let i = 0; i < changes.length; i++) {
      const now = resampledQuantile(fresh, quantile, random);
      changes[i] = changeOf(resampledQuantile(old, quantile, random), now);
    }
    const sorted = sortedNumbers(changes);
    const [was, is] = [nearestRank(old, quantile), nearestRank(fresh, quantile)];
    const [low, high] = [0.025, 0.975].map((share) => nearestRank(sorted, share));
    return {
      quantile,
      before: was,
      after: is,
      change: relativeChange(was, is),
      change_low: finite(low),
      change_high: finite(high),
      n_before: old.length,
      n_after: fresh.length,
      verdict: verdictOf(low, high, Math.min(old.length, fresh.length), quantile),
    };
  });
}

/** How much larger, as a share of what there was; null when there was nothing, and is something now. */
export function relativeChange(before: number, after: number): number | null {
  return finite(changeOf(before, after));
}

function changeOf(before: number, after: number): number {
  return before === after ? 0 : after / before - 1;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function verdictOf(low: number, high: number, least: number, quantile: number): Change {
  if (least * Math.min(quantile, 1 - quantile) < leastBeyond - 1e-9) return "too few values";
  if (low > 0) return "higher";
  return high < 0 ? "lower" : "no difference shown";
}

/** How stages and versions are told apart in a table of operations or of scraped values. */
export interface CanaryOptions extends CompareLatencyOptions {
  /** The column of stages (default `stage`). */
  stage?: string;
  /** The column of versions (default `version`). */
  version?: string;
  /** The version before; by default the first that occurs. */
  old?: string;
  /** Which quantile (default 0.99). For scraped quantiles take 0.5: the middle one of the stage's scrapes. */
  quantile?: number;
}

/**
 * Is the new version better, stage by stage? For each stage of a rollout the old version's latency against the new
 * one's in the same stage: stage, quantile, before, after, change with its interval, n_before, n_after and verdict, as
 * in {@link compareLatency}; stages in order of appearance. A stage that has one version only is left out.
 *
 * @param measured operations or scraped values with a stage, a version and a latency
 * @throws RangeError when no stage has both versions
 * @example
 * canaryChart(canary(operations, { stage: "percent", version: "build", old: "map" }));
 */
export function canary(measured: ColumnTable, options: CanaryOptions = {}): ColumnTable {
  const stages = texts(measured, options.stage ?? "stage");
  const versions = texts(measured, options.version ?? "version");
  const values = numbers(measured, valueColumn(measured, options.column));
  const old = options.old ?? textAt(versions, 0);
  const samples = new Map<string, { before: number[]; after: number[] }>();
  for (let row = 0; row < values.length; row++) {
    const stage = textAt(stages, row) ?? "none";
    const sample = samples.get(stage) ?? { before: [], after: [] };
    samples.set(stage, sample);
    sample[textAt(versions, row) === old ? "before" : "after"].push(values[row]);
  }
  const both = [...samples].filter(([, { before, after }]) => before.length > 0 && after.length > 0);
  if (both.length === 0) {
    throw new RangeError(
      `canary needs stages with both versions; ${samples.size} stages have one only (old is ${JSON.stringify(old)})`,
    );
  }
  return rowsTable(
    both.flatMap(([stage, { before, after }]) =>
      compareSamples(before, after, { ...options, quantiles: [options.quantile ?? 0.99] }).map((row) => ({
        stage,
        ...row,
      })),
    ),
  );
}

function valueColumn(measured: ColumnTable, named: string | undefined): string {
  const name =
    named ?? ["wait_ns", "dur_ns", "delay_ns", "value"].find((usual) => hasColumn(measured, usual));
  if (name === undefined) {
    throw new RangeError(
      `no column of values: name it with { column }; there are: ${measured.columnNames().join(", ")}`,
    );
  }
  return name;
}

function rowsTable<Row extends object>(rows: readonly Row[]): ColumnTable {
  const names = Object.keys(rows[0] ?? {}) as (keyof Row & string)[];
  return table(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
}
