import { numbers, textAt, texts } from "../analyze/columns.js";
import type { Capture } from "../capture/capture.js";
import type { OperationsCapture } from "../capture/operations.js";
import type { CaptureNames } from "./capture-names.js";
import type { Diagnosis } from "./diagnosis.js";
import { diagnosisTables } from "./diagnosis-tables.js";
import { hintsOf } from "./hints.js";
import { plainNs } from "./sentences.js";
import { type Candidate, slowRequests } from "./slow-requests.js";
import { kindNames } from "./trace-requests.js";

/** The same form without a trace: which operations were slow, and that nothing here says why. */
export function withoutTrace(
  captures: readonly Capture[],
  quantile: number,
  nameOf: CaptureNames,
): Diagnosis {
  const missing = [
    "there is no execution trace: what requests waited for is not known (runtime/trace, or /debug/pprof/trace?seconds=5)",
  ];
  const log = captures.find((capture): capture is OperationsCapture => capture.kind === "operations");
  const all: Candidate[] = log ? candidatesOf(log) : [];
  const { summary } = slowRequests(all, log ? "operations" : "none", quantile);
  const text =
    summary.count > 0
      ? `${summary.count} of ${summary.of} operations took at least ${plainNs(summary.threshold_ns ?? 0)}, a typical one ${plainNs(summary.typical_ns ?? 0)}`
      : summary.text;
  const slow = { ...summary, text };
  const hints = hintsOf(captures, nameOf);
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  const why = summary.count > 0 ? "; without a trace nothing says why" : "";
  const answer = `${sentence}${why}${hints.length > 0 ? `, but ${hints[0]}` : ""}.`;
  return {
    answer,
    slow,
    ...diagnosisTables([], []),
    missing,
    toJSON: () => ({
      answer,
      slow,
      findings: [],
      ruled_out: [],
      unexplained_share: summary.count > 0 ? 1 : 0,
      hints,
      missing,
    }),
  };
}

function candidatesOf(log: OperationsCapture): Candidate[] {
  const start = numbers(log.operations, "start_ns");
  const duration = numbers(log.operations, "dur_ns");
  const kinds = texts(log.operations, "kind");
  const kind = kindNames(Array.from(kinds.codes, (code) => kinds.values[code] ?? ""));
  return Array.from(start, (from, row) => ({
    id: row,
    kind: kind(textAt(kinds, row) ?? ""),
    start_ns: from,
    end_ns: from + duration[row],
    track: [],
  }));
}
