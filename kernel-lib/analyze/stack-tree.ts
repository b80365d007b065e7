import type { ColumnTable } from "arquero";
import { type Analysis, neededTable } from "./analysis.js";
import { callTreeSchema, mergeStacks, type TreeStacks } from "./call-tree.js";
import { hasColumn, numbers, texts } from "./columns.js";
import type { TableOr } from "./table-source.js";

export const stackTreeAnalysis: Analysis = {
  name: "stackTree",
  accepts: ["go-trace"],
  needs: { frames: ["stack_id", "depth", "func"] },
  schema: callTreeSchema,
  asks: "a table with stack_id and weights",
  build: stackTree,
};

/**
 * The stacks of a trace merged from their roots, weighted by any table with `stack_id`: what an off-CPU flame graph
 * draws of {@link blockProfile}, or a flame graph of CPU samples. Columns as `callTree`: node_id, parent_id, depth,
 * func, self, total, start; self and total are in the unit of the weights.
 *
 * @param weighted a table with stack_id and the weights; rows without a stack (-1) count for the root alone
 * @param options.value the column of weights; by default total_ns, wait_ns, dur_ns or 1 per row
 * @throws RangeError when the capture has no frames, or the table no stack_id
 * @example
 * flameGraph(stackTree(trace, blockProfile(trace, "sync")), { unit: "ns" });
 */
export function stackTree(
  source: TableOr,
  weighted: ColumnTable,
  options: { value?: string } = {},
): ColumnTable {
  const frames = neededTable(stackTreeAnalysis, source);
  const stacks = traceStacks(frames);
  const id = numbers(weighted, "stack_id");
  const value = options.value ?? usual.find((name) => hasColumn(weighted, name));
  const values = value === undefined ? undefined : numbers(weighted, value);
  const empty = stacks.stackStart.length - 2;
  const weight = new Float64Array(empty + 1);
  for (let row = 0; row < id.length; row++) {
    const stack = id[row] >= 0 && id[row] < empty ? id[row] : empty;
    weight[stack] += values ? values[row] : 1;
  }
  return mergeStacks(stacks, weight);
}

const usual = ["total_ns", "wait_ns", "dur_ns"];

// A frame is its function here; the last stack, without frames, stands for rows that have none.
function traceStacks(frames: ColumnTable): TreeStacks {
  const id = numbers(frames, "stack_id");
  const depth = numbers(frames, "depth");
  const func = texts(frames, "func");
  let stacks = 0;
  for (let row = 0; row < id.length; row++) stacks = Math.max(stacks, id[row] + 1);
  const stackStart = new Uint32Array(stacks + 2);
  for (let row = 0; row < id.length; row++) stackStart[id[row] + 1]++;
  for (let stack = 0; stack <= stacks; stack++) stackStart[stack + 1] += stackStart[stack];
  const stackFrame = new Uint32Array(id.length);
  for (let row = 0; row < id.length; row++) stackFrame[stackStart[id[row]] + depth[row]] = func.codes[row];
  const frameName = Int32Array.from(func.values, (_, code) => code);
  return { names: func.values.map((name) => name ?? "unknown"), stackStart, stackFrame, frameName };
}
