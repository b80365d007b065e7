// What `go test -json` (cmd/test2json) prints: one JSON object a line with Time, Action, Package, Test, Elapsed
// (seconds) and Output. https://pkg.go.dev/cmd/test2json. Lines of the build in between come back in `unparsed`.

import { Growable } from "../../bytes/growable.js";
import { RowStore } from "../../bytes/row-store.js";
import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { eachLine } from "../text/lines.js";
import { UnparsedLines } from "../text/unparsed-lines.js";

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
  /** Rows of the events that have what it printed. */
  readonly outputs: Growable<Int32Array>;
}

/** Raw rows of a test run. */
export interface TestRun {
  /** The events but for what was printed: a line of the capture each, at `eventOffset`. */
  readonly events: RowStore<Omit<TestEventRow, "output">>;
  readonly eventOffset: Growable<Float64Array>;
  readonly tests: readonly TestRow[];
  readonly packages: readonly { package: string; result: string; elapsed_ns: number | null }[];
  readonly unparsed: UnparsedLines;
}

const ends = new Set(["pass", "fail", "skip", "bench"]);

/**
 * Reads a test run line by line; an object without an Action is not an event and stays in `unparsed`. What tests print is
 * most of such a file, so that only its places are kept.
 */
export async function readGoTestJson(input: OpenInput, options: ReadOptions = {}): Promise<TestRun> {
  const run = new TestRunReader();
  await eachLine(input, (text, line, offset) => run.line(text, line, offset), options);
  return run.finish();
}

/** What an event's line says was printed. */
export function outputOf(text: string): string | null {
  return parseEvent(text)?.output ?? null;
}

function parseEvent(text: string): TestEventRow | undefined {
  // A line that is no object is told without an exception, which costs more than all the rest.
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
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

class TestRunReader {
  private readonly events = new RowStore<Omit<TestEventRow, "output">>({
    unix_ms: "number",
    action: "text",
    package: "text",
    test: "text",
    elapsed_ns: "number",
  });
  private readonly eventOffset = new Growable(Float64Array);
  private readonly tests = new Map<string, TestRow>();
  private readonly packages: TestRun["packages"][number][] = [];
  private readonly unparsed = new UnparsedLines();

  finish(): TestRun {
    const { events, eventOffset, tests, packages, unparsed } = this;
    return { events, eventOffset, tests: [...tests.values()], packages, unparsed };
  }

  line(text: string, line: number, offset: number): void {
    const event = parseEvent(text);
    if (event) this.event(event, offset);
    else if (text !== "") this.unparsed.add(line, offset);
  }

  private event(event: TestEventRow, offset: number): void {
    const { action, test, elapsed_ns } = event;
    const row = this.events.length;
    this.events.push(event);
    this.eventOffset.push(offset);
    if (test === null) {
      if (ends.has(action) && event.package !== null) {
        this.packages.push({ package: event.package, result: action, elapsed_ns });
      }
      return;
    }
    const found = this.testOf(event.package, test);
    if (event.output !== null) found.outputs.push(row);
    if (ends.has(action)) {
      found.result = action;
      found.elapsed_ns = elapsed_ns;
    }
  }

  private testOf(inPackage: string | null, test: string): TestRow {
    const key = `${inPackage}\0${test}`;
    let found = this.tests.get(key);
    if (!found) {
      const outputs = new Growable(Int32Array, 4);
      found = { package: inPackage, test, result: "unfinished", elapsed_ns: null, outputs };
      this.tests.set(key, found);
    }
    return found;
  }
}
