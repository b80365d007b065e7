import type { ColumnTable } from "arquero";
import { inclusiveCosts } from "../analyze/inclusive-costs.js";
import { topFunctions, topFunctionsSchema } from "../analyze/top-functions.js";
import { dictionaryColumn } from "../bytes/dictionary.js";
import { type CostFile, readCostFile } from "../read/cachegrind/read-cost-file.js";
import { Diagnostics } from "../read/diagnostics.js";
import type { OpenInput } from "../read/open-input.js";
import { sumInt64 } from "../read/profile/int64-values.js";
import type { ReadOptions } from "../read/read-options.js";
import { buildTable } from "../table/build-table.js";
import {
  costCallsSchema,
  costCallsTable,
  functionCostsSchema,
  functionCostsTable,
} from "../table/cost-file.js";
import { samplesSchema, samplesTable } from "../table/profile.js";
import { placedUnparsedSchema, unparsedTable } from "../table/unparsed.js";
import { sourceOf } from "./capture.js";
import { ProfileCapture } from "./profile-capture.js";

/**
 * An out file of cachegrind or callgrind. Each sample is a source line's own cost, in a stack of one frame; callgrind's
 * calls are the table `calls`. Events are sample types: `topFunctions(capture, { sampleType: "Ir" })`.
 */
export class CostCapture extends ProfileCapture {
  readonly kind: "cachegrind" | "callgrind";
  /** `cmd`, `creator`, `desc`, ... as the file has them. */
  readonly header: Readonly<Record<string, string>>;
  private readonly file: CostFile;

  constructor(kind: "cachegrind" | "callgrind", input: OpenInput, file: CostFile, diagnostics: Diagnostics) {
    super(sourceOf(input), file.header.version ?? "", diagnostics.all(), file.profile);
    this.kind = kind;
    this.file = file;
    this.header = file.header;
    const { events, profile } = file;
    const hasCalls = kind === "callgrind";
    this.define(samplesSchema(profile), () => samplesTable(profile));
    this.define(functionCostsSchema(events, hasCalls), () =>
      functionCostsTable(file, hasCalls ? inclusiveCosts(file) : undefined),
    );
    this.define(placedUnparsedSchema, () => unparsedTable(input, file.unparsed));
    if (!hasCalls) return;
    this.define(costCallsSchema(events), () => costCallsTable(file));
    this.define(topFunctionsSchema, () => withInclusive(topFunctions(this), file));
  }

  get functionCosts(): ColumnTable {
    return this.table("function_costs");
  }

  /** The calls of a callgrind file; a cachegrind file has no such table. */
  get calls(): ColumnTable {
    return this.table("calls");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const { events, self, functions, calls, unparsed } = this.file;
    const hasCalls = this.kind === "callgrind";
    return {
      format: this.kind,
      events,
      totals: Object.fromEntries(events.map((event, i) => [event, sumInt64(self[i])])),
      functions: functions.length,
      ...(hasCalls ? { calls: calls.count.reduce((all, count) => all + count, 0) } : {}),
      top: this.top(),
      unparsed_lines: unparsed.length,
      diagnostics: this.findings,
    };
  }
}

/** The top functions with cum from the file's calls: its samples have no stacks to tell it. */
function withInclusive(top: ColumnTable, file: CostFile): ColumnTable {
  const [inclusive] = inclusiveCosts(file);
  const isCalled = new Set(file.calls.callee);
  const called = new Map<string, number>();
  const uncalled = new Map<string, number>();
  file.functions.forEach(({ name }, fn) => {
    const sums = isCalled.has(fn) ? called : uncalled;
    sums.set(name, (sums.get(name) ?? 0) + inclusive[fn]);
  });
  const func = top.array("func") as string[];
  // What a function inlined from another file is a part of its caller's inclusive cost already.
  const cum = Float64Array.from(func, (name) => called.get(name) ?? uncalled.get(name) ?? 0);
  const flat = Float64Array.from(top.array("flat"));
  const total = flat.reduce((all, one) => all + one, 0) || 1;
  return buildTable(topFunctionsSchema, {
    func: dictionaryColumn(Int32Array.from(func.keys()), func),
    flat,
    flat_share: flat.map((value) => value / total),
    cum,
    cum_share: cum.map((value) => value / total),
  });
}

/** Loads an out file of cachegrind or callgrind; see {@link CostCapture}. */
export async function loadCostFile(
  kind: "cachegrind" | "callgrind",
  input: OpenInput,
  options: ReadOptions = {},
): Promise<CostCapture> {
  const diagnostics = new Diagnostics();
  const file = await readCostFile(input, diagnostics, options);
  return new CostCapture(kind, input, file, diagnostics);
}
