import type { ColumnTable } from "arquero";
import { tableFromRows } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTable } from "./analysis.js";
import { numbers, type Texts, textAt, texts } from "./columns.js";
import { profileKinds } from "./stack-weights.js";
import type { TableOr } from "./table-source.js";

/** Options of {@link diffProfiles}. */
export interface DiffProfilesOptions {
  /** Compare shares of each profile's total (default true), so that profiles of unequal length compare. */
  normalize?: boolean;
}

export const diffProfilesAnalysis: Analysis = {
  name: "diffProfiles",
  accepts: profileKinds,
  needs: { call_tree: ["parent_id", "func", "self", "total"] },
  schema: {
    name: "diff_profiles",
    doc: "Two call trees laid over each other: a row for each path that either has, depth first.",
    columns: [
      column("node_id", "float64", "row number, from 0; 0 is the root of all"),
      column("parent_id", "float64", "the caller's node", { missing: "-1: the root" }),
      column("depth", "float64", "0 for the root of all"),
      column("func", "string", "function; `root` for the root of all"),
      column("before", "float64", "what comes through here in the first", {
        unit: "ratio, or the sample type's",
      }),
      column("after", "float64", "and in the second", { unit: "ratio, or the sample type's" }),
      column("delta", "float64", "after less before", { unit: "ratio, or the sample type's" }),
      column("self_before", "float64", "what ends here in the first", {
        unit: "ratio, or the sample type's",
      }),
      column("self_after", "float64", "and in the second", { unit: "ratio, or the sample type's" }),
      column("total", "float64", "mean of before and after: the width of its box", {
        unit: "ratio, or the sample type's",
      }),
      column("start", "float64", "where its box begins", { unit: "ratio, or the sample type's" }),
    ],
  },
  asks: "the tree after",
  build: diffProfiles,
};

/**
 * Two call trees laid over each other: one row per path that either has, with what it weighs in both.
 * Columns: node_id, parent_id, depth, func, before, after, delta (after - before), self_before, self_after, total
 * (mean of before and after: the width of its box) and start, as in a call tree. With `normalize`, the default, all
 * are shares of the profile's own total.
 *
 * Shares say how the time is divided, not whether the program became faster: give `{ normalize: false }` to compare
 * amounts over the same work.
 *
 * @param before a call tree, of {@link callTree} or {@link stackTree}, or a profile
 * @param after another one, of the same sample type
 * @example
 * differentialFlameGraph(diffProfiles(callTree(base), callTree(head)));
 */
export function diffProfiles(
  before: TableOr,
  after: TableOr,
  options: DiffProfilesOptions = {},
): ColumnTable {
  const { normalize = true } = options;
  const merged = new MergedTree();
  merged.take(neededTable(diffProfilesAnalysis, before), "before", normalize);
  merged.take(neededTable(diffProfilesAnalysis, after), "after", normalize);
  return merged.table();
}

type Side = "before" | "after";

interface Node {
  parent: number;
  func: string;
  before: number;
  after: number;
  self_before: number;
  self_after: number;
  children: number[];
}

class MergedTree {
  private readonly nodes: Node[] = [];
  private readonly byPath = new Map<string, number>();

  take(tree: ColumnTable, side: Side, normalize: boolean): void {
    const parent = numbers(tree, "parent_id");
    const func = texts(tree, "func");
    const self = numbers(tree, "self");
    const total = numbers(tree, "total");
    const scale = normalize && total.length > 0 && total[0] !== 0 ? 1 / total[0] : 1;
    const merged = new Int32Array(parent.length);
    for (let row = 0; row < parent.length; row++) {
      const node = this.node(row === 0 ? -1 : merged[parent[row]], nameAt(func, row));
      merged[row] = node;
      this.nodes[node][side] += total[row] * scale;
      this.nodes[node][`self_${side}`] += self[row] * scale;
    }
  }

  private node(parent: number, func: string): number {
    const path = `${parent} ${func}`;
    let node = this.byPath.get(path);
    if (node === undefined) {
      node = this.nodes.length;
      this.nodes.push({ parent, func, before: 0, after: 0, self_before: 0, self_after: 0, children: [] });
      this.byPath.set(path, node);
      if (parent >= 0) this.nodes[parent].children.push(node);
    }
    return node;
  }

  /** Depth first, the heavier child first, as call trees are. */
  table(): ColumnTable {
    const rows: Record<string, unknown>[] = [];
    const open = this.nodes.length > 0 ? [{ node: 0, parent_id: -1, depth: 0, start: 0 }] : [];
    for (let next = open.pop(); next; next = open.pop()) {
      const { children, parent: _, ...node } = this.nodes[next.node];
      const node_id = rows.length;
      const total = (node.before + node.after) / 2;
      rows.push({
        node_id,
        parent_id: next.parent_id,
        depth: next.depth,
        ...node,
        delta: node.after - node.before,
        total,
        start: next.start,
      });
      const weight = (child: number): number => (this.nodes[child].before + this.nodes[child].after) / 2;
      let start = next.start;
      const placed = [...children]
        .sort((a, b) => weight(b) - weight(a) || (this.nodes[a].func < this.nodes[b].func ? -1 : 1))
        .map((child) => {
          const at = { node: child, parent_id: node_id, depth: next.depth + 1, start };
          start += weight(child);
          return at;
        });
      for (const child of placed.reverse()) open.push(child);
    }
    return tableFromRows(diffProfilesAnalysis.schema, rows);
  }
}

function nameAt(func: Texts, row: number): string {
  return textAt(func, row) ?? "unknown";
}
