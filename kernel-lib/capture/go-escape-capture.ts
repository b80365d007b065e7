import type { ColumnTable } from "arquero";
import { type EscapeReport, readGoEscape } from "../read/go-escape/read-go-escape.js";
import type { OpenInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import { tableFromRows } from "../table/build-table.js";
import { escapesSchema } from "../table/go-escape.js";
import { unparsedSchema } from "../table/unparsed.js";
import { Capture, type CaptureSource, sourceOf } from "./capture.js";

/** A compiler report on escapes and inlining (`go build -gcflags=-m`). */
export class GoEscapeCapture extends Capture {
  readonly kind = "go-escape";
  private readonly report: EscapeReport;

  constructor(source: CaptureSource, report: EscapeReport) {
    super(source, "", []);
    this.report = report;
    this.define(escapesSchema, () => tableFromRows(escapesSchema, report.rows));
    this.define(unparsedSchema, () => tableFromRows(unparsedSchema, report.unparsed));
  }

  get escapes(): ColumnTable {
    return this.table("escapes");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const verdicts: Record<string, number> = {};
    for (const { verdict } of this.report.rows) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    return {
      format: "go-escape",
      lines: this.report.lines,
      statements: this.report.rows.length,
      verdicts,
      unparsed_lines: this.report.unparsed.length,
    };
  }
}

/** Loads a compiler report; see {@link GoEscapeCapture}. */
export async function loadGoEscape(input: OpenInput, options: ReadOptions = {}): Promise<GoEscapeCapture> {
  return new GoEscapeCapture(sourceOf(input), await readGoEscape(input, options));
}
