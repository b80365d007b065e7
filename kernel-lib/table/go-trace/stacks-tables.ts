import type { ColumnTable } from "arquero";
import { type DictionaryColumn, dictionaryColumn } from "../../bytes/dictionary.js";
import { hexColumn } from "../../bytes/hex-column.js";
import { buildTable } from "../build-table.js";
import { framesSchema, stacksSchema } from "../go-trace.js";
import type { TraceData } from "./trace-columns.js";

/** The `stacks` table: row and id are the same number. */
export function stacksTable({ store }: TraceData): ColumnTable {
  const { stacks } = store;
  const count = stacks.size;
  const depth = Int32Array.from({ length: count }, (_, stack) => stacks.depth(stack));
  const none = store.strings.values.length;
  const funcAt = (offset: (stack: number) => number): DictionaryColumn =>
    dictionaryColumn(
      Int32Array.from({ length: count }, (_, stack) =>
        depth[stack] === 0 ? none : stacks.func.get(stacks.members.get(offset(stack))),
      ),
      [...store.strings.values, null],
    );
  return buildTable(stacksSchema, {
    stack_id: Int32Array.from({ length: count }, (_, stack) => stack),
    depth,
    leaf: funcAt((stack) => stacks.starts.get(stack)),
    root: funcAt((stack) => stacks.starts.get(stack + 1) - 1),
  });
}

/** The `frames` table: each stack's frames, innermost first. */
export function framesTable({ store }: TraceData): ColumnTable {
  const { stacks, strings } = store;
  const members = stacks.members.finish();
  const stackIds = new Int32Array(members.length);
  const depths = new Int32Array(members.length);
  for (let stack = 0; stack < stacks.size; stack++) {
    const start = stacks.starts.get(stack);
    const end = stacks.starts.get(stack + 1);
    for (let at = start; at < end; at++) {
      stackIds[at] = stack;
      depths[at] = at - start;
    }
  }
  const texts = (codes: { get(index: number): number }): DictionaryColumn =>
    dictionaryColumn(
      members.map((frame) => codes.get(frame)),
      strings.values,
    );
  return buildTable(framesSchema, {
    stack_id: stackIds,
    depth: depths,
    pc: hexColumn(stacks.pcLow.finish(), stacks.pcHigh.finish(), members.length, (row) => members[row]),
    func: texts(stacks.func),
    file: texts(stacks.file),
    line: Float64Array.from(members, (frame) => stacks.line.get(frame)),
  });
}
