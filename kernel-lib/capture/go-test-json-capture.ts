import type { ColumnTable } from "arquero";
import { computedColumn } from "../bytes/lazy-column.js";
import { outputOf, readGoTestJson, type TestRun } from "../read/go-test-json/read-go-test-json.js";
import type { OpenInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import { lineTexts } from "../read/text/line-texts.js";
import { buildTable, columnsOf } from "../table/build-table.js";
import { testEventsSchema, testsSchema } from "../table/go-test-json.js";
import { placedUnparsedSchema, unparsedTable } from "../table/unparsed.js";
import { Capture, sourceOf } from "./capture.js";

/** A run of `go test -json`. */
export class GoTestJsonCapture extends Capture {
  readonly kind = "go-test-json";
  private readonly run: TestRun;

  constructor(input: OpenInput, run: TestRun) {
    super(sourceOf(input), "", []);
    this.run = run;
    const lines = lineTexts(input, run.eventOffset.finish());
    const printed = (row: number): string | null => outputOf(lines.at(row));
    this.define(testsSchema, () => testsTable(run, printed));
    this.define(testEventsSchema, () => {
      const output = computedColumn(run.events.length, printed);
      return buildTable(testEventsSchema, { ...run.events.columns(), output });
    });
    this.define(placedUnparsedSchema, () => unparsedTable(input, run.unparsed));
  }

  get tests(): ColumnTable {
    return this.table("tests");
  }

  get testEvents(): ColumnTable {
    return this.table("test_events");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const results: Record<string, number> = {};
    for (const { result } of this.run.tests) results[result] = (results[result] ?? 0) + 1;
    return {
      format: "go-test-json",
      events: this.run.events.length,
      packages: this.run.packages,
      tests: this.run.tests.length,
      results,
      unparsed_lines: this.run.unparsed.length,
    };
  }
}

function testsTable({ tests }: TestRun, printed: (row: number) => string | null): ColumnTable {
  const rows = tests.map(({ outputs, ...test }) => test);
  const output = computedColumn(tests.length, (test) =>
    Array.from(tests[test].outputs.finish(), (row) => printed(row) ?? "").join(""),
  );
  return buildTable(testsSchema, { ...columnsOf(testsSchema, rows), output });
}

/** Loads a test run; see {@link GoTestJsonCapture}. */
export async function loadGoTestJson(input: OpenInput, options: ReadOptions): Promise<GoTestJsonCapture> {
  return new GoTestJsonCapture(input, await readGoTestJson(input, options));
}
