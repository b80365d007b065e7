import type { ColumnTable } from "arquero";
import { alignment, type ClockedTimes, type TraceClock } from "../analyze/align.js";
import { type Numbers, numbers, textAt, texts } from "../analyze/columns.js";
import type { Request } from "../analyze/request.js";
import type { Stretch } from "../analyze/request-tracks.js";
import type { TraceView } from "../analyze/trace-view.js";

/** A program's own log of operations, with the clock it read. */
export interface OperationsLog extends ClockedTimes {
  readonly operations: ColumnTable;
}

/** An operation with the goroutines that worked on it. */
export interface MatchedOperation {
  /** Its row in the log. */
  readonly row: number;
  readonly kind: string;
  readonly start_ns: number;
  readonly end_ns: number;
  readonly track: readonly Stretch[];
}

/** What came of matching a log's operations to a trace. */
export interface OperationsMatch {
  readonly operations: readonly MatchedOperation[];
  /** How many of the log lie within the trace. */
  readonly within: number;
  /** How many began before the trace or ended after it. */
  readonly outside: number;
  readonly error_ns: number;
}

interface Operation {
  row: number;
  kind: string;
  start: number;
  end: number;
}

/** Who ran at a time: candidates for having read the clock there. */
class Runners {
  private readonly starts: Float64Array[] = [];
  private readonly ends: Float64Array[] = [];
  private readonly rows: Int32Array[] = [];

  constructor(view: TraceView) {
    const lists: number[][] = [];
    for (let row = 0; row < view.start.length; row++) {
      const p = view.p[row];
      // In a system call nobody reads the clock.
      if (p < 0 || view.state.codes[row] !== view.running) continue;
      lists[p] ??= [];
      lists[p].push(row);
    }
    for (const list of lists) {
      const rows = Int32Array.from(list ?? []);
      this.rows.push(rows);
      this.starts.push(Float64Array.from(rows, (row) => view.start[row]));
      this.ends.push(Float64Array.from(rows, (row) => view.end[row]));
    }
  }

  /** Rows that ran at some moment within `slack` of the time. */
  at(time: number, slack: number): number[] {
    const found: number[] = [];
    for (let p = 0; p < this.rows.length; p++) {
      const [starts, ends] = [this.starts[p], this.ends[p]];
      let low = 0;
      let high = starts.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (starts[middle] <= time + slack) low = middle + 1;
        else high = middle;
      }
      for (let i = low - 1; i >= 0 && i >= low - 6; i--) {
        if (ends[i] >= time - slack) found.push(this.rows[p][i]);
      }
    }
    return found;
  }
}

/**
 * Matches a log's operations to goroutines. Whoever logs reads the clock, and runs while it does: an operation is its goroutine's that ran
 * both when it began and when it ended. Of several candidates those count whose entry function most operations agree on. An
 * operation that no goroutine ran both ends of was handed over: it belongs to the one that ran its end, and to whoever handed it on.
 * Where the trace knows requests itself (tasks, HTTP), an operation is the one that lies within it instead: a client's log of a server's
 * requests.
 */
export function matchOperations(
  view: TraceView,
  trace: TraceClock,
  log: OperationsLog,
  requests: readonly { request: Request; track: readonly Stretch[] }[],
): OperationsMatch {
  const { offset_ns, error_ns } = alignment(trace, log);
  const operations = operationsOf(log.operations, offset_ns, view);
  const within = operations.length;
  const outside = log.operations.numRows() - within;
  const inside = requests.length > 0 ? byContainment(operations, requests, error_ns) : [];
  if (inside.length >= 0.5 * Math.min(within, requests.length) && inside.length > 0) {
    return { operations: inside, within, outside, error_ns };
  }
  return { operations: byRunning(operations, view, error_ns), within, outside, error_ns };
}

function operationsOf(table: ColumnTable, offset: number, view: TraceView): Operation[] {
  const start: Numbers = numbers(table, "start_ns");
  const duration = numbers(table, "dur_ns");
  const kind = texts(table, "kind");
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (let row = 0; row < view.start.length; row++) {
    if (view.start[row] < first) first = view.start[row];
    if (view.end[row] > last) last = view.end[row];
  }
  const found: Operation[] = [];
  for (let row = 0; row < start.length; row++) {
    const from = start[row] + offset;
    const to = from + duration[row];
    if (from >= first && to <= last) found.push({ row, kind: textAt(kind, row) ?? "", start: from, end: to });
  }
  return found;
}

// Each request to the shortest operation around it that has none yet, the tightest first.
function byContainment(
  operations: readonly Operation[],
  requests: readonly { request: Request; track: readonly Stretch[] }[],
  error: number,
): MatchedOperation[] {
  const slack = Math.max(2000, error);
  const byStart = [...operations].sort((a, b) => a.start - b.start);
  const longest = byStart.reduce((most, { start, end }) => Math.max(most, end - start), 0);
  const pairs: { operation: Operation; at: number; rest: number }[] = [];
  requests.forEach(({ request }, at) => {
    let low = 0;
    let high = byStart.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byStart[middle].start < request.end_ns - longest - slack) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < byStart.length && byStart[i].start <= request.start_ns + slack; i++) {
      const operation = byStart[i];
      if (operation.end < request.end_ns - slack) continue;
      pairs.push({ operation, at, rest: operation.end - operation.start - request.dur_ns });
    }
  });
  pairs.sort((a, b) => a.rest - b.rest);
  const takenOperations = new Set<number>();
  const takenRequests = new Set<number>();
  const matched: MatchedOperation[] = [];
  for (const { operation, at } of pairs) {
    if (takenOperations.has(operation.row) || takenRequests.has(at)) continue;
    takenOperations.add(operation.row);
    takenRequests.add(at);
    const { track } = requests[at];
    matched.push({
      row: operation.row,
      kind: operation.kind,
      start_ns: operation.start,
      end_ns: operation.end,
      track,
    });
  }
  return matched;
}

function byRunning(operations: readonly Operation[], view: TraceView, error: number): MatchedOperation[] {
  const runners = new Runners(view);
  const slack = Math.max(300, error);
  const ends = operations.map((operation) => ({
    operation,
    first: candidates(view, runners.at(operation.start, slack), (row) => operation.start - view.start[row]),
    last: candidates(view, runners.at(operation.end, slack), (row) => view.end[row] - operation.end),
  }));
  // Which entry functions operations have in common, at both ends and at the end.
  const votes = new Map<string, number>();
  const endVotes = new Map<string, number>();
  for (const { first, last } of ends) {
    for (const g of last.keys()) {
      const name = view.nameOf(g);
      const into = first.has(g) ? votes : endVotes;
      into.set(name, (into.get(name) ?? 0) + 1);
    }
  }
  const matched: MatchedOperation[] = [];
  // Operations follow one another in a goroutine: where one began before the one before it had ended, it was queued until then.
  const taken = new Map<number, Operation[]>();
  // Until when it was at an operation that had begun earlier; those within this one are parts of it.
  const busyUntil = (g: number, { start, end }: Operation): number => {
    const own = taken.get(g) ?? [];
    for (let i = own.length - 1; i >= 0 && own[i].end > start; i--) {
      if (own[i].start < start) return Math.min(own[i].end, end);
    }
    return start;
  };
  const order = [...ends].sort((a, b) => a.operation.end - b.operation.end);
  for (const { operation, first, last } of order) {
    // What a request started runs at nearly the same times: it is its parent's.
    const both = [...last.keys()].filter(
      (g) => first.has(g) && !(first.has(view.parentOf(g)) && last.has(view.parentOf(g))),
    );
    // Of those with the same entry function the one that was not at another operation, and of these the one that came to run just
    // before it began and stopped just after it ended.
    const late = (g: number): number =>
      Math.max(0, busyUntil(g, operation) - operation.start - slack) +
      (first.get(g) ?? 0) +
      (last.get(g) ?? 0);
    const best = (list: readonly number[], by: Map<string, number>): number | undefined =>
      [...list].sort(
        (a, b) => (by.get(view.nameOf(b)) ?? 0) - (by.get(view.nameOf(a)) ?? 0) || late(a) - late(b),
      )[0];
    const whole = best(both, votes);
    const ender = best([...last.keys()], endVotes);
    const handed = (endVotes.get(view.nameOf(ender ?? -1)) ?? 0) > (votes.get(view.nameOf(whole ?? -1)) ?? 0);
    const g = whole !== undefined && !handed ? whole : ender;
    if (g === undefined || isRuntime(view.nameOf(g))) continue;
    const until = busyUntil(g, operation);
    const track: Stretch[] = [];
    if (until > operation.start) track.push({ g, from: operation.start, to: until, queued: true });
    track.push({ g, from: until, to: operation.end, queued: false });
    const own = taken.get(g);
    if (own) own.push(operation);
    else taken.set(g, [operation]);
    matched.push({
      row: operation.row,
      kind: operation.kind,
      start_ns: operation.start,
      end_ns: operation.end,
      track,
    });
  }
  return matched;
}

/** Goroutines that ran, with how far the end of their run that counts is away. */
function candidates(
  view: TraceView,
  rows: readonly number[],
  away: (row: number) => number,
): Map<number, number> {
  const found = new Map<number, number>();
  for (const row of rows) {
    const g = view.g[row];
    if (isRuntime(view.nameOf(g))) continue;
    found.set(g, Math.min(found.get(g) ?? Number.POSITIVE_INFINITY, Math.max(0, away(row))));
  }
  return found;
}

function isRuntime(name: string): boolean {
  return name.startsWith("runtime.") && name !== "runtime.main";
}
