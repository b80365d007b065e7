/**
 * Text with its control characters made visible (`\x1b` for escape): names and log lines of captures must not
 * move the cursor, change colours or ring bells. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

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
  await writeAll(process.stdout, [text]);
}

/** Prints a note to standard error. */
export function note(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** A value as JSON text in which nothing a terminal would obey is left: JSON escapes C0 but not DEL and C1. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, jsonValue, indent).replace(/[\x7f-\x9f]/g, (character) => {
    return `\\u00${character.charCodeAt(0).toString(16)}`;
  });
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return Number.isNaN(value) ? null : String(value);
  return value;
}
