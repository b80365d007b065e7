import type { ColumnTable } from "arquero";
import { hasColumn, numbers, textAt, texts } from "./columns.js";
import { selectQuantile } from "./quantile.js";
import { type QuantileChange, relativeChange, rowsTable, valueColumn } from "./quantile-change.js";
import { alwaysValidAlpha } from "./statistics/always-valid.js";
import { judgeAtOnce, type TimedValue } from "./statistics/compare-at-once.js";
import { judgeOneRun } from "./statistics/compare-runs.js";
import { runFloor } from "./statistics/run-floor.js";

/** Options of {@link canary}: how stages and versions are told apart in a table of operations or of scraped values. */
export interface CanaryOptions {
  /** The column of values; by default wait_ns, dur_ns, delay_ns or value, whichever there is. */
  column?: string;
  /** The column of stages (default `stage`). */
  stage?: string;
  /** The column of versions (default `version`). */
  version?: string;
  /** The version before; by default the first that occurs. */
  old?: string;
  /** Which quantile (default 0.99). For scraped quantiles take 0.5: the middle one of the stage's scrapes. */
  quantile?: number;
  /** The column of times (default start_ns, time_ns or unix_ms, whichever there is); without one, each version's rows are in order. */
  time?: string;
  /**
   * For scraped values that look back over a window, the window in the unit of the times: of scrapes whose windows overlap, one is
   * kept. Without it the overlap is measured, as any dependence.
   */
  window?: number;
  /** Whether the verdict holds although the rollout is looked at while it runs (default true: it costs some width). */
  sequential?: boolean;
  /** How often any stage of a rollout may be called different where nothing is (default 0.05). */
  alpha?: number;
  /** By how much two processes of one program may differ under the same load, as a factor (default 1.25). */
  floor?: number;
}

/** Two processes that serve the same seconds share the machine's bad moments; what is left is caches, layout and traffic. */
const usualFloor = 1.25;
/** Where an interval that may be looked at all the time is at its narrowest, in effective values. */
const narrowestAt = 100;

/**
 * Is the new version better, stage by stage? For each stage of a rollout the old version's latency against the new
 * one's in the same stage: stage, and the columns of {@link compareLatency}; stages in order of appearance. A stage that
 * has one version only is left out.
 *
 * A rollout is watched while it runs and has several stages. So intervals are *always valid* (they may be looked at
 * after every request, and still any one misses no more often than said), and the first stage has half of the 5 %, the second a
 * sixth, the k-th 1 / (k (k + 1)), however many will follow. Both versions serve the same seconds: a difference must
 * have one direction in each eighth of the stage, and exceed a factor of 1.25 that two processes of one program may differ by.
 * Requests that repeat their neighbours, and scrapes whose windows overlap (`rate(...[5m])` every 15 s), count as what they are worth
 * (`effective_before`, `effective_after`). What cannot tell says `why`. Versions that served one after the other are two single
 * runs, and compared as such.
 *
 * @param measured operations or scraped values with a stage, a version and a latency
 * @throws RangeError when no stage has both versions
 * @example
 * canaryChart(canary(operations, { stage: "percent", version: "build", old: "map" }));
 */
export function canary(measured: ColumnTable, options: CanaryOptions = {}): ColumnTable {
  const stages = stagesOf(measured, options);
  const both = stages.filter(({ before, after }) => before.length > 0 && after.length > 0);
  if (both.length === 0) {
    throw new RangeError(
      `canary needs stages with both versions; ${stages.length} stages have one only (old is ${JSON.stringify(oldVersion(measured, options))})`,
    );
  }
  return rowsTable(both.map((stage, index) => ({ stage: stage.name, ...judged(stage, index + 1, options) })));
}

interface Stage {
  readonly name: string;
  before: TimedValue[];
  after: TimedValue[];
}

function oldVersion(measured: ColumnTable, { version = "version", old }: CanaryOptions): string | null {
  return old ?? textAt(texts(measured, version), 0);
}

function stagesOf(measured: ColumnTable, options: CanaryOptions): Stage[] {
  const stages = texts(measured, options.stage ?? "stage");
  const versions = texts(measured, options.version ?? "version");
  const values = numbers(measured, valueColumn(measured, options.column));
  const clock = options.time ?? ["start_ns", "time_ns", "unix_ms"].find((name) => hasColumn(measured, name));
  const times = clock === undefined ? undefined : numbers(measured, clock);
  const old = oldVersion(measured, options);
  const found = new Map<string, Stage>();
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) continue;
    const name = textAt(stages, row) ?? "none";
    const stage = found.get(name) ?? { name, before: [], after: [] };
    found.set(name, stage);
    const point = { time: times ? times[row] : row, value: values[row] };
    stage[textAt(versions, row) === old ? "before" : "after"].push(point);
  }
  for (const stage of found.values()) {
    if (!times) for (const side of [stage.before, stage.after]) evenly(side);
    stage.before = thinned(stage.before, options.window);
    stage.after = thinned(stage.after, options.window);
  }
  return [...found.values()];
}

/** Rows without a time are in order, and each version's were spread over the whole stage. */
function evenly(points: TimedValue[]): void {
  points.forEach(({ value }, i) => {
    points[i] = { time: (i + 0.5) / points.length, value };
  });
}

/** In the order of time; of values that look back over one window the first, then the next that shares nothing with it. */
function thinned(points: TimedValue[], window: number | undefined): TimedValue[] {
  points.sort((a, b) => a.time - b.time);
  if (window === undefined) return points;
  let last = Number.NEGATIVE_INFINITY;
  return points.filter(({ time }) => {
    if (time - last < window) return false;
    last = time;
    return true;
  });
}

function judged(stage: Stage, position: number, options: CanaryOptions): QuantileChange {
  const { quantile = 0.99, sequential = true } = options;
  const { before, after } = stage;
  const share = (options.alpha ?? 0.05) / (position * (position + 1));
  const together = servedTogether(stage);
  const alpha = (effective: number): number =>
    sequential ? alwaysValidAlpha(share, effective, narrowestAt) : share;
  const help = "a longer stage would tell, or a larger change";
  const found = together
    ? judgeAtOnce(before, after, { quantile, floor: options.floor ?? usualFloor, alpha, help })
    : judgeOneRun(valuesOf(before), valuesOf(after), {
        quantile,
        floor: options.floor ?? runFloor(quantile),
        alpha,
        help: "both versions at once would tell",
      });
  const [was, is] = [before, after].map((side) => selectQuantile(valuesOf(side), quantile));
  return {
    quantile,
    before: was,
    after: is,
    change: relativeChange(was, is),
    change_low: found.change_low,
    change_high: found.change_high,
    n_before: before.length,
    n_after: after.length,
    effective_before: found.effective_before,
    effective_after: found.effective_after,
    runs_before: 1,
    runs_after: 1,
    design: together ? "at once" : "one run a side",
    floor: options.floor ?? (together ? usualFloor : runFloor(quantile)),
    verdict: found.verdict,
    why: found.why,
  };
}

function valuesOf(side: readonly TimedValue[]): number[] {
  return side.map(({ value }) => value);
}

/** Whether both versions have values through most of the time that either has; one after the other is two single runs. */
function servedTogether({ before, after }: Stage): boolean {
  const [old, fresh] = [before, after].map((side) => [side[0].time, side[side.length - 1].time]);
  const common = Math.min(old[1], fresh[1]) - Math.max(old[0], fresh[0]);
  const all = Math.max(old[1], fresh[1]) - Math.min(old[0], fresh[0]);
  return all === 0 || common > all / 2;
}
