import { basename } from "node:path";
import type { OpenInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import type { Capture } from "./capture.js";

/** Follows one read: a notebook session draws a bar from it. */
export interface ReadingProgress {
  update(doneBytes: number, totalBytes: number): void;
  /** The read has ended; the line is what stays of it. */
  done(line: string): void;
}

/** Told of each long read by its file's name. */
export type ReadingObserver = (name: string) => ReadingProgress;

/** Where a notebook session leaves its observer: readers do not import the kernel. */
export const readingObserverKey: symbol = Symbol.for("tracebook.readingObserver");

/**
 * Reads smaller than this show nothing. By bytes and not by time, so that a notebook's outputs are the same on a fast
 * machine and on a slow one; about a third of a second's work.
 */
const longReadBytes = 64 << 20;

/** Runs a read; a long one of which the caller wants no progress itself is shown by the session it runs in, if any. */
export async function observed<C extends Capture>(
  input: OpenInput,
  options: ReadOptions,
  read: (options: ReadOptions) => Promise<C>,
): Promise<C> {
  const observer = (globalThis as unknown as Record<symbol, ReadingObserver | undefined>)[readingObserverKey];
  if (!observer || options.onProgress || input.storedBytes < longReadBytes) return read(options);
  const name = basename(input.name);
  const reading = observer(name);
  let line = `${name}: not read`;
  try {
    const capture = await read({ ...options, onProgress: (done, total) => reading.update(done, total) });
    line = `${name}: ${amount(capture)} read`;
    return capture;
  } finally {
    reading.done(line);
  }
}

function amount({ eventCount, source }: Capture): string {
  const [count, unit] = eventCount === undefined ? [source.bytes, "bytes"] : [eventCount, "events"];
  return `${count.toLocaleString("en-US")} ${unit}`;
}
