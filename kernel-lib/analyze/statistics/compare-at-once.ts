import { selectQuantile } from "../quantile.js";
import { changeOf, type JudgedRun, leastBeyond, significant, tooFew } from "./compare-runs.js";
import { studentQuantile } from "./distributions.js";
import { effectiveSample } from "./effective-sample.js";

/** A value and when it was measured. */
export interface TimedValue {
  readonly time: number;
  readonly value: number;
}

/** How two versions that ran at once are compared. */
export interface AtOnceOptions {
  readonly quantile: number;
  /** How often a difference may be called where there is none, for a sample worth so many independent values. */
  readonly alpha: (effective: number) => number;
  /** Two processes of one program may differ by this factor. */
  readonly floor: number;
  readonly help: string;
}

/** Into how many parts the time is cut; each is compared within itself. */
const batches = 40;
const eighths = 8;

/**
 * Two versions that served the same time on the same machine. Its bad moments are in both, so they are compared batch by
 * batch: of each of 40 stretches of time, the share of the one's and of the other's values below the quantile of both
 * together; the spread of these differences, and how they resemble their neighbours, is what the verdict rests on
 * ({@link effectiveSample}). The interval of the ratio holds the factors by which the new version's values could be
 * divided without the two being told apart, widened by the floor. A difference must have one direction in each
 * eighth of the time.
 *
 * @param before by time
 * @param after by time
 */
export function judgeAtOnce(
  before: readonly TimedValue[],
  after: readonly TimedValue[],
  options: AtOnceOptions,
): JudgedRun {
  const { quantile, floor, help } = options;
  const both = new BothSides(before, after, quantile);
  const worth = Math.min(before.length, after.length) * both.efficiency(1);
  const sample = {
    effective_before: before.length * both.efficiency(1),
    effective_after: after.length * both.efficiency(1),
  };
  const beyond = worth * Math.min(quantile, 1 - quantile);
  if (beyond < leastBeyond - 1e-9) {
    return {
      ...sample,
      change_low: null,
      change_high: null,
      verdict: "cannot tell",
      why: tooFew(beyond, help),
    };
  }
  const alpha = options.alpha(worth);
  const inner = both.interval(alpha);
  const [low, high] = [inner[0] - Math.log(floor), inner[1] + Math.log(floor)];
  const judged = { ...sample, change_low: changeOf(low), change_high: changeOf(high) };
  const direction = low > 0 ? 1 : high < 0 ? -1 : 0;
  if (direction !== 0) {
    if (both.steady(direction)) return { ...judged, verdict: direction > 0 ? "higher" : "lower", why: null };
    return { ...judged, verdict: "cannot tell", why: `the difference is not there all the time; ${help}` };
  }
  if (inner[0] > 0 || inner[1] < 0) {
    const why = `the versions differ by less than a factor of ${significant(floor)}, as two processes of one program may; ${help}`;
    return { ...judged, verdict: "cannot tell", why };
  }
  return { ...judged, verdict: "no difference seen", why: null };
}

class BothSides {
  private readonly old: { readonly value: number; readonly batch: number }[];
  private readonly fresh: { readonly value: number; readonly batch: number }[];
  private readonly pooled: Float64Array;
  private readonly differences = new Map<number, { mean: number; error: number; degrees: number }>();

  constructor(
    before: readonly TimedValue[],
    after: readonly TimedValue[],
    private readonly quantile: number,
  ) {
    const from = Math.max(before[0].time, after[0].time);
    const to = Math.min(before[before.length - 1].time, after[after.length - 1].time);
    const placed = ({ time, value }: TimedValue): { value: number; batch: number } => {
      const at = Math.floor(((time - from) / (to - from || 1)) * batches);
      return { value, batch: Math.max(0, Math.min(batches - 1, at)) };
    };
    this.old = before.map(placed);
    this.fresh = after.map(placed);
    this.pooled = new Float64Array(before.length + after.length);
  }

  /** What a value is worth beside an independent one, where new values are divided by `ratio`. */
  efficiency(ratio: number): number {
    const { error } = this.difference(ratio);
    const [n, m] = [this.old.length, this.fresh.length];
    const independent = this.quantile * (1 - this.quantile) * (1 / n + 1 / m);
    return error === 0 ? 1 : Math.min(1, independent / error ** 2);
  }

  /** The logarithms between which the ratio lies. */
  interval(alpha: number): [number, number] {
    const beyond = (log: number): number => {
      const { mean, error, degrees } = this.difference(Math.exp(log));
      const least = Math.sqrt(
        (this.quantile * (1 - this.quantile)) / Math.min(this.old.length, this.fresh.length),
      );
      const width = studentQuantile(1 - alpha / 2, degrees) * Math.max(error, least * 0.5);
      return mean > width ? 1 : mean < -width ? -1 : 0;
    };
    // Divided by more, the new values lie lower, and a larger share of them is below the quantile of both.
    const bound = (sign: number): number => {
      let [inside, outside] = [-sign * 7, sign * 7];
      if (beyond(outside) !== sign) return sign * Number.POSITIVE_INFINITY;
      for (let step = 0; step < 22; step++) {
        const middle = (inside + outside) / 2;
        if (beyond(middle) === sign) outside = middle;
        else inside = middle;
      }
      return outside;
    };
    return [bound(-1), bound(1)];
  }

  /** Whether the new version lies on one side of the old in each eighth of the time that has both. */
  steady(direction: number): boolean {
    let seen = 0;
    for (let part = 0; part < eighths; part++) {
      const inPart = (side: readonly { value: number; batch: number }[]): number[] =>
        side
          .filter(({ batch }) => Math.floor((batch * eighths) / batches) === part)
          .map(({ value }) => value);
      const [old, fresh] = [inPart(this.old), inPart(this.fresh)];
      if (old.length === 0 || fresh.length === 0) continue;
      seen++;
      if (!(direction * (selectQuantile(fresh, this.quantile) - selectQuantile(old, this.quantile)) > 0))
        return false;
    }
    return seen > eighths / 2;
  }

  /** How much more of the new version's values, divided by `ratio`, lie below the quantile of both, and how surely. */
  private difference(ratio: number): { mean: number; error: number; degrees: number } {
    const known = this.differences.get(ratio);
    if (known) return known;
    const n = this.old.length;
    for (let i = 0; i < n; i++) this.pooled[i] = this.old[i].value;
    for (let i = 0; i < this.fresh.length; i++) this.pooled[n + i] = this.fresh[i].value / ratio;
    const level = selectQuantile(this.pooled.slice(), this.quantile);
    const [below, count] = [new Float64Array(2 * batches), new Float64Array(2 * batches)];
    for (const { value, batch } of this.old) {
      count[batch]++;
      if (value <= level) below[batch]++;
    }
    for (const { value, batch } of this.fresh) {
      count[batches + batch]++;
      if (value / ratio <= level) below[batches + batch]++;
    }
    const parts: number[] = [];
    let [sum, weight] = [0, 0];
    for (let batch = 0; batch < batches; batch++) {
      const [old, fresh] = [count[batch], count[batches + batch]];
      if (old === 0 || fresh === 0) continue;
      const harmonic = (old * fresh) / (old + fresh);
      const difference = below[batches + batch] / fresh - below[batch] / old;
      sum += harmonic * difference;
      weight += harmonic;
      parts.push(difference, harmonic);
    }
    const mean = sum / weight;
    // The weighted deviations have the error of the weighted mean.
    const deviations = new Float64Array(parts.length / 2);
    for (let i = 0; i < deviations.length; i++) {
      deviations[i] = ((parts[2 * i] - mean) * parts[2 * i + 1] * deviations.length) / weight;
    }
    const { effective, degrees } = effectiveSample(deviations);
    const squares =
      deviations.reduce((total, one) => total + one * one, 0) / Math.max(1, deviations.length - 1);
    const found = { mean, error: Math.sqrt(squares / effective), degrees };
    this.differences.set(ratio, found);
    return found;
  }
}
