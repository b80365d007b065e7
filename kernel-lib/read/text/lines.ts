import { CaptureError } from "../../bytes/capture-error.js";
import type { OpenInput } from "../input.js";
import type { ReadOptions } from "../read-options.js";
import { LineScanner } from "./line-scanner.js";
import type { UnparsedLines } from "./unparsed-lines.js";

/** Receives a line without its break, its number from 1, and where it begins in the unpacked capture. */
export type LineReader = (text: string, line: number, offset: number) => void;

/**
 * Reads a text capture line by line, in memory that does not grow with it. Bytes that are not UTF-8 become U+FFFD; of a
 * line longer than 1 MiB the first MiB is handed over.
 *
 * @returns how many lines there are
 * @throws the signal's reason when it is aborted; under `strict` a CaptureError where the last line has no end
 */
export async function eachLine(
  input: OpenInput,
  take: LineReader,
  options: ReadOptions = {},
): Promise<number> {
  const scanner: LineScanner = new LineScanner((bytes, start, end) => {
    take(textOf(bytes, start, end), scanner.line, scanner.offset);
  });
  await scanLines(input, scanner, options);
  return scanner.line;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString("utf8", start, end);
}

/**
 * Runs a whole input through a {@link LineScanner} built by the caller: reports progress, heeds the signal, and puts
 * among the input's findings what is so of every text format: a last line without its end may be cut, in the middle of
 * a number too, and of lines that are too long only the beginning was read.
 *
 * @param unparsed where the reader puts what it cannot read: a last line among them is lost
 * @throws as {@link eachLine}
 */
export async function scanLines(
  input: OpenInput,
  scanner: LineScanner,
  options: ReadOptions = {},
  unparsed?: UnparsedLines,
): Promise<void> {
  for await (const chunk of input.chunks()) {
    options.signal?.throwIfAborted();
    scanner.feed(chunk);
    options.onProgress?.(scanner.fed, input.storedBytes);
  }
  const last = scanner.end();
  if (scanner.long > 0) {
    const message = `${scanner.long} lines are too long; they are read up to 1 MiB`;
    input.findings.add("warning", "long-line", message, { line: scanner.firstLong });
  }
  if (last === undefined || isWhole(textOf(last, 0, last.length))) return;
  const isLost = unparsed?.lastLine === scanner.line;
  const problem = `the last line does not end: it ${isLost ? "is" : "may be"} cut`;
  const place = { line: scanner.line };
  if (options.strict) {
    const remedy = "end it with a line break if it is whole, or read without strict";
    throw new CaptureError(problem, { place: { file: input.name, ...place }, remedy });
  }
  input.findings.add("warning", "truncated", problem, place, isLost ? 1 : 0);
}

/** Whether a line shows by itself that nothing of it is missing: it is blank, closes what JSON opened, or says so. */
function isWhole(text: string): boolean {
  const line = text.trim();
  if (line === "" || line === "# EOF" || /^[\]}]+$/.test(line)) return true;
  if (!/^(?:\{.*\}|\[.*\])$/s.test(line)) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** As {@link scanLines}, for readers that read again when a table is asked for and so cannot wait. */
export function scanLinesNow(input: OpenInput, scanner: LineScanner): void {
  for (let at = 0; ; at += chunkBytes) {
    const chunk = input.slice(at, at + chunkBytes);
    if (chunk.length > 0) scanner.feed(chunk);
    if (chunk.length < chunkBytes) break;
  }
  scanner.end();
}
const chunkBytes = 1 << 20;
