import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import type { Analysis } from "./analysis.js";
import { codesWhere, numbers, textAt, texts } from "./columns.js";
import { needTables, type TableSource } from "./table-source.js";

/** What a goroutine waited for: the profiles of `go tool trace -pprof=`. */
export type BlockKind = "net" | "sync" | "syscall" | "sched";

interface Definition {
  state: string;
  reason: (reason: string) => boolean;
  doc: string;
}

const any = (): boolean => true;

const definitions: Readonly<Record<BlockKind, Definition>> = {
  net: {
    state: "Waiting",
    reason: (reason) => reason === "network",
    doc: "Time goroutines were blocked on the network, by the stack that blocked.",
  },
  sync: {
    state: "Waiting",
    reason: (reason) => /chan|sync|select/.test(reason),
    doc: "Time goroutines were blocked on channels, select and synchronisation, by the stack that blocked.",
  },
  syscall: {
    state: "Syscall",
    reason: any,
    doc: "Time goroutines spent in system calls, by the calling stack.",
  },
  sched: {
    state: "Runnable",
    reason: any,
    doc: "Time goroutines were runnable and did not run, by the stack of the event that made them runnable.",
  },
};

/**
 * Where goroutines blocked: for each stack how often and how long, longest first.
 * Columns: stack_id (-1 without a stack), leaf (its innermost function), count, total_ns.
 *
 * Equal to `go tool trace -pprof=net|sync|syscall|sched`: a stay counts when its end was seen, from the first
 * event that shows the state, also where that is only the state at the start of the trace; it counts for the stack
 * of that event, which for `sched` is that of whoever made the goroutine runnable. Equal stacks are one row.
 *
 * @throws RangeError when the capture has no events or stacks
 * @example
 * blockProfile(trace, "sync");
 */
export function blockProfile(source: TableSource, kind: BlockKind): ColumnTable {
  const [events, stacks] = needTables(source, "blockProfile", ["events", "stacks"]);
  const totals = totalsByStack(events, definitions[kind]);
  const rows = [...totals].sort((a, b) => b[1].ns - a[1].ns || b[1].count - a[1].count || a[0] - b[0]);
  const leaf = leaves(stacks);
  return buildTable(schemaFor(kind), {
    stack_id: Int32Array.from(rows, ([stack]) => stack),
    leaf: rows.map(([stack]) => leaf.get(stack) ?? null),
    count: Float64Array.from(rows, ([, { count }]) => count),
    total_ns: Float64Array.from(rows, ([, { ns }]) => ns),
  });
}

function totalsByStack(
  events: ColumnTable,
  { state, reason: tracked }: Definition,
): Map<number, { count: number; ns: number }> {
  const kind = texts(events, "kind");
  const resource = texts(events, "resource");
  const to = texts(events, "to");
  const reason = texts(events, "reason");
  const time = numbers(events, "time_ns");
  const g = numbers(events, "resource_id");
  const stack = numbers(events, "stack_id");
  const transition = kind.values.indexOf("StateTransition");
  const goroutine = resource.values.indexOf("Goroutine");
  const wanted = to.values.indexOf(state);
  const counts = codesWhere(reason, tracked);
  const withoutReason = tracked("");
  const startOf = new Map<number, number>();
  const totals = new Map<number, { count: number; ns: number }>();
  for (let row = 0; row < time.length; row++) {
    if (kind.codes[row] !== transition || resource.codes[row] !== goroutine) continue;
    const start = startOf.get(g[row]);
    if (start === undefined) {
      const code = reason.codes[row];
      const given = reason.values[code] != null;
      if (to.codes[row] === wanted && (given ? counts[code] : withoutReason)) startOf.set(g[row], row);
    } else if (to.codes[row] !== wanted) {
      startOf.delete(g[row]);
      const ns = time[row] - time[start];
      if (ns <= 0) continue;
      const total = totals.get(stack[start]);
      if (total) {
        total.count++;
        total.ns += ns;
      } else totals.set(stack[start], { count: 1, ns });
    }
  }
  return totals;
}

function leaves(stacks: ColumnTable): Map<number, string | null> {
  const id = numbers(stacks, "stack_id");
  const leaf = texts(stacks, "leaf");
  return new Map(Array.from(id, (stack, row) => [stack, textAt(leaf, row)]));
}

function schemaFor(kind: BlockKind): TableSchema {
  return {
    name: `${kind}_profile`,
    doc: `${definitions[kind].doc} As go tool trace -pprof=${kind}.`,
    columns: [
      column("stack_id", "int32", "the stack", { missing: "-1: the event has none" }),
      column("leaf", "string", "its innermost function", { missing: "no stack" }),
      column("count", "float64", "how many stays", { unit: "count" }),
      column("total_ns", "float64", "how long in total", { unit: "ns" }),
    ],
  };
}

export const blockProfileAnalyses: readonly Analysis[] = (["net", "sync", "syscall", "sched"] as const).map(
  (kind) => ({
    kind: "go-trace",
    schema: schemaFor(kind),
    needs: ["events", "stacks"],
    build: (source) => blockProfile(source, kind),
  }),
);
