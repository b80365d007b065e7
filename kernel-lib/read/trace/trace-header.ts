import type { Head } from "../detector.js";

/** Bytes of a trace's header. */
export const headerBytes = 16;

/** The N of a header `go 1.N trace`, or undefined when it is none. */
export function headerVersion(bytes: Uint8Array): number | undefined {
  if (bytes.length < headerBytes) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, headerBytes).toString("latin1");
  const match = /^go 1\.(\d{1,3}) trace\0+$/.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** Tells a Go execution trace by its header, whatever its version. */
export function isTrace({ bytes }: Head): boolean {
  return headerVersion(bytes) !== undefined;
}
