import type { ClockName } from "./format.js";

/** A capture whose times can be set beside a trace's: see {@link align}. */
export interface Clocked<Name extends ClockName = ClockName> {
  /** The clock of its times; `unknown` where the file does not say. */
  readonly clock: Name;
  /** What time 0 of its tables is on that clock, in ns. */
  readonly originNs: bigint;
  /** How finely the times are written, in ns. */
  readonly resolution_ns?: number;
}
