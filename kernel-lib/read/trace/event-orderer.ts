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
import { absoluteNs, type GenerationTables, missing, type Samples } from "./generation-tables.js";
import { goSort } from "./go-sort.js";
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

/** Sequence numbers hold within a generation: the key of a resource is its generation's base plus the number. */
const sequenceSpan = 2 ** 40;
/** More processors than any machine; an id beyond is damage. */
const maxProcs = 1 << 20;
/** A value of a task or a string that stands for none. */
const none = -1;

/** What a rare event comes to, beside whether it can come now. */
interface RareEvent {
  problem: string;
  stack: number;
  a: number;
  wide: number;
  w0: number;
  w1: number;
  w2: number;
}

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

/** A varint of any length at `at`, exact up to 2^53 and rounded once beyond; `varintEnd` is -1 when it is none. */
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
      varintEnd = count === 9 && byte > 1 ? -1 : at + count + 1;
      return (high >>> 0) * 4294967296 + (low >>> 0);
    }
  }
  varintEnd = -1;
  return 0;
}

/** Options of one generation's ordering. */
export interface OrderOptions {
  /** Keep going where tables are incomplete, and drop the rest of a thread at bytes that make no sense. */
  readonly lenient: boolean;
  /**
   * Told of each thing that was dropped in lenient mode, with the number of events that Go's reader would have
   * returned before it stopped there.
   */
  readonly onDamage: (problem: CaptureError, upstreamTotal: number) => void;
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
  private generationOrdinal = 0;
  private initialOrdinal = 1;

  // Goroutines, by dense number.
  private goStatus: Uint8Array = new Uint8Array(1024).fill(unborn);
  private goKey: Float64Array = new Float64Array(1024);
  private readonly goRegions = new Map<number, { task: number; name: number }[]>();
  private readonly goRanges = new Map<number, { begin: number; reason: number }[]>();
  // Processors, by id.
  private procStatus: Uint8Array = new Uint8Array(64).fill(unborn);
  private procKey: Float64Array = new Float64Array(64);
  private procSweeps: Uint8Array = new Uint8Array(64);
  // Threads, by dense number: what they hold, and whether they took part in the ordering yet.
  private threadG: Int32Array = new Int32Array(64).fill(-1);
  private threadP: Int32Array = new Int32Array(64).fill(-1);
  private threadKnown: Uint8Array = new Uint8Array(64);
  // Each thread's next event and where its arguments are.
  private nextType: Uint8Array = new Uint8Array(64);
  private nextTime: Float64Array = new Float64Array(64);
  private nextPos: Int32Array = new Int32Array(64);
  private batchEnd: Int32Array = new Int32Array(64);
  private batchOf: Int32Array = new Int32Array(64);
  /** Rows when the thread's last event went out: where Go's reader looks at the event after it. */
  private lookedAt: Float64Array = new Float64Array(64);
  private batchAfter: Int32Array = new Int32Array(0);
  /** Threads with events left, a min-heap by time. */
  private heap: Int32Array = new Int32Array(64);
  private heapSize = 0;

  private gcSequence = 0;
  private gcState: number = GcState.Undetermined;
  private readonly activeTasks = new Map<number, { name: number; parent: number }>();

  constructor(bytes: Uint8Array, batches: BatchColumns, store: EventStore) {
    this.bytes = bytes;
    this.batches = batches;
    this.store = store;
  }

  /** Time of the last event, ns since the capture's start. */
  get endTime(): number {
    return this.lastTime;
  }

  /** Forgets all state, so that the next generation is read as a trace's first one. For what follows a damaged one. */
  reset(): void {
    this.goStatus.fill(unborn);
    this.procStatus.fill(unborn);
    this.procSweeps.fill(0);
    this.threadG.fill(-1);
    this.threadP.fill(-1);
    this.threadKnown.fill(0);
    this.goRegions.clear();
    this.goRanges.clear();
    this.activeTasks.clear();
    this.gcState = GcState.Undetermined;
    this.gcSequence = 0;
    this.initialOrdinal = this.generationOrdinal + 1;
  }

  /**
   * Adds the Sync event that opens a generation; absolute time in ns. At the end of a trace, where Go's reader adds
   * one more, without a time.
   */
  sync(absolute: number | undefined): void {
    const { store } = this;
    let time: number;
    if (absolute === undefined) {
      if (Number.isNaN(this.startNs)) this.startNs = 1;
      time = store.total === 0 ? 0 : this.lastTime + 1;
    } else {
      if (Number.isNaN(this.startNs)) this.startNs = absolute <= 0 ? 1 : absolute;
      time = absolute - this.startNs;
      if (store.total === 0) time = 0;
      else if (time <= this.lastTime) time = this.lastTime + 1;
    }
    this.lastTime = time;
    store.emit(syncCode, time, 0, -1, -1, -1, store.wide(++this.syncs));
  }

  /** Makes a generation the one that {@link EventOrderer.advance} orders. The Sync event before it is the caller's. */
  start(span: GenerationSpan, tables: GenerationTables, options: OrderOptions): void {
    this.generationOrdinal++;
    this.currentGeneration = span.generation;
    this.heapSize = 0;
    this.sample = 0;
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

  /** Bytes of events of the current generation that were not read. */
  unreadBytes(): number {
    let bytes = 0;
    for (let slot = 0; slot < this.heapSize; slot++) {
      const m = this.heap[slot];
      bytes += this.batchEnd[m] - this.nextPos[m];
      for (let batch = this.batchAfter[this.batchOf[m] - this.firstBatch]; batch >= 0; ) {
        bytes += this.batches.end.get(batch) - this.batches.start.get(batch);
        batch = this.batchAfter[batch - this.firstBatch];
      }
    }
    return bytes;
  }

  private firstBatch = 0;
  private sample = 0;
  private tables: GenerationTables | undefined;
  private options: OrderOptions | undefined;

  private installThreads(span: GenerationSpan, tables: GenerationTables, options: OrderOptions): void {
    const { batches, store } = this;
    const count = span.lastBatch - span.firstBatch;
    this.firstBatch = span.firstBatch;
    this.batchAfter = new Int32Array(count).fill(-1);
    const lastOf = new Map<number, number>();
    const threads: number[] = [];
    for (let batch = span.firstBatch; batch < span.lastBatch; batch++) {
      if (batches.content.get(batch) !== Content.Events) continue;
      const m = store.thread(batches.thread.get(batch));
      const last = lastOf.get(m);
      if (last === undefined) {
        this.growThreads(m);
        this.batchOf[m] = batch;
        threads.push(m);
      } else {
        this.batchAfter[last - span.firstBatch] = batch;
      }
      lastOf.set(m, batch);
    }
    for (const m of threads) {
      this.lookedAt[m] = store.total;
      if (!this.openBatch(m, this.batchOf[m], tables)) continue;
      if (!this.peekFirst(m, tables, options)) continue;
      this.heap[this.heapSize++] = m;
      siftUp(this.heap, this.nextTime, this.heapSize - 1);
    }
  }

  private growThreads(m: number): void {
    this.growThreadState(m);
    if (m < this.heap.length) return;
    const length = Math.max(m + 1, this.heap.length * 2);
    this.nextPos = grownInts(this.nextPos, length, 0);
    this.batchEnd = grownInts(this.batchEnd, length, 0);
    this.batchOf = grownInts(this.batchOf, length, 0);
    this.heap = grownInts(this.heap, length, 0);
    this.nextType = grownBytes(this.nextType, length, 0);
    this.nextTime = grownDoubles(this.nextTime, length);
    this.lookedAt = grownDoubles(this.lookedAt, length);
  }

  /** Room for what a thread holds; a thread that is only named has no events of its own. */
  private growThreadState(m: number): void {
    if (m < this.threadG.length) return;
    const length = Math.max(m + 1, this.threadG.length * 2);
    this.threadG = grownInts(this.threadG, length, -1);
    this.threadP = grownInts(this.threadP, length, -1);
    this.threadKnown = grownBytes(this.threadKnown, length, 0);
  }

  private growGoroutines(dense: number): void {
    if (dense < this.goStatus.length) return;
    const length = Math.max(dense + 1, this.goStatus.length * 2);
    this.goStatus = grownBytes(this.goStatus, length, unborn);
    this.goKey = grownDoubles(this.goKey, length);
  }

  private growProcs(p: number): void {
    if (p < this.procStatus.length) return;
    const length = Math.max(p + 1, this.procStatus.length * 2);
    this.procStatus = grownBytes(this.procStatus, length, unborn);
    this.procSweeps = grownBytes(this.procSweeps, length, 0);
    this.procKey = grownDoubles(this.procKey, length);
  }

  /** Starts a thread's batch, or the next one that is not empty; false when there is none left. */
  private openBatch(m: number, first: number, tables: GenerationTables): boolean {
    const { batches } = this;
    for (let batch = first; batch >= 0; batch = this.batchAfter[batch - this.firstBatch]) {
      const start = batches.start.get(batch);
      const end = batches.end.get(batch);
      if (end === start) continue;
      this.batchOf[m] = batch;
      this.nextPos[m] = start;
      this.batchEnd[m] = end;
      this.nextTime[m] = absoluteNs(batches.ticks.get(batch), tables.clock) - this.startNs;
      return true;
    }
    return false;
  }

  /** Reads the type and time of the event at a thread's position; false, in lenient mode, when it makes no sense. */
  private peekFirst(m: number, tables: GenerationTables, options: OrderOptions): boolean {
    const pos = this.nextPos[m];
    const type = this.bytes[pos];
    let problem = "";
    if (argumentCounts[type] === notTimed) problem = badType(type);
    else {
      const ticks = longVarint(this.bytes, pos + 1);
      if (varintEnd < 0 || varintEnd > this.batchEnd[m]) problem = "varint runs past the end of its batch";
      else {
        this.nextTime[m] += absoluteNs(ticks, tables.clock);
        this.nextType[m] = type;
        this.nextPos[m] = varintEnd;
        return true;
      }
    }
    const error = this.errorAt(problem, pos, m);
    if (!options.lenient) throw new OrderError(error, this.lookedAt[m]);
    options.onDamage(error, this.lookedAt[m]);
    return false;
  }

  private errorAt(problem: string, offset: number, m: number): CaptureError {
    const thread = this.store.threads.ids[m];
    const context = `gen ${this.currentGeneration}, m ${thread}`;
    return new CaptureError(problem, { place: { offset, context } });
  }

  /** Number of the generation being ordered, for messages. */
  private currentGeneration = 0;

  // The one hot loop. It is long because every call and every property access in it is paid millions of times;
  // each case is one of order.go's advance functions.
  private run(tables: GenerationTables, options: OrderOptions, budget: number): boolean {
    const { bytes, store } = this;
    const { columns, goroutines, threads } = store;
    const { lenient } = options;
    const { nsPerTick } = tables.clock;
    const { stacks, strings, samples } = tables;
    const stackMap = stacks.dense;
    const stringMap = strings.dense;
    const first = this.initialOrdinal === this.generationOrdinal;
    const base = this.generationOrdinal * sequenceSpan;
    const { heap, nextType, nextTime, nextPos, batchEnd, lookedAt } = this;
    let { goStatus, goKey, procStatus, procKey } = this;
    let { threadG, threadP, threadKnown } = this;
    let { slots, ids } = goroutines;
    let mask = slots.length - 1;
    let { time, code: codes, m: ms, p: ps, g: gs, stack: stackIds, a: as, wide } = columns;
    let row = columns.rows;
    let wideAt = columns.wideLength;
    const stopAt = store.total + budget;
    let rowLimit = Math.min(time.length - 4, row + budget);
    let wideLimit = wide.length - 4;
    let last = this.lastTime;
    let sampleTime = this.sampleTime(samples);
    let emittedBefore = store.total - row;
    let problem = "";
    let malformed = false;
    let m = 0;
    let { heapSize } = this;

    for (;;) {
      if (row > rowLimit || wideAt > wideLimit) {
        columns.rows = row;
        columns.wideLength = wideAt;
        if (store.total >= stopAt) {
          this.lastTime = last;
          this.heapSize = heapSize;
          return false;
        }
        store.makeRoom(8, 8);
        ({ time, code: codes, m: ms, p: ps, g: gs, stack: stackIds, a: as, wide } = columns);
        row = columns.rows;
        wideAt = columns.wideLength;
        emittedBefore = store.total - row;
        rowLimit = Math.min(time.length - 4, stopAt - emittedBefore);
        wideLimit = wide.length - 4;
      }
      if (sampleTime !== Number.POSITIVE_INFINITY) {
        if (heapSize === 0 || sampleTime < nextTime[heap[0]]) {
          const at = samples.order[this.sample++];
          const goroutine = samples.g[at];
          const stack = stacks.get(samples.stack[at]);
          if (sampleTime <= last) sampleTime = last + 1;
          last = sampleTime;
          time[row] = last;
          codes[row] = Wire.CPUSample;
          ms[row] = threads.index(signed(samples.m[at]));
          ps[row] = smallId(samples.p[at]);
          gs[row] = goroutine === 0 || goroutine >= 2 ** 63 ? -1 : store.goroutine(goroutine);
          stackIds[row] = stack < 0 ? -1 : stack;
          as[row] = none;
          row++;
          this.growGoroutines(goroutines.size);
          ({ goStatus, goKey } = this);
          ({ slots, ids } = goroutines);
          mask = slots.length - 1;
          sampleTime = this.sampleTime(samples);
          continue;
        }
      }
      if (heapSize === 0) break;

      // Find the first thread whose next event can come now.
      let slot = 0;
      let pos = 0;
      let t = 0;
      let code = 0;
      let eventM = 0;
      let eventG = 0;
      let eventP = 0;
      let stackId = 0;
      let a = 0;
      // 1: one event. 2, 3: the goroutine switches, after blocking or ending. 4: a processor is given up first.
      let done = 0;
      let otherG = 0;
      for (;;) {
        m = heap[slot];
        const type = nextType[m];
        const count = argumentCounts[type];
        pos = nextPos[m];
        let a0 = 0;
        let a1 = 0;
        let a2 = 0;
        let a3 = 0;
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
            a0 = longVarint(bytes, pos);
            pos = varintEnd;
          }
          if (count > 1 && pos > 0) {
            a1 = bytes[pos];
            if (a1 < 0x80) pos++;
            else if (bytes[pos + 1] < 0x80) {
              a1 = (a1 & 0x7f) | (bytes[pos + 1] << 7);
              pos += 2;
            } else if (bytes[pos + 2] < 0x80) {
              a1 = (a1 & 0x7f) | ((bytes[pos + 1] & 0x7f) << 7) | (bytes[pos + 2] << 14);
              pos += 3;
            } else {
              a1 = longVarint(bytes, pos);
              pos = varintEnd;
            }
            if (count > 2 && pos > 0) {
              a2 = bytes[pos];
              if (a2 < 0x80) pos++;
              else {
                a2 = longVarint(bytes, pos);
                pos = varintEnd;
              }
              if (count > 3 && pos > 0) {
                a3 = longVarint(bytes, pos);
                pos = varintEnd;
              }
            }
          }
        }
        // Bytes past the file's end are undefined, and positions computed with them fail this test as well.
        if (!(pos > 0 && pos <= batchEnd[m])) {
          problem = "varint runs past the end of its batch, or overflows 64 bits";
          malformed = true;
          break;
        }
        threadKnown[m] = 1;
        const g = threadG[m];
        const p = threadP[m];
        let named = -1;
        if (namesGoroutine[type] === 1) {
          const mixed = Math.imul(a0 | 0, 0x9e3779b1);
          for (let at = (mixed ^ (mixed >>> 15)) & mask; ; at = (at + 1) & mask) {
            named = slots[at] - 1;
            if (named < 0 || ids[named] === a0) break;
          }
        }
        code = type;
        eventM = m;
        eventG = g;
        eventP = p;
        stackId = 0;
        a = none;
        t = nextTime[m];

        switch (type) {
          case Wire.GoStart: {
            if (named < 0 || goStatus[named] !== GoStatus.Runnable || goKey[named] + 1 !== base + a1) break;
            if (m === 0 || p < 0 || g >= 0) {
              problem = contextProblem(m, p, g, true, -1);
              break;
            }
            goStatus[named] = GoStatus.Running;
            goKey[named] = base + a1;
            threadG[m] = named;
            a = named;
            done = 1;
            break;
          }
          case Wire.GoUnblock: {
            if (named < 0 || goStatus[named] !== GoStatus.Waiting || goKey[named] + 1 !== base + a1) break;
            goStatus[named] = GoStatus.Runnable;
            goKey[named] = base + a1;
            a = named;
            stackId = a2;
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
            if (goStatus[g] !== GoStatus.Running) {
              problem = `${wireNames[type]} event for goroutine that's not Running`;
              break;
            }
            threadG[m] = -1;
            if (type === Wire.GoDestroy) {
              goStatus[g] = unborn;
              this.goRegions.delete(g);
              this.goRanges.delete(g);
            } else {
              goStatus[g] = type === Wire.GoBlock ? GoStatus.Waiting : GoStatus.Runnable;
              a = a0 < stringMap.length ? stringMap[a0] : strings.get(a0);
              if (a === missing) {
                problem = this.missing("string", a0, m, emittedBefore + row);
                a = this.lost;
              }
              stackId = a1;
            }
            done = 1;
            break;
          }
          case Wire.GoSyscallBegin: {
            if (m === 0 || p < 0 || g < 0) {
              problem = contextProblem(m, p, g, true, 1);
              break;
            }
            if (goStatus[g] !== GoStatus.Running) {
              problem = "GoSyscallBegin event for goroutine that's not Running";
              break;
            }
            if (procStatus[p] === unborn) {
              problem = `uninitialized proc ${p} found during GoSyscallBegin`;
              break;
            }
            if (procKey[p] + 1 !== base + a0) {
              const old = procKey[p] - base;
              const was = old >= 0 ? `${old}` : "of an earlier generation";
              problem = `failed to advance GoSyscallBegin: can't make sequence: ${was} -> ${a0}`;
              break;
            }
            goStatus[g] = GoStatus.Syscall;
            procStatus[p] = ProcStatus.Syscall;
            procKey[p] = base + a0;
            stackId = a1;
            done = 1;
            break;
          }
          case Wire.GoSyscallEnd: {
            if (m === 0 || p < 0 || g < 0) {
              problem = contextProblem(m, p, g, true, 1);
              break;
            }
            if (goStatus[g] !== GoStatus.Syscall) {
              problem = "GoSyscallEnd event for goroutine that's not Syscall";
              break;
            }
            if (procStatus[p] !== ProcStatus.Syscall) {
              problem = `expected proc ${p} in state Syscall, but got ${procStatusNames[procStatus[p]]} instead`;
              break;
            }
            goStatus[g] = GoStatus.Running;
            procStatus[p] = ProcStatus.Running;
            done = 1;
            break;
          }
          case Wire.GoSyscallEndBlocked: {
            if (p >= 0 && procStatus[p] === ProcStatus.Syscall) break;
            if (m === 0 || g < 0) {
              problem = contextProblem(m, p, g, false, 1);
              break;
            }
            if (goStatus[g] !== GoStatus.Syscall) {
              problem = "GoSyscallEndBlocked event for goroutine that's not Syscall";
              break;
            }
            goStatus[g] = GoStatus.Runnable;
            threadG[m] = -1;
            done = 1;
            break;
          }
          case Wire.ProcStart: {
            if (
              !(a0 < procStatus.length) ||
              procStatus[a0] !== ProcStatus.Idle ||
              procKey[a0] + 1 !== base + a1 ||
              p >= 0
            ) {
              break;
            }
            if (m === 0) {
              problem = contextProblem(m, 0, 0, false, 0);
              break;
            }
            procStatus[a0] = ProcStatus.Running;
            procKey[a0] = base + a1;
            threadP[m] = a0;
            a = a0;
            done = 1;
            break;
          }
          case Wire.ProcStop: {
            if (p < 0) {
              problem = "event ProcStop for proc (-1) that doesn't exist";
              break;
            }
            if (procStatus[p] !== ProcStatus.Running && procStatus[p] !== ProcStatus.Syscall) {
              problem = "ProcStop event for proc that's not Running or Syscall";
              break;
            }
            procStatus[p] = ProcStatus.Idle;
            threadP[m] = -1;
            done = 1;
            break;
          }
          case Wire.ProcSteal: {
            if (
              !(a0 < procStatus.length) ||
              (procStatus[a0] !== ProcStatus.Syscall && procStatus[a0] !== ProcStatus.SyscallAbandoned) ||
              procKey[a0] + 1 !== base + a1
            ) {
              break;
            }
            if (m === 0) {
              problem = contextProblem(m, 0, 0, false, 0);
              break;
            }
            const abandoned = procStatus[a0] === ProcStatus.SyscallAbandoned;
            procStatus[a0] = ProcStatus.Idle;
            procKey[a0] = base + a1;
            a = a0;
            if (abandoned) {
              // Where the processor's thread went is not known, so there is nothing to take from it.
              code = procStealIdleCode;
              done = 1;
              break;
            }
            const from = threads.find(signed(a2));
            if (from === m) {
              if (p !== a0) {
                problem = `tried to self-steal proc ${a0} (thread ${a2}), but got proc ${p} instead`;
                break;
              }
              threadP[m] = -1;
            } else if (from < 0 || from >= threadKnown.length || threadKnown[from] === 0) {
              problem = `stole proc from non-existent thread ${a2}`;
              break;
            } else if (threadP[from] !== a0) {
              problem = `tried to steal proc ${a0} from thread ${a2}, but got proc ${threadP[from]} instead`;
              break;
            } else {
              threadP[from] = -1;
            }
            done = 1;
            break;
          }
          case Wire.ProcStatus: {
            if (a1 > 4) {
              problem = `invalid status for proc ${a0}: ${a1}`;
              break;
            }
            if (!(a0 < maxProcs)) {
              problem = `implausible proc ID ${a0}`;
              break;
            }
            if (a0 >= procStatus.length) {
              this.growProcs(a0);
              ({ procStatus, procKey } = this);
            }
            const old = procStatus[a0];
            let from: number = procStateOfStatus[a1];
            let to = from;
            if (old !== unborn) {
              if (a1 === ProcStatus.SyscallAbandoned && old === ProcStatus.Syscall) {
                // Nothing was lost: it is still in the system call, on the thread that holds it.
                from = P.Running;
                to = P.Running;
              } else if (a1 === ProcStatus.SyscallAbandoned && old === ProcStatus.SyscallAbandoned) {
                from = P.Idle;
              } else if (old !== a1) {
                problem = `inconsistent status for proc ${a0}: old ${procStatusNames[old]} vs. new ${procStatusNames[a1]}`;
                break;
              }
            } else {
              procStatus[a0] = a1;
              from = first ? P.Undetermined : P.NotExist;
            }
            procKey[a0] = base;
            if (a1 === ProcStatus.SyscallAbandoned && from === P.Running) {
              const holder = this.holderOf(a0);
              if (holder < 0) {
                problem = `failed to find sched context for proc ${a0} that's about to be stolen`;
                break;
              }
              eventM = holder;
              eventP = a0;
              eventG = threadG[holder];
            }
            if ((a1 === ProcStatus.Running || a1 === ProcStatus.Syscall) && m !== 0) threadP[m] = a0;
            code = procStatusCode + 4 * from + to;
            a = a0;
            done = 1;
            break;
          }
          case Wire.GoStatus:
          case Wire.GoStatusStack: {
            if (a2 > 4) {
              problem = `invalid status for goroutine ${a0}: ${a2}`;
              break;
            }
            let from: number = goStateOfStatus[a2];
            const to = from;
            if (named >= 0 && goStatus[named] !== unborn) {
              if (goStatus[named] !== a2) {
                problem = `inconsistent status for goroutine ${a0}: old ${goStatusNames[goStatus[named]]} vs. new ${goStatusNames[a2]}`;
                break;
              }
            } else if (first) {
              if (!(a0 < Number.MAX_SAFE_INTEGER)) {
                problem = `implausible goroutine ID ${a0}`;
                break;
              }
              named = store.newGoroutine(a0, -1);
              this.growGoroutines(named);
              ({ goStatus, goKey } = this);
              ({ slots, ids } = goroutines);
              mask = slots.length - 1;
              goStatus[named] = a2;
              from = G.Undetermined;
            } else {
              problem = `found goroutine status for new goroutine after the first generation: id=${a0} status=${goStatusNames[a2]}`;
              break;
            }
            goKey[named] = base;
            if (a2 === GoStatus.Running) {
              if (m !== 0) threadG[m] = named;
            } else if (a2 === GoStatus.Syscall) {
              const thread = signed(a1);
              if (thread === -1) {
                problem = `found goroutine ${a0} in syscall without a thread`;
                break;
              }
              const on = threads.index(thread);
              if (on >= threadKnown.length) {
                this.growThreadState(on);
                ({ threadG, threadP, threadKnown } = this);
              }
              if (on === m) {
                if (!first && g !== named) {
                  problem = `inconsistent thread for syscalling goroutine ${a0}: thread has goroutine ${g < 0 ? -1 : ids[g]}`;
                  break;
                }
                threadG[m] = named;
              } else {
                if (threadKnown[on] !== 0) {
                  if (threadG[on] !== named) {
                    const other = threadG[on] < 0 ? -1 : ids[threadG[on]];
                    problem = `inconsistent thread for syscalling goroutine ${a0}: thread has goroutine ${other}`;
                    break;
                  }
                  eventG = named;
                } else {
                  threadKnown[on] = 1;
                  threadG[on] = named;
                  threadP[on] = -1;
                }
                eventM = on;
              }
            }
            code = goStatusCode + 8 * from + to;
            a = named;
            if (type === Wire.GoStatusStack) stackId = a3;
            done = 1;
            break;
          }
          case Wire.GoCreate:
          case Wire.GoCreateBlocked: {
            if (m === 0 || p < 0) {
              problem = contextProblem(m, p, 0, true, 0);
              break;
            }
            if (g >= 0 && goStatus[g] !== unborn && goStatus[g] !== GoStatus.Running) {
              problem = `${wireNames[type]} event for goroutine that's not Running`;
              break;
            }
            if (named >= 0 && goStatus[named] !== unborn) {
              problem = `tried to create goroutine (${a0}) that already exists`;
              break;
            }
            if (!(a0 < Number.MAX_SAFE_INTEGER)) {
              problem = `implausible goroutine ID ${a0}`;
              break;
            }
            let creation = a1 === 0 ? -1 : a1 < stackMap.length ? stackMap[a1] : stacks.get(a1);
            if (creation === missing) {
              problem = this.missing("stack", a1, m, emittedBefore + row);
              creation = -1;
            }
            named = store.newGoroutine(a0, creation);
            if (named >= goStatus.length) {
              this.growGoroutines(named);
              ({ goStatus, goKey } = this);
            }
            if (slots !== goroutines.slots) {
              ({ slots, ids } = goroutines);
              mask = slots.length - 1;
            }
            goStatus[named] = type === Wire.GoCreate ? GoStatus.Runnable : GoStatus.Waiting;
            goKey[named] = base;
            a = named;
            stackId = a2;
            done = 1;
            break;
          }
          case Wire.GoCreateSyscall: {
            if (m === 0 || g >= 0) {
              problem = contextProblem(m, p, g, false, -1);
              break;
            }
            if (named >= 0 && goStatus[named] !== unborn) {
              problem = `tried to create goroutine (${a0}) in syscall that already exists`;
              break;
            }
            if (!(a0 < Number.MAX_SAFE_INTEGER)) {
              problem = `implausible goroutine ID ${a0}`;
              break;
            }
            named = store.newGoroutine(a0, -1);
            this.growGoroutines(named);
            ({ goStatus, goKey } = this);
            ({ slots, ids } = goroutines);
            mask = slots.length - 1;
            goStatus[named] = GoStatus.Syscall;
            goKey[named] = base;
            threadG[m] = named;
            a = named;
            done = 1;
            break;
          }
          case Wire.GoDestroySyscall: {
            if (m === 0 || g < 0) {
              problem = contextProblem(m, p, g, false, 1);
              break;
            }
            if (goStatus[g] !== GoStatus.Syscall) {
              problem = "GoDestroySyscall event for goroutine that's not Syscall";
              break;
            }
            if (p >= 0 && procStatus[p] !== ProcStatus.Syscall) {
              problem = `proc ${p} in unexpected state ${procStatusNames[procStatus[p]]} during GoDestroySyscall`;
              break;
            }
            goStatus[g] = unborn;
            this.goRegions.delete(g);
            this.goRanges.delete(g);
            threadG[m] = -1;
            done = 1;
            if (p >= 0) {
              procStatus[p] = ProcStatus.SyscallAbandoned;
              threadP[m] = -1;
              done = 4;
            }
            break;
          }
          case Wire.GoSwitch:
          case Wire.GoSwitchDestroy: {
            if (m === 0 || p < 0 || g < 0) {
              problem = contextProblem(m, p, g, true, 1);
              break;
            }
            if (goStatus[g] !== GoStatus.Running) {
              problem = `${wireNames[type]} event for goroutine that's not Running`;
              break;
            }
            if (named < 0 || goStatus[named] !== GoStatus.Waiting || goKey[named] + 1 !== base + a1) break;
            if (type === Wire.GoSwitch) {
              goStatus[g] = GoStatus.Waiting;
              done = 2;
            } else {
              goStatus[g] = unborn;
              this.goRegions.delete(g);
              this.goRanges.delete(g);
              done = 3;
            }
            goStatus[named] = GoStatus.Running;
            goKey[named] = base + a1;
            threadG[m] = named;
            otherG = named;
            a = named;
            break;
          }
          case Wire.HeapAlloc:
          case Wire.HeapGoal: {
            if (m === 0 || p < 0) {
              problem = contextProblem(m, p, 0, true, 0);
              break;
            }
            wide[wideAt] = a0;
            a = wideAt++;
            done = 1;
            break;
          }
          case Wire.ProcsChange: {
            if (m === 0 || p < 0 || g < 0) {
              problem = contextProblem(m, p, g, true, 1);
              break;
            }
            wide[wideAt] = a0;
            a = wideAt++;
            stackId = a1;
            done = 1;
            break;
          }
          case Wire.Span:
          case Wire.SpanAlloc:
          case Wire.SpanFree:
          case Wire.HeapObject:
          case Wire.HeapObjectAlloc:
          case Wire.HeapObjectFree:
          case Wire.GoroutineStack:
          case Wire.GoroutineStackAlloc:
          case Wire.GoroutineStackFree: {
            if (m === 0) {
              problem = contextProblem(m, p, g, false, 0);
              break;
            }
            wide[wideAt] = a0;
            wide[wideAt + 1] = a1;
            wide[wideAt + 2] = a2;
            a = wideAt;
            wideAt += 3;
            done = 1;
            break;
          }
          case Wire.GCSweepBegin: {
            if (m === 0 || p < 0) {
              problem = contextProblem(m, p, 0, true, 0);
              break;
            }
            if (this.procSweeps[p] !== 0) {
              problem = "discovered event already in-flight for when starting event GCSweepBegin";
              break;
            }
            this.procSweeps[p] = 1;
            stackId = a0;
            done = 1;
            break;
          }
          case Wire.GCSweepEnd: {
            if (m === 0 || p < 0) {
              problem = contextProblem(m, p, 0, true, 0);
              break;
            }
            if (this.procSweeps[p] === 0) {
              problem = "tried to end event GCSweepBegin, but not in-flight";
              break;
            }
            this.procSweeps[p] = 0;
            wide[wideAt] = a0;
            wide[wideAt + 1] = a1;
            a = wideAt;
            wideAt += 2;
            done = 1;
            break;
          }
          default: {
            // The rest is rare enough for a call.
            const rare = this.rare;
            rare.problem = "";
            rare.stack = 0;
            rare.a = none;
            rare.wide = 0;
            columns.rows = row;
            done = this.advanceRare(type, m, p, g, named, a0, a1, a2, a3, first, tables);
            problem = rare.problem;
            stackId = rare.stack;
            a = rare.a;
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
          problem = `broken trace: none of ${heapSize} threads can go on; the first waits with ${wireNames[nextType[m]]}`;
          break;
        }
      }

      if (problem === "") {
        // Stacks are named by the generation's ids.
        let stack = -1;
        if (stackId !== 0) {
          stack = stackId < stackMap.length ? stackMap[stackId] : stacks.get(stackId);
          if (stack === missing) {
            stack = -1;
            problem = this.missing("stack", stackId, m, emittedBefore + row);
          }
        }
        if (problem === "") {
          let at = t;
          if (done === 4) {
            if (at <= last) at = last + 1;
            last = at;
            time[row] = at;
            codes[row] = Wire.ProcSteal;
            ms[row] = eventM;
            ps[row] = eventP;
            gs[row] = eventG;
            stackIds[row] = -1;
            as[row] = eventP;
            row++;
          }
          if (at <= last) at = last + 1;
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
            as[row] = otherG;
            row++;
          }
          lookedAt[m] = emittedBefore + row - 1;

          // The thread's next event: its type and time now, its arguments when it is tried.
          if (pos < batchEnd[m]) {
            const next = bytes[pos];
            let ticks = bytes[pos + 1];
            if (ticks < 0x80) pos += 2;
            else if (bytes[pos + 2] < 0x80) {
              ticks = (ticks & 0x7f) | (bytes[pos + 2] << 7);
              pos += 3;
            } else {
              ticks = longVarint(bytes, pos + 1);
              pos = varintEnd;
            }
            if (argumentCounts[next] !== notTimed && pos > 0 && pos <= batchEnd[m]) {
              nextType[m] = next;
              nextTime[m] += Math.trunc(ticks * nsPerTick);
              nextPos[m] = pos;
              if (slot === 0) siftDown(heap, nextTime, heapSize, 0);
              else heapUpdate(heap, nextTime, heapSize, slot);
              continue;
            }
            malformed = true;
            problem =
              argumentCounts[next] === notTimed ? badType(next) : "varint runs past the end of its batch";
          } else {
            const more = this.batchAfter[this.batchOf[m] - this.firstBatch];
            if (more >= 0 && this.openBatch(m, more, tables)) {
              if (this.peekFirst(m, tables, options)) heapUpdate(heap, nextTime, heapSize, slot);
              else heapSize = heapRemove(heap, nextTime, heapSize, slot);
            } else {
              heapSize = heapRemove(heap, nextTime, heapSize, slot);
            }
            continue;
          }
        }
      }

      // Something is wrong with this thread's event.
      const where = Math.min(Math.max(nextPos[m], 0), bytes.length);
      const error = this.errorAt(problem, where, m);
      if (lenient && malformed) {
        options.onDamage(error, lookedAt[m]);
        problem = "";
        malformed = false;
        heapSize = heapRemove(heap, nextTime, heapSize, slot);
        continue;
      }
      columns.rows = row;
      columns.wideLength = wideAt;
      this.lastTime = last;
      this.heapSize = heapSize;
      throw new OrderError(error, malformed ? lookedAt[m] : emittedBefore + row);
    }
    columns.rows = row;
    columns.wideLength = wideAt;
    this.lastTime = last;
    this.heapSize = heapSize;
    return true;
  }

  /** Time of the next CPU sample, infinity when there is none. */
  private sampleTime(samples: Samples): number {
    if (this.sample >= samples.count) return Number.POSITIVE_INFINITY;
    return samples.time[samples.order[this.sample]] - this.startNs;
  }

  /** A string or stack that the generation's tables lack: a problem, or in lenient mode a loss that is told of. */
  private missing(what: string, id: number, m: number, upstreamTotal: number): string {
    const problem = `found invalid ${what} ID ${id} for event ${wireNames[this.nextType[m]]}`;
    if (!this.options?.lenient) return problem;
    this.options.onDamage(this.errorAt(problem, this.nextPos[m], m), upstreamTotal);
    return "";
  }

  /** String number that stands for a text whose table is lost. */
  private get lost(): number {
    return this.store.strings.code("(lost)");
  }

  private holderOf(p: number): number {
    for (let m = 1; m < this.threadP.length; m++) {
      if (this.threadKnown[m] !== 0 && this.threadP[m] === p) return m;
    }
    return -1;
  }

  /** What {@link advanceRare} says about its event, beside whether it can come. */
  private readonly rare: RareEvent = { problem: "", stack: 0, a: none, wide: 0, w0: 0, w1: 0, w2: 0 };

  private setWide(count: 2 | 3, w0: number, w1: number, w2: number): void {
    const { rare } = this;
    rare.wide = count;
    rare.w0 = w0;
    rare.w1 = w1;
    rare.w2 = w2;
  }

  private stringNumber(id: number, m: number, tables: GenerationTables): number {
    const text = tables.strings.get(id);
    if (text !== missing) return text;
    this.rare.problem = this.missing("string", id, m, this.store.total);
    return this.lost;
  }

  /** Ranges of the collector and the world, and annotations: 1 when the event comes now, 0 when it cannot yet. */
  private advanceRare(
    type: number,
    m: number,
    p: number,
    g: number,
    named: number,
    a0: number,
    a1: number,
    a2: number,
    a3: number,
    first: boolean,
    tables: GenerationTables,
  ): number {
    const { rare } = this;
    const userProblem = m === 0 || p < 0 || g < 0 ? contextProblem(m, p, g, true, 1) : "";
    switch (type) {
      case Wire.GCBegin:
      case Wire.GCActive:
      case Wire.GCEnd:
        return this.advanceGc(type, a0, a1, first, userProblem);
      case Wire.GCSweepActive: {
        if (!(a0 < this.procStatus.length) || this.procStatus[a0] === unborn) {
          rare.problem = `encountered GCSweepActive for unknown proc ${a0}`;
          return 0;
        }
        if (first === (this.procSweeps[a0] !== 0)) {
          rare.problem = first
            ? "found named active range already in first gen: GCSweepBegin"
            : "resource is missing active range: GCSweepBegin";
          return 0;
        }
        this.procSweeps[a0] = 1;
        rare.a = a0;
        return 1;
      }
      case Wire.GCMarkAssistActive: {
        if (named < 0 || this.goStatus[named] === unborn) {
          rare.problem = `uninitialized goroutine ${a0} found during GCMarkAssistActive`;
          return 0;
        }
        const has = this.rangesOf(named).some((range) => range.begin === Wire.GCMarkAssistBegin);
        if (first === has) {
          rare.problem = first
            ? "found named active range already in first gen: GCMarkAssistBegin"
            : "resource is missing active range: GCMarkAssistBegin";
          return 0;
        }
        if (first) this.addRange(named, Wire.GCMarkAssistBegin, 0);
        rare.a = named;
        return 1;
      }
      case Wire.STWBegin:
      case Wire.GCMarkAssistBegin: {
        if (userProblem) break;
        const isStop = type === Wire.STWBegin;
        const reason = isStop ? this.stringNumber(a0, m, tables) : 0;
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
        if (userProblem) break;
        const begin = type === Wire.STWEnd ? Wire.STWBegin : Wire.GCMarkAssistBegin;
        const reason = this.endRange(g, begin);
        if (reason < 0) {
          rare.problem = `tried to end event ${wireNames[begin]}, but not in-flight`;
          return 0;
        }
        if (type === Wire.STWEnd) rare.a = reason;
        return 1;
      }
      case Wire.GoLabel: {
        if (userProblem) break;
        rare.a = this.stringNumber(a0, m, tables);
        return 1;
      }
      case Wire.UserTaskBegin: {
        if (this.activeTasks.has(a0)) {
          rare.problem = `task ID conflict: ${a0}`;
          return 0;
        }
        const name = this.stringNumber(a2, m, tables);
        if (rare.problem) return 0;
        const parent = a1 === 0 || a1 === noThread ? none : a1;
        this.activeTasks.set(a0, { name, parent });
        if (userProblem) break;
        this.setWide(3, a0, parent, name);
        rare.stack = a3;
        return 1;
      }
      case Wire.UserTaskEnd: {
        const task = this.activeTasks.get(a0);
        this.activeTasks.delete(a0);
        if (userProblem) break;
        this.setWide(3, a0, task?.parent ?? none, task?.name ?? 0);
        rare.stack = a1;
        return 1;
      }
      case Wire.UserRegionBegin:
      case Wire.UserRegionEnd: {
        if (userProblem) break;
        const name = this.stringNumber(a1, m, tables);
        if (rare.problem) return 0;
        const regions = this.goRegions.get(g);
        if (type === Wire.UserRegionBegin) {
          if (regions) regions.push({ task: a0, name });
          else this.goRegions.set(g, [{ task: a0, name }]);
        } else if (regions) {
          const inner = regions[regions.length - 1];
          if (inner.task !== a0 || inner.name !== name) {
            rare.problem = this.regionProblem(g, a0, name, inner);
            return 0;
          }
          if (regions.length === 1) this.goRegions.delete(g);
          else regions.pop();
        }
        this.setWide(2, a0, name, 0);
        rare.stack = a2;
        return 1;
      }
      case Wire.UserLog: {
        if (userProblem) break;
        const category = this.stringNumber(a1, m, tables);
        const message = this.stringNumber(a2, m, tables);
        this.setWide(3, a0, category, message);
        rare.stack = a3;
        return rare.problem ? 0 : 1;
      }
    }
    rare.problem = userProblem || `bad event type found while ordering: ${wireNames[type] ?? type}`;
    return 0;
  }

  private regionProblem(
    g: number,
    task: number,
    name: number,
    inner: { task: number; name: number },
  ): string {
    const { strings, goroutines } = this.store;
    const ended = `{${task} ${strings.values[name]}}`;
    const open = `{${inner.task} ${strings.values[inner.name]}}`;
    return (
      `misuse of region in goroutine ${goroutines.ids[g]}: region end ${ended} when the inner-most active ` +
      `region start event is ${open}`
    );
  }

  private advanceGc(
    type: number,
    sequence: number,
    stack: number,
    first: boolean,
    userProblem: string,
  ): number {
    const { rare } = this;
    if (type === Wire.GCBegin) rare.stack = stack;
    if (type === Wire.GCActive && first) {
      if (this.gcState !== GcState.Undetermined) {
        rare.problem = "GCActive in the first generation isn't first GC event";
        return 0;
      }
      this.gcSequence = sequence;
      this.gcState = GcState.Running;
      return 1;
    }
    if (type === Wire.GCBegin && this.gcState === GcState.Undetermined) {
      this.gcSequence = sequence;
      this.gcState = GcState.Running;
      return 1;
    }
    if (sequence !== this.gcSequence + 1) return 0;
    if (type === Wire.GCBegin && this.gcState === GcState.Running) {
      rare.problem = "encountered GCBegin while GC was already in progress";
    } else if (type !== Wire.GCBegin && this.gcState !== GcState.Running) {
      const undetermined = this.gcState === GcState.Undetermined && type === Wire.GCEnd;
      const state = undetermined ? "GC was in an undetermined state" : "GC was not in progress";
      rare.problem = `encountered ${wireNames[type]} when ${state}`;
    } else {
      this.gcSequence = sequence;
      this.gcState = type === Wire.GCEnd ? GcState.NotRunning : GcState.Running;
      rare.problem = userProblem;
    }
    return rare.problem ? 0 : 1;
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

/** Ordering cannot go on; says how far Go's reader would have come. */
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

function smallId(id: number): number {
  return id < maxProcs ? id : -1;
}

// The frontier's heap, moved exactly as Go's reader moves it: equal times keep the order it gives them.
// Functions of arrays alone, so that the event loop works on local variables.

function siftUp(heap: Int32Array, times: Float64Array, from: number): number {
  let slot = from;
  while (slot > 0) {
    const parent = (slot - 1) >> 1;
    const m = heap[parent];
    if (!(times[m] > times[heap[slot]])) break;
    heap[parent] = heap[slot];
    heap[slot] = m;
    slot = parent;
  }
  return slot;
}

function siftDown(heap: Int32Array, times: Float64Array, size: number, from: number): void {
  const m = heap[from];
  const time = times[m];
  let slot = from;
  for (let left = 2 * slot + 1; left < size; left = 2 * slot + 1) {
    let least = left;
    let leastTime = times[heap[left]];
    if (!(leastTime < time)) {
      least = -1;
      leastTime = time;
    }
    if (left + 1 < size && times[heap[left + 1]] < leastTime) least = left + 1;
    if (least < 0) break;
    heap[slot] = heap[least];
    slot = least;
  }
  heap[slot] = m;
}

function heapUpdate(heap: Int32Array, times: Float64Array, size: number, slot: number): void {
  if (siftUp(heap, times, slot) === slot) siftDown(heap, times, size, slot);
}

/** Removes a slot and returns the new size. */
function heapRemove(heap: Int32Array, times: Float64Array, size: number, slot: number): number {
  const removed = heap[slot];
  let at = slot;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    heap[at] = heap[parent];
    at = parent;
  }
  const last = size - 1;
  heap[0] = last > 0 ? heap[last] : heap[0];
  heap[last] = removed;
  if (last > 0) siftDown(heap, times, last, 0);
  return last;
}

function grownInts(old: Int32Array, length: number, fill: number): Int32Array {
  const bigger = new Int32Array(length).fill(fill);
  bigger.set(old);
  return bigger;
}

function grownBytes(old: Uint8Array, length: number, fill: number): Uint8Array {
  const bigger = new Uint8Array(length).fill(fill);
  bigger.set(old);
  return bigger;
}

function grownDoubles(old: Float64Array, length: number): Float64Array {
  const bigger = new Float64Array(length);
  bigger.set(old);
  return bigger;
}
