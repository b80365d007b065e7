import type { Detector } from "../detect.js";
import type { Diagnostics } from "../diagnostics.js";
import type { ReadOptions } from "../read-options.js";
import { decodePprof, type PprofData } from "./decode-pprof.js";
import { ProtoReader } from "./proto-reader.js";
import { isLegacyCpu, readLegacyCpu } from "./read-legacy-cpu.js";
import { isTextProfile, readTextProfile } from "./read-text-profile.js";

/** Tells a pprof profile: binary, in one of the text forms of Go's debug=1, or as gperftools writes it. */
export const pprofDetector: Detector = {
  kind: "pprof",
  matches: (head) => isTextProfile(head.text) || isLegacyCpu(head.bytes) || isBinaryPprof(head.bytes),
};

/** Reads a pprof profile that has been unpacked. */
export function readPprofBytes(
  bytes: Uint8Array,
  diagnostics: Diagnostics,
  options: ReadOptions = {},
): PprofData {
  const start = new TextDecoder().decode(bytes.subarray(0, 400));
  if (isTextProfile(start)) return readTextProfile(bytes, diagnostics, options.strict);
  if (isLegacyCpu(bytes)) return readLegacyCpu(bytes, diagnostics, options.strict);
  return decodePprof(bytes, diagnostics, options.strict);
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
