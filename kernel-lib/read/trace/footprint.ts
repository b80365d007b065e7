/** What a trace file's bytes are spent on: `go tool trace -d=footprint`, for older formats too. */
import { ByteCursor } from "../../bytes/byte-cursor.js";
import { CaptureError } from "../../bytes/capture-error.js";
import { headerBytes } from "./trace-header.js";
import { V1, v1Names } from "./v1/wire-v1.js";
import { argumentCounts, notTimed, Wire, wireNames } from "./wire.js";

/** Bytes and events of one kind of event. */
export interface FootprintRow {
  readonly event: string;
  readonly bytes: number;
  readonly count: number;
}

/** Arguments of the events that frame others; they have no time difference. */
const framing: ReadonlyMap<number, number> = new Map([
  [Wire.EventBatch, 4],
  [Wire.Stacks, 0],
  [Wire.Stack, 2],
  [Wire.Strings, 0],
  [Wire.String, 1],
  [Wire.CPUSamples, 0],
  [Wire.CPUSample, 5],
  [Wire.Frequency, 1],
  [Wire.ExperimentalBatch, 4],
  [Wire.Sync, 0],
  [Wire.EndOfGeneration, 0],
]);

/** Events that end in bytes preceded by their number. */
const withData: ReadonlySet<number> = new Set([Wire.String, Wire.ExperimentalBatch]);

/**
 * Bytes and count of every kind of event in a trace file, most bytes first, then `(header)`, `(padding)` and
 * `(unreadable)` where there are any, so that the bytes sum to the file's. An event takes the bytes of its shortest encoding,
 * as `go tool trace -d=footprint` counts; what the runtime adds to that, to leave room for a batch's size, is padding.
 *
 * @param version the N of `go 1.N trace`
 */
export function traceFootprint(bytes: Uint8Array, version: number): FootprintRow[] {
  const cursor = new ByteCursor(bytes, headerBytes);
  const sizes = new Float64Array(256);
  const counts = new Float64Array(256);
  const skip = version >= 22 ? skipEvent : skipV1Event;
  let end = headerBytes;
  try {
    while (cursor.remaining > 0) {
      const type = version >= 22 ? bytes[end] : bytes[end] & 63;
      const size = skip(cursor);
      sizes[type] += size;
      counts[type]++;
      end = cursor.pos;
    }
  } catch (error) {
    // Where the bytes make no sense, the rest is counted as such.
    if (!(error instanceof CaptureError)) throw error;
  }
  const names = version >= 22 ? wireNames : v1Names;
  const rows = Array.from(counts, (count, type) => ({ event: names[type] ?? "", bytes: sizes[type], count }));
  const events = rows.filter(({ count }) => count > 0);
  events.sort((a, b) => b.bytes - a.bytes || b.count - a.count || (a.event < b.event ? -1 : 1));
  const counted = sizes.reduce((sum, size) => sum + size, 0);
  const rest = [
    { event: "(header)", bytes: Math.min(headerBytes, bytes.length), count: 0 },
    { event: "(padding)", bytes: end - headerBytes - counted, count: 0 },
    { event: "(unreadable)", bytes: Math.max(0, bytes.length - end), count: 0 },
  ];
  return [...events, ...rest.filter((row) => row.bytes > 0)];
}

/** Moves past an event of Go 1.22 or later; the bytes of its shortest encoding. */
function skipEvent(cursor: ByteCursor): number {
  const type = cursor.u8();
  const timed = argumentCounts[type];
  const plain = timed === notTimed ? framing.get(type) : timed + 1;
  if (plain === undefined) throw cursor.fail(`event of unknown type ${type}`);
  let size = 1;
  let last = 0;
  for (let argument = 0; argument < plain; argument++) {
    last = cursor.varint();
    size += varintBytes(last);
  }
  if (type === Wire.Stack) {
    for (let argument = 0; argument < 4 * last; argument++) size += varintBytes(cursor.varint());
  }
  if (withData.has(type)) {
    const length = cursor.varint();
    cursor.take(length);
    size += varintBytes(length) + length;
  }
  return size;
}

/** Moves past an event of Go 1.11 to 1.21; its bytes. */
function skipV1Event(cursor: ByteCursor): number {
  const start = cursor.pos;
  const head = cursor.u8();
  const type = head & 63;
  const count = (head >> 6) + 1;
  if (type === V1.None || type >= v1Names.length) throw cursor.fail(`event of unknown type ${type}`);
  if (type === V1.String) {
    cursor.varint();
    cursor.take(cursor.varint());
  } else {
    if (count === 4) cursor.take(cursor.varint());
    else for (let argument = 0; argument < count; argument++) cursor.varint();
    if (type === V1.UserLog) cursor.take(cursor.varint());
  }
  return cursor.pos - start;
}

/** Bytes of a number as a varint; a number is that of a varint read, rounded above 2^53. */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128 && bytes < 10; rest /= 128) bytes++;
  return bytes;
}
