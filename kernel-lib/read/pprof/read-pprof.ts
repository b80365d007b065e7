import type { Diagnostics } from "../diagnostics.js";
import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { decodePprof, type PprofData } from "./decode-pprof.js";
import { isTextProfile } from "./is-pprof.js";
import { isLegacyCpu } from "./legacy-cpu-words.js";
import { readLegacyCpu } from "./read-legacy-cpu.js";
import { readTextProfile } from "./read-text-profile.js";

/** Reads a pprof profile that has been unpacked. */
export async function readPprofBytes(
  input: OpenInput,
  diagnostics: Diagnostics,
  options: ReadOptions = {},
): Promise<PprofData> {
  const start = new TextDecoder().decode(input.head.subarray(0, 400));
  if (isTextProfile(start)) return readTextProfile(input, diagnostics, options);
  const bytes = await input.bytes();
  if (isLegacyCpu(bytes)) return readLegacyCpu(bytes, diagnostics, options.strict);
  return decodePprof(bytes, diagnostics, options.strict);
}
