import type { ColumnTable } from "arquero";
import {
  fromOfCode,
  isOwnTransition,
  Resource,
  resourceOfCode,
  syncCode,
  toOfCode,
} from "../../read/trace/event-codes.js";
import { G, P, Wire } from "../../read/trace/wire.js";
import { buildTable, tableFromRows } from "../build-table.js";
import { goroutineGroupsSchema, goroutinesSchema } from "../go-trace.js";
import { transitionStack } from "./events-table.js";
import { isGoroutineTransition } from "./goroutine-states-table.js";
import { idsOf, type TraceData } from "./trace-columns.js";

/** How the totals treat what Go's own summary gets wrong. */
export interface TotalsOptions {
  /**
   * Go's summary adds the blocked part of a system call that lasts to the trace's end to the time Runnable as well.
   * The default does the same, so that figures agree; true counts it as Syscall alone.
   */
  readonly exact?: boolean;
}

/** What goroutines did, by dense number. */
export interface GoroutineTotals {
  /** 1 for those with any transition. */
  readonly seen: Uint8Array;
  readonly parent: Int32Array;
  /** String number of the entry function, -1 where it is not known. */
  readonly name: Int32Array;
  readonly created: Float64Array;
  /** NaN where the end was not seen. */
  readonly ended: Float64Array;
  /** By state: ns in it. */
  readonly ns: readonly Float64Array[];
  /** By goroutine and reason: ns Waiting. */
  readonly waiting: ReadonlyMap<number, Map<number, number>>;
}

const none = -1;

/**
 * Adds up goroutines' time by state as internal/trace/summary.go does: a goroutine that was there at the start is
 * charged from its generation's Sync event, one that is there at the end up to the last event; blocked "forever" is
 * an end.
 */
export class GoroutineSummarizer implements GoroutineTotals {
  readonly seen: Uint8Array;
  readonly parent: Int32Array;
  readonly name: Int32Array;
  readonly created: Float64Array;
  readonly ended: Float64Array;
  readonly ns: readonly Float64Array[];
  readonly waiting: Map<number, Map<number, number>> = new Map();
  private readonly trace: TraceData;
  private readonly state: Uint8Array;
  private readonly since: Float64Array;
  private readonly reason: Int32Array;
  /** Which goroutine is in a system call with a processor, and since when it lost it. */
  private readonly callerOnP = new Map<number, number>();
  private readonly blockedSince: Float64Array;
  private readonly forever: number;
  private syncTime = 0;

  constructor(trace: TraceData) {
    this.trace = trace;
    const count = trace.store.goroutines.size;
    this.seen = new Uint8Array(count);
    this.parent = new Int32Array(count).fill(none);
    this.name = new Int32Array(count).fill(none);
    this.created = new Float64Array(count);
    this.ended = new Float64Array(count).fill(Number.NaN);
    this.ns = Array.from({ length: 6 }, () => new Float64Array(count));
    this.state = new Uint8Array(count);
    this.since = new Float64Array(count);
    this.reason = new Int32Array(count);
    this.blockedSince = new Float64Array(count).fill(Number.NaN);
    this.forever = trace.store.strings.values.indexOf("forever");
  }

  run(options: TotalsOptions): GoroutineTotals {
    const { columns } = this.trace;
    const { code: codes, rows } = columns;
    for (let row = 0; row < rows; row++) {
      const code = codes[row];
      if (isGoroutineTransition[code] === 1) this.transition(row, code);
      else if (resourceOfCode[code] === Resource.Proc && toOfCode[code] === P.Idle) this.procIdle(row, code);
      else if (code === syncCode) this.syncTime = columns.time[row];
    }
    this.atEnd(options);
    return this;
  }

  private transition(row: number, code: number): void {
    const { columns, store } = this.trace;
    const from = fromOfCode[code];
    const to = toOfCode[code];
    if (from === to) return;
    const time = columns.time[row];
    const g = isOwnTransition[code] === 1 ? columns.g[row] : columns.a[row];
    if (this.seen[g] === 0) {
      this.seen[g] = 1;
      const wasThere = from === G.Undetermined;
      this.created[g] = wasThere ? this.syncTime : time;
      if (wasThere) this.charge(g, to, time - this.syncTime, 0);
      else this.parent[g] = columns.g[row];
    } else if (from === G.Syscall) {
      this.endSyscall(g, time);
    } else {
      this.charge(g, this.state[g], time - this.since[g], this.reason[g]);
    }
    if (this.name[g] === none)
      this.name[g] = this.rootOf(
        transitionStack(code, columns.a[row], columns.stack[row], store.creationStack),
      );
    this.enter(g, to, row, code);
  }

  private enter(g: number, to: number, row: number, code: number): void {
    const { columns } = this.trace;
    const time = columns.time[row];
    const reason = code === Wire.GoBlock ? columns.a[row] : 0;
    const ends = to === G.NotExist || (to === G.Waiting && reason === this.forever && reason > 0);
    this.state[g] = ends ? G.NotExist : to;
    this.since[g] = time;
    this.reason[g] = reason;
    if (ends) this.ended[g] = time;
    if (to !== G.Syscall) return;
    this.blockedSince[g] = Number.NaN;
    this.callerOnP.set(columns.p[row], g);
  }

  /** A processor that goes idle under a goroutine in a system call leaves it blocked. */
  private procIdle(row: number, code: number): void {
    if (fromOfCode[code] === P.Idle) return;
    const { columns } = this.trace;
    const p = isOwnTransition[code] === 1 ? columns.p[row] : columns.a[row];
    const g = this.callerOnP.get(p);
    if (g === undefined) return;
    this.blockedSince[g] = columns.time[row];
    this.callerOnP.delete(p);
  }

  private endSyscall(g: number, time: number): void {
    this.charge(g, G.Syscall, time - this.since[g], 0);
    this.blockedSince[g] = Number.NaN;
    for (const [p, caller] of this.callerOnP) if (caller === g) this.callerOnP.delete(p);
  }

  private charge(g: number, state: number, ns: number, reason: number): void {
    if (state <= G.NotExist) return;
    this.ns[state][g] += ns;
    if (state !== G.Waiting) return;
    const byReason = this.waiting.get(g);
    if (byReason) byReason.set(reason, (byReason.get(reason) ?? 0) + ns);
    else this.waiting.set(g, new Map([[reason, ns]]));
  }

  private rootOf(stack: number): number {
    const { stacks } = this.trace.store;
    if (stack < 0 || stacks.depth(stack) === 0) return none;
    const func = stacks.func.get(stacks.members.get(stacks.starts.get(stack + 1) - 1));
    // The empty string: the function is not known, and another stack may tell.
    return func === 0 ? none : func;
  }

  private atEnd({ exact }: TotalsOptions): void {
    const { endNs } = this.trace;
    for (let g = 0; g < this.seen.length; g++) {
      if (this.seen[g] === 0) continue;
      this.charge(g, this.state[g], endNs - this.since[g], this.reason[g]);
      const slip = this.state[g] === G.Syscall && !exact ? endNs - this.blockedSince[g] : 0;
      if (slip > 0) this.ns[G.Runnable][g] += slip;
    }
  }
}

/** The `goroutines` table, in order of first appearance. */
export function goroutinesTable(trace: TraceData, totals: GoroutineTotals): ColumnTable {
  const { store } = trace;
  const dense: number[] = [];
  for (let g = 0; g < totals.seen.length; g++) if (totals.seen[g] === 1) dense.push(g);
  const rows = Int32Array.from(dense);
  const pick = (values: Float64Array): Float64Array => Float64Array.from(rows, (g) => values[g]);
  const ids = store.goroutines.list();
  return buildTable(goroutinesSchema, {
    g: idsOf(rows.slice(), ids),
    parent_g: idsOf(
      rows.map((g) => totals.parent[g]),
      ids,
    ),
    name: dense.map((g) => (totals.name[g] < 0 ? null : store.strings.values[totals.name[g]])),
    created_ns: pick(totals.created),
    ended_ns: pick(totals.ended),
    running_ns: pick(totals.ns[G.Running]),
    runnable_ns: pick(totals.ns[G.Runnable]),
    waiting_ns: pick(totals.ns[G.Waiting]),
    syscall_ns: pick(totals.ns[G.Syscall]),
  });
}

/** The `goroutine_groups` table, the group with the most goroutines first. */
export function goroutineGroupsTable({ store }: TraceData, totals: GoroutineTotals): ColumnTable {
  const groups = new Map<number, { count: number; ns: number[]; reasons: Map<number, number> }>();
  for (let g = 0; g < totals.seen.length; g++) {
    if (totals.seen[g] === 0) continue;
    const name = totals.name[g];
    const group = groups.get(name) ?? { count: 0, ns: [0, 0, 0, 0, 0, 0], reasons: new Map() };
    groups.set(name, group);
    group.count++;
    for (let state: number = G.Runnable; state <= G.Syscall; state++) group.ns[state] += totals.ns[state][g];
    for (const [reason, ns] of totals.waiting.get(g) ?? []) {
      group.reasons.set(reason, (group.reasons.get(reason) ?? 0) + ns);
    }
  }
  const rows = [...groups].map(([name, group]) => ({
    name: name < 0 ? null : store.strings.values[name],
    count: group.count,
    running_ns: group.ns[G.Running],
    runnable_ns: group.ns[G.Runnable],
    waiting_ns: group.ns[G.Waiting],
    syscall_ns: group.ns[G.Syscall],
    waiting_ns_by_reason: Object.fromEntries(
      [...group.reasons].map(([reason, ns]) => [store.strings.values[reason] || "(not given)", ns]),
    ),
  }));
  rows.sort((a, b) => b.count - a.count || b.running_ns - a.running_ns);
  return tableFromRows(goroutineGroupsSchema, rows);
}
