import type { ColumnTable } from "arquero";
import type { Diagnostic } from "../read/diagnostics.js";
import type { SumsResult } from "../read/trace/sums-result.js";
import type { TotalsOptions } from "../table/go-trace/goroutines-tables.js";
import type { Capture } from "./capture.js";
import type { Tables } from "./format.js";

/** A Go execution trace in one object, as `tracebook summary --json` prints it. */
export interface TraceSummary extends Record<string, unknown>, SumsResult {
  format: "go-trace";
  /** `1.26`: of the Go release whose format it is. */
  version: string;
  /** Size of the file. */
  bytes: number;
  diagnostics: readonly Diagnostic[];
  /** True, with `salvaged_events`, when the file ends too early. */
  truncated?: boolean;
  /** Events beyond those that Go's own reader returns. */
  salvaged_events?: number;
}

/**
 * A Go execution trace. Every table is made when it is first asked for, from the ordered events.
 * Times are ns from the first event; {@link TraceCapture.startNs} is where that is on the trace's own clock.
 */
export interface TraceCapture
  extends Capture<"go-trace">,
    Tables<
      | "events"
      | "goroutineStates"
      | "procStates"
      | "threadStates"
      | "goroutines"
      | "goroutineGroups"
      | "ranges"
      | "metrics"
      | "stacks"
      | "frames"
      | "cpuSamples"
      | "tasks"
      | "regions"
      | "logs"
      | "labels"
      | "clockSnapshots"
      | "generations"
      | "heapObjects"
      | "footprint"
    > {
  readonly eventCount: number;
  /** The trace clock's time of the first event, in ns; CLOCK_MONOTONIC on Linux since Go 1.22. */
  readonly startNs: bigint;
  /** Time of the last event, ns since the first. */
  readonly spanNs: number;
  /** True when the file ends before the trace does. */
  readonly truncated: boolean;
  /** Events beyond those that Go's own reader returns of a damaged file. */
  readonly salvagedEvents: number;
  /**
   * The `goroutines` table with totals that do not repeat what Go's own summary gets wrong: with `exact`, a blocked
   * system call that lasts to the end of the trace is not added to the time Runnable as well.
   */
  goroutinesWith(options: TotalsOptions): ColumnTable;
  summary(): TraceSummary;
}
