import { traceView } from "../analyze/trace-view.js";
import type { Capture } from "../capture/capture.js";
import type { OperationsCapture } from "../capture/operations.js";
import type { TraceCapture } from "../capture/trace-capture.js";
import { type CaptureNames, captureNames } from "./capture-names.js";
import { corroborated } from "./corroborate.js";
import type { Diagnosis, DiagnosisJson, Finding, SlowSummary } from "./diagnosis.js";
import { diagnosisTables } from "./diagnosis-tables.js";
import { type Excess, excessOf } from "./excess.js";
import { rankedFindings } from "./findings.js";
import { matchOperations } from "./match-operations.js";
import { plainNs } from "./sentences.js";
import { type Candidate, quantileName, type SlowRequests, slowRequests } from "./slow-requests.js";
import { TimeParts } from "./time-parts.js";
import { kindNames, traceRequests } from "./trace-requests.js";
import { withoutTrace } from "./without-trace.js";

/** Options of {@link diagnose}. */
export interface DiagnoseOptions {
  /** From which quantile of the durations on requests are slow; 0.99 unless given. */
  slow?: number;
}

/**
 * Why the slow requests were slow: which they are, where their time beyond a typical one's went, who held them up, what can be ruled out
 * and what stays unexplained.
 *
 * Requests are the operations of a log that aligns with the trace, else tasks, HTTP or gRPC handlers, regions, or goroutines of one entry
 * function. Slow are those from the quantile on that take twice what a typical one of their kind takes. Each one's time is divided
 * along its path: what it waited for is followed through whoever woke it to who held it up. Shares are of the time beyond a typical
 * request's; their intervals take requests that were slow at the same time as one observation. Other captures (profiles, GODEBUG logs,
 * Redis) are held against what the trace says; of several traces each is diagnosed and a finding of one alone says so. Without a
 * trace it says what the others can carry.
 *
 * @param captures what there is of one incident, in any order
 * @throws RangeError for a quantile outside of 0 to 1
 * @example
 * diagnose([trace]).answer;
 */
export function diagnose(captures: readonly Capture[], options: DiagnoseOptions = {}): Diagnosis {
  const quantile = options.slow ?? 0.99;
  if (!(quantile > 0 && quantile < 1)) {
    throw new RangeError(
      `slow is a quantile between 0 and 1, not ${quantile}; 0.99 are the slowest hundredth`,
    );
  }
  const traces = captures.filter((capture): capture is TraceCapture => capture.kind === "go-trace");
  const logs = captures.filter((capture): capture is OperationsCapture => capture.kind === "operations");
  const others = captures.filter((capture) => !traces.includes(capture as TraceCapture));
  const nameOf = captureNames(captures);
  if (traces.length === 0) return withoutTrace(captures, quantile, nameOf);
  const each = traces.map((trace) => diagnoseTrace(trace, logs, quantile, nameOf));
  const main = each.reduce((best, one) => (weight(one) > weight(best) ? one : best));
  const compared = each.length > 1 ? inOthers(main.findings, main, each, nameOf) : main.findings;
  const findings = corroborated(compared, others, nameOf);
  const { slow, ruled_out, unexplained, missing, tables, trace } = main;
  const answer = answerOf(findings, slow);
  return {
    answer,
    slow,
    ...tables(findings),
    missing,
    trace,
    toJSON: () => ({
      answer,
      slow,
      findings: [...findings],
      ruled_out: [...ruled_out],
      unexplained_share: Math.round(unexplained * 1e4) / 1e4,
      missing: [...missing],
    }),
  };
}

/** What one trace says. */
interface TraceDiagnosis {
  trace: TraceCapture;
  slow: SlowSummary;
  findings: readonly Finding[];
  ruled_out: DiagnosisJson["ruled_out"];
  unexplained: number;
  missing: string[];
  tables: (
    findings: readonly Finding[],
  ) => Pick<Diagnosis, "findings" | "ruled_out" | "requests" | "evidence">;
}

function weight({ findings, slow }: TraceDiagnosis): number {
  return findings.reduce((sum, { excess_ns }) => sum + excess_ns, 0) + slow.of * 1e-3;
}

function diagnoseTrace(
  trace: TraceCapture,
  logs: readonly OperationsCapture[],
  quantile: number,
  nameOf: CaptureNames,
): TraceDiagnosis {
  const view = traceView(trace);
  const missing = gaps(trace);
  const found = candidates(trace, logs, missing, nameOf);
  const requests = slowRequests(found.candidates, found.from, quantile);
  const tablesOf =
    (excess: Excess | undefined, ruled: DiagnosisJson["ruled_out"]) => (findings: readonly Finding[]) =>
      diagnosisTables(findings, ruled, requests, excess, view);
  if (requests.slow.length === 0) {
    return {
      trace,
      slow: requests.summary,
      findings: [],
      ruled_out: [],
      unexplained: 0,
      missing,
      tables: tablesOf(undefined, []),
    };
  }
  const parts = new TimeParts(view);
  const excess = excessOf(requests, parts);
  const { hasSamples } = parts.evidence;
  const ranked = rankedFindings(requests, found.candidates, excess, view, nameOf(trace), hasSamples);
  return {
    trace,
    slow: { ...requests.summary, text: slowText(requests, found.words) },
    findings: ranked.findings,
    ruled_out: [...ranked.ruled_out],
    unexplained: ranked.unexplained,
    missing,
    tables: tablesOf(excess, [...ranked.ruled_out]),
  };
}

function slowText({ summary, quantile, slow }: SlowRequests, words: string): string {
  const { count, of, threshold_ns, typical_ns } = summary;
  const kinds = new Set(slow.map(({ kind }) => kind));
  const kind = kinds.size === 1 && [...kinds][0] !== "requests" ? ` (${[...kinds][0]})` : "";
  return `${count} of ${of} ${words}${kind} took at least ${plainNs(threshold_ns ?? 0)}, a typical one ${plainNs(typical_ns ?? 0)}; slow is ${quantileName(quantile)} and twice the typical`;
}

interface Found {
  from: SlowSummary["from"];
  words: string;
  candidates: readonly Candidate[];
}

const wordsOf: Readonly<Record<SlowSummary["from"], string>> = {
  operations: "operations of the log",
  tasks: "tasks",
  http: "HTTP or gRPC requests",
  regions: "regions",
  goroutines: "goroutines of one entry function",
  none: "requests",
};

// Operations where a log aligns, else what the trace itself knows.
function candidates(
  trace: TraceCapture,
  logs: readonly OperationsCapture[],
  missing: string[],
  nameOf: CaptureNames,
): Found {
  const view = traceView(trace);
  const own = traceRequests(trace, view);
  if (own.cut > 0)
    missing.push(`${own.cut} requests began before the trace or ended after it; they are left out`);
  const servers = own.from === "tasks" || own.from === "http" ? own.candidates : [];
  const known = servers.map((candidate) => ({
    request: {
      request: candidate.id,
      type: candidate.kind,
      g: candidate.track[candidate.track.length - 1]?.g ?? -1,
      start_ns: candidate.start_ns,
      end_ns: candidate.end_ns,
      dur_ns: candidate.end_ns - candidate.start_ns,
    },
    track: candidate.track,
  }));
  for (const log of logs) {
    try {
      const match = matchOperations(view, trace, log, known);
      const least = Math.max(10, 0.5 * match.within);
      if (match.operations.length >= least) {
        if (match.outside > 0) {
          missing.push(
            `${match.outside} operations of the log began before the trace or ended after it; they are left out`,
          );
        }
        const lost = match.within - match.operations.length;
        if (lost > 0)
          missing.push(
            `${lost} of ${match.within} operations of the log could not be matched to a goroutine`,
          );
        const kind = kindNames(match.operations.map((operation) => operation.kind));
        const list = match.operations.map((operation) => ({
          id: operation.row,
          kind: kind(operation.kind),
          start_ns: operation.start_ns,
          end_ns: operation.end_ns,
          track: operation.track,
        }));
        return { from: "operations", words: wordsOf.operations, candidates: list };
      }
      missing.push(
        `${nameOf(log)}: ${match.operations.length} of ${match.within} operations within the trace could be matched to its goroutines: the log is not of this program, or of another time`,
      );
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      missing.push(`${nameOf(log)}: ${error.message}`);
    }
  }
  return { from: own.from, words: wordsOf[own.from], candidates: own.candidates };
}

/** What the trace cannot say. */
function gaps(trace: TraceCapture): string[] {
  const missing: string[] = [];
  if (traceView(trace).frames.empty) {
    missing.push("the trace has no stacks: functions cannot be named, and HTTP requests not be found");
  }
  if (trace.truncated) missing.push("the trace is cut: what came after its end is not known");
  if (trace.spanNs < 1e9)
    missing.push(`the trace is short (${plainNs(trace.spanNs)}): rare causes may not be in it`);
  if (trace.table("cpu_samples").numRows() === 0) {
    missing.push("the trace has no CPU samples: what ran between two events is not known");
  }
  return missing;
}

// A finding that only one of several traces has says so.
function inOthers(
  findings: readonly Finding[],
  main: TraceDiagnosis,
  each: readonly TraceDiagnosis[],
  nameOf: CaptureNames,
): Finding[] {
  const others = each.filter((one) => one !== main);
  return findings.map((finding) => {
    const same = others.filter((one) =>
      one.findings.some(
        ({ cause, behind, where }) =>
          cause === finding.cause && (behind === finding.behind || where === finding.where),
      ),
    );
    const words =
      same.length === 0
        ? ` Only ${nameOf(main.trace)} has it, of ${each.length} traces.`
        : ` ${same.length + 1} of ${each.length} traces have it.`;
    const evidence = same.map(({ trace }) => ({
      capture: nameOf(trace),
      table: "goroutine_states",
      rows: trace.table("goroutine_states").numRows(),
    }));
    return { ...finding, text: finding.text + words, evidence: [...finding.evidence, ...evidence] };
  });
}

function answerOf(findings: readonly Finding[], slow: SlowSummary): string {
  const [first] = findings;
  if (first) return first.text.split(/(?<=\.) That is /)[0];
  if (slow.count > 0) return `${slow.text}; what made them slow cannot be told from this.`;
  return `${slow.text.charAt(0).toUpperCase()}${slow.text.slice(1)}.`;
}
