import { headOf, type Input, openInput } from "../read/open-input.js";
import { isPerfData } from "../read/perf-data/is-perf-data.js";
import type { PerfDataOptions } from "../read/perf-data/read-perf-data.js";
import { isPerfScript } from "../read/perf-script/is-perf-script.js";
import { loadPerfData, type PerfDataCapture } from "./perf-data-capture.js";
import { loadPerfScript, type PerfScriptCapture } from "./perf-script-capture.js";
import { readAs } from "./read-as.js";

/**
 * Reads a perf recording from a path, bytes or a stream: perf.data itself, or the text of `perf script`.
 *
 * `from` and `to` count from the first sample. Of perf.data, functions are named from the binaries it names, where
 * they are on this machine and of the same build; `symbols: false` leaves that out.
 *
 * @throws CaptureError when it is neither; with `strict` also when a part of it cannot be read.
 * @example
 * const perf = await readPerf("perf.data");
 * topFunctions(perf, { sampleType: "cpu-clock" }).slice(0, 10);
 */
export async function readPerf(
  input: Input,
  options: PerfDataOptions = {},
): Promise<PerfDataCapture | PerfScriptCapture> {
  const opened = await openInput(input, options);
  if (isPerfData({ bytes: opened.head })) return loadPerfData(opened, options);
  const isOwn = isPerfScript(headOf(opened));
  return readAs("perf-script", opened, isOwn, () => loadPerfScript(opened, options));
}
