import type { Diagnostics } from "../diagnostics.js";
import type { ReadOptions } from "../read-options.js";
import { decodePprof, type PprofData } from "./decode-pprof.js";
import { isTextProfile } from "./is-pprof.js";
import { isLegacyCpu } from "./legacy-cpu-words.js";
import { readLegacyCpu } from "./read-legacy-cpu.js";
import { readTextProfile } from "./read-text-profile.js";

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
