import { clippedText, visibleText } from "../bytes/visible-text.js";

/** Text for a terminal: see `visibleText`. */
export const printable: (text: string) => string = visibleText;

/** True for the error of writing to a pipe whose reader has gone. */
export function isClosedPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === "EPIPE";
}

/** Writes pieces one after the other, waiting where the reader is slower; rejects when the reader has gone. */
export async function writeAll(
  stream: NodeJS.WritableStream,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  // The write's own callback reports an error; the event of the same name must only not end the process.
  if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore);
  for await (const piece of pieces) {
    await new Promise<void>((resolve, reject) => {
      stream.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function ignore(): void {}

/** Prints a text to standard output. */
export async function print(text: string): Promise<void> {
  await writeAll(process.stdout, [visibleText(text)]);
}

const longestNote = 4000;

/** Prints a note to standard error. */
export function note(text: string): void {
  process.stderr.write(`${clippedText(printable(text), longestNote)}\n`);
}

/** A value as JSON text in which nothing a terminal would obey is left: JSON escapes C0 but not DEL and C1. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, jsonValue, indent).replace(obeyed, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

// What a terminal obeys beyond C0: DEL, C1, and marks that turn the direction of text.
const obeyed = /[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return Number.isNaN(value) ? null : String(value);
  return value;
}
