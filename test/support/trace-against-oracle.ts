import { expect } from "vitest";
import { readTrace } from "#lib/capture/formats.js";
import type { TraceCapture } from "#lib/capture/trace-capture.js";
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

/** Whether a trace is of Go 1.21 or before. */
export function isV1(trace: TraceCapture): boolean {
  return Number(trace.version.split(".")[1]) < 22;
}

/**
 * The lines of events in one order for all runs of Go's reader. It goes through the processors of a trace before
 * Go 1.22 in random order, so events of one time come in any order, 1 ns after each other: here they are sorted.
 */
export function* settledLines(lines: Iterable<string>): Generator<string> {
  let times: string[] = [];
  let rest: string[] = [];
  let last = Number.NaN;
  const settled = (): string[] => {
    rest.sort();
    return times.map((time, at) => `${time}\t${rest[at]}`);
  };
  for (const line of lines) {
    const tab = line.indexOf("\t");
    const time = Number(line.slice(0, tab));
    if (!(time - last <= 1)) {
      yield* settled();
      times = [];
      rest = [];
    }
    times.push(line.slice(0, tab));
    rest.push(line.slice(tab + 1));
    last = time;
  }
  yield* settled();
}

/** Figures to expect where durations may differ by what random order makes of them, see {@link settledLines}. */
export function settledFigures(figures: Record<string, unknown>): Record<string, unknown> {
  const settled = (value: unknown, isTime: boolean): unknown => {
    if (typeof value === "number") return isTime ? expect.closeTo(value, -2) : value;
    if (value === null || typeof value !== "object") return value;
    const entries = Object.entries(value).map(([key, inner]) => [
      key,
      settled(inner, isTime || key.endsWith("_ns")),
    ]);
    return Object.fromEntries(entries);
  };
  return settled(figures, false) as Record<string, unknown>;
}

/** Expects that a trace's summary and its events, one by one with their stacks, are those of golang.org/x/exp/trace. */
export async function expectAsOracle(file: string): Promise<void> {
  await expectFiguresAsOracle(file);
  const trace = await readTrace(file, { strict: true });
  const events = runOracle("events", file).out.split("\n").slice(0, -1);
  if (isV1(trace)) expectSameLines(settledLines(eventLines(trace)), [...settledLines(events)]);
  else expectSameLines(eventLines(trace), events);
}

/** Expects that a trace's summary, both ways of computing it, is that of golang.org/x/exp/trace. */
export async function expectFiguresAsOracle(file: string): Promise<void> {
  const { out, error } = runOracle("summary", file);
  expect(error).toBe("");
  const trace = await readTrace(file, { strict: true });
  const said = JSON.parse(out) as Record<string, unknown>;
  const figures = isV1(trace) ? settledFigures(said) : said;
  const alone = await readTrace(file, { summaryOnly: true, strict: true });
  expect(figuresOf(alone)).toEqual(figures);
  expect(figuresOf(trace)).toEqual(figures);
}
