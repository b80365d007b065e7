import { isEscapeReport } from "../read/go-escape/is-escape-report.js";
import { escapesSchema } from "../table/go-escape.js";
import { unparsedSchema } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import { counted } from "./counted.js";
import type { Format, Tables } from "./format.js";

/** A compiler report on escapes and inlining (`go build -gcflags=-m`). */
export interface GoEscapeCapture extends Capture<"go-escape">, Tables<"escapes" | "unparsed"> {}

export const goEscape: Format<GoEscapeCapture> = {
  kind: "go-escape",
  name: "the compiler's report of -gcflags=-m",
  detect: isEscapeReport,
  tables: { escapes: escapesSchema, unparsed: unparsedSchema },
  clock: [],
  window: "none",
  async read(input, options) {
    const { readGoEscape } = await import("../read/go-escape/read-go-escape.js");
    const { rows, unparsed, lines } = await readGoEscape(input, options);
    return {
      tables: { escapes: () => rows, unparsed: () => unparsed },
      summary: () => ({
        format: "go-escape",
        lines,
        statements: rows.length,
        verdicts: counted(rows.map(({ verdict }) => verdict)),
        unparsed_lines: unparsed.length,
      }),
    };
  },
};
