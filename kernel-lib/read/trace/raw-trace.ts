import type { Diagnostics } from "../diagnostics.js";
import type { EventStore } from "./event-store.js";
import type { RawSums } from "./event-sums.js";
import type { FootprintRow } from "./footprint.js";

/** A trace that has been read: ordered events as columns, and what is known beside them. */
export interface RawTrace {
  /** `1.26`: of the Go release whose format it is. */
  readonly version: string;
  readonly store: EventStore;
  /** The sums, when events were not kept. */
  readonly sums: RawSums | undefined;
  /** The trace clock's absolute time of the first event, in ns. */
  readonly startNs: bigint;
  /** Time of the last event, ns since the first. */
  readonly endNs: number;
  readonly truncated: boolean;
  /** Events beyond what Go's own reader returns; 0 unless damaged. Found out when it is first asked for. */
  readonly salvagedEvents: number;
  /** True when anything of the file could not be read as it was written. */
  readonly damaged: boolean;
  readonly findings: Diagnostics;
  /** The same trace with its events kept: itself, or read once more. */
  withEvents(): RawTrace;
  /** What the file's bytes are spent on. */
  footprint(): FootprintRow[];
}
