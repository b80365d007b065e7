import { CaptureError } from "../bytes/capture-error.js";
import type { LoadedCapture } from "./formats.js";
import { type LoadOptions, load } from "./load.js";
import { type Unread, unreadOf } from "./unread.js";

/** Captures of {@link loadEach}. */
export interface LoadedEach {
  readonly captures: LoadedCapture[];
  readonly unread: Unread;
}

/**
 * Loads several captures, and goes on where one cannot be read: a report on the others says what it lacks. As a cell's
 * value `unread` names those files; `tracebook run` and `start` then end with exit code 2.
 *
 * @example
 * const { captures, unread } = await loadEach(["go.trace", "gc.log"]);
 */
export async function loadEach(files: readonly string[], options: LoadOptions = {}): Promise<LoadedEach> {
  const captures: LoadedCapture[] = [];
  const messages: string[] = [];
  for (const file of files) {
    try {
      captures.push(await load(file, options));
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      messages.push(error.message);
    }
  }
  return { captures, unread: unreadOf(messages, files.length) };
}
