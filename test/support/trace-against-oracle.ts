import { expect } from "vitest";
import { readTrace, type TraceCapture } from "#lib/capture/trace-capture.js";
import { eventLines } from "./event-lines.js";
import { runOracle } from "./go-oracle.js";

/** The members of a summary that are figures of the events, which test/oracle prints too. */
export function figuresOf(trace: TraceCapture): Record<string, unknown> {
  const { format, version, bytes, diagnostics, truncated, salvaged_events, ...figures } = trace.summary();
  return figures;
}

/** Expects that two lists of lines are the same; shows the first difference with the line before it. */
export function expectSameLines(ours: Iterable<string>, theirs: readonly string[]): void {
  let row = 0;
  let last = "";
  for (const line of ours) {
    if (line !== theirs[row]) {
      expect({ row, last, line }, "the first line that differs").toEqual({ row, last, line: theirs[row] });
    }
    last = line;
    row++;
  }
  expect(row, "number of lines").toBe(theirs.length);
}

/**
 * Expects that a trace's summary (both ways of computing it) and its events, one by one with their stacks, are those
 * of golang.org/x/exp/trace.
 */
export async function expectAsOracle(file: string): Promise<void> {
  const { out, error } = runOracle("summary", file);
  expect(error).toBe("");
  const figures = JSON.parse(out) as Record<string, unknown>;
  const alone = await readTrace(file, { summaryOnly: true, strict: true });
  expect(figuresOf(alone)).toEqual(figures);
  const trace = await readTrace(file, { strict: true });
  expect(figuresOf(trace)).toEqual(figures);
  const events = runOracle("events", file).out;
  expectSameLines(eventLines(trace), events.split("\n").slice(0, -1));
}
