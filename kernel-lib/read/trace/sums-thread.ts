/**
 * Sums in a thread of their own: while the event loop fills one window of columns, another one is added up.
 *
 * The windows lie in memory that both threads share and go round in a ring. Two counters say how many were filled and
 * how many were added; each side waits for the other's.
 */
import { isMainThread, parentPort, type Worker, workerData } from "node:worker_threads";
import { type EventColumns, type EventStore, growLives, roomyColumns, sizesOf } from "./event-store.js";
import { EventSums, type RawSums } from "./event-sums.js";
import { startThread } from "./start-thread.js";

/** Enough that lines of a window have left the other core when it comes round again, and a pause of one side is no wait. */
const ringLength = 12;
/** Positions of the counters; the third says who adds. */
const Counter = { Filled: 0, Added: 1, Adder: 2 } as const;
const Adder = { Nobody: 0, Thread: 1, Reader: 2, Failed: 3 } as const;
/** How long the reader waits for a thread that has not begun. */
const startLimit_ms = 1000;
/** Positions in a window's header. */
const Header = { Rows: 0, Goroutines: 1, Stacks: 2, Strings: 3, Lives: 4, IsLast: 5, Length: 6 } as const;

interface Window {
  readonly columns: EventColumns;
  readonly header: Int32Array;
  /** Goroutines new to this window whose ids had a life before: the goroutine, then that life. */
  readonly lives: Int32Array;
}

interface Ring {
  readonly windows: readonly Window[];
  readonly counters: Int32Array;
}

function sharedInts(count: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(count * 4));
}

function ringOf(rows: number): Ring {
  const windows = Array.from({ length: ringLength }, () => {
    const columns = roomyColumns(rows, rows * 3, true);
    return { columns, header: sharedInts(Header.Length), lives: sharedInts(columns.time.length * 2) };
  });
  return { windows, counters: sharedInts(3) };
}

/** The event loop's end. */
export class SumsThread {
  private readonly ring: Ring;
  private readonly worker: Worker | undefined;
  private readonly added: Promise<RawSums>;
  private livesSent = 0;
  /** Adds up here after all, where a thread could not be started. */
  private own: WindowAdder | undefined;

  /** @param rows of a window */
  constructor(rows: number) {
    this.ring = ringOf(rows);
    this.worker = startThread("read/trace/sums-thread.js", this.ring);
    this.added = new Promise((resolve, reject) => {
      this.worker?.once("message", resolve);
      this.worker?.once("error", reject);
      this.worker?.once("exit", () => reject(new Error("the sums' thread has ended")));
    });
    // Whoever asks for the sums is told.
    this.added.catch(() => {});
    if (!this.worker) this.takeOver();
  }

  /** The arrays of the window that is filled first. */
  get columns(): EventColumns {
    return { ...this.ring.windows[0].columns };
  }

  /** Hands a store's full window over, and puts the next one's arrays in its place. */
  take(store: EventStore): void {
    this.handOver(store, false);
    const { windows, counters } = this.ring;
    const filled = counters[Counter.Filled];
    if (this.own) this.own.addAll();
    for (let added = Atomics.load(counters, Counter.Added); !this.own && filled - added >= ringLength; ) {
      if (Atomics.wait(counters, Counter.Added, added, startLimit_ms) === "timed-out") this.takeOver();
      if (Atomics.load(counters, Counter.Adder) === Adder.Failed)
        throw new Error("the sums' thread has failed");
      added = Atomics.load(counters, Counter.Added);
    }
    const { rows: _, wideLength: __, ...arrays } = windows[filled % ringLength].columns;
    Object.assign(store.columns, arrays);
  }

  /** The sums of all windows and of what the last one holds by now. */
  async finish(store: EventStore): Promise<RawSums> {
    this.handOver(store, true);
    try {
      if (!this.own) return await this.added;
    } catch (error) {
      if (!this.takeOver()) throw error;
    }
    this.own?.addAll();
    return (this.own as WindowAdder).sums.raw();
  }

  // A thread that has not begun will not begin any more.
  private takeOver(): boolean {
    const { counters } = this.ring;
    if (Atomics.compareExchange(counters, Counter.Adder, Adder.Nobody, Adder.Reader) !== Adder.Nobody)
      return false;
    this.own = new WindowAdder(this.ring);
    this.own.addAll();
    return true;
  }

  /** Ends the thread, whatever it is at. */
  stop(): void {
    void this.worker?.terminate();
  }

  private handOver(store: EventStore, isLast: boolean): void {
    const { counters, windows } = this.ring;
    const filled = counters[Counter.Filled];
    const { header, lives } = windows[filled % ringLength];
    const { goroutines, stacks, strings } = sizesOf(store);
    let count = 0;
    for (; this.livesSent < store.reborn.length; this.livesSent++) {
      const g = store.reborn.get(this.livesSent);
      lives[count++] = g;
      lives[count++] = store.earlierLife[g];
    }
    header.set([store.columns.rows, goroutines, stacks, strings, count, isLast ? 1 : 0]);
    Atomics.store(counters, Counter.Filled, filled + 1);
    Atomics.notify(counters, Counter.Filled);
  }
}

/** Adds windows up, in the order in which they were filled. */
class WindowAdder {
  readonly sums: EventSums = new EventSums();
  private readonly ring: Ring;
  private earlierLife: Int32Array = new Int32Array(1024).fill(-1);
  private added = 0;

  constructor(ring: Ring) {
    this.ring = ring;
  }

  /** Adds the next window, which has been filled; true when it is the last one. */
  addNext(): boolean {
    const { windows, counters } = this.ring;
    const { columns, header, lives } = windows[this.added % ringLength];
    const goroutines = header[Header.Goroutines];
    while (goroutines > this.earlierLife.length) this.earlierLife = growLives(this.earlierLife);
    for (let at = 0; at < header[Header.Lives]; at += 2) this.earlierLife[lives[at]] = lives[at + 1];
    columns.rows = header[Header.Rows];
    const sizes = { goroutines, stacks: header[Header.Stacks], strings: header[Header.Strings] };
    this.sums.add(columns, sizes, this.earlierLife);
    const isLast = header[Header.IsLast] === 1;
    Atomics.store(counters, Counter.Added, ++this.added);
    Atomics.notify(counters, Counter.Added);
    return isLast;
  }

  /** Adds all windows that have been filled. */
  addAll(): void {
    while (this.added < Atomics.load(this.ring.counters, Counter.Filled)) this.addNext();
  }
}

/** The thread's end: adds windows up until the last one, and sends the sums. */
function addWindows(ring: Ring): void {
  const { counters } = ring;
  if (Atomics.compareExchange(counters, Counter.Adder, Adder.Nobody, Adder.Thread) !== Adder.Nobody) return;
  const adder = new WindowAdder(ring);
  try {
    for (let added = 0; ; added++) {
      Atomics.wait(counters, Counter.Filled, added);
      if (adder.addNext()) break;
    }
  } catch (error) {
    // The reader may be waiting for a window, where no event reaches it.
    Atomics.store(counters, Counter.Adder, Adder.Failed);
    Atomics.notify(counters, Counter.Added);
    throw error;
  }
  parentPort?.postMessage(adder.sums.raw());
}

if (!isMainThread && workerData && (workerData as Partial<Ring>).windows) addWindows(workerData as Ring);
