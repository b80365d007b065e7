import { Diagnostics } from "../read/diagnostics.js";
import type { OpenInput } from "../read/open-input.js";
import { type PerfData, type PerfDataOptions, readPerfData } from "../read/perf-data/read-perf-data.js";
import { type CaptureSource, sourceOf } from "./capture.js";
import { PerfCapture } from "./perf-capture.js";

/**
 * A perf.data file. Functions are named from the binaries the recording names, where they are on this machine and of
 * the same build. Tables: samples, stacks, frames, functions, top_functions, call_tree.
 */
export class PerfDataCapture extends PerfCapture {
  readonly kind = "perf-data";
  readonly resolution_ns = 1;
  private readonly data: PerfData;

  constructor(source: CaptureSource, data: PerfData, diagnostics: Diagnostics) {
    super(source, data.header["perf version"] ?? "", diagnostics.all(), data, data.clock);
    this.data = data;
  }

  override summary(): Record<string, unknown> {
    return {
      ...this.perfSummary(this.data.frames),
      records: this.data.records,
      lost: this.data.lost,
      diagnostics: this.findings,
    };
  }
}

/** Recordings larger than this are not held whole. */
const heldBytes = 64 << 20;

/** Loads a perf.data file; see {@link PerfDataCapture}. */
export async function loadPerfData(
  input: OpenInput,
  options: PerfDataOptions = {},
): Promise<PerfDataCapture> {
  const diagnostics = new Diagnostics();
  const isLarge = !input.gzip && input.storedBytes > heldBytes;
  const parts = { length: input.storedBytes, slice: input.slice };
  const data = readPerfData(isLarge ? parts : await input.bytes(), diagnostics, options);
  return new PerfDataCapture(sourceOf(input), data, diagnostics);
}
