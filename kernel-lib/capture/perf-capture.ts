import type { Kind } from "../read/detect.js";
import type { Diagnostic } from "../read/diagnostics.js";
import type { PerfColumns } from "../read/perf/perf-samples.js";
import { perfSamplesSchema, perfSamplesTable } from "../table/perf.js";
import type { CaptureSource } from "./capture.js";
import { ProfileCapture } from "./profile-capture.js";

/** What a perf recording is, whether read from `perf script` text or from perf.data itself. */
export abstract class PerfCapture extends ProfileCapture {
  abstract override readonly kind: Kind;
  /** Absolute time of the first sample in ns, on the clock of the recording (usually CLOCK_MONOTONIC). */
  readonly startNs: bigint;
  /**
   * That clock: `monotonic` or `unix` where perf.data says that it was chosen (`perf record -k mono`), else `unknown`, for
   * perf's own clock is that of no other program.
   */
  readonly clock: "monotonic" | "unix" | "unknown";
  /** How finely the times are written. */
  abstract readonly resolution_ns: number;
  protected readonly perf: PerfColumns;

  protected constructor(
    source: CaptureSource,
    version: string,
    findings: readonly Diagnostic[],
    perf: PerfColumns,
    clock: "monotonic" | "unix" | "unknown" = "unknown",
  ) {
    super(source, version, findings, perf.profile);
    this.startNs = perf.startNs;
    this.clock = clock;
    this.perf = perf;
    this.define(perfSamplesSchema, () => perfSamplesTable(perf));
  }

  /** Where 0 of the table is on the clock: for {@link align}. */
  get originNs(): bigint {
    return this.startNs;
  }

  /** The part of a summary that both forms have; `top` is that of the event with the most samples. */
  protected perfSummary(frames: number): Record<string, unknown> {
    const { events, eventCounts, time, profile } = this.perf;
    return {
      format: this.kind,
      samples: time.length,
      events: Object.fromEntries(events.map((event, i) => [event, eventCounts[i]])),
      threads: new Set(this.perf.tid).size,
      frames,
      span_ns: time.reduce((max, at) => Math.max(max, at), 0),
      top_event: profile.valueTypes[profile.defaultValue]?.type ?? "",
      top: this.top(),
    };
  }
}
