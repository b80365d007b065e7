// The compiler's own report on inlining and escapes: what `go build -gcflags=-m` prints, and with
// `-m=2` also why. Written by cmd/compile/internal/{escape,inline,ir}; there is no specification, the
// phrases below are those of Go 1.19 to 1.26. Lines are `file:line:column: phrase`, under a
// `# package` line where `go build` made the report. A header with a colon at its end opens an
// explanation: `flow:` lines, each with `from ... at place` lines, belong to it.

import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { eachLine } from "../text/lines.js";
import { type EscapeVerdict, matchPhrase, place } from "./is-escape-report.js";

/** One line of the report, with the reasons given for it. */
export interface EscapeRow {
  package: string | null;
  file: string;
  line: number;
  column: number | null;
  verdict: EscapeVerdict;
  subject: string;
  /** Inlining cost or the reason against it; the result a parameter leaks to; null where there is none. */
  detail: string | null;
  cost: number | null;
  /** The function an explanation is for, where the compiler says so. */
  in_function: string | null;
  /** The flow steps of `-m=2`, one per line. */
  flow: string | null;
  report_line: number;
}

/** Raw rows of a compiler report. */
export interface EscapeReport {
  rows: EscapeRow[];
  unparsed: { line: number; text: string }[];
  lines: number;
}

const flowStep = /^ {2,}(?:flow: |from )/;

/**
 * Reads a compiler report. Lines that are not part of one (a build's other output) come back in `unparsed`.
 *
 * @example
 * const { escapes } = await load(new TextEncoder().encode("a.go:4:2: moved to heap: x\n"));
 * escapes.get("verdict", 0) // "moved-to-heap"
 */
export async function readGoEscape(input: OpenInput, options: ReadOptions = {}): Promise<EscapeReport> {
  const report: EscapeReport = { rows: [], unparsed: [], lines: 0 };
  let currentPackage: string | null = null;
  const take = (text: string, line: number): void => {
    report.lines = line;
    if (text.startsWith("# ")) currentPackage = text.slice(2).trim();
    else if (!addLine(report, text, currentPackage) && text !== "") {
      report.unparsed.push({ line, text });
    }
  };
  await eachLine(input, take, options);
  return report;
}

function addLine(report: EscapeReport, text: string, currentPackage: string | null): boolean {
  const groups = place.exec(text)?.groups;
  if (!groups) return false;
  if (flowStep.test(groups.message)) return addFlow(report, groups.message);
  const phrase = matchPhrase(groups.message);
  if (!phrase) return false;
  const found = phrase.groups;
  report.rows.push({
    package: currentPackage,
    file: groups.file,
    line: Number(groups.line),
    column: groups.column === undefined ? null : Number(groups.column),
    verdict: phrase.verdict,
    subject: found.subject,
    detail: found.detail ?? null,
    cost: found.cost === undefined ? null : Number(found.cost),
    in_function: found.in ?? null,
    flow: null,
    report_line: report.lines,
  });
  return true;
}

function addFlow(report: EscapeReport, message: string): boolean {
  const last = report.rows.at(-1);
  if (last?.verdict !== "explanation") return false;
  const step = message.slice(2);
  last.flow = last.flow === null ? step : `${last.flow}\n${step}`;
  return true;
}
