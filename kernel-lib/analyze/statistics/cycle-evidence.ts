import { type Intervals, lastAtOrBefore } from "../intervals.js";

/** What spikes that have to do with ranges do more often than others. */
export const evidenceKinds = ["overlap", "onset", "start", "end", "dose"] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** How near in the cycle counts as near: a fiftieth. What is much nearer is not much better. */
const near = 0.02;
// Of a position anywhere in a cycle, as likely here as there: the mean of c / (c + near) for its distance c from the nearer end, and the variance.
const nearMean = 1 - 2 * near * Math.log((0.5 + near) / near);
const nearVariance =
  1 -
  4 * near * Math.log((0.5 + near) / near) +
  2 * near * near * (1 / near - 1 / (0.5 + near)) -
  nearMean ** 2;

/**
 * Ranges as cycles: each lasts from a range's start to the next one's start (the last to the first one's, around the
 * stretch). Within its cycle a spike that has nothing to do with the ranges begins anywhere with the same likelihood,
 * however often ranges and spikes come at that time of the recording: what makes both more frequent (load) makes
 * cycles shorter, not positions in them closer.
 */
export class Cycles {
  private readonly starts: Float64Array;
  private readonly lengths: Float64Array;
  private readonly gaps: Float64Array;
  private readonly ends: Float64Array;
  private readonly endGaps: Float64Array;
  private readonly lengthRanks: Float64Array;

  /** @param merged ranges within the stretch, by start, none touching another */
  constructor(
    merged: Intervals,
    private readonly from: number,
    private readonly turn: number,
  ) {
    this.starts = merged.starts.map((start) => start - from);
    this.lengths = merged.starts.map((start, i) => merged.ends[i] - start);
    this.gaps = gapsOf(this.starts, turn);
    this.ends = merged.ends.map((end) => end - from);
    this.endGaps = gapsOf(this.ends, turn);
    this.lengthRanks = centredRanks(this.lengths);
  }

  /** The spread of the cycles' lengths, as a share of their mean: 0 is a clock. */
  get irregularity(): number {
    const mean = this.turn / this.gaps.length;
    // The last cycle goes around the end of the stretch, where nothing keeps time.
    const inner = this.gaps.subarray(0, this.gaps.length - 1);
    return Math.sqrt(inner.reduce((sum, gap) => sum + (gap / mean - 1) ** 2, 0) / Math.max(1, inner.length));
  }

  /** In which cycle a time lies. */
  cycleOf(time: number): number {
    const index = lastAtOrBefore(this.starts, time - this.from);
    return index < 0 ? this.starts.length - 1 : index;
  }

  /**
   * How strongly spikes that are all moved by `shift` around the stretch point to the ranges, for each kind of evidence
   * in standard deviations of spikes that begin anywhere in their cycles: they overlap a range, they begin in one, they
   * begin when one begins, they end when one ends, the longer the range the longer the spike. And the shares that
   * overlap and begin in one, seen and expected.
   */
  evidence(spikes: Intervals, spikeRanks: Float64Array, shift: number): Evidence {
    const n = spikes.starts.length;
    let [hits, expected, doubt] = [0, 0, 0];
    let [onsets, onsetsExpected, onsetDoubt] = [0, 0, 0];
    let [startNear, endNear, dose] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const duration = spikes.ends[i] - spikes.starts[i];
      const at = wrapped(spikes.starts[i] - this.from + shift, this.turn);
      const cycle = this.indexIn(this.starts, at);
      const gap = this.gaps[cycle];
      const inside = wrapped(at - this.starts[cycle], this.turn);
      const length = this.lengths[cycle];
      const begins = inside < length;
      const reaches = inside + duration > gap;
      if (begins || reaches) {
        hits++;
        const range = begins ? cycle : (cycle + 1) % this.starts.length;
        dose += this.lengthRanks[range] * spikeRanks[i];
      }
      if (begins) onsets++;
      const chance = Math.min(1, (length + duration) / gap);
      expected += chance;
      doubt += chance * (1 - chance);
      const onsetChance = Math.min(1, length / gap);
      onsetsExpected += onsetChance;
      onsetDoubt += onsetChance * (1 - onsetChance);
      startNear += nearness(inside / gap);
      const end = wrapped(at + duration, this.turn);
      const last = this.indexIn(this.ends, end);
      endNear += nearness(wrapped(end - this.ends[last], this.turn) / this.endGaps[last]);
    }
    const scale = Math.sqrt(n * nearVariance);
    return {
      overlap: (hits - expected) / Math.sqrt(doubt + 0.25),
      onset: (onsets - onsetsExpected) / Math.sqrt(onsetDoubt + 0.25),
      start: startNear / scale,
      end: endNear / scale,
      dose: dose / Math.sqrt(hits + 1),
      share: hits / n,
      expectedShare: expected / n,
      onsetShare: onsets / n,
      expectedOnsets: onsetsExpected / n,
    };
  }

  private indexIn(sorted: Float64Array, time: number): number {
    const index = lastAtOrBefore(sorted, time);
    return index < 0 ? sorted.length - 1 : index;
  }
}

/** What {@link Cycles.evidence} finds. */
export type Evidence = Readonly<Record<EvidenceKind, number>> & {
  readonly share: number;
  readonly expectedShare: number;
  readonly onsetShare: number;
  readonly expectedOnsets: number;
};

/** Ranks from -1 to 1, equal values sharing theirs; 0 where all are equal. */
export function centredRanks(values: Float64Array): Float64Array {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) ranks[order[i]] = (from + to) / order.length - 1;
    from = to;
  }
  return ranks;
}

function gapsOf(marks: Float64Array, turn: number): Float64Array {
  return marks.map(
    (mark, i) => (i + 1 < marks.length ? marks[i + 1] - mark : turn - mark + marks[0]) || turn,
  );
}

function wrapped(time: number, turn: number): number {
  const within = time % turn;
  return within < 0 ? within + turn : within;
}

function nearness(phase: number): number {
  const distance = Math.min(phase, 1 - phase);
  return nearMean - distance / (distance + near);
}
