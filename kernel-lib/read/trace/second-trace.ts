import { readHeader } from "./batch-index.js";
import { headerBytes, headerVersion } from "./trace-header.js";

/** What a trace behind the first one in a file is called, and what to do. */
export const secondTrace = {
  code: "second-trace",
  message: "a second trace begins here, of which nothing is read; cut the file here to read it by itself",
  remedy: "cut the file here, or read without strict to read the first trace alone",
} as const;

/**
 * Where a second trace begins in a file of several: `cat a.trace b.trace`. A header is looked for only from where batches
 * make no sense any more, so that one in a user's message is none.
 *
 * @returns its offset; undefined when there is none
 */
export function secondTraceAt(bytes: Uint8Array, start: number): number | undefined {
  let last = start;
  for (let at = start; at < bytes.length; ) {
    const header = readHeader(bytes, at);
    if (typeof header === "string" || header.start + header.size > bytes.length) {
      // The first may end inside its last batch, which then claims bytes of the second.
      return headerFrom(bytes, typeof header === "string" ? last : at);
    }
    last = at;
    at = header.start + header.size;
  }
  return undefined;
}

/** Where the next trace's header stands, from a place on. */
export function headerFrom(bytes: Uint8Array, start: number): number | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = buffer.indexOf("go 1.", start); at >= 0; at = buffer.indexOf("go 1.", at + 1)) {
    if (isHeaderAt(bytes, at)) return at;
  }
  return undefined;
}

/** Whether a trace's header stands at a place. */
export function isHeaderAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === letterG && headerVersion(bytes.subarray(at, at + headerBytes)) !== undefined;
}
const letterG = 103;
