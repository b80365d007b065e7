import type { UtilizationSteps } from "./utilization-steps.js";

/** A window and the mean utilization in it. */
export interface UtilizationWindow {
  time_ns: number;
  utilization: number;
}

interface Band {
  minUtil: number;
  /** The integral of utilization up to the band's left edge. */
  cumUtil: number;
  /** Index of the step in force at the left edge. */
  position: number;
}

const bandsPerSeries = 1000;

/**
 * Minimum mutator utilization of a step function. The algorithm is that of Go's internal/trace/gc.go: bands bound
 * the utilization of all windows that begin in them from below, and only bands that can still matter are looked at
 * exactly; there, the minimum lies where an edge of the window meets a step. Arithmetic is in the same order, so
 * results are equal to the last bit.
 */
export class MmuCurve {
  private readonly times: Float64Array;
  private readonly utils: Float64Array;
  private readonly sums: Float64Array;
  private readonly bands: Band[] = [];
  private readonly bandDur: number;
  private readonly exact: boolean;

  /** @param exact leave out windows that end after the capture, which Go's code can take by up to 1000 ns */
  constructor({ times, utils }: UtilizationSteps, exact = false) {
    this.exact = exact;
    this.times = times;
    this.utils = utils;
    this.sums = cumulated(times, utils);
    const count = Math.min(bandsPerSeries, utils.length);
    this.bandDur = Math.max(1, Math.ceil((times[times.length - 1] - times[0]) / count));
    const left = new Integrator(times, utils, this.sums, 0);
    for (let i = 0; i <= count; i++) {
      const [start, end] = this.bandTime(i);
      const cumUtil = left.advance(start);
      let minUtil = 1;
      for (let j = left.position; j < utils.length && times[j] < end; j++)
        minUtil = Math.min(minUtil, utils[j]);
      this.bands.push({ minUtil, cumUtil, position: left.position });
    }
  }

  /** The least mean utilization of all windows of this length, in [0, 1]. */
  mmu(window: number): number {
    const found = new Accumulator(0);
    this.search(window, found);
    return found.mmu;
  }

  /** The worst windows of this length, disjoint, worst first. */
  worst(window: number, count: number): UtilizationWindow[] {
    const found = new Accumulator(count);
    this.search(window, found);
    return found.windows.sort((a, b) => a.utilization - b.utilization || a.time_ns - b.time_ns);
  }

  private search(length: number, found: Accumulator): void {
    if (length <= 0) {
      found.mmu = 0;
      return;
    }
    const window = Math.min(length, this.times[this.times.length - 1] - this.times[0]);
    const bounds = this.lowerBounds(window);
    const order = Array.from(bounds.keys()).sort((a, b) => bounds[a] - bounds[b] || a - b);
    for (const band of order) {
      if (!(bounds[band] < found.bound)) break;
      this.refine(band, window, found);
    }
  }

  private bandTime(band: number): [number, number] {
    const start = band * this.bandDur + this.times[0];
    return [start, start + this.bandDur];
  }

  // For each band the worst any window that begins in it could be, from the bands it can touch.
  private lowerBounds(window: number): Float64Array {
    const { bands, bandDur } = this;
    const minBands = Math.floor((window + bandDur - 1) / bandDur);
    const maxBands = Math.floor((window + 2 * (bandDur - 1)) / bandDur);
    const tail = window % bandDur;
    const count = Math.max(0, bands.length - maxBands + 1);
    const bounds = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const l = bands[i].minUtil;
      const r1 = bands[i + minBands - 1].minUtil;
      const r2 = bands[i + maxBands - 1].minUtil;
      const least = Math.min(l, r1, r2);
      let util = 0;
      if (minBands === 1) util += least * window;
      else {
        util += least * bandDur;
        let middle = 0;
        if (least === l) middle = Math.min(r1, r2);
        else if (least === r1) middle = Math.min(l, r2);
        else if (least === r2) middle = Math.min(l, r1);
        util += middle * tail;
      }
      if (minBands > 2) util += bands[i + minBands - 1].cumUtil - bands[i + 1].cumUtil;
      bounds[i] = util / window;
    }
    return bounds;
  }

  private refine(band: number, window: number, found: Accumulator): void {
    const { times, utils, sums } = this;
    const left = new Integrator(times, utils, sums, this.bands[band].position);
    const right = new Integrator(times, utils, sums, this.bands[band].position);
    let [time, end] = this.bandTime(band);
    end = Math.min(end, times[times.length - 1] - window);
    if (this.exact && time > end) return;
    for (;;) {
      const util = (right.advance(time + window) - left.advance(time)) / window;
      if (found.add(time, util, window) || time === end) return;
      // Utilization over a window changes by at most 1/window per ns: nothing closer can be low enough.
      const soonest = time + Math.trunc((util - found.bound) * window);
      time = Math.min(left.next(time), right.next(time + window) - window);
      time = Math.min(end, Math.max(time, soonest));
    }
  }
}

class Integrator {
  private readonly times: Float64Array;
  private readonly utils: Float64Array;
  private readonly sums: Float64Array;
  position: number;

  constructor(times: Float64Array, utils: Float64Array, sums: Float64Array, position: number) {
    this.times = times;
    this.utils = utils;
    this.sums = sums;
    this.position = position;
  }

  /** The integral from the beginning to `time`; times must not decrease from call to call. */
  advance(time: number): number {
    const { times } = this;
    let low = this.position;
    let high = times.length;
    // Mostly nearby: look a few steps ahead before halving.
    if (low + 8 < high && times[low + 8] > time) high = low + 8;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (times[middle] <= time) low = middle + 1;
      else high = middle;
    }
    this.position = low - 1;
    const since = time - times[this.position];
    return this.sums[this.position] + (since === 0 ? 0 : this.utils[this.position] * since);
  }

  /** The time of the next step after `time`. */
  next(time: number): number {
    for (let i = this.position; i < this.times.length; i++) if (this.times[i] > time) return this.times[i];
    return Number.POSITIVE_INFINITY;
  }
}

class Accumulator {
  mmu = 1;
  bound = 1;
  windows: UtilizationWindow[] = [];
  private readonly wanted: number;

  constructor(wanted: number) {
    this.wanted = wanted;
  }

  /** Takes a window; true when no further one can matter. */
  add(time_ns: number, utilization: number, window: number): boolean {
    if (utilization < this.mmu) this.mmu = utilization;
    this.bound = this.mmu;
    if (this.wanted === 0) return utilization === 0;
    if (this.windows.length < this.wanted || utilization < this.leastBad())
      this.keep(time_ns, utilization, window);
    this.bound = this.windows.length < this.wanted ? 1 : Math.max(this.bound, this.leastBad());
    return this.windows.length === this.wanted && this.leastBad() === 0;
  }

  // Of overlapping windows only the worst is kept.
  private keep(time_ns: number, utilization: number, window: number): void {
    const other = this.windows.findIndex(
      (kept) => time_ns + window > kept.time_ns && kept.time_ns + window > time_ns,
    );
    if (other >= 0) {
      if (this.windows[other].utilization <= utilization) return;
      this.windows.splice(other, 1);
    }
    this.windows.push({ time_ns, utilization });
    this.windows.sort((a, b) => b.utilization - a.utilization || b.time_ns - a.time_ns);
    if (this.windows.length > this.wanted) this.windows.shift();
  }

  private leastBad(): number {
    return this.windows[0]?.utilization ?? 1;
  }
}

function cumulated(times: Float64Array, utils: Float64Array): Float64Array {
  const sums = new Float64Array(times.length);
  for (let i = 1; i < times.length; i++) sums[i] = sums[i - 1] + utils[i - 1] * (times[i] - times[i - 1]);
  return sums;
}
