import type { ColumnTable } from "arquero";
import { type DictionaryColumn, dictionaryColumn } from "../../bytes/dictionary.js";
import { Growable } from "../../bytes/growable.js";
import type { ComputedColumn } from "../../bytes/lazy-column.js";
import {
  fromOfCode,
  isOwnTransition,
  Resource,
  resourceOfCode,
  toOfCode,
} from "../../read/trace/event-codes.js";
import { G, P, procStates, Wire } from "../../read/trace/wire.js";
import { buildTable } from "../build-table.js";
import { procStatesSchema, threadStatesSchema } from "../go-trace.js";
import { isGoroutineTransition } from "./goroutine-states-table.js";
import { booleans, idsOf, type TraceData } from "./trace-columns.js";

const none = -1;

/** Intervals of anything that is in one state at a time; rows in order of their starts. */
class IntervalColumns {
  readonly owner: Growable<Int32Array> = new Growable(Int32Array);
  readonly state: Growable<Uint8Array> = new Growable(Uint8Array);
  readonly start: Growable<Float64Array> = new Growable(Float64Array);
  readonly end: Growable<Float64Array> = new Growable(Float64Array);
  /** What else is known: a thread, or a processor and a goroutine. */
  readonly first: Growable<Int32Array> = new Growable(Int32Array);
  readonly second: Growable<Int32Array> = new Growable(Int32Array);
  readonly leftCensored: Growable<Uint8Array> = new Growable(Uint8Array);
  readonly rightCensored: Growable<Uint8Array> = new Growable(Uint8Array);

  /** Opens an interval and returns its row. */
  open(owner: number, state: number, start: number, first: number, second: number, left: boolean): number {
    this.owner.push(owner);
    this.state.push(state);
    this.first.push(first);
    this.second.push(second);
    this.leftCensored.push(left ? 1 : 0);
    this.rightCensored.push(1);
    this.end.push(start);
    return this.start.push(start);
  }

  close(row: number, end: number): void {
    this.end.set(row, end);
    this.rightCensored.set(row, 0);
  }

  /** Ends what is still open, and hands the columns over. */
  finish(endNs: number): Record<"start_ns" | "end_ns" | "dur_ns", Float64Array> & {
    left_censored: ComputedColumn<boolean>;
    right_censored: ComputedColumn<boolean>;
  } {
    const start = this.start.finish();
    const end = this.end.finish();
    const right = this.rightCensored.finish();
    for (let row = 0; row < end.length; row++) if (right[row] === 1) end[row] = endNs;
    return {
      start_ns: start,
      end_ns: end,
      dur_ns: end.map((ns, row) => ns - start[row]),
      left_censored: booleans(this.leftCensored.finish()),
      right_censored: booleans(right),
    };
  }
}

/** The `proc_states` table. */
export function procStatesTable({ columns, store, endNs }: TraceData): ColumnTable {
  const { code: codes, time, m: ms, p: ps, a: as, rows } = columns;
  const out = new IntervalColumns();
  const open = new Map<number, { row: number; state: number }>();
  for (let row = 0; row < rows; row++) {
    const code = codes[row];
    if (resourceOfCode[code] !== Resource.Proc || fromOfCode[code] === 255) continue;
    const p = isOwnTransition[code] === 1 ? ps[row] : as[row];
    const state = toOfCode[code];
    const last = open.get(p);
    if (last?.state === state) continue;
    if (last) out.close(last.row, time[row]);
    const m = state === P.Running ? ms[row] : none;
    const left = fromOfCode[code] === P.Undetermined;
    open.set(p, { row: out.open(p, state, time[row], m, none, left), state });
  }
  return buildTable(procStatesSchema, {
    p: out.owner.finish(),
    state: dictionaryColumn(out.state.finish(), procStates),
    m: idsOf(out.first.finish(), store.threads.list()),
    ...out.finish(endNs),
  });
}

const threadStateNames = ["Idle", "Scheduling", "Running", "Syscall"] as const;
const Thread = { Idle: 0, Scheduling: 1, Running: 2, Syscall: 3 } as const;

/** Follows which processor and which goroutine each thread holds. */
class ThreadHoldings {
  readonly out = new IntervalColumns();
  private readonly p = new Map<number, number>();
  private readonly g = new Map<number, number>();
  private readonly syscalls = new Set<number>();
  private readonly holder = new Map<number, number>();
  private readonly open = new Map<number, { row: number; state: number; p: number; g: number }>();

  take(m: number, what: { p?: number; g?: number; syscall?: boolean }, time: number): void {
    if (m <= 0) return;
    if (what.p !== undefined) {
      const old = this.p.get(m) ?? none;
      if (old >= 0 && this.holder.get(old) === m) this.holder.delete(old);
      this.p.set(m, what.p);
      if (what.p >= 0) this.holder.set(what.p, m);
    }
    if (what.g !== undefined) this.g.set(m, what.g);
    if (what.syscall === true) this.syscalls.add(m);
    if (what.syscall === false) this.syscalls.delete(m);
    this.update(m, time);
  }

  /** The thread that holds a processor. */
  holderOf(p: number): number {
    return this.holder.get(p) ?? none;
  }

  private update(m: number, time: number): void {
    const p = this.p.get(m) ?? none;
    const g = this.g.get(m) ?? none;
    let state: number = p >= 0 ? Thread.Scheduling : Thread.Idle;
    if (g >= 0) state = this.syscalls.has(m) ? Thread.Syscall : Thread.Running;
    const last = this.open.get(m);
    if (last && last.state === state && last.p === p && last.g === g) return;
    if (last) this.out.close(last.row, time);
    this.open.set(m, { row: this.out.open(m, state, time, p, g, last === undefined), state, p, g });
  }
}

/** The `thread_states` table. */
export function threadStatesTable(trace: TraceData): ColumnTable {
  const { columns, store, endNs } = trace;
  const holdings = new ThreadHoldings();
  for (let row = 0; row < columns.rows; row++) {
    const code = columns.code[row];
    if (isGoroutineTransition[code] === 1) followGoroutine(trace, row, holdings);
    else if (resourceOfCode[code] === Resource.Proc && fromOfCode[code] !== 255)
      followProc(trace, row, holdings);
  }
  const { out } = holdings;
  return buildTable(threadStatesSchema, {
    m: idsOf(out.owner.finish(), store.threads.list()),
    state: dictionaryColumn(out.state.finish(), threadStateNames) as DictionaryColumn,
    p: out.first.finish(),
    g: idsOf(out.second.finish(), store.goroutines.list()),
    ...out.finish(endNs),
  });
}

function followGoroutine({ columns }: TraceData, row: number, holdings: ThreadHoldings): void {
  const code = columns.code[row];
  const m = columns.m[row];
  const time = columns.time[row];
  const to = toOfCode[code];
  const own = isOwnTransition[code] === 1;
  const g = own ? columns.g[row] : columns.a[row];
  if (to === G.Running || to === G.Syscall) holdings.take(m, { g, syscall: to === G.Syscall }, time);
  else if (own) holdings.take(m, { g: none, syscall: false }, time);
}

function followProc({ columns }: TraceData, row: number, holdings: ThreadHoldings): void {
  const code = columns.code[row];
  const time = columns.time[row];
  const own = isOwnTransition[code] === 1;
  const p = own ? columns.p[row] : columns.a[row];
  if (toOfCode[code] === P.Running) holdings.take(columns.m[row], { p }, time);
  else if (code === Wire.ProcStop) holdings.take(columns.m[row], { p: none }, time);
  else holdings.take(holdings.holderOf(p), { p: none }, time);
}
