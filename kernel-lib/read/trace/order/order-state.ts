import { CaptureError } from "../../../bytes/capture-error.js";
import type { BatchColumns } from "../batch-index.js";
import type { EventStore } from "../event-store.js";
import { absoluteNs, type GenerationTables, missing } from "../generation-tables.js";
import { noRegion, OpenRegions } from "../open-regions.js";
import { argumentCounts, notTimed, wireNames } from "../wire.js";
import { longVarint, varintEnd } from "./long-varint.js";
import { OrderError } from "./order-error.js";
import { badType, overrun } from "./problems.js";
import {
  GcState,
  idleThreads,
  State,
  stateShift,
  Thread,
  threadShift,
  unborn,
  unbornStates,
} from "./records.js";

/** What an event comes to that is not handled in the loop itself. */
export interface RareOutcome {
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

/**
 * What is known of threads, goroutines and processors while a trace's events are put into order, and what every event
 * needs of it. A class for its fields' sake: the loop of {@link EventOrderer} reads them as its own.
 */
export class OrderState {
  readonly bytes: Uint8Array;
  readonly batches: BatchColumns;
  readonly store: EventStore;
  /** Absolute ns of the capture's start; what the columns count from. */
  startNs: number = Number.NaN;
  /** Sync events so far. */
  syncs = 0;
  lastTime = 0;
  /** Which generation this is, from 1, and which was the first since the state was last forgotten. */
  ordinal = 0;
  initialOrdinal = 1;
  /** The generation being ordered, for messages; a text, as a number's class of storage changes with its size. */
  generation = "";
  firstBatch = 0;
  sample = 0;
  tables: GenerationTables | undefined;
  options: OrderOptions | undefined;

  /** By dense goroutine, see {@link State}. */
  goState: Int32Array = unbornStates(1024);
  readonly regions: OpenRegions = new OpenRegions();
  readonly goRanges: Map<number, { begin: number; reason: number }[]> = new Map();
  /** By processor id, see {@link State}. */
  procState: Int32Array = unbornStates(64);
  /** By dense thread, see {@link Thread}. */
  threads: Int32Array = idleThreads(64);
  /** Time of each thread's next event. */
  nextTime: Float64Array = new Float64Array(64);
  /** By batch, from the generation's first: the same thread's next one, -1 for none. */
  batchAfter: Int32Array = new Int32Array(0);
  /** Threads with events left, a min-heap by time. */
  heap: Int32Array = new Int32Array(64);
  heapSize = 0;

  /** What was done to go on in a damaged generation. */
  repairs: Repairs = { forced: 0, dropped: 0, threads: 0 };
  /** Offsets of events that came by force, once each: two of them could undo for ever what the other needs. */
  readonly repairedAt: Set<number> = new Set();

  gcSequence = 0;
  gcState: number = GcState.Undetermined;
  readonly activeTasks: Map<number, { name: number; parent: number }> = new Map();
  /** Arguments of the event at hand that are too large for the loop's integers, and all of a rare event's. */
  readonly args: Float64Array = new Float64Array(4);
  readonly rare: RareOutcome = {
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

  /** Makes room for so many threads. */
  growThreads(count: number): void {
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
  growGoroutines(dense: number): void {
    const have = this.goState.length >> stateShift;
    if (dense < have) return;
    const bigger = unbornStates(Math.max(dense + 1, have * 2));
    bigger.set(this.goState);
    this.goState = bigger;
  }

  /** Makes room for a processor id. */
  growProcs(p: number): void {
    const have = this.procState.length >> stateShift;
    if (p < have) return;
    const bigger = unbornStates(Math.max(p + 1, have * 2));
    bigger.set(this.procState);
    this.procState = bigger;
  }

  /** Starts a thread's batch, or the next one that is not empty; false when there is none left. */
  openBatch(m: number, first: number, tables: GenerationTables): boolean {
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
  peekFirst(m: number, tables: GenerationTables, options: OrderOptions): boolean {
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
  damage(problem: string, pos: number, m: number, upstream: number, options: OrderOptions): void {
    if (!options.lenient) throw new OrderError(this.errorAt(problem, pos, m), upstream);
    // Numbers in its message do not make it another kind.
    options.onDamage(problem.replace(/[0-9]+/g, "n"), () => this.errorAt(problem, pos, m));
  }

  errorAt(problem: string, offset: number, m: number): CaptureError {
    const thread = this.store.threads.ids[m];
    return new CaptureError(problem, { place: { offset, context: `${this.generation}, m ${thread}` } });
  }

  /** A string or stack that the generation's tables lack: a problem, or in lenient mode a loss that is told of. */
  missing(what: string, id: number, m: number): string {
    const record = m << threadShift;
    const event = wireNames[this.threads[record + Thread.Type]];
    const problem = (): string => `found invalid ${what} ID ${id} for event ${event}`;
    if (!this.options?.lenient) return problem();
    const pos = this.threads[record + Thread.Pos];
    this.options.onDamage(`invalid ${what} ${event}`, () => this.errorAt(problem(), pos, m));
    return "";
  }

  /** String number that stands for a text whose table is lost. */
  get lost(): number {
    return this.store.strings.code("(lost)");
  }

  stringNumber(id: number, m: number): number {
    const text = this.tables?.strings.get(id) ?? missing;
    if (text !== missing) return text;
    this.rare.problem = this.missing("string", id, m);
    return this.lost;
  }

  get inFirstGeneration(): boolean {
    return this.initialOrdinal === this.ordinal;
  }

  /** Whether a goroutine may come into being: it must not be there, and its id must be one. */
  mayBeBorn(named: number, id: number, how: string): boolean {
    if (named >= 0 && this.goState[named << stateShift] !== unborn) {
      this.rare.problem = `tried to create goroutine (${id})${how} that already exists`;
    } else if (id > Number.MAX_SAFE_INTEGER) {
      this.rare.problem = `implausible goroutine ID ${id}`;
    }
    return this.rare.problem === "";
  }

  /** The dense number of a goroutine that is created: a new one, unless damage hid the end of the one that has its id. */
  newborn(named: number, id: number, creation: number): number {
    const { store } = this;
    if (named < 0 || this.repairs.forced === 0) return store.newGoroutine(id, creation);
    store.creationStack[named] = creation;
    return named;
  }

  /** Gives a goroutine its first status in this generation. */
  bear(dense: number, status: number): number {
    this.growGoroutines(dense);
    const state = dense << stateShift;
    this.goState[state] = status;
    this.goState[state + State.Sequence] = 0;
    this.goState[state + State.Generation] = this.ordinal;
    return dense;
  }

  bury(g: number): void {
    const state = g << stateShift;
    this.goState[state] = unborn;
    if (this.goState[state + State.Region] !== noRegion) this.forgetRegions(g);
    if (this.goRanges.size > 0) this.goRanges.delete(g);
  }

  /** Whether there were any. */
  forgetRegions(g: number): boolean {
    const at = (g << stateShift) + State.Region;
    const innermost = this.goState[at];
    this.regions.closeAll(innermost);
    this.goState[at] = noRegion;
    return innermost !== noRegion;
  }

  /** Whether a sequence number is the one after a record's. */
  succeeds(states: Int32Array, record: number, sequence: number): boolean {
    return (
      states[record + State.Generation] === this.ordinal && states[record + State.Sequence] + 1 === sequence
    );
  }

  setWide(count: number, w0: number, w1: number, w2: number): void {
    const { rare } = this;
    rare.wide = count;
    rare.w0 = w0;
    rare.w1 = w1;
    rare.w2 = w2;
  }
}
