import { firstEndingAfter } from "../analyze/intervals.js";
import { ProcessorsOverTime } from "../analyze/processors-over-time.js";
import type { TraceView } from "../analyze/trace-view.js";

/** Rows of `goroutine_states` in which a processor ran goroutines, in time. */
interface ProcessorRows {
  readonly rows: Int32Array;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** What ran while somebody waited for a processor. */
export interface Occupancy {
  /** Time by who ran: a key of {@link Occupants.keyOf}. */
  readonly byKey: Map<string, { ns: number; rows: { row: number; from: number; to: number }[] }>;
  /** Processors' time in which none ran a goroutine. */
  readonly idle_ns: number;
  /** Processors' time in all. */
  readonly whole_ns: number;
}

/** The key of the collector's mark workers. */
export const markWorker = "runtime.gcBgMarkWorker";

/** The part of the processors that marking is entitled to (gcBackgroundUtilization, runtime/mgcpacer.go). */
const markingShare = 0.25;

/** A processor without a goroutine for this long is idle, not between two. */
const idle_ns = 5_000;
const furthest_ns = 50_000_000;

/** Who had the processors, and when. */
export class Occupants {
  private readonly view: TraceView;
  private readonly byProcessor: ProcessorRows[] = [];
  private readonly processors: ProcessorsOverTime;
  private readonly usual = new Map<string, number>();
  private readonly keys = new Map<number, string>();
  private whole = 0;

  constructor(view: TraceView) {
    this.view = view;
    this.processors = new ProcessorsOverTime(view.source);
    this.group();
  }

  private group(): void {
    const { view } = this;
    const { start, end, p: processor, running } = view;
    const { codes } = view.state;
    const counts: number[] = [];
    let [first, last] = [Number.POSITIVE_INFINITY, 0];
    for (let row = 0; row < start.length; row++) {
      if (start[row] < first) first = start[row];
      if (end[row] > last) last = end[row];
      const p = processor[row];
      if (codes[row] === running && p >= 0) counts[p] = (counts[p] ?? 0) + 1;
    }
    for (let p = 0; p < counts.length; p++) {
      const length = counts[p] ?? 0;
      this.byProcessor.push({
        rows: new Int32Array(length),
        starts: new Float64Array(length),
        ends: new Float64Array(length),
      });
    }
    const at = new Int32Array(counts.length);
    // By stack first, and for those without one by goroutine: names are few, rows are millions.
    const byStack = new Map<number, { row: number; ns: number }>();
    for (let row = 0; row < start.length; row++) {
      const p = processor[row];
      if (codes[row] !== running || p < 0) continue;
      const { rows, starts, ends } = this.byProcessor[p];
      const i = at[p]++;
      rows[i] = row;
      starts[i] = start[row];
      ends[i] = end[row];
      const group = this.groupOf(row);
      const sum = byStack.get(group);
      if (sum) sum.ns += end[row] - start[row];
      else byStack.set(group, { row, ns: end[row] - start[row] });
    }
    for (const { row, ns } of byStack.values()) {
      const key = this.keyOf(row);
      this.usual.set(key, (this.usual.get(key) ?? 0) + ns);
    }
    this.whole = Math.max(1, (last - first) * Math.max(1, this.count(first)));
  }

  // A number that rows with the same key share: their stack's, or, where the program's own are not in it, their goroutine's.
  private groupOf(row: number): number {
    const { view } = this;
    const stack = view.endStack[row] >= 0 ? view.endStack[row] : view.stack[row];
    if (stack < 0) return -1 - view.g[row];
    let key = this.keys.get(stack);
    if (key === undefined) {
      this.keyOf(row);
      key = this.keys.get(stack);
    }
    return key === "" ? -1 - view.g[row] : stack;
  }

  private count(time: number): number {
    return this.processors.at(time) ?? this.byProcessor.length;
  }

  /** Whose time a Running row is: the program's outermost function in its stack, else the goroutine's entry function. */
  keyOf(row: number): string {
    const { view } = this;
    const stack = view.endStack[row] >= 0 ? view.endStack[row] : view.stack[row];
    let key = this.keys.get(stack);
    if (key === undefined || stack < 0) {
      const own = view.frames.own(stack);
      key = own[own.length - 1]?.func ?? "";
      if (stack >= 0) this.keys.set(stack, key);
    }
    return key === "" ? view.nameOf(view.g[row]) : key;
  }

  /**
   * The part of all processors' time in the capture that a key has. What mark workers have beyond the quarter that the collector
   * is entitled to is mostly marking on processors that nobody wanted: it is not what they usually take from others.
   */
  usualShare(key: string): number {
    const share = (this.usual.get(key) ?? 0) / this.whole;
    return key === markWorker ? Math.min(share, markingShare) : share;
  }

  /** What the processors did from `from` to `to`, other than the goroutine that waited. */
  during(from: number, to: number): Occupancy {
    const byKey: Occupancy["byKey"] = new Map();
    let busy = 0;
    for (const { rows, starts, ends } of this.byProcessor) {
      for (let i = firstEndingAfter({ starts, ends }, from); i < rows.length && starts[i] < to; i++) {
        const [begin, end] = [Math.max(from, starts[i]), Math.min(to, ends[i])];
        if (end <= begin) continue;
        busy += end - begin;
        const key = this.keyOf(rows[i]);
        const entry = byKey.get(key) ?? { ns: 0, rows: [] };
        byKey.set(key, entry);
        entry.ns += end - begin;
        entry.rows.push({ row: rows[i], from: begin, to: end });
      }
    }
    const whole_ns = (to - from) * this.count(from);
    return { byKey, idle_ns: Math.max(0, whole_ns - busy), whole_ns };
  }

  /**
   * Since when, at the latest at `time`, no processor has been idle: who waits then waits for all that has come in since. Looked at
   * no further back than a few scheduler slices.
   */
  busySince(time: number): number {
    let since = time - furthest_ns;
    for (const { rows, starts, ends } of this.byProcessor) {
      let i = firstEndingAfter({ starts, ends }, time);
      let from = i < rows.length && starts[i] <= time ? starts[i] : time;
      for (i--; i >= 0 && from - ends[i] < idle_ns && from > since; i--) from = starts[i];
      since = Math.max(since, Math.min(from, time));
    }
    return since;
  }

  /**
   * Who kept the processors, beyond what they usually take: weights that sum to 1. Where nobody took more than usual it is
   * everybody by time: the processors are simply too few.
   */
  blame({ byKey, whole_ns }: Occupancy): Map<string, number> {
    const beyond = new Map<string, number>();
    for (const [key, { ns }] of byKey) {
      const more = ns / whole_ns - this.usualShare(key);
      if (more > 0.05) beyond.set(key, more);
    }
    if (beyond.has(markWorker)) return withMarking(byKey, beyond);
    const from = beyond.size > 0 ? beyond : new Map([...byKey].map(([key, { ns }]) => [key, ns]));
    const sum = [...from.values()].reduce((all, value) => all + value, 0);
    return new Map([...from].map(([key, value]) => [key, value / sum]));
  }

  /**
   * How late a timer that fired at `time` can be: how long the processor that fired it had run one goroutine before, while none
   * was idle. Timers fire when a processor looks for work.
   */
  latenessBefore(time: number, since: number): { ns: number; row: number } {
    let best = { ns: 0, row: -1 };
    for (const { rows, starts, ends } of this.byProcessor) {
      const i = firstEndingAfter({ starts, ends }, time - 200_000);
      for (let k = i; k < rows.length && starts[k] < time; k++) {
        if (ends[k] > time + 1000) continue;
        const ns = time - Math.max(since, starts[k]);
        if (ns > best.ns) best = { ns, row: rows[k] };
      }
    }
    if (best.ns > 0 && this.during(time - best.ns, time).idle_ns > 0.1 * best.ns) return { ns: 0, row: -1 };
    return best;
  }
}

// Mark workers took what they had, by time and no more; the rest is whoever's took more than usual, else everybody's.
function withMarking(byKey: Occupancy["byKey"], beyond: ReadonlyMap<string, number>): Map<string, number> {
  const others = [...byKey].filter(([key]) => key !== markWorker);
  const rest = others.reduce((sum, [, { ns }]) => sum + ns, 0);
  const mark_ns = byKey.get(markWorker)?.ns ?? 0;
  const mark = mark_ns / Math.max(1, mark_ns + rest);
  const unusual = others.filter(([key]) => beyond.has(key));
  const weights = (unusual.length > 0 ? unusual : others).map(([key, { ns }]): [string, number] => [
    key,
    beyond.get(key) ?? ns,
  ]);
  const sum = weights.reduce((all, [, weight]) => all + weight, 0);
  return new Map([
    [markWorker, mark],
    ...weights.map(([key, weight]): [string, number] => [key, ((1 - mark) * weight) / sum]),
  ]);
}
