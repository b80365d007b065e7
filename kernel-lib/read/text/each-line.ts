import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { LineScanner, scanLines } from "./line-scanner.js";

/** Receives a line without its break, its number from 1, and where it begins in the unpacked capture. */
export type LineReader = (text: string, line: number, offset: number) => void;

/**
 * Reads a text capture line by line, in memory that does not grow with it. Bytes that are not UTF-8 become U+FFFD; of a
 * line longer than 1 MiB the first MiB is handed over.
 *
 * @throws the signal's reason when it is aborted
 */
export async function eachLine(input: OpenInput, take: LineReader, options: ReadOptions = {}): Promise<void> {
  const scanner: LineScanner = new LineScanner((bytes, start, end) => {
    const from = scanner.line === 1 && startsWithMark(bytes, start, end) ? start + 3 : start;
    take(textOf(bytes, from, end), scanner.line, scanner.offset);
  });
  await scanLines(input, scanner, options);
}

// A byte order mark, as editors on Windows put it before UTF-8.
function startsWithMark(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString("utf8", start, end);
}
