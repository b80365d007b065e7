import type { OpenInput } from "../input.js";

/** Rewrites a text as it streams by. What it gets is only valid during the call; what it gives is its own. */
export interface TextFilter {
  take(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/**
 * An input as a filter rewrites it, for readers that need not know what it was written in. Places count in the
 * rewritten text. It has no random access of its own: it is rewritten whole when a part of it is first asked for.
 */
export function filteredInput(input: OpenInput, make: () => TextFilter): OpenInput {
  let whole: Uint8Array | undefined;
  return {
    ...input,
    head: filteredHead(input.head, make()),
    bytes: async () => filtered(make(), [await input.bytes()]),
    slice: (start, end) => {
      whole ??= filtered(make(), slicesOf(input));
      return whole.subarray(start, end);
    },
    chunks: async function* () {
      const filter = make();
      for await (const chunk of input.chunks()) {
        const piece = filter.take(chunk);
        if (piece.length > 0) yield piece;
      }
      const rest = filter.end();
      if (rest.length > 0) yield rest;
    },
  };
}

const pieceBytes = 1 << 20;

function filteredHead(head: Uint8Array, filter: TextFilter): Uint8Array {
  const start = filter.take(head);
  // Of a longer input the head ends in the middle of something.
  return head.length < pieceBytes ? Buffer.concat([start, filter.end()]) : start;
}

function filtered(filter: TextFilter, pieces: Iterable<Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const piece of pieces) parts.push(filter.take(piece));
  return Buffer.concat([...parts, filter.end()]);
}

function* slicesOf(input: OpenInput): Generator<Uint8Array> {
  for (let at = 0; ; at += pieceBytes) {
    const piece = input.slice(at, at + pieceBytes);
    yield piece;
    if (piece.length < pieceBytes) return;
  }
}

/** An input without its first bytes. */
export function inputFrom(input: OpenInput, start: number): OpenInput {
  return {
    ...input,
    head: input.head.subarray(start),
    bytes: async () => (await input.bytes()).subarray(start),
    slice: (from, to) => input.slice(from + start, to + start),
    chunks: async function* () {
      let left = start;
      for await (const chunk of input.chunks()) {
        const skip = Math.min(left, chunk.length);
        left -= skip;
        if (chunk.length > skip) yield chunk.subarray(skip);
      }
    },
  };
}
