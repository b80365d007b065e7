import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import type { Analysis } from "./analysis.js";
import { codesWhere, type Numbers, numbers, type Texts, textAt, texts } from "./columns.js";
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

/** Options of {@link blockProfile}. */
export interface BlockProfileOptions {
  /**
   * Also count time before a goroutine first ran in the capture, which `go tool trace` leaves out: the wait of a
   * new goroutine for its first turn, above all.
   */
  beforeFirstRun?: boolean;
}

/**
 * Where goroutines blocked: for each stack how often and how long, longest first.
 * Columns: stack_id (-1 without a stack), leaf (its innermost function), count, total_ns.
 *
 * Equal to `go tool trace -pprof=net|sync|syscall|sched`: a stay counts when its end was seen, for the stack of the
 * event that began it (for `sched` that of whoever made the goroutine runnable), and from the moment the goroutine
 * first ran in the capture until it ended. Equal stacks are one row.
 *
 * @throws RangeError when the capture has no events or stacks
 * @example
 * blockProfile(trace, "sync");
 */
export function blockProfile(
  source: TableSource,
  kind: BlockKind,
  options: BlockProfileOptions = {},
): ColumnTable {
  const [events, stacks] = needTables(source, "blockProfile", ["events", "stacks"]);
  const leaf = leaves(stacks);
  const all = totalsByStack(transitionsOf(events), definitions[kind], options.beforeFirstRun ?? false);
  const totals = withoutEmpty(all, leaf);
  const rows = [...totals].sort((a, b) => b[1].ns - a[1].ns || b[1].count - a[1].count || a[0] - b[0]);
  return buildTable(schemaFor(kind), {
    stack_id: Int32Array.from(rows, ([stack]) => stack),
    leaf: rows.map(([stack]) => leaf.get(stack) ?? null),
    count: Float64Array.from(rows, ([, { count }]) => count),
    total_ns: Float64Array.from(rows, ([, { ns }]) => ns),
  });
}

/** The transitions of goroutines: which event rows, and their columns. */
interface Transitions {
  rows: Uint32Array;
  to: Texts;
  reason: Texts;
  time: Numbers;
  g: Numbers;
  stack: Numbers;
}

function transitionsOf(events: ColumnTable): Transitions {
  const kind = texts(events, "kind");
  const resource = texts(events, "resource");
  const transition = kind.values.indexOf("StateTransition");
  const goroutine = resource.values.indexOf("Goroutine");
  const rows: number[] = [];
  for (let row = 0; row < kind.length; row++) {
    if (kind.codes[row] === transition && resource.codes[row] === goroutine) rows.push(row);
  }
  return {
    rows: Uint32Array.from(rows),
    to: texts(events, "to"),
    reason: texts(events, "reason"),
    time: numbers(events, "time_ns"),
    g: numbers(events, "resource_id"),
    stack: numbers(events, "stack_id"),
  };
}

type Totals = Map<number, { count: number; ns: number }>;

// A stack of one nameless frame is no stack: to go tool trace it equals the empty one.
function withoutEmpty(totals: Totals, leaf: ReadonlyMap<number, string | null>): Totals {
  const kept: Totals = new Map();
  for (const [stack, { count, ns }] of totals) {
    const id = leaf.get(stack) ? stack : -1;
    const before = kept.get(id);
    kept.set(id, { count: count + (before?.count ?? 0), ns: ns + (before?.ns ?? 0) });
  }
  return kept;
}

function totalsByStack(
  transitions: Transitions,
  { state, reason: tracked }: Definition,
  beforeFirstRun: boolean,
): Totals {
  const { rows, to, reason, time, g, stack } = transitions;
  const wanted = to.values.indexOf(state);
  const counts = codesWhere(reason, tracked);
  const withoutReason = tracked("");
  const life = beforeFirstRun ? undefined : lifeSpans(transitions);
  const startOf = new Map<number, number>();
  const totals: Totals = new Map();
  for (const row of rows) {
    const start = startOf.get(g[row]);
    if (start === undefined) {
      const code = reason.codes[row];
      const given = reason.values[code] != null;
      if (to.codes[row] === wanted && (given ? counts[code] : withoutReason)) startOf.set(g[row], row);
    } else if (to.codes[row] !== wanted) {
      startOf.delete(g[row]);
      const [born, died] = life ? (life.get(g[row]) ?? always) : always;
      const ns = Math.min(time[row], died) - Math.max(time[start], born);
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

const always: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

// From a goroutine's first run to its end, or until it blocked forever, as Go's summary has it.
function lifeSpans({ rows, to, reason, time, g }: Transitions): Map<number, [number, number]> {
  const running = to.values.indexOf("Running");
  const waiting = to.values.indexOf("Waiting");
  const ended = to.values.indexOf("NotExist");
  const forever = reason.values.indexOf("forever");
  const spans = new Map<number, [number, number]>();
  for (const row of rows) {
    const code = to.codes[row];
    const dies = code === ended || (code === waiting && forever >= 0 && reason.codes[row] === forever);
    if (code !== running && !dies) continue;
    const span = spans.get(g[row]);
    if (dies) spans.set(g[row], [span?.[0] ?? Number.NEGATIVE_INFINITY, time[row]]);
    else if (!span) spans.set(g[row], [time[row], Number.POSITIVE_INFINITY]);
  }
  return spans;
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
