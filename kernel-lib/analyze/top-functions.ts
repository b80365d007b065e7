import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../bytes/dictionary.js";
import type { HasProfile } from "../read/profile/profile-columns.js";
import { buildTable } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import type { Analysis } from "./analysis.js";
import { type ProfileSelection, profileKinds, stackWeights } from "./stack-weights.js";

export const topFunctionsSchema: TableSchema = {
  name: "top_functions",
  doc: "What each function cost by itself (flat) and with all it called (cum); the sample type's unit.",
  columns: [
    column("func", "string", "function, else the binary in brackets, else <unknown>"),
    column("flat", "float64", "sum over samples whose leaf it is", { unit: "the sample type's" }),
    column("flat_share", "float64", "flat by the total", { unit: "ratio" }),
    column("cum", "float64", "sum over samples whose stack it is in, each counted once", {
      unit: "the sample type's",
    }),
    column("cum_share", "float64", "cum by the total", { unit: "ratio" }),
  ],
};

export const topFunctionsAnalysis: Analysis = {
  name: "topFunctions",
  accepts: profileKinds,
  needs: { samples: [] },
  schema: topFunctionsSchema,
  build: topFunctions,
};

/**
 * The functions of a profile by their flat value: func, flat, flat_share, cum, cum_share.
 * Functions of one name are one row, as in `go tool pprof -top`, whose definitions and order these are.
 *
 * @throws RangeError when the profile does not have the sample type.
 * @example
 * topFunctions(heap, { sampleType: "alloc_space" }).slice(0, 10);
 */
export function topFunctions(source: HasProfile, selection: ProfileSelection = {}): ColumnTable {
  const { profile, weight, total } = stackWeights(source, selection);
  const { stackStart, stackFrame, frameName, names } = profile;
  const flat = new Float64Array(names.length);
  const cum = new Float64Array(names.length);
  const seen = new Int32Array(names.length).fill(-1);
  for (let stack = 0; stack < weight.length; stack++) {
    const value = weight[stack];
    if (value === 0) continue;
    for (let at = stackStart[stack]; at < stackStart[stack + 1]; at++) {
      const name = frameName[stackFrame[at]];
      if (at === stackStart[stack]) flat[name] += value;
      if (seen[name] === stack) continue;
      seen[name] = stack;
      cum[name] += value;
    }
  }
  const rows = Int32Array.from(names.keys()).filter((name) => flat[name] !== 0 || cum[name] !== 0);
  rows.sort(
    (a, b) =>
      Math.abs(flat[b]) - Math.abs(flat[a]) ||
      compareText(names[a], names[b]) ||
      Math.abs(cum[b]) - Math.abs(cum[a]),
  );
  const pick = (values: Float64Array, by: number): Float64Array =>
    Float64Array.from(rows, (row) => values[row] / by);
  return buildTable(topFunctionsSchema, {
    func: dictionaryColumn(rows, names),
    flat: pick(flat, 1),
    flat_share: pick(flat, total || 1),
    cum: pick(cum, 1),
    cum_share: pick(cum, total || 1),
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
