import type { ColumnTable } from "arquero";
import { Diagnostics } from "../read/diagnostics.js";
import type { OpenInput } from "../read/open-input.js";
import { type PerfScript, readPerfScript } from "../read/perf-script/read-perf-script.js";
import type { ReadOptions } from "../read/read-options.js";
import { placedUnparsedSchema, unparsedTable } from "../table/unparsed.js";
import { sourceOf } from "./capture.js";
import { PerfCapture } from "./perf-capture.js";

/** The text of `perf script`. Tables: samples, stacks, frames, functions, top_functions, call_tree, unparsed. */
export class PerfScriptCapture extends PerfCapture {
  readonly kind = "perf-script";
  /** Times are printed in microseconds, unless `perf script --ns` was asked for. */
  readonly resolution_ns = 1000;
  private readonly script: PerfScript;

  constructor(input: OpenInput, script: PerfScript, diagnostics: Diagnostics) {
    const version = script.header.find(([key]) => key === "perf version")?.[1] ?? "";
    super(sourceOf(input), version, diagnostics.all(), script);
    this.script = script;
    this.define(placedUnparsedSchema, () => unparsedTable(input, script.unparsed));
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    return {
      ...this.perfSummary(this.script.frames),
      records: this.script.records,
      lost: this.script.lost,
      unparsed_lines: this.script.unparsed.length,
      diagnostics: this.findings,
    };
  }
}

/** Loads `perf script` text; see {@link PerfScriptCapture}. */
export async function loadPerfScript(
  input: OpenInput,
  options: ReadOptions = {},
): Promise<PerfScriptCapture> {
  const diagnostics = new Diagnostics();
  const script = await readPerfScript(input, diagnostics, options);
  return new PerfScriptCapture(input, script, diagnostics);
}
