import { type ColumnTable, table } from "arquero";
import { hasColumn, numbers, textAt, texts } from "./columns.js";
import {
  coveredNs,
  endsOf,
  firstEndingAfter,
  type Intervals,
  intervalsOf,
  mergeIntervals,
} from "./intervals.js";
import type { CoincidenceVerdict } from "./judgement.js";
import { nearestRank, sortedNumbers } from "./quantile.js";
import { seededRandom } from "./random.js";
import { holm } from "./statistics/adjust-p.js";
import {
  Cycles,
  centredRanks,
  type Evidence,
  type EvidenceKind,
  evidenceKinds,
} from "./statistics/cycle-evidence.js";
import { shareInterval } from "./statistics/quantile-interval.js";

/** Options of {@link coincidence} and {@link leadLag}. */
export interface CoincidenceOptions {
  /** The observed stretch of time; by default from the first to the last spike or range. Give the whole capture's. */
  from_ns?: number;
  to_ns?: number;
  /** How many random circular shifts make the null distribution (default 1000). */
  shifts?: number;
  /** Seed of the shifts, so that the result repeats (default 1). */
  seed?: number;
  /** One row per range name instead of all ranges together; p values are then corrected for their number. */
  by?: "name";
  /** How often chance may be called more than chance (default 0.05). */
  alpha?: number;
}

/**
 * Do spikes coincide with ranges more often than chance would have it?
 *
 * A spike counts as hit when it overlaps a range for any time at all. But what a range causes shows in more than that: spikes
 * **begin** in ranges, begin **when a range begins**, **end when one ends**, and last longer where the range does (*dose*). Each of the
 * five is measured against spikes that begin anywhere between one range's start and the next one's; so it does not count as coincidence that
 * both are more frequent in the same minutes, under load. Chance is a circular-shift null: all spikes
 * are shifted together by a random time around the observed stretch, which keeps their number, lengths and
 * clustering and the ranges' own pattern, and breaks only their alignment. `p_value` is that of the strongest of the five,
 * corrected for their being five by the same shifts (Westfall and Young 1993).
 *
 * Ranges that come like a clock and spikes that do too meet at many phases, so that shifting alone says little: then it is the end, the onset and
 * the dose that tell, and where they do not, the verdict is `cannot tell`.
 *
 * One row (or one per range name, with `by: "name"`): range, spikes, hits, share (hits / spikes), share_low and
 * share_high (95 % interval; exact for few, with spikes between the same two ranges' starts counted as what they are worth), effective (independent spikes that they
 * are worth), expected, expected_low and expected_high (what spikes anywhere in the same cycles would overlap, and
 * 95 % of the null's shares around it), ratio (share / expected), onset_share and onset_expected (the same for spikes that begin in a range), dose (rank
 * correlation of a hit spike's duration with its range's), evidence (which of `overlap`, `onset`, `start`, `end`, `dose` is
 * the strongest), p_value (how often chance alone has one as strong, one-sided), p_adjusted (Holm, over the rows),
 * covered (share of the time the ranges cover), nearest_ns (median signed time from the nearest range's start to
 * the spike's: negative when spikes come first; null without ranges), shifts, seed, verdict (`more than chance`, `within chance`,
 * `cannot tell`) and why (where it cannot tell, or where load explains both).
 *
 * @throws RangeError without spikes, or when the stretch is empty
 * @example
 * coincidence(spikes(operations), stopTheWorld(trace), { from_ns: 0, to_ns: 30e9 });
 */
export function coincidence(
  spikes: ColumnTable,
  ranges: ColumnTable,
  options: CoincidenceOptions = {},
): ColumnTable {
  const stretch = stretchOf(spikes, ranges, options);
  const rows = rangeGroups(ranges, options.by).map(([name, group]) =>
    coincidenceOf(name, intervalsOf(spikes), group, stretch, options),
  );
  const adjusted = holm(rows.map(({ row }) => row.p_value as number));
  return tableOfRows(
    rows.map(({ row, ...found }, i) => ({
      ...row,
      p_adjusted: adjusted[i],
      ...judged(found, adjusted[i], options.alpha ?? 0.05),
    })),
  );
}

/**
 * Share of spikes that overlap a range when all spikes are moved by each lag: the peak tells which comes first.
 * A peak at a negative lag means that spikes follow the ranges' starts by that much, at a positive that they lead.
 * Columns: lag_ns, hits, share; from -max_lag_ns to +max_lag_ns in `steps` steps each way (default 50).
 *
 * @example
 * leadLag(spikes(operations), stopTheWorld(trace), { max_lag_ns: 10e6 });
 */
export function leadLag(
  spikes: ColumnTable,
  ranges: ColumnTable,
  options: CoincidenceOptions & { max_lag_ns: number; steps?: number },
): ColumnTable {
  const { from, to } = stretchOf(spikes, ranges, options);
  const { max_lag_ns, steps = 50 } = options;
  const moved = clipStarts(intervalsOf(spikes), from, to);
  const twice = laidTwice(mergeIntervals(intervalsOf(ranges)), from, to);
  const lags = Float64Array.from({ length: 2 * steps + 1 }, (_, i) => ((i - steps) / steps) * max_lag_ns);
  const hits = lags.map((lag) => countHits(moved, twice, from, to, lag));
  return table({ lag_ns: lags, hits, share: hits.map((count) => count / moved.starts.length) });
}

/**
 * How each interval (an operation, a request, a spike) overlaps ranges: the table with `overlap_ns`, the time
 * within it that ranges cover, and `hit`, whether that is any. Linear in rows after sorting the ranges.
 *
 * @example
 * overlap(operations, stopTheWorld(trace)).rollup({ share: (d) => op.mean(d.hit) });
 */
export function overlap(operations: ColumnTable, ranges: ColumnTable): ColumnTable {
  const merged = mergeIntervals(intervalsOf(ranges));
  const start = numbers(operations, "start_ns");
  const end = endsOf(operations, start);
  const overlap_ns = Float64Array.from(start as Float64Array, (from, row) =>
    coveredNs(merged, from, end[row]),
  );
  const hit = Uint8Array.from(start as Float64Array, (from, row) => {
    const index = firstEndingAfter(merged, from);
    return index < merged.starts.length && merged.starts[index] < end[row] ? 1 : 0;
  });
  const columns = operations.reify();
  return columns.assign(table({ overlap_ns, hit }));
}

/** What a verdict rests on beside p. */
interface Found {
  readonly row: Record<string, unknown>;
  readonly ranges: number;
  /** Groups of spikes between one range's start and the next one's. */
  readonly episodes: number;
  /** Whether the ranges come like a clock. */
  readonly regular: boolean;
  /** More overlap than expected, were spikes independent. */
  readonly striking: boolean;
  /** How often a shift without regard to load overlaps as much. */
  readonly unconditional: number;
}

const leastEpisodes = 3;
/** Cycles whose lengths vary by less than a tenth come like a clock. */
const clockLike = 0.1;
/** Beyond so many spikes every n-th is shifted: they say the same. */
const mostShifted = 4000;

function coincidenceOf(
  range: string,
  all: Intervals,
  ranges: ColumnTable,
  { from, to }: Stretch,
  { shifts = 1000, seed = 1 }: CoincidenceOptions,
): Found {
  const spikes = clipStarts(all, from, to);
  const count = spikes.starts.length;
  if (count === 0) throw new RangeError("coincidence needs spikes; there are none in the stretch observed");
  const merged = mergeIntervals(intervalsOf(ranges));
  const hits = countHits(spikes, laidTwice(merged, from, to), from, to, 0);
  const share = hits / count;
  const common = { range, spikes: count, hits, share };
  const rest = {
    covered: coveredNs(merged, from, to) / (to - from),
    nearest_ns: nearestStart(spikes, merged),
    shifts,
    seed,
  };
  const inside = clipped(merged, from, to);
  if (inside.starts.length === 0) {
    const [share_low, share_high] = shareInterval(0, count, 0.05);
    const row = {
      ...common,
      share_low,
      share_high,
      effective: count,
      ...nothingExpected,
      p_value: 1,
      ...rest,
    };
    return { row, ranges: 0, episodes: count, regular: false, striking: false, unconditional: 1 };
  }
  const cycles = new Cycles(inside, from, to - from);
  const { effective, episodes, low, high } = clusteredShare(spikes, inside, cycles, share);
  const null_ = shiftedEvidence(cycles, thinned(spikes), to - from, shifts, seed);
  const { seen } = null_;
  const row = {
    ...common,
    share_low: low,
    share_high: high,
    effective,
    expected: seen.expectedShare,
    expected_low: Math.max(0, seen.expectedShare + nearestRank(null_.excess, 0.025)),
    expected_high: Math.min(1, seen.expectedShare + nearestRank(null_.excess, 0.975)),
    ratio: share / seen.expectedShare,
    onset_share: seen.onsetShare,
    onset_expected: seen.expectedOnsets,
    dose: doseOf(spikes, inside),
    evidence: null_.strongest,
    p_value: null_.p,
    ...rest,
  };
  return {
    row,
    ranges: inside.starts.length,
    episodes,
    regular: inside.starts.length > 2 && cycles.irregularity < clockLike,
    striking: low > seen.expectedShare,
    unconditional: null_.unconditional,
  };
}

const nothingExpected = {
  expected: 0,
  expected_low: 0,
  expected_high: 0,
  ratio: Number.NaN,
  onset_share: 0,
  onset_expected: 0,
  dose: null,
  evidence: null,
};

function judged(
  { ranges, episodes, regular, striking, unconditional }: Omit<Found, "row">,
  p: number,
  alpha: number,
): { verdict: CoincidenceVerdict; why: string | null } {
  const cannot = (why: string): { verdict: CoincidenceVerdict; why: string } => ({
    verdict: "cannot tell",
    why,
  });
  if (ranges === 0) return cannot("there are no ranges in the stretch observed");
  if (p <= alpha) return { verdict: "more than chance", why: null };
  if (episodes < leastEpisodes) {
    return cannot(
      `all spikes lie in ${episodes === 1 ? "one cycle" : `${episodes} cycles`} of the ranges; a longer recording would tell`,
    );
  }
  if (regular && striking) {
    return cannot(
      "spikes overlap the ranges more often than their length explains, but both come like a clock, and so they would at many " +
        "other phases; a recording in which the ranges come at irregular times, or not at all, would tell",
    );
  }
  if (unconditional <= alpha) {
    const why =
      "spikes and ranges are more frequent at the same times, and within those times meet no more than chance has it: " +
      "what makes both frequent, as load does, explains it";
    return { verdict: "within chance", why };
  }
  return { verdict: "within chance", why: null };
}

/**
 * The share of spikes that are hit with its interval. Spikes between one range's start and the next one's share their fate, so the
 * spread between such groups says how many independent spikes they are worth; where all or none are hit there is no
 * spread, and a group counts once.
 */
function clusteredShare(
  spikes: Intervals,
  ranges: Intervals,
  cycles: Cycles,
  share: number,
): { effective: number; episodes: number; low: number; high: number } {
  const n = spikes.starts.length;
  const deviation = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const cycle = cycles.cycleOf(spikes.starts[i]);
    const range = firstEndingAfter(ranges, spikes.starts[i]);
    const hit = range < ranges.starts.length && ranges.starts[range] < spikes.ends[i] ? 1 : 0;
    deviation.set(cycle, (deviation.get(cycle) ?? 0) + hit - share);
  }
  const episodes = deviation.size;
  let squares = 0;
  for (const one of deviation.values()) squares += one * one;
  const variance = (squares * episodes) / Math.max(1, episodes - 1) / n ** 2;
  const effective =
    share === 0 || share === 1 || variance === 0
      ? episodes
      : Math.max(1, Math.min(n, (share * (1 - share)) / variance));
  const degrees = share === 0 || share === 1 ? undefined : Math.max(1, episodes - 1);
  const [low, high] = shareInterval(share * effective, effective, 0.05, degrees);
  return { effective, episodes, low, high };
}

interface NullEvidence {
  readonly seen: Evidence;
  readonly strongest: EvidenceKind;
  /** Of the strongest kind, corrected for the number of kinds. */
  readonly p: number;
  /** How often a shift overlaps as much, whatever is expected where it lands. */
  readonly unconditional: number;
  /** The null's shares beyond what was expected of them, ascending. */
  readonly excess: Float64Array;
}

function shiftedEvidence(
  cycles: Cycles,
  spikes: Intervals,
  turn: number,
  shifts: number,
  seed: number,
): NullEvidence {
  const random = seededRandom(seed);
  const ranks = centredRanks(spikes.starts.map((start, i) => spikes.ends[i] - start));
  const seen = cycles.evidence(spikes, ranks, 0);
  const all = [seen];
  for (let i = 0; i < shifts; i++) all.push(cycles.evidence(spikes, ranks, random() * turn));
  // How strong each is among all, the one seen included: the least over the kinds is what is then compared.
  const least = new Float64Array(all.length).fill(1);
  let [strongest, smallest] = [evidenceKinds[0] as EvidenceKind, 2];
  for (const kind of evidenceKinds) {
    const sorted = Float64Array.from(all, (one) => one[kind]).sort();
    all.forEach((one, i) => {
      const atLeast = sorted.length - lowerBound(sorted, one[kind]);
      least[i] = Math.min(least[i], atLeast / sorted.length);
    });
    if (least[0] < smallest) [strongest, smallest] = [kind, least[0]];
  }
  const asStrong = least.reduce((n, one) => n + (one <= least[0] ? 1 : 0), 0);
  const asOften = all.reduce((n, one) => n + (one.share >= seen.share ? 1 : 0), 0);
  return {
    seen,
    strongest,
    p: asStrong / all.length,
    unconditional: asOften / all.length,
    excess: Float64Array.from(all.slice(1), (one) => one.share - one.expectedShare).sort(),
  };
}

/** Rank correlation of the durations of spikes that are hit with those of the ranges they meet first; null where none tells. */
function doseOf(spikes: Intervals, ranges: Intervals): number | null {
  const pairs: [number, number][] = [];
  for (let i = 0; i < spikes.starts.length; i++) {
    const range = firstEndingAfter(ranges, spikes.starts[i]);
    if (range === ranges.starts.length || ranges.starts[range] >= spikes.ends[i]) continue;
    pairs.push([spikes.ends[i] - spikes.starts[i], ranges.ends[range] - ranges.starts[range]]);
  }
  const [a, b] = [0, 1].map((side) => centredRanks(Float64Array.from(pairs, (pair) => pair[side])));
  const product = (x: Float64Array, y: Float64Array): number =>
    x.reduce((sum, one, i) => sum + one * y[i], 0);
  const scale = Math.sqrt(product(a, a) * product(b, b));
  return scale > 0 ? product(a, b) / scale : null;
}

function thinned({ starts, ends }: Intervals): Intervals {
  const step = Math.ceil(starts.length / mostShifted);
  const keep = (_: number, i: number): boolean => i % step === 0;
  return step === 1 ? { starts, ends } : { starts: starts.filter(keep), ends: ends.filter(keep) };
}

function clipped(merged: Intervals, from: number, to: number): Intervals {
  const rows = [...merged.starts.keys()].filter((i) => merged.ends[i] > from && merged.starts[i] < to);
  return {
    starts: Float64Array.from(rows, (i) => Math.max(from, merged.starts[i])),
    ends: Float64Array.from(rows, (i) => Math.min(to, merged.ends[i])),
  };
}

interface Stretch {
  from: number;
  to: number;
}

function stretchOf(spikes: ColumnTable, ranges: ColumnTable, options: CoincidenceOptions): Stretch {
  const both = [intervalsOf(spikes), intervalsOf(ranges)].filter(({ starts }) => starts.length > 0);
  const from = options.from_ns ?? Math.min(...both.map(({ starts }) => starts[0]));
  const to = options.to_ns ?? Math.max(...both.map(({ ends }) => ends.reduce((a, b) => Math.max(a, b), 0)));
  if (!(to > from)) throw new RangeError(`the stretch observed is empty: from ${from} to ${to} ns`);
  return { from, to };
}

function rangeGroups(ranges: ColumnTable, by: "name" | undefined): [string, ColumnTable][] {
  const names = hasColumn(ranges, "name") ? texts(ranges, "name") : undefined;
  if (!names) return [["ranges", ranges]];
  const rows = new Map<string, number[]>();
  for (let row = 0; row < names.length; row++) {
    const name = textAt(names, row) ?? "unknown";
    const list = rows.get(name);
    if (list) list.push(row);
    else rows.set(name, [row]);
  }
  if (by !== "name") return [[rows.size === 1 ? [...rows.keys()][0] : "all ranges", ranges]];
  const start = numbers(ranges, "start_ns");
  const end = endsOf(ranges, start);
  return [...rows].map(([name, list]) => [
    name,
    table({
      start_ns: Float64Array.from(list, (row) => start[row]),
      end_ns: Float64Array.from(list, (row) => end[row]),
    }),
  ]);
}

function clipStarts({ starts, ends }: Intervals, from: number, to: number): Intervals {
  const keep = (_: number, i: number): boolean => starts[i] >= from && starts[i] < to;
  return { starts: starts.filter(keep), ends: ends.filter(keep) };
}

// The ranges of one turn and of the next, so that a spike that crosses the end of the stretch needs no special case.
function laidTwice(merged: Intervals, from: number, to: number): Intervals {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let i = firstEndingAfter(merged, from); i < merged.starts.length && merged.starts[i] < to; i++) {
    starts.push(Math.max(merged.starts[i], from));
    ends.push(Math.min(merged.ends[i], to));
  }
  const turn = to - from;
  return mergeIntervals({
    starts: Float64Array.from([...starts, ...starts.map((ns) => ns + turn)]),
    ends: Float64Array.from([...ends, ...ends.map((ns) => ns + turn)]),
  });
}

// Spikes are walked in the order they have after the shift, so one pass over the ranges suffices.
function countHits(spikes: Intervals, twice: Intervals, from: number, to: number, shift: number): number {
  const turn = to - from;
  const moved = ((shift % turn) + turn) % turn;
  const { starts, ends } = spikes;
  const firstWrapped = lowerBound(starts, to - moved);
  let range = 0;
  let hits = 0;
  for (let i = 0; i < starts.length; i++) {
    const wraps = firstWrapped + i < starts.length;
    const index = wraps ? firstWrapped + i : firstWrapped + i - starts.length;
    const by = wraps ? moved - turn : moved;
    const start = starts[index] + by;
    const end = ends[index] + by;
    while (range < twice.ends.length && twice.ends[range] <= start) range++;
    if (range < twice.starts.length && twice.starts[range] < end) hits++;
  }
  return hits;
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function nearestStart(spikes: Intervals, ranges: Intervals): number | null {
  if (ranges.starts.length === 0) return null;
  const distances = spikes.starts.map((start) => {
    const after = lowerBound(ranges.starts, start);
    const ahead = after < ranges.starts.length ? start - ranges.starts[after] : Number.NEGATIVE_INFINITY;
    const behind = after > 0 ? start - ranges.starts[after - 1] : Number.POSITIVE_INFINITY;
    return -ahead < behind ? ahead : behind;
  });
  return nearestRank(sortedNumbers(distances), 0.5);
}

function tableOfRows(rows: readonly Record<string, unknown>[]): ColumnTable {
  const names = Object.keys(rows[0] ?? {});
  return table(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
}
