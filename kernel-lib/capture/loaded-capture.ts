import type { Capture } from "./capture.js";

/**
 * A capture whose kind only the file tells, as {@link load} gives it. What it has beside a capture's own members depends
 * on that kind (its tables are getters), so the types let every name be asked for; `tables` says which there are. Where the
 * kind is known, `readTrace` and its like have types.
 */
export interface LoadedCapture extends Capture {
  /** The clock of its times, for `align`; undefined for kinds without one. */
  // biome-ignore lint/suspicious/noExplicitAny: which kind it is, and so what is here, is known when it has been read
  readonly clock: any;
  /** What time 0 of its tables is on that clock. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly originNs: any;
  /** A trace's first event on its clock. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly startNs: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly [name: string]: any;
}
