import type { Head } from "../detector.js";
import { isLegacyCpu } from "./legacy-cpu-words.js";
import { ProtoReader } from "./proto-reader.js";

export const countHeader: RegExp = /^(\w+) profile: total (\d+)$/;
export const heapHeader: RegExp =
  /^heap profile: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\] *@ *(heap[_a-z0-9]*)\/?(\d*)/;
export const contentionHeader: RegExp = /^--- (?:contention|mutex):/;

/** Tells a pprof profile: binary, in one of the text forms of Go's debug=1, or as gperftools writes it. */
export function isPprof({ bytes, text }: Head): boolean {
  return isTextProfile(text) || isLegacyCpu(bytes) || isBinaryPprof(bytes);
}

/** Whether text begins as one of Go's text profiles. */
export function isTextProfile(text: string): boolean {
  const [first] = text.slice(0, 400).split("\n");
  const line = first.trimEnd();
  return countHeader.test(line) || heapHeader.test(line) || contentionHeader.test(line);
}

/**
 * A profile has no magic number, so its outer message is walked: known field numbers with their wire types, and at
 * least one sample type that is a pair of small numbers.
 */
function isBinaryPprof(bytes: Uint8Array): boolean {
  const reader = new ProtoReader(bytes);
  let sampleTypes = 0;
  try {
    for (let fields = 0; fields < 2000 && reader.next(); fields++) {
      const { field } = reader;
      const nested = field <= 6 || field === 11;
      const packable = field === 13;
      if (field > 15 || !(reader.wire === (nested ? 2 : 0) || (packable && reader.wire === 2))) return false;
      const at = reader.pos;
      if (reader.wire === 0) {
        reader.varint();
        continue;
      }
      const length = reader.varint();
      const end = reader.pos + length;
      if (field === 1) {
        if (!isValueType(new ProtoReader(bytes, reader.pos, Math.min(end, bytes.length)))) return false;
        sampleTypes++;
      }
      // The beginning of a file may cut the last field short.
      if (end > bytes.length) return sampleTypes > 0 && at > 2;
      reader.pos = end;
    }
  } catch {
    return false;
  }
  return sampleTypes > 0;
}

function isValueType(reader: ProtoReader): boolean {
  let fields = 0;
  while (reader.next()) {
    if (reader.wire !== 0 || reader.field > 2) return false;
    if (reader.varint() > 1e6) return false;
    fields++;
  }
  return fields > 0;
}
