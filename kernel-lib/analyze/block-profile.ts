import { type ColumnTable, table } from "arquero";
import { IdTable } from "../bytes/id-table.js";
import { buildTable } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import { type Analysis, neededTables } from "./analysis.js";
import { codesWhere, type Numbers, numbers, type Texts, textAt, texts } from "./columns.js";
import { coveredNs, endsOf, type Intervals, picked } from "./intervals.js";
import { sortRows } from "./sort-rows.js";
import type { TableSource } from "./table-source.js";

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
  /**
   * Count only time within these stretches of goroutines' lives: a table with g, start_ns and end_ns or dur_ns, such as
   * rows of `regions` or of {@link requestBreakdown}. Where two of a goroutine overlap, the earlier one counts; one
   * without a start or an end reaches to the capture's.
   */
  within?: ColumnTable;
}

/** Which regions: by type, and by how long they took. */
export interface RegionSelection {
  type?: string;
  /** At least this long; a region whose begin or end was not seen reaches to the capture's. */
  min_ns?: number;
  /** At most this long. */
  max_ns?: number;
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
  const [events, stacks] = neededTables(blockProfileAnalyses[0], source);
  const leaf = leaves(stacks);
  const transitions = transitionsOf(events);
  const all = totalsByStack(transitions, definitions[kind], countedBy(options, transitions, events));
  const totals = withoutEmpty(all, leaf);
  const rows = [...totals].sort((a, b) => b[1].ns - a[1].ns || b[1].count - a[1].count || a[0] - b[0]);
  return buildTable(schemaFor(kind), {
    stack_id: Int32Array.from(rows, ([stack]) => stack),
    leaf: rows.map(([stack]) => leaf.get(stack) ?? null),
    count: Float64Array.from(rows, ([, { count }]) => count),
    total_ns: Float64Array.from(rows, ([, { ns }]) => ns),
  });
}

/**
 * Where goroutines blocked while they were in regions of one type: columns as {@link blockProfile}, and equal to what the region
 * page of `go tool trace` offers (`/regionio`, `/regionblock`, `/regionsyscall`, `/regionsched`) for the same type
 * and the same bounds of latency. Of nested regions the outermost counts.
 *
 * @throws RangeError when the capture has no regions, events or stacks, or no such region: it names the types there are
 * @example
 * regionProfile(trace, "sync", { type: "decode", min_ns: 1000 });
 */
export function regionProfile(
  source: TableSource,
  kind: BlockKind,
  selection: RegionSelection = {},
): ColumnTable {
  const [regions, events] = neededTables(regionProfileAnalysis, source);
  const type = texts(regions, "type");
  const [first, last] = timeSpan(events);
  const start = numbers(regions, "start_ns");
  const end = numbers(regions, "end_ns");
  const { min_ns = 0, max_ns = Number.POSITIVE_INFINITY } = selection;
  const named =
    selection.type === undefined ? undefined : codesWhere(type, (name) => name === selection.type);
  const chosen = new Uint32Array(start.length)
    .map((_, row) => row)
    .filter((row) => {
      const ns = (end[row] >= 0 ? end[row] : last) - (start[row] >= 0 ? start[row] : first);
      return (named?.[type.codes[row]] ?? true) && ns >= min_ns && ns <= max_ns;
    });
  if (chosen.length === 0) {
    const types = [...new Set(type.values)].map((name) => JSON.stringify(name)).join(", ") || "none";
    throw new RangeError(`regionProfile: no such region; types of region in this capture: ${types}`);
  }
  const g = numbers(regions, "g");
  const within = table({
    g: picked(g, chosen),
    start_ns: picked(start, chosen),
    end_ns: picked(end, chosen),
  });
  return blockProfile(source, kind, { within });
}

/** The transitions of goroutines: which event rows, of whom, and their columns. */
interface Transitions {
  rows: Uint32Array;
  /** The goroutine of each, as its place in `goroutines`. */
  owner: Uint32Array;
  goroutines: Float64Array;
  to: Texts;
  reason: Texts;
  time: Numbers;
  stack: Numbers;
  /** How much of a stay falls into the goroutine's life. */
  life: Counted;
}

const known = new WeakMap<ColumnTable, Transitions>();

// Four profiles go through the same ones.
function transitionsOf(events: ColumnTable): Transitions {
  let transitions = known.get(events);
  if (!transitions) {
    transitions = findTransitions(events);
    known.set(events, transitions);
  }
  return transitions;
}

function findTransitions(events: ColumnTable): Transitions {
  const kind = texts(events, "kind");
  const resource = texts(events, "resource");
  const g = numbers(events, "resource_id");
  const transition = kind.values.indexOf("StateTransition");
  const goroutine = resource.values.indexOf("Goroutine");
  const rows = new Uint32Array(kind.length);
  const owner = new Uint32Array(kind.length);
  const ids = new IdTable();
  let count = 0;
  for (let row = 0; row < kind.length; row++) {
    if (kind.codes[row] !== transition || resource.codes[row] !== goroutine) continue;
    owner[count] = ids.index(g[row]);
    rows[count++] = row;
  }
  const found = {
    rows: rows.slice(0, count),
    owner: owner.slice(0, count),
    goroutines: ids.ids.slice(0, ids.size),
    to: texts(events, "to"),
    reason: texts(events, "reason"),
    time: numbers(events, "time_ns"),
    stack: numbers(events, "stack_id"),
  };
  return { ...found, life: countedInLife(found) };
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
  { rows, owner, goroutines, to, reason, time, stack }: Transitions,
  { state, reason: tracked }: Definition,
  counted: Counted,
): Totals {
  const wanted = to.values.indexOf(state);
  const counts = codesWhere(reason, tracked);
  const withoutReason = tracked("");
  /** The row that began the stay each goroutine is in. */
  const startOf = new Float64Array(goroutines.length).fill(-1);
  const totals: Totals = new Map();
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const start = startOf[owner[i]];
    if (start < 0) {
      if (to.codes[row] !== wanted) continue;
      const code = reason.codes[row];
      const given = reason.values[code] != null;
      if (given ? counts[code] : withoutReason) startOf[owner[i]] = row;
    } else if (to.codes[row] !== wanted) {
      startOf[owner[i]] = -1;
      const ns = counted(owner[i], time[start], time[row]);
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

/** How many ns of a stay of a goroutine (its place in {@link Transitions}) count. */
type Counted = (owner: number, from: number, to: number) => number;

function countedBy(
  { within, beforeFirstRun }: BlockProfileOptions,
  { goroutines, life }: Transitions,
  events: ColumnTable,
): Counted {
  if (!within) return beforeFirstRun ? (_, from, to) => to - from : life;
  const spans = outermost(within, timeSpan(events));
  const own = Array.from(goroutines, (g) => spans.get(g));
  return (owner, from, to) => {
    const spansOfOwner = own[owner];
    return spansOfOwner ? coveredNs(spansOfOwner, from, to) : 0;
  };
}

// From a goroutine's first run to its end, or until it blocked forever, as Go's summary has it.
function countedInLife({ rows, owner, goroutines, to, reason, time }: Omit<Transitions, "life">): Counted {
  const running = to.values.indexOf("Running");
  const waiting = to.values.indexOf("Waiting");
  const ended = to.values.indexOf("NotExist");
  const forever = reason.values.indexOf("forever");
  const starts = new Float64Array(goroutines.length).fill(Number.NEGATIVE_INFINITY);
  const ends = new Float64Array(goroutines.length).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const code = to.codes[row];
    const one = owner[i];
    const dies = code === ended || (code === waiting && forever >= 0 && reason.codes[row] === forever);
    if (dies) ends[one] = time[row];
    else if (code === running && !Number.isFinite(starts[one]) && !Number.isFinite(ends[one])) {
      starts[one] = time[row];
    }
  }
  return (one, from, until) => Math.min(ends[one], until) - Math.max(starts[one], from);
}

/** Stretches of goroutines' lives, of each in order of time and without overlap. */
type Spans = ReadonlyMap<number, Intervals>;

// As pprofMatchingRegions of cmd/trace: of those that overlap, the one that begins first, and of these the shortest.
function outermost(within: ColumnTable, [first, last]: readonly [number, number]): Spans {
  const g = numbers(within, "g");
  const start = knownOr(numbers(within, "start_ns"), first);
  const end = knownOr(endsOf(within, start), last);
  const rows = new Uint32Array(g.length).map((_, row) => row);
  sortRows(sortRows(sortRows(rows, end), start), g);
  const spans = new Map<number, Intervals>();
  for (let from = 0; from < rows.length; ) {
    let to = from + 1;
    while (to < rows.length && g[rows[to]] === g[rows[from]]) to++;
    spans.set(g[rows[from]], withoutNested(rows.subarray(from, to), start, end));
    from = to;
  }
  return spans;
}

function knownOr(values: ArrayLike<number>, unknown: number): Float64Array {
  return Float64Array.from(values, (value) => (Number.isNaN(value) ? unknown : value));
}

/** Of rows in the order of their starts. */
function withoutNested(rows: Uint32Array, start: Float64Array, end: Float64Array): Intervals {
  let reached = Number.NEGATIVE_INFINITY;
  let kept = 0;
  for (const row of rows) {
    if (start[row] < reached) continue;
    reached = end[row];
    rows[kept++] = row;
  }
  const outer = rows.subarray(0, kept);
  return { starts: picked(start, outer), ends: picked(end, outer) };
}

function timeSpan(events: ColumnTable): [number, number] {
  const time = numbers(events, "time_ns");
  return [time[0] ?? 0, time[time.length - 1] ?? 0];
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

export const regionProfileAnalysis: Analysis = {
  name: "regionProfile",
  accepts: ["go-trace"],
  needs: { regions: ["g", "type", "start_ns", "end_ns"], events: [], stacks: [] },
  schema: {
    ...schemaFor("sync"),
    name: "region_profile",
    doc: "Where goroutines blocked in regions of one type.",
  },
  asks: "net, sync, syscall or sched",
  build: regionProfile,
};

/** `net_profile`, `sync_profile`, `syscall_profile` and `sched_profile`. */
export const blockProfileAnalyses: readonly Analysis[] = (["net", "sync", "syscall", "sched"] as const).map(
  (kind) => ({
    name: "blockProfile",
    accepts: ["go-trace"],
    needs: { events: [], stacks: [] },
    schema: schemaFor(kind),
    build: (source: TableSource) => blockProfile(source, kind),
  }),
);
