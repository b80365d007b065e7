import {
  Argument,
  argumentOfCode,
  eventKinds,
  fromOfCode,
  isOwnTransition,
  kindOfCode,
  Resource,
  resourceOfCode,
  toOfCode,
} from "./event-codes.js";
import type { EventColumns, StoreSizes } from "./event-store.js";
import { G, Wire } from "./wire.js";

/** Count, sum and greatest of some durations. */
export interface DurationSums {
  count: number;
  total_ns: number;
  max_ns: number;
}

/** What {@link EventSums} has added up, as numbers that {@link sumsResult} gives names. */
export interface RawSums {
  /** By code. */
  readonly counts: Float64Array;
  readonly firstTime: number;
  readonly lastTime: number;
  /** By dense goroutine: its last state, {@link unseen} when it had none. */
  readonly state: Uint8Array;
  /** By state, in ns. */
  readonly stateNs: Float64Array;
  /** By stack. */
  readonly stackUses: Float64Array;
  /** By string: how often it was the reason of a stop or a block. */
  readonly reasonCounts: Float64Array;
  /** By length in ns: waits for the scheduler. */
  readonly shortWaits: Int32Array;
  /** Lengths of those that are longer, in no order. */
  readonly longWaits: Float64Array;
  /** By range, see {@link rangeOf}. */
  readonly ranges: ReadonlyMap<number, DurationSums>;
  /** By string: how many tasks, and regions, began with that type. */
  readonly tasks: ReadonlyMap<number, number>;
  readonly regions: ReadonlyMap<number, number>;
}

/** The state of a goroutine that no event has told of. */
export const unseen = 255;
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
const rangeBegin = eventKinds.indexOf("RangeBegin");
const rangeEnd = eventKinds.indexOf("RangeEnd");
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
  private readonly counts = new Float64Array(256);
  private state: Uint8Array = new Uint8Array(1024).fill(unseen);
  private since: Float64Array = new Float64Array(1024);
  private runnableSince: Float64Array = new Float64Array(1024).fill(-1);
  private readonly stateNs = new Float64Array(6);
  private stackUses: Float64Array = new Float64Array(1024);
  private reasonCounts: Float64Array = new Float64Array(256);
  private readonly shortWaits = new Int32Array(countedWaits);
  private longWaits: Float64Array = new Float64Array(1024);
  private longWaitCount = 0;
  private readonly openRanges = new Map<number, Map<number, number>>();
  private readonly ranges = new Map<number, DurationSums>();
  private readonly tasks = new Map<number, number>();
  private readonly regions = new Map<number, number>();
  private firstTime = Number.NaN;
  private lastTime = 0;

  /**
   * Adds the rows of the columns.
   *
   * @param earlierLife by dense goroutine: the life its id had before, -1 for none
   */
  add(columns: EventColumns, sizes: StoreSizes, earlierLife: Int32Array): void {
    const { rows, time, code: codes, g: gs, a: as, stack: stacks } = columns;
    if (rows === 0) return;
    if (Number.isNaN(this.firstTime)) this.firstTime = time[0];
    this.lastTime = time[rows - 1];
    this.makeRoom(sizes);
    const { counts, state, since, runnableSince, stateNs, stackUses, reasonCounts, shortWaits } = this;
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
      if (old !== unseen) stateNs[old] += t - since[g];
      else if (earlierLife[g] >= 0) this.addAbsence(earlierLife[g], t);
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
  private addAbsence(before: number, t: number): void {
    if (this.state[before] === unseen) return;
    this.stateNs[this.state[before]] += t - this.since[before];
  }

  private makeRoom({ goroutines, stacks, strings }: StoreSizes): void {
    if (goroutines > this.state.length) {
      const length = Math.max(goroutines, this.state.length * 2);
      const state = new Uint8Array(length).fill(unseen);
      state.set(this.state);
      this.state = state;
      this.since = grown(this.since, length, 0);
      this.runnableSince = grown(this.runnableSince, length, -1);
    }
    if (stacks > this.stackUses.length) this.stackUses = grown(this.stackUses, stacks * 2, 0);
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
    const kind = kindOfCode[code];
    const range = rangeOf(code, columns.a[row]);
    const id = resourceOfRange(columns, row, code);
    let open = this.openRanges.get(range);
    if (!open) {
      open = new Map();
      this.openRanges.set(range, open);
    }
    const t = columns.time[row];
    const start = open.get(id);
    if (kind === rangeBegin || (kind !== rangeEnd && start === undefined)) open.set(id, t);
    else if (kind === rangeEnd && start !== undefined) {
      open.delete(id);
      this.addDuration(range, t - start);
    }
  }

  private addDuration(range: number, duration: number): void {
    let sum = this.ranges.get(range);
    if (!sum) {
      sum = { count: 0, total_ns: 0, max_ns: 0 };
      this.ranges.set(range, sum);
    }
    sum.count++;
    sum.total_ns += duration;
    sum.max_ns = Math.max(sum.max_ns, duration);
  }

  private addAnnotation(columns: EventColumns, row: number): void {
    const at = columns.a[row];
    const isTask = columns.code[row] === Wire.UserTaskBegin;
    const counts = isTask ? this.tasks : this.regions;
    const name = columns.wide[at + (isTask ? 2 : 1)];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  /** The sums so far. */
  raw(): RawSums {
    const { counts, firstTime, lastTime, state, stateNs, stackUses, reasonCounts, shortWaits } = this;
    const { ranges, tasks, regions } = this;
    const longWaits = this.longWaits.slice(0, this.longWaitCount);
    return {
      counts,
      firstTime,
      lastTime,
      state,
      stateNs,
      stackUses,
      reasonCounts,
      shortWaits,
      longWaits,
      ranges,
      tasks,
      regions,
    };
  }
}

/** Codes of ranges that are one; a stop-the-world is one for each of its reasons. */
const rangeCodes = new Uint8Array(256);
for (const [begin, ...others] of [
  [Wire.STWBegin, Wire.STWEnd],
  [Wire.GCBegin, Wire.GCActive, Wire.GCEnd],
  [Wire.GCSweepBegin, Wire.GCSweepActive, Wire.GCSweepEnd],
  [Wire.GCMarkAssistBegin, Wire.GCMarkAssistActive, Wire.GCMarkAssistEnd],
]) {
  for (const code of [begin, ...others]) rangeCodes[code] = begin;
}

/** The number of an event's range: the code that begins it, and 256 times the string of its reason. */
function rangeOf(code: number, a: number): number {
  return rangeCodes[code] + (argumentOfCode[code] === Argument.String ? 256 * a : 0);
}

/** A range's number taken apart. */
export function rangeParts(range: number): { code: number; reason: number } {
  return { code: range % 256, reason: Math.floor(range / 256) };
}

/** The goroutine or processor whose range it is. */
function resourceOfRange(columns: EventColumns, row: number, code: number): number {
  const resource = resourceOfCode[code];
  const argument = argumentOfCode[code];
  if (resource === Resource.Goroutine) {
    return argument === Argument.Goroutine ? columns.a[row] : columns.g[row];
  }
  if (resource === Resource.Proc) return argument === Argument.Proc ? columns.a[row] : columns.p[row];
  return -1;
}

function grown(old: Float64Array, length: number, fill: number): Float64Array {
  const bigger = new Float64Array(length);
  if (fill !== 0) bigger.fill(fill);
  bigger.set(old);
  return bigger;
}
