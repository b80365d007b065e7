// What `go test -json` (cmd/test2json) prints: one JSON object a line with Time, Action, Package, Test, Elapsed
// (seconds) and Output. https://pkg.go.dev/cmd/test2json. Lines of the build in between come back in `unparsed`.

import { decodeLines } from "../text/decode-lines.js";

/** One event as test2json prints it. */
export interface TestEventRow {
  unix_ms: number | null;
  action: string;
  package: string | null;
  test: string | null;
  elapsed_ns: number | null;
  output: string | null;
}

/** One test, subtest or benchmark with how it ended. */
export interface TestRow {
  package: string | null;
  test: string;
  /** pass, fail, skip, bench, or unfinished where the run ended before. */
  result: string;
  elapsed_ns: number | null;
  output: string;
}

/** Raw rows of a test run. */
export interface TestRun {
  events: TestEventRow[];
  tests: TestRow[];
  packages: { package: string; result: string; elapsed_ns: number | null }[];
  unparsed: { line: number; text: string }[];
}

const ends = new Set(["pass", "fail", "skip", "bench"]);

/** True for the beginning of `go test -json` output. */
export function isGoTestJson(text: string): boolean {
  return /^\{(?:"Time":"[^"]*",)?"Action":"[a-z-]+"/m.test(text.slice(0, 65536));
}

/** Reads a test run; an object without an Action is not an event and stays in `unparsed`. */
export function readGoTestJson(bytes: Uint8Array): TestRun {
  const run: TestRun = { events: [], tests: [], packages: [], unparsed: [] };
  const tests = new Map<string, TestRow>();
  let line = 0;
  for (const text of decodeLines(bytes)) {
    line++;
    const event = parseEvent(text);
    if (event) addEvent(run, tests, event);
    else if (text !== "") run.unparsed.push({ line, text });
  }
  run.tests.push(...tests.values());
  return run;
}

function parseEvent(text: string): TestEventRow | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const { Time, Action, Package, ImportPath, Test, Elapsed, Output } = JSON.parse(text);
    if (typeof Action !== "string") return undefined;
    return {
      unix_ms: typeof Time === "string" ? Date.parse(Time) : null,
      action: Action,
      package: Package ?? ImportPath ?? null,
      test: Test ?? null,
      elapsed_ns: typeof Elapsed === "number" ? Math.round(Elapsed * 1e9) : null,
      output: Output ?? null,
    };
  } catch {
    // A line of the build, or one that was cut: it stays in unparsed.
    return undefined;
  }
}

function addEvent(run: TestRun, tests: Map<string, TestRow>, event: TestEventRow): void {
  run.events.push(event);
  const { action, test, elapsed_ns } = event;
  if (test === null) {
    if (ends.has(action) && event.package !== null) {
      run.packages.push({ package: event.package, result: action, elapsed_ns });
    }
    return;
  }
  const key = `${event.package}\0${test}`;
  const row = tests.get(key) ?? {
    package: event.package,
    test,
    result: "unfinished",
    elapsed_ns: null,
    output: "",
  };
  tests.set(key, row);
  if (event.output !== null) row.output += event.output;
  if (ends.has(action)) {
    row.result = action;
    row.elapsed_ns = elapsed_ns;
  }
}
