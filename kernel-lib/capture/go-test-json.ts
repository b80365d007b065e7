import { isGoTestJson } from "../read/go-test-json/is-go-test-json.js";
import { testEventsSchema, testsSchema } from "../table/go-test-json.js";
import { placedUnparsedSchema, unparsedColumns } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import { counted } from "./counted.js";
import type { Format, Tables } from "./format.js";

/** A run of `go test -json`. */
export interface GoTestJsonCapture
  extends Capture<"go-test-json">,
    Tables<"tests" | "testEvents" | "unparsed"> {}

export const goTestJson: Format<GoTestJsonCapture> = {
  kind: "go-test-json",
  name: "output of go test -json",
  detect: isGoTestJson,
  tables: { tests: testsSchema, testEvents: testEventsSchema, unparsed: placedUnparsedSchema },
  clock: [],
  window: "none",
  async read(input, options) {
    const [{ outputOf, readGoTestJson }, { computedColumn }, { lineTexts }, { columnsOf }] =
      await Promise.all([
        import("../read/go-test-json/read-go-test-json.js"),
        import("../bytes/lazy-column.js"),
        import("../read/text/line-texts.js"),
        import("../table/build-table.js"),
      ]);
    const { events, eventOffset, tests, packages, unparsed } = await readGoTestJson(input, options);
    const lines = lineTexts(input, eventOffset.finish());
    const printed = (row: number): string | null => outputOf(lines.at(row));
    return {
      tables: {
        tests: () => {
          const rows = tests.map(({ outputs, ...test }) => test);
          const output = computedColumn(tests.length, (test) =>
            Array.from(tests[test].outputs.finish(), (row) => printed(row) ?? "").join(""),
          );
          return { ...columnsOf(testsSchema, rows), output };
        },
        testEvents: () => ({ ...events.columns(), output: computedColumn(events.length, printed) }),
        unparsed: () => unparsedColumns(input, unparsed),
      },
      summary: () => ({
        format: "go-test-json",
        events: events.length,
        packages,
        tests: tests.length,
        results: counted(tests.map(({ result }) => result)),
        unparsed_lines: unparsed.length,
      }),
    };
  },
};
