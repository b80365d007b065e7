import type { ColumnTable } from "arquero";
import { readGoTestJson, type TestRun } from "../read/go-test-json/read-go-test-json.js";
import type { OpenInput } from "../read/open-input.js";
import { tableFromRows } from "../table/build-table.js";
import { testEventsSchema, testsSchema } from "../table/go-test-json.js";
import { unparsedSchema } from "../table/unparsed.js";
import { Capture, type CaptureSource, sourceOf } from "./capture.js";

/** A run of `go test -json`. */
export class GoTestJsonCapture extends Capture {
  readonly kind = "go-test-json";
  private readonly run: TestRun;

  constructor(source: CaptureSource, run: TestRun) {
    super(source, "", []);
    this.run = run;
    this.define(testsSchema, () => tableFromRows(testsSchema, run.tests));
    this.define(testEventsSchema, () => tableFromRows(testEventsSchema, run.events));
    this.define(unparsedSchema, () => tableFromRows(unparsedSchema, run.unparsed));
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

/** Loads a test run; see {@link GoTestJsonCapture}. */
export async function loadGoTestJson(input: OpenInput): Promise<GoTestJsonCapture> {
  return new GoTestJsonCapture(sourceOf(input), readGoTestJson(await input.bytes()));
}
