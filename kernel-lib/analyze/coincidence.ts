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
import { nearestRank, sortedNumbers } from "./quantile.js";
import { seededRandom } from "./random.js";

/** Options of {@link coincidence} and {@link leadLag}. */
export interface CoincidenceOptions {
  /** The observed stretch of time; by default from the first to the last spike or range. Give the whole capture's. */
  from_ns?: number;
  to_ns?: number;
  /** How many random circular shifts make the null distribution (default 1000). */
  shifts?: number;
  /** Seed of the shifts and of the resampling, so that the result repeats (default 1). */
  seed?: number;
  /** One row per range name instead of all ranges together. */
  by?: "name";
}

/**
 * Do spikes coincide with ranges more often than chance would have it?
 *
 * A spike counts as hit when it overlaps a range for any time at all. Chance is a circular-shift null: all spikes
 * are shifted together by a random time around the observed stretch, which keeps their number, lengths and
 * clustering and the ranges' own pattern, and breaks only their alignment. Long spikes and ranges that cover much of
 * the time overlap often by chance alone, and that is what `expected` says.
 *
 * One row (or one per range name, with `by: "name"`): range, spikes, hits, share (hits / spikes), share_low and
 * share_high (95 % interval, by resampling 40 blocks of time), expected, expected_low and expected_high (mean and
 * 95 % of the null's shares), ratio (share / expected), p_value (how often chance alone hits as often, one-sided),
 * covered (share of the time the ranges cover), nearest_ns (median signed time from the nearest range's start to
 * the spike's: negative when spikes come first; null without ranges), shifts, seed.
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
  const rows = rangeGroups(ranges, options.by).map(([name, group]) => ({
    range: name,
    ...coincidenceOf(intervalsOf(spikes), group, stretch, options),
  }));
  return tableOfRows(rows);
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

function coincidenceOf(
  all: Intervals,
  ranges: ColumnTable,
  { from, to }: Stretch,
  { shifts = 1000, seed = 1 }: CoincidenceOptions,
): Record<string, number | null> {
  const spikes = clipStarts(all, from, to);
  const count = spikes.starts.length;
  if (count === 0) throw new RangeError("coincidence needs spikes; there are none in the stretch observed");
  const merged = mergeIntervals(intervalsOf(ranges));
  const twice = laidTwice(merged, from, to);
  const random = seededRandom(seed);
  const hits = countHits(spikes, twice, from, to, 0);
  const chance = new Float64Array(shifts);
  for (let i = 0; i < shifts; i++) {
    chance[i] = countHits(spikes, twice, from, to, random() * (to - from)) / count;
  }
  const share = hits / count;
  const sorted = sortedNumbers(chance);
  const expected = chance.reduce((sum, value) => sum + value, 0) / shifts;
  const atLeast = chance.reduce((n, value) => n + (value >= share ? 1 : 0), 0);
  const [share_low, share_high] = blockInterval(spikes, twice, from, to, random);
  return {
    spikes: count,
    hits,
    share,
    share_low,
    share_high,
    expected,
    expected_low: nearestRank(sorted, 0.025),
    expected_high: nearestRank(sorted, 0.975),
    ratio: share / expected,
    p_value: (1 + atLeast) / (1 + shifts),
    covered: coveredNs(merged, from, to) / (to - from),
    nearest_ns: nearestStart(spikes, merged),
    shifts,
    seed,
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
  const firstWrapped = firstAtOrAfter(starts, to - moved);
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

function firstAtOrAfter(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

const blocks = 40;
const resamples = 1000;

// Neighbouring spikes share their causes, so whole blocks of time are resampled, not single spikes.
function blockInterval(
  spikes: Intervals,
  twice: Intervals,
  from: number,
  to: number,
  random: () => number,
): [number, number] {
  const counts = new Float64Array(blocks);
  const hits = new Float64Array(blocks);
  for (let i = 0; i < spikes.starts.length; i++) {
    const block = Math.min(blocks - 1, Math.floor(((spikes.starts[i] - from) / (to - from)) * blocks));
    const range = firstEndingAfter(twice, spikes.starts[i]);
    counts[block]++;
    if (range < twice.starts.length && twice.starts[range] < spikes.ends[i]) hits[block]++;
  }
  const shares = new Float64Array(resamples);
  for (let sample = 0; sample < resamples; sample++) {
    let count = 0;
    let hit = 0;
    for (let i = 0; i < blocks; i++) {
      const block = Math.floor(random() * blocks);
      count += counts[block];
      hit += hits[block];
    }
    shares[sample] = count > 0 ? hit / count : Number.NaN;
  }
  const sorted = sortedNumbers(shares);
  return [nearestRank(sorted, 0.025), nearestRank(sorted, 0.975)];
}

function nearestStart(spikes: Intervals, ranges: Intervals): number | null {
  if (ranges.starts.length === 0) return null;
  const distances = spikes.starts.map((start) => {
    const after = firstAtOrAfter(ranges.starts, start);
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
