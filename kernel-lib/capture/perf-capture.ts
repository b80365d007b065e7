import type { Clocked } from "./clocked.js";
import type { Tables } from "./format.js";
import type { ProfileCapture } from "./profile-capture.js";

/**
 * What a perf recording is, whether read from `perf script` text or from perf.data itself. Its clock is `monotonic` or
 * `unix` where perf.data says that it was chosen (`perf record -k mono`), else `unknown`, for perf's own clock is that of
 * no other program.
 */
export interface PerfCapture<K extends string = "perf-script" | "perf-data">
  extends ProfileCapture<K>,
    Clocked,
    Tables<"samples"> {
  /** Absolute time of the first sample in ns, on the clock of the recording (usually CLOCK_MONOTONIC). */
  readonly startNs: bigint;
  readonly resolution_ns: number;
}
