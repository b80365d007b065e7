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
import { Content, type GenerationSpan } from "./batch-index.js";
import { syncCode } from "./event-codes.js";
import { heapRemove, heapUpdate, siftDown, siftUp } from "./frontier-heap.js";
import { type GenerationTables, missing, type Samples } from "./generation-tables.js";
import { goSort } from "./go-sort.js";
import { longVarint, varintEnd } from "./order/long-varint.js";
import { type OrderOptions, OrderState } from "./order/order-state.js";
import { badType, contextProblem, overrun, procStatusName } from "./order/problems.js";
import { advanceRare } from "./order/rare-events.js";
import {
  GcState,
  GoStatus,
  idleThreads,
  maxProcs,
  none,
  ProcStatus,
  State,
  stateShift,
  Thread,
  threadShift,
  unborn,
  unbornStates,
} from "./order/records.js";
import { repair } from "./order/repair.js";
import { signed } from "./order/signed.js";
import { argumentCounts, notTimed, Wire, wireNames } from "./wire.js";

/** Events that are ordered at a time. */
const sliceRows = 16 << 10;

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

export class EventOrderer extends OrderState {
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
            advanceRare(this, type, m, p, g, named, tables);
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
        repair(this, m, slot < heapSize ? slot : 0, tables, options);
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
}
