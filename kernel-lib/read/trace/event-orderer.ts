/**
 * Puts the events of a trace's threads into one order.
 *
 * Each thread writes its own batches, and clocks of different cores disagree a little, so time alone does not order
 * events. This is the algorithm of internal/trace (reader.go, order.go) of the Go 1.26 toolchain, step by step: the
 * thread with the earliest next event goes first if what it says can follow from the state of goroutines and
 * processors so far; if not, the next one in time that can. Sequence numbers on certain events decide.
 *
 * Events are decoded where they are needed, straight from the bytes into the columns: no object per event, and
 * state lives in typed arrays indexed by dense numbers.
 */
import { CaptureError } from "../../bytes/capture-error.js";
import { type BatchColumns, Content, type GenerationSpan } from "./batch-index.js";
import { goStatusCode, procStatusCode, procStealIdleCode, syncCode } from "./event-codes.js";
import type { EventStore } from "./event-store.js";
import { heapRemove, heapUpdate, siftDown, siftUp } from "./frontier-heap.js";
import { absoluteNs, type GenerationTables, missing, type Samples } from "./generation-tables.js";
import { goSort } from "./go-sort.js";
import { noRegion, OpenRegions } from "./open-regions.js";
import { argumentCounts, G, noThread, notTimed, P, Wire, wireNames } from "./wire.js";

// Statuses as the runtime writes them.
const GoStatus = { Runnable: 1, Running: 2, Syscall: 3, Waiting: 4 } as const;
const ProcStatus = { Running: 1, Idle: 2, Syscall: 3, SyscallAbandoned: 4 } as const;
/** The status of a goroutine or processor that does not exist. */
const unborn = 255;
const goStateOfStatus = [G.Undetermined, G.Runnable, G.Running, G.Syscall, G.Waiting];
const procStateOfStatus = [P.Undetermined, P.Running, P.Idle, P.Running, P.Idle];
const goStatusNames = ["Bad", "Runnable", "Running", "Syscall", "Waiting"];
const procStatusNames = ["Bad", "Running", "Idle", "Syscall", "SyscallAbandoned"];

const GcState = { Undetermined: 0, NotRunning: 1, Running: 2 } as const;

/** Events that are ordered at a time. */
const sliceRows = 16 << 10;
/** More processors than any machine; an id beyond is damage. */
const maxProcs = 1 << 20;
const overrun = "varint runs past the end of its batch, or overflows 64 bits";
/** A value of a task or a string that stands for none. */
const none = -1;

/** What an event comes to that is not handled in the loop itself. */
interface RareOutcome {
  /** How many events: 0 it cannot come yet, 1 it is one, 2 and 3 a switch, 4 a processor is given up first. */
  done: number;
  problem: string;
  code: number;
  m: number;
  p: number;
  g: number;
  /** Stack id in the generation's own numbering. */
  stack: number;
  a: number;
  /** The goroutine that a switch starts. */
  next: number;
  wide: number;
  w0: number;
  w1: number;
  w2: number;
}

// Records of threads, goroutines and processors stand in one array each, so that what an event needs of one is
// on one cache line, and the loop has few arrays to hold.

/** Fields of a thread's record: what it holds, whether it took part yet, its next event, its batch. */
const Thread = { G: 0, P: 1, Known: 2, Type: 3, Pos: 4, End: 5, Batch: 6 } as const;
const threadShift = 3;
/**
 * Fields of a goroutine's or processor's record; a sequence number holds within its generation. The last one is a
 * goroutine's innermost open region, and whether a processor sweeps.
 */
const State = { Status: 0, Sequence: 1, Generation: 2, Region: 3, Sweeping: 3 } as const;
const stateShift = 2;

/** Types whose first argument names a goroutine that may exist. */
const namesGoroutine = new Uint8Array(256);
for (const type of [
  Wire.GoCreate,
  Wire.GoCreateSyscall,
  Wire.GoStart,
  Wire.GoUnblock,
  Wire.GoStatus,
  Wire.GoStatusStack,
  Wire.GoSwitch,
  Wire.GoSwitchDestroy,
  Wire.GoCreateBlocked,
  Wire.GCMarkAssistActive,
]) {
  namesGoroutine[type] = 1;
}

/** Where the last long varint ended; set by {@link longVarint}. */
let varintEnd = 0;

/** Where {@link varintEnd} is after bytes that are no varint: beyond any file. */
const nowhere = 0x7ffffff0;

/**
 * A varint of any length at `at`, exact up to 2^53 and rounded once beyond. After bytes that are none, `varintEnd` is
 * {@link nowhere}, and stays there for all that is read on from it.
 */
function longVarint(bytes: Uint8Array, at: number): number {
  let low = 0;
  let high = 0;
  for (let count = 0; count < 10; count++) {
    const byte = at + count < bytes.length ? bytes[at + count] : 0xff;
    const bits = byte & 0x7f;
    const shift = count * 7;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) {
      varintEnd = count === 9 && byte > 1 ? nowhere : at + count + 1;
      return (high >>> 0) * 4294967296 + (low >>> 0);
    }
  }
  varintEnd = nowhere;
  return 0;
}

/** Options of one generation's ordering. */
export interface OrderOptions {
  /** Keep going where tables are incomplete, and drop the rest of a thread at bytes that make no sense. */
  readonly lenient: boolean;
  /**
   * Told of each thing that was dropped in lenient mode: its kind, and what there is to say of it, which is worth its
   * making for the first of a kind alone.
   */
  readonly onDamage: (kind: string, describe: () => CaptureError) => void;
}

/** What was done to go on in a damaged generation, in events and threads. */
export interface Repairs {
  /** Events placed by their time alone, as what they follow is lost. */
  forced: number;
  /** Events left out. */
  dropped: number;
  /** Threads whose events from some point on could not be told apart. */
  threads: number;
}

export class EventOrderer {
  private readonly bytes: Uint8Array;
  private readonly batches: BatchColumns;
  private readonly store: EventStore;
  /** Absolute ns of the capture's start; what the columns count from. */
  startNs: number = Number.NaN;
  /** Sync events so far. */
  private syncs = 0;
  private lastTime = 0;
  /** Which generation this is, from 1, and which was the first since the state was last forgotten. */
  private ordinal = 0;
  private initialOrdinal = 1;
  /** The generation being ordered, for messages; a text, as a number's class of storage changes with its size. */
  private generation = "";
  private firstBatch = 0;
  private sample = 0;
  private tables: GenerationTables | undefined;
  private options: OrderOptions | undefined;

  /** By dense goroutine, see {@link State}. */
  private goState: Int32Array = unbornStates(1024);
  private readonly regions = new OpenRegions();
  private readonly goRanges = new Map<number, { begin: number; reason: number }[]>();
  /** By processor id, see {@link State}. */
  private procState: Int32Array = unbornStates(64);
  /** By dense thread, see {@link Thread}. */
  private threads: Int32Array = idleThreads(64);
  /** Time of each thread's next event. */
  private nextTime: Float64Array = new Float64Array(64);
  /** By batch, from the generation's first: the same thread's next one, -1 for none. */
  private batchAfter: Int32Array = new Int32Array(0);
  /** Threads with events left, a min-heap by time. */
  private heap: Int32Array = new Int32Array(64);
  private heapSize = 0;

  /** What was done to go on in a damaged generation. */
  repairs: Repairs = { forced: 0, dropped: 0, threads: 0 };
  /** Offsets of events that came by force, once each: two of them could undo for ever what the other needs. */
  private readonly repairedAt = new Set<number>();

  private gcSequence = 0;
  private gcState: number = GcState.Undetermined;
  private readonly activeTasks = new Map<number, { name: number; parent: number }>();
  /** Arguments of the event at hand that are too large for the loop's integers, and all of a rare event's. */
  private readonly args = new Float64Array(4);
  private readonly rare: RareOutcome = {
    done: 0,
    problem: "",
    code: 0,
    m: 0,
    p: 0,
    g: 0,
    stack: 0,
    a: 0,
    next: 0,
    wide: 0,
    w0: 0,
    w1: 0,
    w2: 0,
  };

  constructor(bytes: Uint8Array, batches: BatchColumns, store: EventStore) {
    this.bytes = bytes;
    this.batches = batches;
    this.store = store;
  }

  /** Time of the last event, ns since the capture's start. */
  get endTime(): number {
    return this.lastTime;
  }

  /** Where the capture begins, as the trace's clock has it, and how many Sync events lie before what is read of it. */
  beginAt(absolute: number, syncsBefore: number): void {
    // Go's reader lets no event be at 0.
    this.startNs = absolute <= 0 ? 1 : absolute;
    this.lastTime = -1;
    this.syncs = syncsBefore;
  }

  /** Makes the time of the last event an earlier one. */
  turnBack(time: number): void {
    this.lastTime = time;
  }

  /** Forgets all state, so that the next generation is read as a trace's first one. For what follows a damaged one. */
  reset(): void {
    this.goState = unbornStates(this.goState.length >> stateShift);
    this.procState = unbornStates(this.procState.length >> stateShift);
    this.threads = idleThreads(this.threads.length >> threadShift);
    this.regions.clear();
    this.goRanges.clear();
    this.activeTasks.clear();
    this.gcState = GcState.Undetermined;
    this.gcSequence = 0;
    this.initialOrdinal = this.ordinal + 1;
  }

  /**
   * Adds the Sync event that opens a generation; absolute time in ns. At the end of a trace, where Go's reader adds
   * one more, without a time.
   */
  sync(absolute: number | undefined): void {
    const { store } = this;
    if (Number.isNaN(this.startNs)) this.beginAt(absolute ?? 0, 0);
    let time = absolute === undefined ? this.lastTime : absolute - this.startNs;
    if (time <= this.lastTime) time = this.lastTime + 1;
    this.lastTime = time;
    store.emit(syncCode, time, 0, -1, -1, -1, store.wide(++this.syncs));
  }

  /** Makes a generation the one that {@link EventOrderer.advance} orders. The Sync event before it is the caller's. */
  start(span: GenerationSpan, tables: GenerationTables, options: OrderOptions): void {
    this.ordinal++;
    this.generation = `gen ${span.generation}`;
    this.heapSize = 0;
    this.sample = 0;
    this.repairs = { forced: 0, dropped: 0, threads: 0 };
    this.repairedAt.clear();
    this.tables = tables;
    this.options = options;
    this.installThreads(span, tables, options);
  }

  /**
   * Orders up to `budget` more events; true when the generation has no more.
   *
   * @throws OrderError when no order exists, or, unless lenient, where bytes make no sense
   */
  advance(budget: number): boolean {
    if (!this.tables || !this.options) return true;
    return this.run(this.tables, this.options, budget);
  }

  private installThreads(span: GenerationSpan, tables: GenerationTables, options: OrderOptions): void {
    const { batches, store } = this;
    const count = span.lastBatch - span.firstBatch;
    this.firstBatch = span.firstBatch;
    this.batchAfter = new Int32Array(count).fill(-1);
    const lastOf = new Map<number, number>();
    const first = new Map<number, number>();
    for (let batch = span.firstBatch; batch < span.lastBatch; batch++) {
      if (batches.content.get(batch) !== Content.Events) continue;
      const m = store.thread(batches.thread.get(batch));
      const last = lastOf.get(m);
      if (last === undefined) first.set(m, batch);
      else this.batchAfter[last - span.firstBatch] = batch;
      lastOf.set(m, batch);
    }
    this.growThreads(store.threads.size);
    for (const [m, batch] of first) {
      if (!this.openBatch(m, batch, tables)) continue;
      if (!this.peekFirst(m, tables, options)) continue;
      this.heap[this.heapSize++] = m;
      siftUp(this.heap, this.nextTime, this.heapSize - 1);
    }
  }

  /** Makes room for so many threads. */
  private growThreads(count: number): void {
    if (count <= this.nextTime.length) return;
    const length = Math.max(count, this.nextTime.length * 2);
    const threads = idleThreads(length);
    threads.set(this.threads);
    this.threads = threads;
    const nextTime = new Float64Array(length);
    nextTime.set(this.nextTime);
    this.nextTime = nextTime;
    const heap = new Int32Array(length);
    heap.set(this.heap);
    this.heap = heap;
  }

  /** Makes room for a dense goroutine number. */
  private growGoroutines(dense: number): void {
    const have = this.goState.length >> stateShift;
    if (dense < have) return;
    const bigger = unbornStates(Math.max(dense + 1, have * 2));
    bigger.set(this.goState);
    this.goState = bigger;
  }

  /** Makes room for a processor id. */
  private growProcs(p: number): void {
    const have = this.procState.length >> stateShift;
    if (p < have) return;
    const bigger = unbornStates(Math.max(p + 1, have * 2));
    bigger.set(this.procState);
    this.procState = bigger;
  }

  /** Starts a thread's batch, or the next one that is not empty; false when there is none left. */
  private openBatch(m: number, first: number, tables: GenerationTables): boolean {
    const { batches, threads } = this;
    for (let batch = first; batch >= 0; batch = this.batchAfter[batch - this.firstBatch]) {
      const start = batches.start.get(batch);
      const end = batches.end.get(batch);
      if (end === start) continue;
      const record = m << threadShift;
      threads[record + Thread.Batch] = batch;
      threads[record + Thread.Pos] = start;
      threads[record + Thread.End] = end;
      this.nextTime[m] = absoluteNs(batches.ticks.get(batch), tables.clock) - this.startNs;
      return true;
    }
    return false;
  }

  /** Reads the type and time of the event at a thread's position; false, in lenient mode, when it makes no sense. */
  private peekFirst(m: number, tables: GenerationTables, options: OrderOptions): boolean {
    const { threads } = this;
    const record = m << threadShift;
    const pos = threads[record + Thread.Pos];
    const type = this.bytes[pos];
    let problem = "";
    if (argumentCounts[type] === notTimed) problem = badType(type);
    else {
      const ticks = longVarint(this.bytes, pos + 1);
      if (varintEnd > threads[record + Thread.End]) problem = overrun;
      else {
        this.nextTime[m] += absoluteNs(ticks, tables.clock);
        threads[record + Thread.Type] = type;
        threads[record + Thread.Pos] = varintEnd;
        return true;
      }
    }
    this.damage(problem, pos, m, this.store.total - 1, options);
    this.repairs.threads++;
    return false;
  }

  /** In lenient mode tells of a problem, otherwise throws it. */
  private damage(problem: string, pos: number, m: number, upstream: number, options: OrderOptions): void {
    if (!options.lenient) throw new OrderError(this.errorAt(problem, pos, m), upstream);
    // Numbers in its message do not make it another kind.
    options.onDamage(problem.replace(/[0-9]+/g, "n"), () => this.errorAt(problem, pos, m));
  }

  private errorAt(problem: string, offset: number, m: number): CaptureError {
    const thread = this.store.threads.ids[m];
    return new CaptureError(problem, { place: { offset, context: `${this.generation}, m ${thread}` } });
  }

  private run(tables: GenerationTables, options: OrderOptions, budget: number): boolean {
    const { store } = this;
    const stopAt = store.total + budget;
    for (let left = budget; left > 0; left = stopAt - store.total) {
      this.reserve();
      if (this.runSlice(tables, options, Math.min(left, sliceRows))) return true;
    }
    return false;
  }

  /** Makes room for what a slice can add, so that no array is replaced while its loop runs. */
  private reserve(): void {
    const { store } = this;
    store.makeRoom(8, 8);
    store.goroutines.reserve(sliceRows);
    this.growGoroutines(store.goroutines.size + sliceRows);
    this.growThreads(store.threads.size + sliceRows);
  }

  // The one hot loop. It is long because every call and every property access in it is paid millions of times; its cases are
  // those of order.go's advance functions that make up nearly all of a trace, the others are in advanceRare.
  // Numbers in it are 32-bit integers but for times; what is larger stands in args, its variable being -1. Its arrays
  // are constants: of a variable's the engine has to ask at each access what kind of array it holds by now.
  private runSlice(tables: GenerationTables, options: OrderOptions, rows: number): boolean {
    const { bytes, store, args, heap, nextTime, rare, goState, procState, threads, ordinal } = this;
    const { columns } = store;
    const { slots, ids, scatter } = store.goroutines;
    const mask = slots.length - 1;
    const { time, code: codes, m: ms, p: ps, g: gs, stack: stackIds, a: as, wide } = columns;
    const { nsPerTick } = tables.clock;
    const { stacks, strings, samples } = tables;
    const stackMap = stacks.dense;
    const stringMap = strings.dense;
    const wideLimit = wide.length - 4;
    let row = columns.rows;
    let wideAt = columns.wideLength;
    let rowLimit = Math.min(time.length - 4, row + rows);
    let { heapSize, lastTime: last } = this;
    let sampleTime = this.sampleTime(samples);
    let problem = "";
    let malformed = false;
    let m = 0;

    for (;;) {
      if (row > rowLimit || wideAt > wideLimit) {
        columns.rows = row;
        columns.wideLength = wideAt;
        this.lastTime = last;
        this.heapSize = heapSize;
        return false;
      }
      if (sampleTime !== Number.POSITIVE_INFINITY && (heapSize === 0 || sampleTime < nextTime[heap[0]])) {
        if (sampleTime <= last) sampleTime = last + 1;
        last = sampleTime;
        columns.rows = row;
        this.emitSample(tables, last);
        row = columns.rows;
        sampleTime = this.sampleTime(samples);
        if (store.goroutines.slots !== slots) rowLimit = row - 1;
        continue;
      }
      if (heapSize === 0) break;

      // Find the first thread whose next event can come now.
      let slot = 0;
      let pos = 0;
      let end = 0;
      let record = 0;
      let code = 0;
      let eventM = 0;
      let eventG = 0;
      let eventP = 0;
      let stackId = 0;
      let a = 0;
      let done = 0;
      for (;;) {
        m = heap[slot];
        record = m << threadShift;
        const type = threads[record + Thread.Type];
        const count = argumentCounts[type];
        pos = threads[record + Thread.Pos];
        end = threads[record + Thread.End];
        let a0 = 0;
        let a1 = 0;
        let a2 = 0;
        if (count > 0) {
          a0 = bytes[pos];
          if (a0 < 0x80) pos++;
          else if (bytes[pos + 1] < 0x80) {
            a0 = (a0 & 0x7f) | (bytes[pos + 1] << 7);
            pos += 2;
          } else if (bytes[pos + 2] < 0x80) {
            a0 = (a0 & 0x7f) | ((bytes[pos + 1] & 0x7f) << 7) | (bytes[pos + 2] << 14);
            pos += 3;
          } else {
            args[0] = longVarint(bytes, pos);
            a0 = args[0] < 0x7fffffff ? args[0] | 0 : -1;
            pos = varintEnd;
          }
          if (count > 1) {
            a1 = bytes[pos];
            if (a1 < 0x80) pos++;
            else if (bytes[pos + 1] < 0x80) {
              a1 = (a1 & 0x7f) | (bytes[pos + 1] << 7);
              pos += 2;
            } else if (bytes[pos + 2] < 0x80) {
              a1 = (a1 & 0x7f) | ((bytes[pos + 1] & 0x7f) << 7) | (bytes[pos + 2] << 14);
              pos += 3;
            } else {
              args[1] = longVarint(bytes, pos);
              a1 = args[1] < 0x7fffffff ? args[1] | 0 : -1;
              pos = varintEnd;
            }
            if (count > 2) {
              a2 = bytes[pos];
              if (a2 < 0x80) pos++;
              else if (bytes[pos + 1] < 0x80) {
                a2 = (a2 & 0x7f) | (bytes[pos + 1] << 7);
                pos += 2;
              } else {
                args[2] = longVarint(bytes, pos);
                a2 = args[2] < 0x7fffffff ? args[2] | 0 : -1;
                pos = varintEnd;
              }
              if (count > 3) {
                args[3] = longVarint(bytes, pos);
                pos = varintEnd;
              }
            }
          }
        }
        // A bad varint leaves a position beyond the file for all that follow it.
        if (pos > end) {
          problem = overrun;
          malformed = true;
          break;
        }
        threads[record + Thread.Known] = 1;
        const g = threads[record + Thread.G];
        const p = threads[record + Thread.P];
        let named = -1;
        let namedState = 0;
        if (namesGoroutine[type] === 1) {
          if (a0 < 0) named = store.goroutines.find(args[0]);
          else {
            const mixed = Math.imul(a0, scatter);
            for (let at = (a0 ^ mixed ^ (mixed >>> 15)) & mask; ; at = (at + 1) & mask) {
              named = slots[at] - 1;
              if (named < 0 || ids[named] === a0) break;
            }
          }
          namedState = named << stateShift;
        }
        code = type;
        eventM = m;
        eventG = g;
        eventP = p;
        stackId = 0;
        a = none;

        switch (type) {
          case Wire.GoStart: {
            if (
              named < 0 ||
              goState[namedState] !== GoStatus.Runnable ||
              goState[namedState + State.Generation] !== ordinal ||
              goState[namedState + State.Sequence] + 1 !== a1
            ) {
              break;
            }
            if (m === 0 || p < 0 || g >= 0) {
              problem = contextProblem(m, p, g, true, -1);
              break;
            }
            goState[namedState] = GoStatus.Running;
            goState[namedState + State.Sequence] = a1;
            threads[record + Thread.G] = named;
            a = named;
            done = 1;
            break;
          }
          case Wire.GoUnblock: {
            if (
              named < 0 ||
              goState[namedState] !== GoStatus.Waiting ||
              goState[namedState + State.Generation] !== ordinal ||
              goState[namedState + State.Sequence] + 1 !== a1
            ) {
              break;
            }
            goState[namedState] = GoStatus.Runnable;
            goState[namedState + State.Sequence] = a1;
            a = named;
            stackId = a2;
            if (a2 < 0) args[0] = args[2];
            done = 1;
            break;
          }
          case Wire.GoBlock:
          case Wire.GoStop:
          case Wire.GoDestroy: {
            if (m === 0 || p < 0 || g < 0) {
              problem = contextProblem(m, p, g, true, 1);
              break;
            }
            const state = g << stateShift;
            if (goState[state] !== GoStatus.Running) {
              problem = `${wireNames[type]} event for goroutine that's not Running`;
              break;
            }
            threads[record + Thread.G] = -1;
            done = 1;
            if (type === Wire.GoDestroy) {
              this.bury(g);
              break;
            }
            goState[state] = type === Wire.GoBlock ? GoStatus.Waiting : GoStatus.Runnable;
            a = a0 >= 0 && a0 < stringMap.length ? stringMap[a0] : strings.get(a0 < 0 ? args[0] : a0);
            if (a === missing) {
              columns.rows = row;
              problem = this.missing("string", a0 < 0 ? args[0] : a0, m);
              a = this.lost;
            }
            stackId = a1;
            if (a1 < 0) args[0] = args[1];
            break;
          }
          case Wire.GoSyscallBegin: {
            if (m === 0 || p < 0 || g < 0) {
              problem = contextProblem(m, p, g, true, 1);
              break;
            }
            const state = g << stateShift;
            const proc = p << stateShift;
            if (goState[state] !== GoStatus.Running) {
              problem = "GoSyscallBegin event for goroutine that's not Running";
              break;
            }
            if (procState[proc] === unborn) {
              problem = `uninitialized proc ${p} found during GoSyscallBegin`;
              break;
            }
            if (
              procState[proc + State.Generation] !== ordinal ||
              procState[proc + State.Sequence] + 1 !== a0
            ) {
              problem = `failed to advance GoSyscallBegin: can't make sequence: ${procState[proc + State.Sequence]} -> ${a0}`;
              break;
            }
            goState[state] = GoStatus.Syscall;
            procState[proc] = ProcStatus.Syscall;
            procState[proc + State.Sequence] = a0;
            stackId = a1;
            if (a1 < 0) args[0] = args[1];
            done = 1;
            break;
          }
          case Wire.GoSyscallEnd: {
            if (m === 0 || p < 0 || g < 0) {
              problem = contextProblem(m, p, g, true, 1);
              break;
            }
            const state = g << stateShift;
            const proc = p << stateShift;
            if (goState[state] !== GoStatus.Syscall) {
              problem = "GoSyscallEnd event for goroutine that's not Syscall";
              break;
            }
            if (procState[proc] !== ProcStatus.Syscall) {
              problem = `expected proc ${p} in state Syscall, but got ${procStatusName(procState[proc])} instead`;
              break;
            }
            goState[state] = GoStatus.Running;
            procState[proc] = ProcStatus.Running;
            done = 1;
            break;
          }
          case Wire.GoSyscallEndBlocked: {
            if (p >= 0 && procState[p << stateShift] === ProcStatus.Syscall) break;
            if (m === 0 || g < 0) {
              problem = contextProblem(m, p, g, false, 1);
              break;
            }
            const state = g << stateShift;
            if (goState[state] !== GoStatus.Syscall) {
              problem = "GoSyscallEndBlocked event for goroutine that's not Syscall";
              break;
            }
            goState[state] = GoStatus.Runnable;
            threads[record + Thread.G] = -1;
            done = 1;
            break;
          }
          case Wire.ProcStart: {
            const proc = a0 << stateShift;
            if (
              p >= 0 ||
              a0 < 0 ||
              proc >= procState.length ||
              procState[proc] !== ProcStatus.Idle ||
              procState[proc + State.Generation] !== ordinal ||
              procState[proc + State.Sequence] + 1 !== a1
            ) {
              break;
            }
            if (m === 0) {
              problem = contextProblem(m, 0, 0, false, 0);
              break;
            }
            procState[proc] = ProcStatus.Running;
            procState[proc + State.Sequence] = a1;
            threads[record + Thread.P] = a0;
            a = a0;
            done = 1;
            break;
          }
          case Wire.ProcStop: {
            if (p < 0) {
              problem = "event ProcStop for proc (-1) that doesn't exist";
              break;
            }
            const proc = p << stateShift;
            if (procState[proc] !== ProcStatus.Running && procState[proc] !== ProcStatus.Syscall) {
              problem = "ProcStop event for proc that's not Running or Syscall";
              break;
            }
            procState[proc] = ProcStatus.Idle;
            threads[record + Thread.P] = -1;
            done = 1;
            break;
          }
          case Wire.HeapAlloc: {
            if (m === 0 || p < 0) {
              problem = contextProblem(m, p, 0, true, 0);
              break;
            }
            wide[wideAt] = a0 < 0 ? args[0] : a0;
            a = wideAt++;
            done = 1;
            break;
          }
          default: {
            if (a0 >= 0) args[0] = a0;
            if (a1 >= 0) args[1] = a1;
            if (a2 >= 0) args[2] = a2;
            columns.rows = row;
            this.advanceRare(type, m, p, g, named, tables);
            // Goroutines that crowd together are put into another table: the slice ends with this event.
            if (store.goroutines.slots !== slots) rowLimit = row;
            ({ problem, done, code, a } = rare);
            eventM = rare.m;
            eventG = rare.g;
            eventP = rare.p;
            stackId = rare.stack < 0x7fffffff ? rare.stack : -1;
            args[0] = rare.stack;
            // More processors than there was room for: the next slice has the new array.
            if (procState !== this.procState) rowLimit = -1;
            if (rare.wide > 0) {
              a = wideAt;
              wide[wideAt] = rare.w0;
              wide[wideAt + 1] = rare.w1;
              wide[wideAt + 2] = rare.w2;
              wideAt += rare.wide;
            }
          }
        }
        if (done !== 0 || problem !== "") break;
        // This thread cannot go on yet; try the others by time. A sorted array is a heap as well.
        if (slot === 0) goSort(heap, heapSize, nextTime);
        if (++slot === heapSize) {
          m = heap[0];
          record = m << threadShift;
          const waits = wireNames[threads[record + Thread.Type]];
          problem = `broken trace: none of ${heapSize} threads can go on; the first waits with ${waits}`;
          break;
        }
      }

      if (problem === "") {
        // Stacks are named by the generation's ids.
        let stack = -1;
        if (stackId !== 0) {
          stack =
            stackId > 0 && stackId < stackMap.length
              ? stackMap[stackId]
              : stacks.get(stackId < 0 ? args[0] : stackId);
          if (stack === missing) {
            stack = -1;
            columns.rows = row;
            problem = this.missing("stack", stackId < 0 ? args[0] : stackId, m);
          }
        }
        if (problem === "") {
          let at = nextTime[m];
          if (at <= last) at = last + 1;
          if (done === 4) {
            time[row] = at++;
            codes[row] = Wire.ProcSteal;
            ms[row] = eventM;
            ps[row] = eventP;
            gs[row] = eventG;
            stackIds[row] = -1;
            as[row] = eventP;
            row++;
          }
          last = at;
          time[row] = at;
          codes[row] = code;
          ms[row] = eventM;
          ps[row] = eventP;
          gs[row] = eventG;
          stackIds[row] = stack;
          as[row] = a;
          row++;
          if (done === 2 || done === 3) {
            // A switch is three events: the other is unblocked, this one blocks or ends, the other starts.
            time[row] = ++last;
            codes[row] = done === 2 ? Wire.GoBlock : Wire.GoDestroy;
            ms[row] = eventM;
            ps[row] = eventP;
            gs[row] = eventG;
            stackIds[row] = -1;
            as[row] = done === 2 ? 0 : none;
            row++;
            time[row] = ++last;
            codes[row] = Wire.GoStart;
            ms[row] = eventM;
            ps[row] = eventP;
            gs[row] = -1;
            stackIds[row] = -1;
            as[row] = rare.next;
            row++;
          }

          // The thread's next event: its type and time now, its arguments when it is tried.
          if (pos < end) {
            const next = bytes[pos];
            const ticks = bytes[pos + 1];
            if (ticks < 0x80) {
              nextTime[m] += Math.trunc(ticks * nsPerTick);
              pos += 2;
            } else if (bytes[pos + 2] < 0x80) {
              nextTime[m] += Math.trunc(((ticks & 0x7f) | (bytes[pos + 2] << 7)) * nsPerTick);
              pos += 3;
            } else {
              nextTime[m] += Math.trunc(longVarint(bytes, pos + 1) * nsPerTick);
              pos = varintEnd;
            }
            if (argumentCounts[next] !== notTimed && pos <= end) {
              threads[record + Thread.Type] = next;
              threads[record + Thread.Pos] = pos;
              if (slot === 0) siftDown(heap, nextTime, heapSize, 0);
              else heapUpdate(heap, nextTime, heapSize, slot);
              continue;
            }
            malformed = true;
            problem = argumentCounts[next] === notTimed ? badType(next) : overrun;
          } else {
            columns.rows = row;
            const more = this.batchAfter[threads[record + Thread.Batch] - this.firstBatch];
            if (more >= 0 && this.openBatch(m, more, tables) && this.peekFirst(m, tables, options)) {
              heapUpdate(heap, nextTime, heapSize, slot);
            } else {
              heapSize = heapRemove(heap, nextTime, heapSize, slot);
            }
            continue;
          }
        }
      }

      // Something is wrong with this thread's event.
      columns.rows = row;
      columns.wideLength = wideAt;
      this.lastTime = last;
      this.heapSize = heapSize;
      const upstream = malformed ? this.upstreamOf(m) : store.total;
      this.damage(problem, threads[record + Thread.Pos], m, upstream, options);
      if (malformed) {
        this.heapSize = heapRemove(heap, nextTime, heapSize, slot);
        this.repairs.threads++;
      } else {
        this.repair(m, slot < heapSize ? slot : 0, tables, options);
      }
      // A repair may add what the slice has no room for.
      return false;
    }
    columns.rows = row;
    columns.wideLength = wideAt;
    this.lastTime = last;
    this.heapSize = heapSize;
    return true;
  }

  /**
   * Lets an event come that cannot: what it follows is lost with a part of the file. The first time the state is made what
   * the event says it is; when that does not help the event is dropped.
   */
  private repair(m: number, slot: number, tables: GenerationTables, options: OrderOptions): void {
    const { threads, args, nextTime } = this;
    const record = m << threadShift;
    const start = threads[record + Thread.Pos];
    const type = threads[record + Thread.Type];
    let pos = start;
    for (let at = 0; at < argumentCounts[type]; at++) {
      args[at] = longVarint(this.bytes, pos);
      pos = varintEnd;
    }
    if (!this.repairedAt.has(start)) {
      this.repairedAt.add(start);
      if (this.force(type, m)) {
        this.repairs.forced++;
        return;
      }
    }
    this.repairs.dropped++;
    threads[record + Thread.Pos] = pos;
    const more = this.batchAfter[threads[record + Thread.Batch] - this.firstBatch];
    const goesOn = pos < threads[record + Thread.End] || (more >= 0 && this.openBatch(m, more, tables));
    if (goesOn && this.peekFirst(m, tables, options)) heapUpdate(this.heap, nextTime, this.heapSize, slot);
    else this.heapSize = heapRemove(this.heap, nextTime, this.heapSize, slot);
  }

  /** Makes the state what the event of `args` needs; false when nothing can be done for it. */
  private force(type: number, m: number): boolean {
    const { threads, args, goState, procState } = this;
    const record = m << threadShift;
    const g = threads[record + Thread.G];
    const p = threads[record + Thread.P];
    switch (type) {
      case Wire.GoStart:
        threads[record + Thread.G] = -1;
        return p >= 0 && this.forceGoroutine(args[0], GoStatus.Runnable, args[1] - 1);
      case Wire.GoUnblock:
        return this.forceGoroutine(args[0], GoStatus.Waiting, args[1] - 1);
      case Wire.GoSwitch:
      case Wire.GoSwitchDestroy:
        if (g < 0 || p < 0 || this.store.goroutines.find(args[0]) === g) return false;
        goState[g << stateShift] = GoStatus.Running;
        return this.forceGoroutine(args[0], GoStatus.Waiting, args[1] - 1);
      case Wire.GoCreate:
      case Wire.GoCreateBlocked:
      case Wire.GoCreateSyscall:
        this.forceGoroutine(args[0], unborn, 0);
        if (type === Wire.GoCreateSyscall) threads[record + Thread.G] = -1;
        else if (threads[record + Thread.G] >= 0) goState[g << stateShift] = GoStatus.Running;
        return true;
      case Wire.GoStatus:
      case Wire.GoStatusStack:
        return this.forceStatus();
      case Wire.GoBlock:
      case Wire.GoStop:
      case Wire.GoDestroy:
      case Wire.GoSyscallBegin:
        if (g < 0 || p < 0) return false;
        goState[g << stateShift] = GoStatus.Running;
        return type !== Wire.GoSyscallBegin || this.forceProc(p, ProcStatus.Running, args[0] - 1);
      case Wire.GoSyscallEnd:
        if (g < 0 || p < 0) return false;
        goState[g << stateShift] = GoStatus.Syscall;
        procState[p << stateShift] = ProcStatus.Syscall;
        return true;
      case Wire.GoSyscallEndBlocked:
      case Wire.GoDestroySyscall:
        if (g < 0) return false;
        goState[g << stateShift] = GoStatus.Syscall;
        if (p >= 0) procState[p << stateShift] = ProcStatus.Idle;
        threads[record + Thread.P] = -1;
        return true;
      case Wire.ProcStart:
        threads[record + Thread.P] = -1;
        return this.forceProc(args[0], ProcStatus.Idle, args[1] - 1);
      case Wire.ProcSteal:
        // As if its thread had been lost sight of: there is then nothing to take from it.
        return this.forceProc(args[0], ProcStatus.SyscallAbandoned, args[1] - 1);
      case Wire.ProcStatus:
        return args[1] <= 4 && this.forceProc(args[0], args[1], 0);
      case Wire.GCBegin:
      case Wire.GCEnd:
      case Wire.GCActive:
        this.gcSequence = args[0] - 1;
        this.gcState = type === Wire.GCBegin ? GcState.NotRunning : GcState.Running;
        return g >= 0 && p >= 0;
      case Wire.UserTaskBegin:
        return this.activeTasks.delete(args[0]);
      case Wire.UserRegionEnd:
        return g >= 0 && this.forgetRegions(g);
      case Wire.STWBegin:
      case Wire.GCMarkAssistBegin:
        return this.goRanges.delete(g);
      default:
        return false;
    }
  }

  /** A goroutine's status event is believed: what was known of it is forgotten, and so is who held it. */
  private forceStatus(): boolean {
    const { args, threads, store } = this;
    const [id, thread, status] = args;
    if (status > 4 || id > Number.MAX_SAFE_INTEGER) return false;
    if (status === GoStatus.Syscall) {
      const on = store.threads.find(signed(thread));
      if (on >= 0 && on < this.nextTime.length) {
        threads[(on << threadShift) + Thread.G] = -1;
        threads[(on << threadShift) + Thread.Known] = 0;
      }
    }
    // Goroutines that are new to a later generation are let in from here on, as in a first one.
    this.initialOrdinal = this.ordinal;
    return this.forceGoroutine(id, unborn, 0);
  }

  /** Gives a goroutine a status and a sequence number, whatever it had; no thread holds it any more. */
  private forceGoroutine(id: number, status: number, sequence: number): boolean {
    if (id > Number.MAX_SAFE_INTEGER) return false;
    const { store, threads } = this;
    let dense = store.goroutines.find(id);
    if (dense < 0) {
      if (status === unborn) return true;
      dense = store.newGoroutine(id, -1);
    }
    this.bear(dense, status);
    this.goState[(dense << stateShift) + State.Sequence] = sequence;
    for (let at: number = Thread.G; at < threads.length; at += 1 << threadShift) {
      if (threads[at] === dense) threads[at] = -1;
    }
    return true;
  }

  /** Gives a processor a status and a sequence number, whatever it had; unless it runs no thread holds it any more. */
  private forceProc(id: number, status: number, sequence: number): boolean {
    if (id >= maxProcs) return false;
    this.growProcs(id);
    const { procState, threads } = this;
    const proc = id << stateShift;
    procState[proc + State.Status] = status;
    procState[proc + State.Sequence] = sequence;
    procState[proc + State.Generation] = this.ordinal;
    if (status === ProcStatus.Running) return true;
    for (let at: number = Thread.P; at < threads.length; at += 1 << threadShift) {
      if (threads[at] === id) threads[at] = -1;
    }
    return true;
  }

  /**
   * Events that Go's reader returns before it stops at a thread's malformed event: it looks at an event as soon as
   * the one before it went out, and keeps that one back.
   */
  private upstreamOf(m: number): number {
    const { columns, handedOver } = this.store;
    let row = columns.rows - 1;
    while (row > 0 && columns.m[row] !== m) row--;
    return handedOver + Math.max(row, 0);
  }

  /** Time of the next CPU sample, infinity when there is none. */
  private sampleTime(samples: Samples): number {
    if (this.sample >= samples.count) return Number.POSITIVE_INFINITY;
    return samples.time[samples.order[this.sample]] - this.startNs;
  }

  /** Adds the next CPU sample; they may contradict the state of goroutines, and change none. */
  private emitSample({ samples, stacks }: GenerationTables, time: number): void {
    const { store } = this;
    const at = samples.order[this.sample++];
    const id = samples.g[at];
    const g = id === 0 || id >= 2 ** 53 ? -1 : store.goroutine(id);
    const stack = stacks.get(samples.stack[at]);
    const p = samples.p[at];
    const m = store.thread(signed(samples.m[at]));
    store.emit(Wire.CPUSample, time, m, p < maxProcs ? p : -1, g, stack < 0 ? -1 : stack, none);
    this.growGoroutines(store.goroutines.size);
  }

  /** A string or stack that the generation's tables lack: a problem, or in lenient mode a loss that is told of. */
  private missing(what: string, id: number, m: number): string {
    const record = m << threadShift;
    const event = wireNames[this.threads[record + Thread.Type]];
    const problem = (): string => `found invalid ${what} ID ${id} for event ${event}`;
    if (!this.options?.lenient) return problem();
    const pos = this.threads[record + Thread.Pos];
    this.options.onDamage(`invalid ${what} ${event}`, () => this.errorAt(problem(), pos, m));
    return "";
  }

  /** String number that stands for a text whose table is lost. */
  private get lost(): number {
    return this.store.strings.code("(lost)");
  }

  private stringNumber(id: number, m: number): number {
    const text = this.tables?.strings.get(id) ?? missing;
    if (text !== missing) return text;
    this.rare.problem = this.missing("string", id, m);
    return this.lost;
  }

  private get inFirstGeneration(): boolean {
    return this.initialOrdinal === this.ordinal;
  }

  /** The event of `args` that is not one of the loop's own; what it comes to is in `rare`. */
  private advanceRare(
    type: number,
    m: number,
    p: number,
    g: number,
    named: number,
    tables: GenerationTables,
  ): void {
    const { rare } = this;
    rare.problem = "";
    rare.code = type;
    rare.m = m;
    rare.p = p;
    rare.g = g;
    rare.stack = 0;
    rare.a = none;
    rare.wide = 0;
    rare.done = 0;
    switch (type) {
      case Wire.GoCreate:
      case Wire.GoCreateBlocked:
        this.goCreate(type, m, p, g, named, tables);
        break;
      case Wire.GoStatus:
      case Wire.GoStatusStack:
        this.goStatus(type, m, g, named);
        break;
      case Wire.GoSwitch:
      case Wire.GoSwitchDestroy:
        this.goSwitch(type, m, p, g, named);
        break;
      case Wire.GoCreateSyscall:
        this.goCreateSyscall(m, p, g, named);
        break;
      case Wire.GoDestroySyscall:
        this.goDestroySyscall(m, p, g);
        break;
      case Wire.ProcSteal:
        this.procSteal(m, p);
        break;
      case Wire.ProcStatus:
        this.procStatus(m);
        break;
      case Wire.GCBegin:
      case Wire.GCActive:
      case Wire.GCEnd:
        this.advanceGc(type, m, p, g);
        break;
      default:
        if (type >= Wire.Span) {
          this.allocFree(m, p, g);
          break;
        }
        rare.done = this.advanceRange(type, m, p, g, named);
        if (rare.done < 0) rare.done = this.advanceAnnotation(type, m, p, g);
        if (rare.problem !== "") rare.done = 0;
    }
  }

  private goCreate(
    type: number,
    m: number,
    p: number,
    g: number,
    named: number,
    tables: GenerationTables,
  ): void {
    const { rare, goState, args } = this;
    const id = args[0];
    const creationId = args[1];
    const stackId = args[2];
    if (m === 0 || p < 0) {
      rare.problem = contextProblem(m, p, 0, true, 0);
      return;
    }
    const creator = g < 0 ? unborn : goState[g << stateShift];
    if (creator !== unborn && creator !== GoStatus.Running) {
      rare.problem = `${wireNames[type]} event for goroutine that's not Running`;
      return;
    }
    if (!this.mayBeBorn(named, id, "")) return;
    let creation = creationId === 0 ? -1 : tables.stacks.get(creationId);
    if (creation === missing) {
      rare.problem = this.missing("stack", creationId, m);
      if (rare.problem !== "") return;
      creation = -1;
    }
    const status = type === Wire.GoCreate ? GoStatus.Runnable : GoStatus.Waiting;
    rare.a = this.bear(this.newborn(named, id, creation), status);
    rare.stack = stackId;
    rare.done = 1;
  }

  /** Whether a goroutine may come into being: it must not be there, and its id must be one. */
  private mayBeBorn(named: number, id: number, how: string): boolean {
    if (named >= 0 && this.goState[named << stateShift] !== unborn) {
      this.rare.problem = `tried to create goroutine (${id})${how} that already exists`;
    } else if (id > Number.MAX_SAFE_INTEGER) {
      this.rare.problem = `implausible goroutine ID ${id}`;
    }
    return this.rare.problem === "";
  }

  /** The dense number of a goroutine that is created: a new one, unless damage hid the end of the one that has its id. */
  private newborn(named: number, id: number, creation: number): number {
    const { store } = this;
    if (named < 0 || this.repairs.forced === 0) return store.newGoroutine(id, creation);
    store.creationStack[named] = creation;
    return named;
  }

  /** Gives a goroutine its first status in this generation. */
  private bear(dense: number, status: number): number {
    this.growGoroutines(dense);
    const state = dense << stateShift;
    this.goState[state] = status;
    this.goState[state + State.Sequence] = 0;
    this.goState[state + State.Generation] = this.ordinal;
    return dense;
  }

  private goCreateSyscall(m: number, p: number, g: number, named: number): void {
    const { rare, args } = this;
    if (m === 0 || g >= 0) {
      rare.problem = contextProblem(m, p, g, false, -1);
      return;
    }
    if (!this.mayBeBorn(named, args[0], " in syscall")) return;
    rare.a = this.bear(this.newborn(named, args[0], -1), GoStatus.Syscall);
    this.threads[(m << threadShift) + Thread.G] = rare.a;
    rare.done = 1;
  }

  private goDestroySyscall(m: number, p: number, g: number): void {
    const { rare, goState, procState, threads } = this;
    if (m === 0 || g < 0) {
      rare.problem = contextProblem(m, p, g, false, 1);
      return;
    }
    if (goState[g << stateShift] !== GoStatus.Syscall) {
      rare.problem = "GoDestroySyscall event for goroutine that's not Syscall";
      return;
    }
    if (p >= 0 && procState[p << stateShift] !== ProcStatus.Syscall) {
      const status = procStatusName(procState[p << stateShift]);
      rare.problem = `proc ${p} in unexpected state ${status} during GoDestroySyscall`;
      return;
    }
    this.bury(g);
    threads[(m << threadShift) + Thread.G] = -1;
    rare.done = 1;
    if (p < 0) return;
    // The system may use the thread's id again: it must not be found to hold this processor.
    procState[p << stateShift] = ProcStatus.SyscallAbandoned;
    threads[(m << threadShift) + Thread.P] = -1;
    rare.done = 4;
  }

  private bury(g: number): void {
    const state = g << stateShift;
    this.goState[state] = unborn;
    if (this.goState[state + State.Region] !== noRegion) this.forgetRegions(g);
    if (this.goRanges.size > 0) this.goRanges.delete(g);
  }

  /** Whether there were any. */
  private forgetRegions(g: number): boolean {
    const at = (g << stateShift) + State.Region;
    const innermost = this.goState[at];
    this.regions.closeAll(innermost);
    this.goState[at] = noRegion;
    return innermost !== noRegion;
  }

  private goSwitch(type: number, m: number, p: number, g: number, named: number): void {
    const { rare, goState, args } = this;
    if (m === 0 || p < 0 || g < 0) {
      rare.problem = contextProblem(m, p, g, true, 1);
      return;
    }
    if (goState[g << stateShift] !== GoStatus.Running) {
      rare.problem = `${wireNames[type]} event for goroutine that's not Running`;
      return;
    }
    const next = named << stateShift;
    if (named < 0 || goState[next] !== GoStatus.Waiting || !this.succeeds(goState, next, args[1])) return;
    if (type === Wire.GoSwitch) goState[g << stateShift] = GoStatus.Waiting;
    else this.bury(g);
    goState[next] = GoStatus.Running;
    goState[next + State.Sequence] = args[1];
    this.threads[(m << threadShift) + Thread.G] = named;
    rare.a = named;
    rare.next = named;
    rare.done = type === Wire.GoSwitch ? 2 : 3;
  }

  /** Whether a sequence number is the one after a record's. */
  private succeeds(states: Int32Array, record: number, sequence: number): boolean {
    return (
      states[record + State.Generation] === this.ordinal && states[record + State.Sequence] + 1 === sequence
    );
  }

  private procSteal(m: number, p: number): void {
    const { rare, procState, threads } = this;
    const id = this.args[0];
    const sequence = this.args[1];
    const fromId = this.args[2];
    const proc = id << stateShift;
    if (id >= procState.length >> stateShift) return;
    const status = procState[proc];
    const stealable = status === ProcStatus.Syscall || status === ProcStatus.SyscallAbandoned;
    if (!stealable || !this.succeeds(procState, proc, sequence)) return;
    if (m === 0) {
      rare.problem = contextProblem(m, 0, 0, false, 0);
      return;
    }
    procState[proc] = ProcStatus.Idle;
    procState[proc + State.Sequence] = sequence;
    rare.a = id | 0;
    rare.done = 1;
    if (status === ProcStatus.SyscallAbandoned) {
      // Where the processor's thread went is not known, so there is nothing to take from it.
      rare.code = procStealIdleCode;
      return;
    }
    const from = this.store.threads.find(signed(fromId));
    const record = from << threadShift;
    if (from === m) {
      if (p !== id)
        rare.problem = `tried to self-steal proc ${id} (thread ${fromId}), but got proc ${p} instead`;
    } else if (from < 0 || record >= threads.length || threads[record + Thread.Known] === 0) {
      rare.problem = `stole proc from non-existent thread ${fromId}`;
    } else if (threads[record + Thread.P] !== id) {
      const held = threads[record + Thread.P];
      rare.problem = `tried to steal proc ${id} from thread ${fromId}, but got proc ${held} instead`;
    }
    if (rare.problem === "") threads[record + Thread.P] = -1;
    else rare.done = 0;
  }

  private procStatus(m: number): void {
    const { rare } = this;
    const id = this.args[0];
    const status = this.args[1];
    if (status > 4) {
      rare.problem = `invalid status for proc ${id}: ${status}`;
      return;
    }
    if (id >= maxProcs) {
      rare.problem = `implausible proc ID ${id}`;
      return;
    }
    this.growProcs(id);
    const { procState, threads } = this;
    const proc = id << stateShift;
    const old = procState[proc];
    let from: number = procStateOfStatus[status];
    let to = from;
    if (old === unborn) {
      procState[proc] = status;
      from = this.inFirstGeneration ? P.Undetermined : P.NotExist;
    } else if (status === ProcStatus.SyscallAbandoned && old === ProcStatus.Syscall) {
      // Nothing was lost: it is still in the system call, on the thread that holds it.
      from = P.Running;
      to = P.Running;
      const holder = this.holderOf(id);
      if (holder < 0) {
        rare.problem = `failed to find sched context for proc ${id} that's about to be stolen`;
        return;
      }
      rare.m = holder;
      rare.p = id | 0;
      rare.g = threads[(holder << threadShift) + Thread.G];
    } else if (old !== status) {
      const was = procStatusName(old);
      rare.problem = `inconsistent status for proc ${id}: old ${was} vs. new ${procStatusName(status)}`;
      return;
    }
    procState[proc + State.Sequence] = 0;
    procState[proc + State.Generation] = this.ordinal;
    const bound = status === ProcStatus.Running || status === ProcStatus.Syscall;
    if (bound && m !== 0) threads[(m << threadShift) + Thread.P] = id;
    rare.code = procStatusCode + 4 * from + to;
    rare.a = id | 0;
    rare.done = 1;
  }

  private holderOf(p: number): number {
    const { threads } = this;
    for (let m = 1; m << threadShift < threads.length; m++) {
      const record = m << threadShift;
      if (threads[record + Thread.Known] !== 0 && threads[record + Thread.P] === p) return m;
    }
    return -1;
  }

  private goStatus(type: number, m: number, g: number, named: number): void {
    const { rare, args } = this;
    const id = args[0];
    const thread = args[1];
    const status = args[2];
    const stack = args[3];
    if (status > 4) {
      rare.problem = `invalid status for goroutine ${id}: ${status}`;
      return;
    }
    let from: number = goStateOfStatus[status];
    const to = from;
    let dense = named;
    const old = named < 0 ? unborn : this.goState[named << stateShift];
    if (old === unborn) {
      if (!this.inFirstGeneration) {
        const name = goStatusNames[status];
        rare.problem = `found goroutine status for new goroutine after the first generation: id=${id} status=${name}`;
        return;
      }
      if (!this.mayBeBorn(named, id, "")) return;
      // After damage it may be known from before: it is the same one.
      if (named < 0) dense = this.store.newGoroutine(id, -1);
      from = G.Undetermined;
    } else if (old !== status) {
      const was = goStatusNames[old];
      rare.problem = `inconsistent status for goroutine ${id}: old ${was} vs. new ${goStatusNames[status]}`;
      return;
    }
    this.bear(dense, status);
    if (status === GoStatus.Running && m !== 0) this.threads[(m << threadShift) + Thread.G] = dense;
    if (status === GoStatus.Syscall && !this.bindSyscall(dense, id, signed(thread), m, g)) return;
    rare.code = goStatusCode + 8 * from + to;
    rare.a = dense;
    if (type === Wire.GoStatusStack) rare.stack = stack;
    rare.done = 1;
  }

  /** A goroutine found in a system call belongs to a thread, which may be another one than that of the event. */
  private bindSyscall(dense: number, id: number, threadId: number, m: number, g: number): boolean {
    const { rare, store } = this;
    if (threadId === -1) {
      rare.problem = `found goroutine ${id} in syscall without a thread`;
      return false;
    }
    const on = store.thread(threadId);
    this.growThreads(store.threads.size);
    const { threads } = this;
    const record = on << threadShift;
    const known = threads[record + Thread.Known] !== 0;
    const holds = on === m ? g : threads[record + Thread.G];
    const mayDiffer = on === m ? this.inFirstGeneration : !known;
    if (holds !== dense && !mayDiffer) {
      const other = holds < 0 ? -1 : store.goroutines.ids[holds];
      rare.problem = `inconsistent thread for syscalling goroutine ${id}: thread has goroutine ${other}`;
      return false;
    }
    if (on === m) {
      threads[record + Thread.G] = dense;
      return true;
    }
    if (known) rare.g = dense;
    else {
      threads[record + Thread.Known] = 1;
      threads[record + Thread.G] = dense;
      threads[record + Thread.P] = -1;
    }
    rare.m = on;
    return true;
  }

  private allocFree(m: number, p: number, g: number): void {
    const { rare, args } = this;
    if (m === 0) {
      rare.problem = contextProblem(m, p, g, false, 0);
      return;
    }
    const count = argumentCounts[rare.code];
    this.setWide(3, args[0], count > 1 ? args[1] : 0, count > 2 ? args[2] : 0);
    rare.done = 1;
  }

  private setWide(count: number, w0: number, w1: number, w2: number): void {
    const { rare } = this;
    rare.wide = count;
    rare.w0 = w0;
    rare.w1 = w1;
    rare.w2 = w2;
  }

  // Both say 1 when the event comes now, 0 when there is a problem, -1 when the event is not theirs.

  /** Ranges of the collector and the world. */
  private advanceRange(type: number, m: number, p: number, g: number, named: number): number {
    const { rare, procState, args } = this;
    const a0 = args[0];
    const a1 = args[1];
    const userProblem = m === 0 || p < 0 || g < 0 ? contextProblem(m, p, g, true, 1) : "";
    const first = this.inFirstGeneration;
    switch (type) {
      case Wire.GCSweepBegin:
      case Wire.GCSweepEnd: {
        if (m === 0 || p < 0) {
          rare.problem = contextProblem(m, p, 0, true, 0);
          return 0;
        }
        const begins = type === Wire.GCSweepBegin;
        const at = (p << stateShift) + State.Sweeping;
        if ((procState[at] !== 0) === begins) {
          rare.problem = begins
            ? "discovered event already in-flight for when starting event GCSweepBegin"
            : "tried to end event GCSweepBegin, but not in-flight";
          return 0;
        }
        procState[at] = begins ? 1 : 0;
        if (begins) rare.stack = a0;
        else this.setWide(2, a0, a1, 0);
        return 1;
      }
      case Wire.GCSweepActive: {
        const there = a0 < procState.length >> stateShift && procState[a0 << stateShift] !== unborn;
        if (!there) {
          rare.problem = `encountered GCSweepActive for unknown proc ${a0}`;
          return 0;
        }
        const at = (a0 << stateShift) + State.Sweeping;
        rare.problem = activeProblem(first, procState[at] !== 0, "GCSweepBegin");
        procState[at] = 1;
        rare.a = a0 | 0;
        return 1;
      }
      case Wire.GCMarkAssistActive: {
        if (named < 0 || this.goState[named << stateShift] === unborn) {
          rare.problem = `uninitialized goroutine ${a0} found during GCMarkAssistActive`;
          return 0;
        }
        const has = this.rangesOf(named).some((range) => range.begin === Wire.GCMarkAssistBegin);
        rare.problem = activeProblem(first, has, "GCMarkAssistBegin");
        if (!has) this.addRange(named, Wire.GCMarkAssistBegin, 0);
        rare.a = named;
        return 1;
      }
      case Wire.STWBegin:
      case Wire.GCMarkAssistBegin: {
        rare.problem = userProblem;
        if (userProblem) return 0;
        const isStop = type === Wire.STWBegin;
        const reason = isStop ? this.stringNumber(a0, m) : 0;
        if (this.rangesOf(g).some((range) => range.begin === type && range.reason === reason)) {
          rare.problem = `discovered event already in-flight for when starting event ${wireNames[type]}`;
          return 0;
        }
        this.addRange(g, type, reason);
        rare.stack = isStop ? a1 : a0;
        if (isStop) rare.a = reason;
        return 1;
      }
      case Wire.STWEnd:
      case Wire.GCMarkAssistEnd: {
        rare.problem = userProblem;
        if (userProblem) return 0;
        const begin = type === Wire.STWEnd ? Wire.STWBegin : Wire.GCMarkAssistBegin;
        const reason = this.endRange(g, begin);
        if (reason < 0) rare.problem = `tried to end event ${wireNames[begin]}, but not in-flight`;
        if (type === Wire.STWEnd) rare.a = reason;
        return 1;
      }
      default:
        return -1;
    }
  }

  /** Metrics, labels, tasks, regions and logs. */
  private advanceAnnotation(type: number, m: number, p: number, g: number): number {
    const { rare } = this;
    const a0 = this.args[0];
    const a1 = this.args[1];
    const a2 = this.args[2];
    const a3 = this.args[3];
    const userProblem = m === 0 || p < 0 || g < 0 ? contextProblem(m, p, g, true, 1) : "";
    rare.problem = userProblem;
    switch (type) {
      case Wire.HeapGoal: {
        rare.problem = m === 0 || p < 0 ? contextProblem(m, p, 0, true, 0) : "";
        this.setWide(1, a0, 0, 0);
        return 1;
      }
      case Wire.ProcsChange: {
        this.setWide(1, a0, 0, 0);
        rare.stack = a1;
        return 1;
      }
      case Wire.GoLabel: {
        if (userProblem === "") rare.a = this.stringNumber(a0, m);
        return 1;
      }
      case Wire.UserTaskBegin: {
        if (this.activeTasks.has(a0)) {
          rare.problem = `task ID conflict: ${a0}`;
          return 0;
        }
        const name = this.stringNumber(a2, m);
        if (rare.problem !== "") return 0;
        const parent = a1 === 0 || a1 === noThread ? none : a1;
        this.activeTasks.set(a0, { name, parent });
        this.setWide(3, a0, parent, name);
        rare.stack = a3;
        return 1;
      }
      case Wire.UserTaskEnd: {
        const task = this.activeTasks.get(a0);
        this.activeTasks.delete(a0);
        this.setWide(3, a0, task?.parent ?? none, task?.name ?? 0);
        rare.stack = a1;
        return 1;
      }
      case Wire.UserRegionBegin:
      case Wire.UserRegionEnd: {
        if (userProblem !== "") return 0;
        const name = this.stringNumber(a1, m);
        if (rare.problem === "") this.followRegion(type, g, a0, name);
        this.setWide(2, a0, name, 0);
        rare.stack = a2;
        return 1;
      }
      case Wire.UserLog: {
        if (userProblem !== "") return 0;
        const category = this.stringNumber(a1, m);
        if (rare.problem !== "") return 0;
        this.setWide(3, a0, category, this.stringNumber(a2, m));
        rare.stack = a3;
        return 1;
      }
      default:
        rare.problem = `bad event type found while ordering: ${wireNames[type] ?? type}`;
        return 0;
    }
  }

  /** Regions nest within a goroutine; ends of regions that began before the trace are let pass. */
  private followRegion(type: number, g: number, task: number, name: number): void {
    const { regions, goState } = this;
    const at = (g << stateShift) + State.Region;
    const innermost = goState[at];
    if (type === Wire.UserRegionBegin) goState[at] = regions.open(innermost, task, name);
    else if (innermost === noRegion) return;
    else if (regions.taskOf(innermost) !== task || regions.nameOf(innermost) !== name) {
      this.rare.problem = this.regionProblem(g, task, name, innermost);
    } else goState[at] = regions.close(innermost);
  }

  private regionProblem(g: number, task: number, name: number, innermost: number): string {
    const { strings, goroutines } = this.store;
    const ended = `{${task} ${strings.values[name]}}`;
    const open = `{${this.regions.taskOf(innermost)} ${strings.values[this.regions.nameOf(innermost)]}}`;
    return (
      `misuse of region in goroutine ${goroutines.ids[g]}: region end ${ended} when the inner-most active ` +
      `region start event is ${open}`
    );
  }

  /** The mark phase: begin and end can be on different threads, so it has a sequence of its own. */
  private advanceGc(type: number, m: number, p: number, g: number): void {
    const { rare } = this;
    const sequence = this.args[0];
    const stack = this.args[1];
    if (type === Wire.GCBegin) rare.stack = stack;
    const startsKnowing =
      (type === Wire.GCActive && this.inFirstGeneration) ||
      (type === Wire.GCBegin && this.gcState === GcState.Undetermined);
    if (startsKnowing) {
      if (this.gcState !== GcState.Undetermined) {
        rare.problem = "GCActive in the first generation isn't first GC event";
        return;
      }
    } else {
      if (sequence !== this.gcSequence + 1) return;
      rare.problem = this.gcProblem(type);
      if (rare.problem === "" && (m === 0 || p < 0 || g < 0)) rare.problem = contextProblem(m, p, g, true, 1);
      if (rare.problem !== "") return;
    }
    this.gcSequence = sequence;
    this.gcState = type === Wire.GCEnd ? GcState.NotRunning : GcState.Running;
    rare.done = 1;
  }

  private gcProblem(type: number): string {
    if (type === Wire.GCBegin) {
      return this.gcState === GcState.Running ? "encountered GCBegin while GC was already in progress" : "";
    }
    if (this.gcState === GcState.Running) return "";
    const undetermined = this.gcState === GcState.Undetermined && type === Wire.GCEnd;
    const state = undetermined ? "GC was in an undetermined state" : "GC was not in progress";
    return `encountered ${wireNames[type]} when ${state}`;
  }

  private rangesOf(g: number): { begin: number; reason: number }[] {
    return this.goRanges.get(g) ?? [];
  }

  private addRange(g: number, begin: number, reason: number): void {
    const ranges = this.goRanges.get(g);
    if (ranges) ranges.push({ begin, reason });
    else this.goRanges.set(g, [{ begin, reason }]);
  }

  /** Ends the first open range of a type and returns its reason, -1 when there is none. */
  private endRange(g: number, begin: number): number {
    const ranges = this.goRanges.get(g);
    const at = ranges ? ranges.findIndex((range) => range.begin === begin) : -1;
    if (!ranges || at < 0) return -1;
    const { reason } = ranges[at];
    ranges[at] = ranges[ranges.length - 1];
    ranges.pop();
    if (ranges.length === 0) this.goRanges.delete(g);
    return reason;
  }
}

/** Ordering cannot go on; says how many events Go's reader would have returned. */
export class OrderError extends Error {
  readonly captureError: CaptureError;
  readonly upstreamTotal: number;

  constructor(captureError: CaptureError, upstreamTotal: number) {
    super(captureError.message);
    this.captureError = captureError;
    this.upstreamTotal = upstreamTotal;
  }
}

function badType(type: number): string {
  if (type < 128 && type > Wire.EndOfGeneration) return `found event of unknown type ${type}`;
  if (wireNames[type] === undefined) return `found event of unknown type ${type}`;
  return `found event without a timestamp: ${wireNames[type]}`;
}

function contextProblem(m: number, p: number, g: number, needsP: boolean, needsG: number): string {
  if (m === 0) return "expected a thread but didn't have one";
  if (needsP && p < 0) return "expected a proc but didn't have one";
  if (needsG > 0 && g < 0) return "expected a goroutine but didn't have one";
  if (needsG < 0 && g >= 0) return "expected no goroutine but had one";
  return "bad scheduling context";
}

/** A thread id as Go's reader has it: the largest unsigned numbers are negative. */
function signed(id: number): number {
  return id >= 2 ** 63 ? id - noThread - (id === noThread ? 1 : 0) : id;
}

function unbornStates(count: number): Int32Array {
  const states = new Int32Array(count << stateShift);
  for (let at = 0; at < states.length; at += 1 << stateShift) states[at] = unborn;
  return states;
}

function idleThreads(count: number): Int32Array {
  const threads = new Int32Array(count << threadShift);
  for (let at = 0; at < threads.length; at += 1 << threadShift) {
    threads[at + Thread.G] = -1;
    threads[at + Thread.P] = -1;
  }
  return threads;
}

function procStatusName(status: number): string {
  return procStatusNames[status] ?? "NotExist";
}

/** A range said to be active must be new in a trace's first generation, and known in later ones. */
function activeProblem(first: boolean, has: boolean, name: string): string {
  if (first && has) return `found named active range already in first gen: ${name}`;
  return first || has ? "" : `resource is missing active range: ${name}`;
}
