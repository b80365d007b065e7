import { table } from "arquero";
import { expect, test } from "vitest";
import { diffProfiles } from "#lib/analyze/diff-profiles.js";
import { stackTree } from "#lib/analyze/stack-tree.js";
import { tableSource } from "#lib/analyze/table-source.js";

// Stack 0: main > a > leaf, stack 1: main > b; innermost first.
const frames = table({
  stack_id: [0, 0, 0, 1, 1],
  depth: [0, 1, 2, 0, 1],
  func: ["leaf", "a", "main", "b", "main"],
});

test("a trace's stacks merge from their roots, rows without a stack count for the root", () => {
  const weights = table({ stack_id: [0, 1, 0, -1], total_ns: [5, 3, 2, 1] });
  const tree = stackTree(tableSource({ frames }), weights);
  expect(tree.select("parent_id", "depth", "func", "self", "total", "start").objects()).toEqual([
    { parent_id: -1, depth: 0, func: "root", self: 1, total: 11, start: 0 },
    { parent_id: 0, depth: 1, func: "main", self: 0, total: 10, start: 0 },
    { parent_id: 1, depth: 2, func: "a", self: 0, total: 7, start: 0 },
    { parent_id: 2, depth: 3, func: "leaf", self: 7, total: 7, start: 0 },
    { parent_id: 1, depth: 2, func: "b", self: 3, total: 3, start: 7 },
  ]);
});

test("two trees laid over each other keep what each weighs, as shares or amounts", () => {
  const source = tableSource({ frames });
  const before = stackTree(source, table({ stack_id: [0, 1], total_ns: [6, 2] }));
  const after = stackTree(source, table({ stack_id: [1], total_ns: [16] }));
  const amounts = diffProfiles(before, after, { normalize: false });
  expect(amounts.select("func", "before", "after", "delta", "total").objects()).toEqual([
    { func: "root", before: 8, after: 16, delta: 8, total: 12 },
    { func: "main", before: 8, after: 16, delta: 8, total: 12 },
    { func: "b", before: 2, after: 16, delta: 14, total: 9 },
    { func: "a", before: 6, after: 0, delta: -6, total: 3 },
    { func: "leaf", before: 6, after: 0, delta: -6, total: 3 },
  ]);
  const shares = diffProfiles(before, after).objects() as { func: string; delta: number }[];
  expect(shares.find(({ func }) => func === "b")?.delta).toBe(1 - 0.25);
  // A profile compared with itself differs nowhere.
  expect(diffProfiles(before, before).array("delta")).toEqual([0, 0, 0, 0, 0]);
});
