import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../bytes/dictionary.js";
import type { HasProfile } from "../read/profile/profile-columns.js";
import { buildTable } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import type { Analysis } from "./analysis.js";
import { type ProfileSelection, profileKinds, stackWeights } from "./stack-weights.js";

export const callEdgesSchema: TableSchema = {
  name: "call_edges",
  doc: "Who calls whom, and what the samples through that call weigh; a function's calls of itself are left out.",
  columns: [
    column("caller", "string", "the calling function"),
    column("callee", "string", "the called function"),
    column("weight", "float64", "sum over samples with this call in their stack, each counted once", {
      unit: "the sample type's",
    }),
  ],
};

export const callEdgesAnalysis: Analysis = {
  name: "callEdges",
  accepts: profileKinds,
  needs: { samples: [] },
  schema: callEdgesSchema,
  build: callEdges,
};

export const callersAnalysis: Analysis = {
  ...callEdgesAnalysis,
  name: "callers",
  asks: "a function",
  build: callers,
};

export const calleesAnalysis: Analysis = {
  ...callEdgesAnalysis,
  name: "callees",
  asks: "a function",
  build: callees,
};

/**
 * The calls in a profile: caller, callee, weight; the heaviest first. The definition is that of `go tool pprof -peek`.
 *
 * @throws RangeError when the profile does not have the sample type.
 * @example
 * callEdges(cpu).filter((edge) => edge.callee === "runtime.mallocgc"); // its callers
 */
export function callEdges(source: HasProfile, selection: ProfileSelection = {}): ColumnTable {
  const { profile, weight } = stackWeights(source, selection);
  const { stackStart, stackFrame, frameName, names } = profile;
  const edges = new Map<number, { weight: number; stack: number }>();
  for (let stack = 0; stack < weight.length; stack++) {
    if (weight[stack] === 0) continue;
    for (let at = stackStart[stack]; at + 1 < stackStart[stack + 1]; at++) {
      const callee = frameName[stackFrame[at]];
      const caller = frameName[stackFrame[at + 1]];
      if (callee === caller) continue;
      const key = caller * names.length + callee;
      const edge = edges.get(key);
      if (!edge) edges.set(key, { weight: weight[stack], stack });
      else if (edge.stack !== stack) {
        edge.weight += weight[stack];
        edge.stack = stack;
      }
    }
  }
  const rows = [...edges].filter(([, edge]) => edge.weight !== 0);
  rows.sort(([, a], [, b]) => Math.abs(b.weight) - Math.abs(a.weight));
  return buildTable(callEdgesSchema, {
    caller: dictionaryColumn(
      Int32Array.from(rows, ([key]) => Math.floor(key / names.length)),
      names,
    ),
    callee: dictionaryColumn(
      Int32Array.from(rows, ([key]) => key % names.length),
      names,
    ),
    weight: Float64Array.from(rows, ([, edge]) => edge.weight),
  });
}

/**
 * The callers of a function by weight: caller, callee, weight.
 * @example
 * callers(cpu, "runtime.mallocgc");
 */
export function callers(source: HasProfile, func: string, selection: ProfileSelection = {}): ColumnTable {
  return callEdges(source, selection)
    .params({ func })
    .filter((edge: EdgeRow, $: Asked) => edge.callee === $.func);
}

/**
 * What a function calls, by weight: caller, callee, weight.
 * @example
 * callees(cpu, "main.handle");
 */
export function callees(source: HasProfile, func: string, selection: ProfileSelection = {}): ColumnTable {
  return callEdges(source, selection)
    .params({ func })
    .filter((edge: EdgeRow, $: Asked) => edge.caller === $.func);
}

interface EdgeRow {
  caller: string;
  callee: string;
}

interface Asked {
  func: string;
}
