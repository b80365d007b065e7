/**
 * Reads the execution traces of Go 1.11 to 1.21 ("v1").
 *
 * The way in: decode-v1 (bytes -> columns in the file's order) -> order-v1 (one order, ns) -> check-v1 (do the events
 * tell one story) -> convert-v1 (into the events of later traces, in the store). The figures are those of
 * golang.org/x/exp/trace, which reads such a file whole or not at all; what can be read of a damaged one is kept here
 * and every loss is a finding, except under `strict`.
 */
import { CaptureError } from "../../../bytes/capture-error.js";
import { Diagnostics } from "../../diagnostics.js";
import type { ReadOptions } from "../../read-options.js";
import { EventStore, roomyColumns } from "../event-store.js";
import { traceFootprint } from "../footprint.js";
import type { RawTrace } from "../raw-trace.js";
import { headerFrom, secondTrace } from "../second-trace.js";
import { headerBytes } from "../trace-header.js";
import { checkV1 } from "./check-v1.js";
import { convertV1 } from "./convert-v1.js";
import { decodeV1, type V1Trace } from "./decode-v1.js";
import { orderV1 } from "./order-v1.js";

/** Versions with a header of their own that are read. */
const readVersions = [11, 19, 21];
/** Versions with a header of their own that are too old. */
const tooOld: Readonly<Record<number, string>> = {
  5: "1.5 or 1.6",
  7: "1.7",
  8: "1.8",
  9: "1.9",
  10: "1.10",
};
/** A counter of 2.5 GHz, of which the tracer keeps a sixteenth: a guess for when the file does not tell. */
const guessedTicksPerSecond = 156_250_000;

/**
 * Reads a trace with a header before 1.22.
 *
 * @throws CaptureError when it is older than Go 1.11, when nothing can be read, or anything is damaged under `strict`
 */
export function readV1(bytes: Uint8Array, version: number, options: ReadOptions): RawTrace {
  refuseVersion(version);
  const findings = new Diagnostics();
  let damaged = false;
  const note = (code: string, error: CaptureError, lost = 0): void => {
    if (options.strict) {
      const remedy = "read without strict to keep what can be read";
      throw new CaptureError(error.problem, { place: error.place, remedy });
    }
    damaged = true;
    findings.add("loss", code, error.problem, error.place, lost);
  };
  if ((options.from ?? 0) > 0 || (options.to ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY) {
    const message = "a trace before Go 1.22 is one piece, which the window touches: all of it was read";
    findings.add("info", "part", message);
  }
  let trace = decodeV1(bytes, headerBytes, version);
  // The first may end inside an event, which then takes bytes of the second.
  const secondAt = trace.secondAt ?? (trace.problem ? headerFrom(bytes, headerBytes) : undefined);
  if (trace.problem && secondAt !== undefined)
    trace = decodeV1(bytes.subarray(0, secondAt), headerBytes, version);
  if (trace.problem) note("truncated", trace.problem);
  if (secondAt !== undefined) {
    const { code, message, remedy } = secondTrace;
    const place = { offset: secondAt };
    if (options.strict) throw new CaptureError(message, { place, remedy });
    findings.add("loss", code, message, place);
  }
  options.onProgress?.(bytes.length / 2, bytes.length);
  options.signal?.throwIfAborted();
  if (trace.ticksPerSecond === 0) {
    const place = { offset: bytes.length };
    note("assumed-frequency", new CaptureError(`the clock's frequency is not there; ${guess}`, { place }));
  }
  const order = orderV1(trace, trace.ticksPerSecond || guessedTicksPerSecond);
  const total = trace.events.length;
  if (order.problem) note("unordered", order.problem, total - order.rows.length);
  const checked = checkV1(trace, order.rows);
  if (checked.misuse) {
    const { problem, place } = checked.misuse;
    note("misused-region", new CaptureError(`${problem} (${checked.misuses} such ends)`, { place }));
  }
  if (checked.problem) note("inconsistent", checked.problem, order.rows.length - checked.count);
  const store = new EventStore(roomyColumns(checked.count));
  convertV1(trace, order.rows.subarray(0, checked.count), store);
  if (store.total <= 1 && damaged) {
    throw new CaptureError("holds no events that can be read", {
      place: { offset: headerBytes },
      remedy: "capture it again; the writer may not have been stopped cleanly",
    });
  }
  options.onProgress?.(bytes.length, bytes.length);
  return rawTrace(trace, store, findings, bytes, damaged);
}

const guess = `durations are right relative to each other, for ${guessedTicksPerSecond} ticks per second are assumed`;

function refuseVersion(version: number): void {
  if (readVersions.includes(version)) return;
  const old = tooOld[version];
  if (!old) {
    throw new CaptureError(`go 1.${version} trace: there is no such version of the format`, {
      place: { offset: 0 },
      remedy: "check that the file is what it says",
    });
  }
  throw new CaptureError(`was written by Go ${old}; traces before Go 1.11 are not read`, {
    place: { offset: 0 },
    remedy: `open it with the go tool trace of Go ${old}, or capture again with a later Go`,
  });
}

function rawTrace(
  trace: V1Trace,
  store: EventStore,
  findings: Diagnostics,
  bytes: Uint8Array,
  damaged: boolean,
): RawTrace {
  const { columns, total } = store;
  const endNs = total > 0 ? columns.time[total - 1] : 0;
  store.generations.push({
    generation: 1,
    startOffset: headerBytes,
    endOffset: bytes.length,
    batches: trace.batches,
    events: total,
    firstRow: 0,
    startNs: 0,
    endNs,
    ticksPerSecond: trace.ticksPerSecond || guessedTicksPerSecond,
    complete: !damaged,
    snapshot: undefined,
    experimental: [],
  });
  const raw: RawTrace = {
    version: `1.${trace.version}`,
    store,
    sums: undefined,
    // The clock of such a trace starts with its first event; the Sync that Go's reader puts before it is at -1.
    startNs: total > 1 ? -1n : 0n,
    endNs,
    truncated: damaged,
    damaged,
    salvagedEvents: damaged ? total : 0,
    findings,
    withEvents: () => raw,
    footprint: () => traceFootprint(bytes, trace.version),
  };
  return raw;
}
