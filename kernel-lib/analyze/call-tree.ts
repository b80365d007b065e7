import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../bytes/dictionary.js";
import { Growable } from "../bytes/growable.js";
import type { HasProfile } from "../read/profile/profile-columns.js";
import { buildTable } from "../table/build-table.js";
import { rowNumbers } from "../table/profile-tables.js";
import { column, type TableSchema } from "../table/schema.js";
import type { Analysis } from "./analysis.js";
import { type ProfileSelection, profileKinds, stackWeights } from "./stack-weights.js";

export const callTreeSchema: TableSchema = {
  name: "call_tree",
  doc: "The stacks of a profile merged from their roots: what a flame graph draws. Depth first, the heaviest child first.",
  columns: [
    column("node_id", "int32", "row number, from 0; 0 is the root of all"),
    column("parent_id", "int32", "the caller's node", { missing: "-1: the root" }),
    column("depth", "int32", "0 for the root of all"),
    column("func", "string", "function; `root` for the root of all"),
    column("self", "float64", "sum over samples that end here", { unit: "the sample type's" }),
    column("total", "float64", "sum over samples that come through here", { unit: "the sample type's" }),
    column("start", "float64", "where its box begins, in a flame graph whose children lie side by side", {
      unit: "the sample type's",
    }),
  ],
};

export const callTreeAnalysis: Analysis = {
  name: "callTree",
  accepts: profileKinds,
  needs: { samples: [] },
  schema: callTreeSchema,
  build: callTree,
};

/**
 * Merges a profile's stacks from their roots: node_id, parent_id, depth, func, self, total, start.
 * Inlined calls are nodes of their own. A parent stands before its children.
 *
 * @throws RangeError when the profile does not have the sample type.
 * @example
 * callTree(cpu).filter((node) => node.depth <= 20);
 */
export function callTree(source: HasProfile, selection: ProfileSelection = {}): ColumnTable {
  const { profile, weight } = stackWeights(source, selection);
  return mergeStacks(profile, weight);
}

/** The stacks that a tree is merged from: each a run of frames, the innermost first. */
export type TreeStacks = Pick<HasProfile["profile"], "names" | "stackStart" | "stackFrame" | "frameName">;

/** {@link callTree} of any stacks, each with its weight. */
export function mergeStacks(stacks: TreeStacks, weight: Float64Array): ColumnTable {
  const tree = growTree(stacks, weight);
  const order = depthFirst(tree, stacks.names);
  const rowOf = new Int32Array(order.length);
  order.forEach((node, row) => {
    rowOf[node] = row;
  });
  const depth = new Int32Array(order.length);
  const start = new Float64Array(order.length);
  const next = new Float64Array(order.length);
  for (let row = 1; row < order.length; row++) {
    const node = order[row];
    const parent = rowOf[tree.parent[node]];
    depth[row] = depth[parent] + 1;
    start[row] = start[parent] + next[parent];
    next[parent] += Math.abs(tree.total[node]);
  }
  return buildTable(callTreeSchema, {
    node_id: rowNumbers(order.length),
    parent_id: order.map((node) => (node === 0 ? -1 : rowOf[tree.parent[node]])),
    depth,
    func: dictionaryColumn(
      order.map((node) => tree.name[node]),
      [...stacks.names, "root"],
    ),
    self: Float64Array.from(order, (node) => tree.self[node]),
    total: Float64Array.from(order, (node) => tree.total[node]),
    start,
  });
}

interface Tree {
  parent: Int32Array;
  /** Code of the function's name; one past the last for the root of all. */
  name: Int32Array;
  self: Float64Array;
  total: Float64Array;
}

function growTree({ stackStart, stackFrame, frameName, names }: TreeStacks, weight: Float64Array): Tree {
  const parent = new Growable(Int32Array);
  const name = new Growable(Int32Array);
  const self = new Growable(Float64Array);
  const total = new Growable(Float64Array);
  const children = new Map<number, number>();
  const add = (under: number, code: number): number => {
    parent.push(under);
    name.push(code);
    self.push(0);
    return total.push(0);
  };
  add(-1, names.length);
  for (let stack = 0; stack < weight.length; stack++) {
    const value = weight[stack];
    if (value === 0) continue;
    let node = 0;
    total.set(0, total.get(0) + value);
    for (let at = stackStart[stack + 1] - 1; at >= stackStart[stack]; at--) {
      const code = frameName[stackFrame[at]];
      const key = node * names.length + code;
      let child = children.get(key);
      if (child === undefined) {
        child = add(node, code);
        children.set(key, child);
      }
      node = child;
      total.set(node, total.get(node) + value);
    }
    self.set(node, self.get(node) + value);
  }
  return { parent: parent.finish(), name: name.finish(), self: self.finish(), total: total.finish() };
}

/** The nodes in the order of the table: each before its children, the heavier child first. */
function depthFirst({ parent, name, total }: Tree, names: readonly string[]): Int32Array {
  const children: number[][] = Array.from(parent, () => []);
  for (let node = 1; node < parent.length; node++) children[parent[node]].push(node);
  const order = new Int32Array(parent.length);
  const open = [0];
  let row = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    order[row++] = node;
    // The stack gives back the last first, so the lightest goes on it first.
    const byWeight = children[node].sort(
      (a, b) => Math.abs(total[a]) - Math.abs(total[b]) || (names[name[a]] < names[name[b]] ? 1 : -1),
    );
    for (const child of byWeight) open.push(child);
  }
  return order;
}
