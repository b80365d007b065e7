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
import { costCallsSchema, functionCostsSchema } from "../table/cost-file.js";
import { costCallsTable, functionCostsTable } from "../table/cost-file-tables.js";
import { samplesSchema } from "../table/profile.js";
import { samplesTable } from "../table/profile-tables.js";
import { unparsedColumns } from "../table/unparsed.js";
import type { CachegrindCapture, CallgrindCapture } from "./cost-capture.js";
import type { Contents, MakeTable, OwnTable } from "./format.js";
import type { ProfileCapture, ProfileTable } from "./profile-capture.js";
import { profileTables, topOf } from "./profile-contents.js";

/** A read out file of cachegrind or callgrind, with where it was read from. */
export interface ReadCosts {
  readonly input: OpenInput;
  readonly file: CostFile;
  readonly diagnostics: Diagnostics;
}

export async function readCosts(input: OpenInput, options: ReadOptions): Promise<ReadCosts> {
  const diagnostics = new Diagnostics();
  return { input, file: await readCostFile(input, diagnostics, options), diagnostics };
}

/** What a cachegrind file holds. */
export function costContents(read: ReadCosts): Contents<CachegrindCapture> {
  const { file, diagnostics } = read;
  return {
    version: file.header.version,
    findings: diagnostics.all(),
    tables: {
      ...costTables(read),
      functionCosts: {
        schema: functionCostsSchema(file.events, false),
        make: () => functionCostsTable(file, undefined),
      },
    },
    members: { profile: file.profile, header: file.header },
    summary: (capture) => costSummary(capture, file, {}),
  };
}

/** What a callgrind file holds: the same, and who called whom. */
export function callContents(read: ReadCosts): Contents<CallgrindCapture> {
  const { file, diagnostics } = read;
  const { events, calls, header, profile } = file;
  return {
    version: header.version,
    findings: diagnostics.all(),
    tables: {
      ...costTables(read),
      functionCosts: {
        schema: functionCostsSchema(events, true),
        make: () => functionCostsTable(file, inclusiveCosts(file)),
      },
      calls: { schema: costCallsSchema(events), make: () => costCallsTable(file) },
      topFunctions: {
        schema: topFunctionsSchema,
        make: (capture) => withInclusive(topFunctions(capture), file),
      },
    },
    members: { profile, header },
    summary: (capture) =>
      costSummary(capture, file, { calls: calls.count.reduce((all, count) => all + count, 0) }),
  };
}

type Make = MakeTable<ProfileCapture> | OwnTable<ProfileCapture>;

function costTables({
  input,
  file,
}: ReadCosts): Readonly<Record<ProfileTable | "samples" | "unparsed", Make>> {
  const { profile, unparsed } = file;
  return {
    ...profileTables(file),
    samples: { schema: samplesSchema(profile), make: () => samplesTable(profile) },
    unparsed: () => unparsedColumns(input, unparsed),
  };
}

function costSummary(
  capture: ProfileCapture,
  { events, self, functions, unparsed }: CostFile,
  more: { readonly calls?: number },
): Record<string, unknown> {
  return {
    format: capture.kind,
    events,
    totals: Object.fromEntries(events.map((event, i) => [event, sumInt64(self[i])])),
    functions: functions.length,
    ...more,
    top: topOf(capture),
    unparsed_lines: unparsed.length,
  };
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
