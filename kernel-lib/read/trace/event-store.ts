import { StringDictionary } from "../../bytes/dictionary.js";
import { Growable } from "../../bytes/growable.js";
import { IdTable } from "../../bytes/id-table.js";
import { staggeredRoom } from "../../bytes/staggered-room.js";
import { StackTable } from "./stack-table.js";

/**
 * Ordered events as columns. Rows `0..rows` are in use; the arrays may be longer.
 *
 * | column | holds |
 * |---|---|
 * | `time` | ns since the capture's first event |
 * | `code` | what happened, see event-codes.ts |
 * | `m` | dense number of the thread in the event's context, 0 for none |
 * | `p` | id of the processor in the context before the event, -1 for none |
 * | `g` | dense number of the goroutine in the context before the event, -1 for none |
 * | `stack` | id of the event's own stack in the capture's numbering, -1 for none |
 * | `a` | by code: a dense goroutine number, a processor, a string's number, or an index into `wide` |
 *
 * What does not fit into 32 bits, or is rare, stands in `wide`, `wideCounts[code]` doubles from `a` on.
 */
export interface EventColumns {
  time: Float64Array;
  code: Uint8Array;
  m: Int32Array;
  p: Int32Array;
  g: Int32Array;
  stack: Int32Array;
  a: Int32Array;
  wide: Float64Array;
  rows: number;
  wideLength: number;
}

/** Takes rows `0..columns.rows` away before the store writes over them; may put other arrays in their place. */
export type EventConsumer = (columns: EventColumns) => void;

/** What is known of one generation, for the `generations` and `clock_snapshots` tables. */
export interface GenerationInfo {
  /** The generation's number in the file. */
  readonly generation: number;
  readonly startOffset: number;
  readonly endOffset: number;
  readonly batches: number;
  /** Events that came out of it, its Sync included. */
  readonly events: number;
  /** Row of its Sync event. */
  readonly firstRow: number;
  /** Time of its Sync event, ns since the capture's start. */
  readonly startNs: number;
  /** Time of its last event. */
  endNs: number;
  readonly ticksPerSecond: number;
  readonly complete: boolean;
  readonly snapshot: ClockSnapshot | undefined;
  /** Unparsed batches of the AllocFree experiment. */
  readonly experimental: readonly Uint8Array[];
}

/** Three clocks read at nearly one moment (Go 1.25 and later). */
export interface ClockSnapshot {
  /** The trace clock, ns since the capture's start. */
  readonly traceNs: number;
  readonly monotonicNs: bigint;
  readonly wallSeconds: number;
  readonly wallNanoseconds: number;
}

/** Rows beyond those asked for, so that room for a few events at once is always found. */
const spareRows = 64;

/**
 * Columns with room for so many rows and wide values, in memory that threads share when asked. Room that is not
 * used costs nothing: the system gives memory a page at a time when it is written to.
 */
export function roomyColumns(rows: number, wide: number = rows, shared = false): EventColumns {
  const room = staggeredRoom(rows + spareRows, shared);
  return {
    time: room(Float64Array),
    code: room(Uint8Array),
    m: room(Int32Array),
    p: room(Int32Array),
    g: room(Int32Array),
    stack: room(Int32Array),
    a: room(Int32Array),
    wide: staggeredRoom(wide + spareRows, shared)(Float64Array),
    rows: 0,
    wideLength: 0,
  };
}

/** Usual rows of the window that a consumer is given: few enough to stay in the processor's cache. */
export const windowRows: number = 16 << 10;

/**
 * Where ordered events go, whatever the trace's version: columns, and the capture's one numbering of goroutines,
 * threads, strings and stacks.
 *
 * Without a consumer the columns grow and keep every event. With one they are a window that is handed over
 * each time it is full, so that sums over any number of events need no memory for the events.
 *
 * Columns are written by {@link EventStore.emit}, or by an event loop of its own in the same way: make room,
 * write at `rows`, count up.
 */
export class EventStore {
  readonly columns: EventColumns;
  readonly strings: StringDictionary = new StringDictionary();
  readonly stacks: StackTable = new StackTable();
  /** Goroutines by id. A goroutine's number is new for each of its lives. */
  readonly goroutines: IdTable = new IdTable(1024);
  /** Threads by id; number 0 is no thread, id -1. */
  readonly threads: IdTable = new IdTable();
  /** By dense goroutine: the stack it was created to run, -1 where its creation was not seen. */
  creationStack: Int32Array = new Int32Array(1024).fill(-1);
  /** By dense goroutine: the life its id had before this one, -1 for none; goroutines that C calls in on have many. */
  earlierLife: Int32Array = new Int32Array(1024).fill(-1);
  /** The goroutines that have one, in order. */
  readonly reborn: Growable<Int32Array> = new Growable(Int32Array);
  readonly generations: GenerationInfo[] = [];
  /** Rows handed to the consumer before those in the columns now. */
  handedOver = 0;
  private readonly consumer: EventConsumer | undefined;

  /** @param columns of {@link roomyColumns}: for all events, or the consumer's first window */
  constructor(columns: EventColumns, consumer?: EventConsumer) {
    this.columns = columns;
    this.consumer = consumer;
    this.strings.code("");
    this.threads.index(-1);
  }

  /** Events so far. */
  get total(): number {
    return this.handedOver + this.columns.rows;
  }

  /** Makes room for `rows` more events and `wide` more values: hands the window over, or grows. */
  makeRoom(rows: number, wide: number): void {
    const { columns } = this;
    if (this.consumer) {
      if (columns.rows + rows > columns.time.length || columns.wideLength + wide > columns.wide.length) {
        this.flush();
      }
      return;
    }
    if (columns.rows + rows > columns.time.length) growColumns(columns, rows);
    if (columns.wideLength + wide > columns.wide.length) columns.wide = grown(columns.wide, wide);
  }

  /** Hands what the window holds to the consumer; does nothing when events are kept. */
  flush(): void {
    const { columns } = this;
    if (!this.consumer || columns.rows === 0) return;
    this.consumer(columns);
    this.handedOver += columns.rows;
    columns.rows = 0;
    columns.wideLength = 0;
  }

  /** Adds one event; see {@link EventColumns} for what the arguments are. */
  emit(code: number, time: number, m: number, p: number, g: number, stack: number, a: number): void {
    this.makeRoom(1, 0);
    const { columns } = this;
    const row = columns.rows++;
    columns.time[row] = time;
    columns.code[row] = code;
    columns.m[row] = m;
    columns.p[row] = p;
    columns.g[row] = g;
    columns.stack[row] = stack;
    columns.a[row] = a;
  }

  /** Keeps wide values for the next event and returns their index, its `a`. */
  wide(...values: number[]): number {
    this.makeRoom(1, values.length);
    const { columns } = this;
    const at = columns.wideLength;
    columns.wide.set(values, at);
    columns.wideLength += values.length;
    return at;
  }

  /** The dense number of a thread. */
  thread(id: number): number {
    return this.threads.index(id);
  }

  /** The dense number of a goroutine that may have been seen before. */
  goroutine(id: number): number {
    const found = this.goroutines.find(id);
    return found >= 0 ? found : this.newGoroutine(id, -1);
  }

  /** A dense number for a goroutine that is created now, to run `stack`. */
  newGoroutine(id: number, stack: number): number {
    const before = this.goroutines.find(id);
    const dense = this.goroutines.add(id);
    if (dense >= this.creationStack.length) {
      this.creationStack = growLives(this.creationStack);
      this.earlierLife = growLives(this.earlierLife);
    }
    this.creationStack[dense] = stack;
    if (before >= 0) {
      this.earlierLife[dense] = before;
      this.reborn.push(dense);
    }
    return dense;
  }
}

/** How many goroutines, stacks and strings a store knows; what events name is below. */
export interface StoreSizes {
  readonly goroutines: number;
  readonly stacks: number;
  readonly strings: number;
}

export function sizesOf({ goroutines, stacks, strings }: EventStore): StoreSizes {
  return { goroutines: goroutines.size, stacks: stacks.size, strings: strings.values.length };
}

/** A column by goroutine with twice the room, -1 where it is new. */
export function growLives(numbers: Int32Array): Int32Array {
  const bigger = new Int32Array(numbers.length * 2).fill(-1, numbers.length);
  bigger.set(numbers);
  return bigger;
}

function growColumns(columns: EventColumns, more: number): void {
  columns.time = grown(columns.time, more);
  columns.code = grown(columns.code, more);
  columns.m = grown(columns.m, more);
  columns.p = grown(columns.p, more);
  columns.g = grown(columns.g, more);
  columns.stack = grown(columns.stack, more);
  columns.a = grown(columns.a, more);
}

function grown<A extends Float64Array | Int32Array | Uint8Array>(array: A, more: number): A {
  const length = Math.max(Math.ceil(array.length * 1.5), array.length + more);
  const bigger = new (array.constructor as new (length: number) => A)(length);
  bigger.set(array as never);
  return bigger;
}
