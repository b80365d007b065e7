import type { ColumnTable } from "arquero";
import { hasColumn, numbers, textAt, texts } from "./columns.js";
import { nearestRank } from "./quantile.js";
import { type QuantileChange, relativeChange, rowsTable, valueColumn } from "./quantile-change.js";
import { judgeOneRun, judgeRuns } from "./statistics/compare-runs.js";
import { runFloor } from "./statistics/run-floor.js";
import { runsNeeded } from "./statistics/shift-interval.js";

export { canary } from "./canary.js";
export type { QuantileChange } from "./quantile-change.js";
export { runFloor } from "./statistics/run-floor.js";

/** Options of {@link compareLatency}. */
export interface CompareLatencyOptions {
  /** The column of values; by default wait_ns, dur_ns, delay_ns or value, whichever there is. */
  column?: string;
  /** Which quantiles (default 0.5, 0.9, 0.99). */
  quantiles?: readonly number[];
  /** The column that tells runs apart (default `run`, where there is one). */
  run?: string;
  /** Whether runs are pairs, in their order; by default where the runs of both sides took turns in time. */
  paired?: boolean;
  /** How often a difference may be called where there is none, over all quantiles asked (default 0.05). */
  alpha?: number;
  /** By how much two single runs of one program may differ, as a factor; by default {@link runFloor} of the quantile. */
  floor?: number;
}

/**
 * Two samples compared quantile by quantile. Rows: quantile, before, after, change (after / before - 1; null where it was 0
 * before), change_low and change_high (its 95 % interval, null where nothing bounds it; the intervals of all quantiles asked hold together),
 * n_before, n_after, effective_before and effective_after (how many independent values they are worth for this
 * quantile: values of one run depend on each other), runs_before, runs_after, design, floor, verdict (`higher`, `lower`,
 * `no difference seen`, `cannot tell`) and why (where it cannot tell: what is missing and what would help).
 *
 * **Several runs a side** (a table each, or a column `run`) are compared as runs: before and after are the medians of the
 * runs' own quantiles, the test is Mann and Whitney's on them, exact. Runs of both sides that took turns in time,
 * or `paired: true`, are compared pair by pair. For three quantiles it takes 5 runs a side, or 7 pairs.
 *
 * **One run a side** says less: equal runs of one program differ by more than their own fluctuation explains. So the
 * interval is that of the effective sample, widened by a factor (`floor`: 1.5 at the median, 2 at the P90, 3 at the P99, see
 * {@link runFloor}), and a difference has to be there all the time: every eighth of the one run beyond every eighth of the other.
 * The effective sample counts values beyond the quantile that do not merely repeat their neighbours; fewer than 5
 * cannot tell.
 *
 * Rows are taken in the order of `start_ns` where there is one, else as they are.
 *
 * @throws RangeError when a side has no values
 * @example
 * compareLatency(schedLatency(before), schedLatency(after));
 */
export function compareLatency(
  before: ColumnTable | readonly ColumnTable[],
  after: ColumnTable | readonly ColumnTable[],
  options: CompareLatencyOptions = {},
): ColumnTable {
  const [old, fresh] = [before, after].map((side) => runsOf(side, options));
  return rowsTable(compareRuns(old, fresh, options));
}

/** {@link compareLatency} of plain numbers: one run a side, in the order of time. */
export function compareSamples(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  options: CompareLatencyOptions = {},
): QuantileChange[] {
  return compareRuns([runOf(before)], [runOf(after)], options);
}

/** The values of one run in the order of time, and when it was. */
interface Run {
  readonly values: Float64Array;
  readonly times: Float64Array | undefined;
}

function compareRuns(
  before: readonly Run[],
  after: readonly Run[],
  options: CompareLatencyOptions,
): QuantileChange[] {
  const [n_before, n_after] = [before, after].map((runs) =>
    runs.reduce((n, run) => n + run.values.length, 0),
  );
  if (n_before === 0 || n_after === 0) {
    throw new RangeError(`a comparison needs values on both sides; there are ${n_before} and ${n_after}`);
  }
  const quantiles = options.quantiles ?? [0.5, 0.9, 0.99];
  const alpha = (options.alpha ?? 0.05) / quantiles.length;
  const several = before.length > 1 || after.length > 1;
  const paired = several && pairedRuns(before, after, alpha, options.paired);
  return quantiles.map((quantile) => {
    const [old, fresh] = [before, after].map((runs) => runs.map((run) => quantileOf(run.values, quantile)));
    const [was, is] = [old, fresh].map((figures) => quantileOf(figures, 0.5));
    const floor = several ? null : (options.floor ?? runFloor(quantile));
    const judged =
      floor === null
        ? {
            ...judgeRuns(old, fresh, { alpha, paired }),
            effective_before: before.length,
            effective_after: after.length,
          }
        : judgeOneRun(before[0].values, after[0].values, {
            quantile,
            alpha: () => alpha,
            floor,
            help: `${runsNeeded(alpha)} runs a side would tell${quantiles.length > 1 ? " for these quantiles" : ""}`,
          });
    const { change_low, change_high, effective_before, effective_after, verdict, why } = judged;
    return {
      quantile,
      before: was,
      after: is,
      change: relativeChange(was, is),
      change_low,
      change_high,
      n_before,
      n_after,
      effective_before,
      effective_after,
      runs_before: before.length,
      runs_after: after.length,
      design: several ? (paired ? "paired runs" : "runs") : "one run a side",
      floor,
      verdict,
      why,
    };
  });
}

/** Pairs say more than runs where the machine drifts, but take more of them; fewer than it takes are compared as runs. */
function pairedRuns(before: readonly Run[], after: readonly Run[], alpha: number, said?: boolean): boolean {
  if (before.length !== after.length) {
    if (!said) return false;
    throw new RangeError(
      `paired runs need as many on both sides; there are ${before.length} and ${after.length}`,
    );
  }
  return said ?? (before.length >= runsNeeded(alpha, true) && tookTurns(before, after));
}

/** Whether runs followed each other one by one, so that each two neighbours are one of either side. */
function tookTurns(before: readonly Run[], after: readonly Run[]): boolean {
  const spans = [before, after].flatMap((runs, side) =>
    runs.map(({ times }, run) => ({ side, run, from: times?.[0], to: times?.at(-1) })),
  );
  if (spans.some(({ from }) => from === undefined)) return false;
  spans.sort((a, b) => (a.from as number) - (b.from as number));
  return spans.every(
    ({ side, run, from }, i) =>
      run === Math.floor(i / 2) &&
      (i === 0 || (from as number) >= (spans[i - 1].to as number)) &&
      (i % 2 === 0 || side !== spans[i - 1].side),
  );
}

function quantileOf(values: ArrayLike<number>, quantile: number): number {
  return nearestRank(Float64Array.from(values).sort(), quantile);
}

function runsOf(side: ColumnTable | readonly ColumnTable[], options: CompareLatencyOptions): Run[] {
  const tables = Array.isArray(side) ? (side as readonly ColumnTable[]) : [side as ColumnTable];
  return tables.flatMap((one) => {
    const values = numbers(one, valueColumn(one, options.column));
    const times = hasColumn(one, "start_ns") ? numbers(one, "start_ns") : undefined;
    const name = options.run ?? "run";
    if (options.run === undefined && !hasColumn(one, name)) return [runOf(values, times)];
    return rowsBy(one, name).map((rows) =>
      runOf(
        rows.map((row) => values[row]),
        times && rows.map((row) => times[row]),
      ),
    );
  });
}

function rowsBy(measured: ColumnTable, column: string): number[][] {
  const names = texts(measured, column);
  const rows = new Map<string, number[]>();
  for (let row = 0; row < names.length; row++) {
    const name = textAt(names, row) ?? "none";
    const list = rows.get(name);
    if (list) list.push(row);
    else rows.set(name, [row]);
  }
  return [...rows.values()];
}

/** Values that are missing are left out; the others in the order of their times. */
function runOf(values: ArrayLike<number>, times?: ArrayLike<number>): Run {
  const rows = Array.from(values, (_, row) => row).filter((row) => !Number.isNaN(values[row]));
  if (times) rows.sort((a, b) => times[a] - times[b]);
  return {
    values: Float64Array.from(rows, (row) => values[row]),
    times: times && Float64Array.from(rows, (row) => times[row]),
  };
}
