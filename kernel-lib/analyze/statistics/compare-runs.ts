import type { Verdict } from "../judgement.js";
import { nearestRank } from "../quantile.js";
import { type QuantileInterval, quantileInterval } from "./quantile-interval.js";
import { pairedShiftInterval, runsNeeded, type Shift, shiftInterval } from "./shift-interval.js";

/** How a change is judged, and with which reservation. */
export interface Judged {
  /** Bounds of after / before - 1; null where nothing bounds it. */
  readonly change_low: number | null;
  readonly change_high: number | null;
  readonly verdict: Verdict;
  /** Why it cannot tell, and what would help; null where it can. */
  readonly why: string | null;
}

/** {@link Judged} of one run against another. */
export interface JudgedRun extends Judged {
  readonly effective_before: number;
  readonly effective_after: number;
}

/** How many independent values must lie beyond a quantile to speak of it. */
export const leastBeyond = 5;
/** Into how many parts of equal length a run is cut to see whether a difference is there all the time. */
const parts = 8;

/** How one run is compared with another. */
export interface OneRunOptions {
  readonly quantile: number;
  /** How often a difference may be called where there is none, for a sample worth so many independent values. */
  readonly alpha: (effective: number) => number;
  /** Two single runs may differ by this factor for no reason that is in them. */
  readonly floor: number;
  /** What the word for a repetition is, in the advice. */
  readonly help: string;
}

/**
 * One run against one run. Each side's quantile has an interval for what the run's own fluctuation leaves open (see
 * {@link quantileInterval}); the two are combined on the logarithms (Zou and Donner 2008), and widened by the floor, for no
 * test inside one run can know how another run of the same program would have come out. A difference must
 * also hold all the time: every eighth of the one run lies beyond every eighth of the other.
 */
export function judgeOneRun(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  options: OneRunOptions,
): JudgedRun {
  const { quantile, alpha, floor, help } = options;
  const [old, fresh] = [before, after].map((series) => quantileInterval(series, quantile, alpha));
  const effective_before = old.sample.effective;
  const effective_after = fresh.sample.effective;
  const beyond = Math.min(quantile, 1 - quantile) * Math.min(effective_before, effective_after);
  const inner = ratioInterval(old, fresh);
  const [low, high] = inner.map((log, end) => log + (end === 0 ? -1 : 1) * Math.log(floor));
  const bounds = { change_low: changeOf(low), change_high: changeOf(high) };
  const sample = { ...bounds, effective_before, effective_after };
  const none = (why: string): JudgedRun => ({ ...sample, verdict: "cannot tell", why });
  if (beyond < leastBeyond - 1e-9)
    return { ...none(tooFew(beyond, help)), change_low: null, change_high: null };
  const direction = low > 0 ? 1 : high < 0 ? -1 : 0;
  if (direction !== 0) {
    if (steady(before, after, options, direction)) {
      return { ...sample, verdict: direction > 0 ? "higher" : "lower", why: null };
    }
    return none(
      `the difference is not there all the time: some eighths of one run are like some of the other; ${help}`,
    );
  }
  if (inner[0] > 0 || inner[1] < 0) {
    return none(
      `the runs differ by less than a factor of ${significant(floor)}, as single runs of one program may; ${help}`,
    );
  }
  return { ...sample, verdict: "no difference seen", why: null };
}

/** Why so few values cannot tell. */
export function tooFew(beyond: number, help: string): string {
  return `the values are few, or depend on each other: beyond this quantile there are ${beyond.toFixed(1)} independent ones of the ${leastBeyond} it takes; ${help}`;
}

/** The interval of log(after / before), from those of both sides. */
function ratioInterval(old: QuantileInterval, fresh: QuantileInterval): [number, number] {
  if (old.value === fresh.value && old.value <= 0) return [0, 0];
  if (!(old.value > 0 && fresh.value > 0)) {
    // No logarithm: apart only where the intervals themselves are.
    if (fresh.low > old.high) return [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    if (fresh.high < old.low) return [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  }
  const [o, f] = [old, fresh].map(({ value, low, high }) => ({
    at: Math.log(value),
    down: Math.log(value) - logOf(low),
    up: logOf(high) - Math.log(value),
  }));
  const difference = f.at - o.at;
  return [difference - Math.hypot(f.down, o.up), difference + Math.hypot(f.up, o.down)];
}

function logOf(value: number): number {
  return value > 0 ? Math.log(value) : Number.NEGATIVE_INFINITY;
}

function steady(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  { quantile }: OneRunOptions,
  direction: number,
): boolean {
  const of = (values: ArrayLike<number>): number => nearestRank(Float64Array.from(values).sort(), quantile);
  const [old, fresh] = [before, after].map((series) => eighths(series).map(of));
  return direction > 0 ? Math.min(...fresh) > Math.max(...old) : Math.max(...fresh) < Math.min(...old);
}

function eighths(series: ArrayLike<number>): Float64Array[] {
  const all = Float64Array.from(series);
  const cut = (part: number): number => Math.floor((part * all.length) / parts);
  return Array.from({ length: parts }, (_, part) => all.subarray(cut(part), cut(part + 1))).filter(
    (part) => part.length > 0,
  );
}

/**
 * Several runs a side, one figure a run: the run is the unit, by the Mann-Whitney test on the runs' figures, or by
 * Wilcoxon's signed ranks where runs are pairs. Both are exact for up to 50 runs whatever the distribution.
 */
export function judgeRuns(
  before: readonly number[],
  after: readonly number[],
  { alpha, paired }: { readonly alpha: number; readonly paired: boolean },
): Judged {
  const positive = [...before, ...after].every((value) => value > 0);
  const [old, fresh] = positive ? [before.map(Math.log), after.map(Math.log)] : [before, after];
  const found: Shift = paired
    ? pairedShiftInterval(
        old.map((value, run) => fresh[run] - value),
        alpha,
      )
    : shiftInterval(old, fresh, alpha);
  const bounds = positive
    ? { change_low: changeOf(found.low), change_high: changeOf(found.high) }
    : { change_low: null, change_high: null };
  if (!Number.isFinite(found.low)) {
    const need = runsNeeded(alpha, paired);
    const have = paired ? `${before.length} pairs` : `${before.length} and ${after.length} runs`;
    const why = `${have} cannot differ by more than chance; ${need} ${paired ? "pairs" : "runs a side"} would do`;
    return { ...bounds, verdict: "cannot tell", why };
  }
  if (found.low > 0) return { ...bounds, verdict: "higher", why: null };
  if (found.high < 0) return { ...bounds, verdict: "lower", why: null };
  return { ...bounds, verdict: "no difference seen", why: null };
}

/** A logarithm of after / before as a change; null where nothing bounds it. */
export function changeOf(log: number): number | null {
  const change = Math.expm1(log);
  return Number.isFinite(change) && log !== Number.NEGATIVE_INFINITY ? change : null;
}

/** Two digits of a factor. */
export function significant(value: number): string {
  return String(Number(value.toPrecision(2)));
}
