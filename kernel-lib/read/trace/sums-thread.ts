/**
 * Sums in a thread of their own: while the event loop fills one window of columns, another one is added up.
 *
 * The windows lie in memory that both threads share and go round in a ring. Two counters say how many were filled and
 * how many were added; each side waits for the other's.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type EventColumns, type EventStore, growLives, roomyColumns, sizesOf } from "./event-store.js";
import { EventSums, type RawSums } from "./event-sums.js";

/** Enough that lines of a window have left the other core when it comes round again, and a pause of one side is no wait. */
const ringLength = 12;
/** Positions of the counters. */
const Counter = { Filled: 0, Added: 1 } as const;
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
  return { windows, counters: sharedInts(2) };
}

/** The event loop's end. */
export class SumsThread {
  private readonly ring: Ring;
  private readonly worker: Worker;
  private readonly added: Promise<RawSums>;
  private livesSent = 0;

  /** @param rows of a window */
  constructor(rows: number) {
    this.ring = ringOf(rows);
    this.worker = new Worker(new URL(import.meta.url), { workerData: this.ring });
    this.added = new Promise((resolve, reject) => {
      this.worker.once("message", resolve);
      this.worker.once("error", reject);
    });
    // Whoever asks for the sums is told.
    this.added.catch(() => {});
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
    for (let added = Atomics.load(counters, Counter.Added); filled - added >= ringLength; ) {
      Atomics.wait(counters, Counter.Added, added);
      added = Atomics.load(counters, Counter.Added);
    }
    const { rows: _, wideLength: __, ...arrays } = windows[filled % ringLength].columns;
    Object.assign(store.columns, arrays);
  }

  /** The sums of all windows and of what the last one holds by now. */
  finish(store: EventStore): Promise<RawSums> {
    this.handOver(store, true);
    return this.added;
  }

  /** Ends the thread, whatever it is at. */
  stop(): void {
    void this.worker.terminate();
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

/** The thread's end: adds windows up until the last one, and sends the sums. */
function addWindows({ windows, counters }: Ring): void {
  const sums = new EventSums();
  let earlierLife: Int32Array = new Int32Array(1024).fill(-1);
  for (let added = 0; ; added++) {
    Atomics.wait(counters, Counter.Filled, added);
    const { columns, header, lives } = windows[added % ringLength];
    const goroutines = header[Header.Goroutines];
    while (goroutines > earlierLife.length) earlierLife = growLives(earlierLife);
    for (let at = 0; at < header[Header.Lives]; at += 2) earlierLife[lives[at]] = lives[at + 1];
    columns.rows = header[Header.Rows];
    const sizes = { goroutines, stacks: header[Header.Stacks], strings: header[Header.Strings] };
    sums.add(columns, sizes, earlierLife);
    const isLast = header[Header.IsLast] === 1;
    Atomics.store(counters, Counter.Added, added + 1);
    Atomics.notify(counters, Counter.Added);
    if (isLast) break;
  }
  parentPort?.postMessage(sums.raw());
}

if (!isMainThread && workerData && (workerData as Partial<Ring>).windows) addWindows(workerData as Ring);
