/**
 * A worker thread that touches the pages of growing columns shortly before the event loop writes to them.
 *
 * A page of new memory costs its first user about as much as ordering twenty events; for columns of hundreds of
 * megabytes that is a quarter of the time of reading a trace, and a core that would idle can pay it.
 */
import { isMainThread, workerData } from "node:worker_threads";
import { startThread } from "./start-thread.js";

/** Rows that the worker stays ahead: enough never to be caught up with, little enough not to waste memory. */
const rowsAhead = 1 << 20;
const pageBytes = 4096;

interface Work {
  /** Rows written so far; -1 when the worker is to end. */
  readonly progress: Int32Array;
  readonly columns: readonly { bytes: Uint8Array; bytesPerRow: number }[];
}

/** Says how far the columns are written, and ends the worker. */
export interface PageWarmer {
  advance(rows: number): void;
  stop(): void;
}

/** Starts warming the columns; what they stand on must be shared memory. */
export function warmPages(columns: readonly ArrayBufferView[], rows: number): PageWarmer {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const work: Work = {
    progress,
    columns: columns.map((column) => ({
      bytes: new Uint8Array(column.buffer, column.byteOffset, column.byteLength),
      bytesPerRow: column.byteLength / rows,
    })),
  };
  const worker = startThread("read/trace/page-warmer.js", work);
  // Without it reading is slower, nothing else.
  worker?.on("error", () => {});
  worker?.unref();
  const tell = (value: number): void => {
    Atomics.store(progress, 0, value);
    Atomics.notify(progress, 0);
  };
  return { advance: tell, stop: () => tell(-1) };
}

function warm({ progress, columns }: Work): void {
  const pages = columns.map((column) => ({ ...column, at: 0 }));
  for (let rows = Atomics.load(progress, 0); rows >= 0; rows = Atomics.load(progress, 0)) {
    for (const column of pages) {
      const from = Math.floor((rows * column.bytesPerRow) / pageBytes) * pageBytes;
      const end = Math.min((rows + rowsAhead) * column.bytesPerRow, column.bytes.length);
      // Zero for zero changes nothing, whatever the loop writes there meanwhile. It is a write from the start, where an
      // addition reads first: the page would be brought in twice, the second time with all cores stopped for it.
      for (column.at = Math.max(column.at, from); column.at < end; column.at += pageBytes) {
        Atomics.compareExchange(column.bytes, column.at, 0, 0);
      }
    }
    Atomics.wait(progress, 0, rows, 1000);
  }
}

if (!isMainThread && workerData && (workerData as Partial<Work>).progress) warm(workerData as Work);
