import type { ColumnTable } from "arquero";
import type { TraceCapture } from "../capture/trace-capture.js";

/** What a slow request's time beyond a typical one's went to. */
export const causes = [
  "cpu",
  "lock",
  "channel",
  "network",
  "syscall",
  "sleep",
  "scheduler",
  "gc-assist",
  "gc-sweep",
  "gc-mark",
  "stop-the-world",
  "queue",
  "unknown",
] as const;

/** One of {@link causes}. */
export type Cause = (typeof causes)[number];

/** Where requests were found. */
export type RequestsFrom = "operations" | "tasks" | "http" | "regions" | "goroutines" | "none";

/** Which requests were slow, and whether they stand out at all. */
export interface SlowSummary {
  from: RequestsFrom;
  /** How many are slow. */
  count: number;
  /** Of how many requests. */
  of: number;
  /** The slow ones took at least this long. */
  threshold_ns: number | null;
  /** The median of all of the same kind. */
  typical_ns: number | null;
  text: string;
}

/** Rows of a capture's table that a finding rests on. */
export interface Evidence {
  capture: string;
  table: string;
  rows: number;
  /** What they say, where they come from another capture than the trace. */
  text?: string;
}

/** One cause of slowness, with who or what is behind it. */
export interface Finding {
  rank: number;
  cause: Cause;
  /** The request's own function there, as Go prints it; "" where the trace does not say. */
  where: string;
  /** Who held it up, followed to what can be changed; "" where the trace does not say. */
  behind: string;
  /** Functions from who held it up to what that one was doing, outermost first. */
  chain: string[];
  /** Part of the slow requests' time beyond a typical one's. */
  share: number;
  share_low: number;
  share_high: number;
  excess_ns: number;
  /** How many slow requests it is the largest part of. */
  operations: number;
  /** What the threshold quantile would be at best without this cause. */
  bound_ns: number | null;
  text: string;
  evidence: Evidence[];
  next: string;
}

/** A cause that can be left alone. */
export interface RuledOut {
  cause: string;
  share: number;
  text: string;
}

/** The answer to why the slow requests were slow, as `tracebook diagnose --json` prints it. */
export interface DiagnosisJson {
  /** One sentence. */
  answer: string;
  slow: SlowSummary;
  findings: Finding[];
  ruled_out: RuledOut[];
  unexplained_share: number;
  missing: string[];
  /** Without a trace: what the other captures say by themselves. */
  hints?: string[];
}

/** Why the slow requests were slow. */
export interface Diagnosis {
  /** One sentence. */
  readonly answer: string;
  readonly slow: SlowSummary;
  /** rank, cause, where, behind, share, share_low, share_high, excess_ns, operations, bound_ns, text, next. */
  readonly findings: ColumnTable;
  /** cause, share, text. */
  readonly ruled_out: ColumnTable;
  /** The slow requests, slowest first, with their parts by cause in ns, their goroutine and their largest cause. */
  readonly requests: ColumnTable;
  /** The parts of the slow requests' time: request, cause, where, behind, start_ns, end_ns, ns, g, row of goroutine_states. */
  readonly evidence: ColumnTable;
  /** What it could not know, and why. */
  readonly missing: readonly string[];
  /** The trace the answer is from. */
  readonly trace?: TraceCapture;
  toJSON(): DiagnosisJson;
}
