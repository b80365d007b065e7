import {
  Argument,
  argumentOfCode,
  eventKinds,
  fromOfCode,
  isOwnTransition,
  kindOfCode,
  metricNames,
  Resource,
  rangeNames,
  resourceOfCode,
  toOfCode,
} from "./event-codes.js";
import type { EventColumns, EventStore } from "./event-store.js";
import { G, goroutineStates, Wire } from "./wire.js";

/** Count, sum and greatest of some durations. */
export interface DurationSums {
  count: number;
  total_ns: number;
  max_ns: number;
}

/** What {@link EventSums} adds up, in the names of the summary. */
export interface SumsResult {
  events: number;
  kinds: Record<string, number>;
  span_ns: number;
  goroutines: number;
  state_ns: Record<string, number>;
  transitions: Record<string, number>;
  block_reasons: Record<string, number>;
  ranges: Record<string, DurationSums>;
  sched_latency: DurationSums & { p50_ns: number; p99_ns: number };
  tasks: Record<string, number>;
  regions: Record<string, number>;
  logs: number;
  metrics: Record<string, number>;
  frames: number;
}

const unknown = 255;
/** Waits shorter than this, in ns, are counted by their exact length; longer ones are kept. */
const countedWaits: number = 1 << 16;

// What the loop does with an event, by code.
const Work = { None: 0, Transition: 1, Stop: 2, Start: 3, Range: 4, Annotation: 5 } as const;
const workOfCode = new Uint8Array(256);
for (let code = 0; code < 256; code++) {
  const kind = eventKinds[kindOfCode[code]];
  if (kind === "StateTransition" && resourceOfCode[code] === Resource.Goroutine)
    workOfCode[code] = Work.Transition;
  if (kind.startsWith("Range")) workOfCode[code] = Work.Range;
  if (kind === "TaskBegin" || kind === "RegionBegin") workOfCode[code] = Work.Annotation;
}
workOfCode[Wire.GoStop] = Work.Stop;
workOfCode[Wire.GoBlock] = Work.Stop;
workOfCode[Wire.GoStart] = Work.Start;

/**
 * Adds up ordered events as they come, for a capture's summary; nothing of them is kept.
 *
 * A goroutine's time in a state runs from one of its transitions to the next, its first one being where it became
 * known; a wait for the scheduler runs from the event that made it Runnable, where that was seen, to Running.
 */
export class EventSums {
  private readonly store: EventStore;
  private readonly counts = new Float64Array(256);
  private state: Uint8Array = new Uint8Array(1024).fill(unknown);
  private since: Float64Array = new Float64Array(1024);
  private runnableSince: Float64Array = new Float64Array(1024).fill(-1);
  private readonly stateNs = new Float64Array(6);
  private stackUses: Float64Array = new Float64Array(1024);
  private reasonCounts: Float64Array = new Float64Array(256);
  private readonly shortWaits = new Int32Array(countedWaits);
  private longWaits: Float64Array = new Float64Array(1024);
  private longWaitCount = 0;
  private readonly openRanges = new Map<string, number>();
  private readonly ranges = new Map<string, DurationSums>();
  private readonly tasks = new Map<number, number>();
  private readonly regions = new Map<number, number>();
  private firstTime = Number.NaN;
  private lastTime = 0;

  constructor(store: EventStore) {
    this.store = store;
  }

  /** Adds the rows of the columns. */
  add(columns: EventColumns): void {
    const { rows, time, code: codes, g: gs, a: as, stack: stacks } = columns;
    if (rows === 0) return;
    if (Number.isNaN(this.firstTime)) this.firstTime = time[0];
    this.lastTime = time[rows - 1];
    this.makeRoom();
    const { counts, state, since, runnableSince, stateNs, stackUses, reasonCounts, shortWaits } = this;
    const { earlierLives } = this.store;
    for (let row = 0; row < rows; row++) {
      const code = codes[row];
      counts[code]++;
      const stack = stacks[row];
      if (stack >= 0) stackUses[stack]++;
      const work = workOfCode[code];
      if (work === Work.None) continue;
      if (work >= Work.Range) {
        if (work === Work.Range) this.addRange(columns, row);
        else this.addAnnotation(columns, row);
        continue;
      }
      const t = time[row];
      const g = isOwnTransition[code] === 1 ? gs[row] : as[row];
      const old = state[g];
      if (old !== unknown) stateNs[old] += t - since[g];
      else if (earlierLives.size > 0) this.addAbsence(g, t);
      since[g] = t;
      const to = toOfCode[code];
      state[g] = to;
      if (work === Work.Start) {
        const start = runnableSince[g];
        if (start >= 0) {
          const wait = t - start;
          if (wait < countedWaits) shortWaits[wait]++;
          else this.addLongWait(wait);
        }
      } else {
        if (work === Work.Stop) reasonCounts[as[row]]++;
        if (to === G.Runnable) {
          const from = fromOfCode[code];
          if (from !== G.Runnable) runnableSince[g] = from === G.Undetermined ? -1 : t;
        }
      }
    }
  }

  /** Between two lives of one id there is no goroutine, which counts as a state like any other. */
  private addAbsence(g: number, t: number): void {
    const before = this.store.earlierLives.get(g);
    if (before === undefined || this.state[before] === unknown) return;
    this.stateNs[this.state[before]] += t - this.since[before];
  }

  private makeRoom(): void {
    const goroutines = this.store.goroutines.size;
    if (goroutines > this.state.length) {
      const length = Math.max(goroutines, this.state.length * 2);
      const state = new Uint8Array(length).fill(unknown);
      state.set(this.state);
      this.state = state;
      this.since = grown(this.since, length, 0);
      this.runnableSince = grown(this.runnableSince, length, -1);
    }
    if (this.store.stacks.size > this.stackUses.length) {
      this.stackUses = grown(this.stackUses, this.store.stacks.size * 2, 0);
    }
    const strings = this.store.strings.values.length;
    if (strings > this.reasonCounts.length) this.reasonCounts = grown(this.reasonCounts, strings * 2, 0);
  }

  private addLongWait(wait: number): void {
    if (this.longWaitCount === this.longWaits.length) {
      this.longWaits = grown(this.longWaits, this.longWaits.length * 2, 0);
    }
    this.longWaits[this.longWaitCount++] = wait;
  }

  private addRange(columns: EventColumns, row: number): void {
    const code = columns.code[row];
    const kind = eventKinds[kindOfCode[code]];
    const { name, key } = this.rangeKey(columns, row, code);
    const t = columns.time[row];
    if (kind === "RangeBegin") this.openRanges.set(key, t);
    else if (kind === "RangeActive") {
      if (!this.openRanges.has(key)) this.openRanges.set(key, t);
    } else {
      const start = this.openRanges.get(key);
      if (start === undefined) return;
      this.openRanges.delete(key);
      addDuration(this.ranges, name, t - start);
    }
  }

  private rangeKey(columns: EventColumns, row: number, code: number): { name: string; key: string } {
    const a = columns.a[row];
    const base = rangeNames.get(code) ?? "";
    const isStop = argumentOfCode[code] === Argument.String;
    const name = isStop ? `${base} (${this.store.strings.values[a]})` : base;
    const resource = resourceOfCode[code];
    let id = -1;
    if (resource === Resource.Goroutine)
      id = argumentOfCode[code] === Argument.Goroutine ? a : columns.g[row];
    else if (resource === Resource.Proc) id = argumentOfCode[code] === Argument.Proc ? a : columns.p[row];
    return { name, key: `${resource} ${id} ${name}` };
  }

  private addAnnotation(columns: EventColumns, row: number): void {
    const at = columns.a[row];
    const isTask = columns.code[row] === Wire.UserTaskBegin;
    const counts = isTask ? this.tasks : this.regions;
    const name = columns.wide[at + (isTask ? 2 : 1)];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  /** The sums so far. */
  result(): SumsResult {
    const { store, counts } = this;
    const kinds: Record<string, number> = {};
    const transitions: Record<string, number> = {};
    const metrics: Record<string, number> = {};
    let events = 0;
    for (let code = 0; code < 256; code++) {
      const count = counts[code];
      if (count === 0) continue;
      events += count;
      increase(kinds, eventKinds[kindOfCode[code]], count);
      const metric = metricNames.get(code);
      if (metric) increase(metrics, metric, count);
      if (workOfCode[code] < Work.Transition || workOfCode[code] > Work.Start) continue;
      increase(
        transitions,
        `${goroutineStates[fromOfCode[code]]}->${goroutineStates[toOfCode[code]]}`,
        count,
      );
    }
    const stateNs: Record<string, number> = {};
    for (const [state, ns] of this.stateNs.entries()) if (ns > 0) stateNs[goroutineStates[state]] = ns;
    const named = (counted: Map<number, number>): Record<string, number> =>
      Object.fromEntries([...counted].map(([name, count]) => [store.strings.values[name], count]));
    const reasons = new Map(
      [...this.reasonCounts.entries()].filter(([name, count]) => name > 0 && count > 0),
    );
    let frames = 0;
    for (let stack = 0; stack < store.stacks.size; stack++) {
      if (this.stackUses[stack] > 0) frames += this.stackUses[stack] * store.stacks.depth(stack);
    }
    return {
      events,
      kinds,
      span_ns: events > 0 ? this.lastTime - this.firstTime : 0,
      goroutines: this.knownGoroutines(),
      state_ns: stateNs,
      transitions,
      block_reasons: named(reasons),
      ranges: Object.fromEntries(this.ranges),
      sched_latency: this.schedLatency(),
      tasks: named(this.tasks),
      regions: named(this.regions),
      logs: kinds.Log ?? 0,
      metrics,
      frames,
    };
  }

  // One id may have several lives; it is one goroutine all the same, as it is to Go's reader.
  private knownGoroutines(): number {
    const { ids } = this.store.goroutines;
    const seen = new Set<number>();
    let count = 0;
    const lives = this.store.goroutines.size;
    for (let g = 0; g < lives && g < this.state.length; g++) {
      if (this.state[g] === unknown) continue;
      if (this.store.goroutines.find(ids[g]) === g) count++;
      else seen.add(ids[g]);
    }
    for (const id of seen) if (this.state[this.store.goroutines.find(id)] === unknown) count++;
    return count;
  }

  private schedLatency(): SumsResult["sched_latency"] {
    const { shortWaits } = this;
    const long = this.longWaits.slice(0, this.longWaitCount).sort();
    let short = 0;
    let total = 0;
    let max = 0;
    for (let wait = 0; wait < countedWaits; wait++) {
      if (shortWaits[wait] === 0) continue;
      short += shortWaits[wait];
      total += shortWaits[wait] * wait;
      max = wait;
    }
    for (const wait of long) total += wait;
    const count = short + long.length;
    const quantile = (q: number): number => {
      const rank = Math.max(Math.ceil(q * count), 1);
      if (rank > short) return long[rank - short - 1] ?? 0;
      let seen = 0;
      for (let wait = 0; wait < countedWaits; wait++) {
        seen += shortWaits[wait];
        if (seen >= rank) return wait;
      }
      return 0;
    };
    return {
      count,
      total_ns: total,
      max_ns: long.length > 0 ? long[long.length - 1] : max,
      p50_ns: count > 0 ? quantile(0.5) : 0,
      p99_ns: count > 0 ? quantile(0.99) : 0,
    };
  }
}

function increase(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by;
}

function addDuration(sums: Map<string, DurationSums>, name: string, duration: number): void {
  const sum = sums.get(name) ?? { count: 0, total_ns: 0, max_ns: 0 };
  sum.count++;
  sum.total_ns += duration;
  sum.max_ns = Math.max(sum.max_ns, duration);
  sums.set(name, sum);
}

function grown(old: Float64Array, length: number, fill: number): Float64Array {
  const bigger = new Float64Array(length);
  if (fill !== 0) bigger.fill(fill);
  bigger.set(old);
  return bigger;
}
