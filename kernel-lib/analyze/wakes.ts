import { type ColumnTable, table } from "arquero";
import { hasColumn, type Numbers, numbers, type Texts, textAt, texts } from "./columns.js";
import { goroutineChains } from "./goroutine-chains.js";
import { needTables, type TableSource } from "./table-source.js";

/**
 * Who wakes whom: for each pair of goroutines how often one ended the other's wait. Columns: waker_g, woken_g,
 * waker and woken (entry functions), reason (why the woken one waited), count, waited_ns (in all before these wakes) and
 * delay_ns (in all from wake to running); most frequent first. waker_g is -1 for the runtime outside of goroutines
 * (network poller, timers).
 *
 * @throws RangeError when the capture has no goroutine_states or goroutines
 * @example
 * unblockGraph(trace).filter((edge) => edge.reason === "sync");
 */
export function unblockGraph(source: TableSource): ColumnTable {
  const [states, goroutines] = needTables(source, "unblockGraph", ["goroutine_states", "goroutines"]);
  const names = goroutineNames(goroutines);
  const edges = edgesOf(states);
  const rows = [...edges.values()].sort(
    (a, b) => b.count - a.count || a.waker - b.waker || a.woken - b.woken,
  );
  return table({
    waker_g: Float64Array.from(rows, (edge) => edge.waker),
    woken_g: Float64Array.from(rows, (edge) => edge.woken),
    waker: rows.map((edge) => (edge.waker < 0 ? "runtime" : (names.get(edge.waker) ?? "unknown"))),
    woken: rows.map((edge) => names.get(edge.woken) ?? "unknown"),
    reason: rows.map((edge) => edge.reason),
    count: Float64Array.from(rows, (edge) => edge.count),
    waited_ns: Float64Array.from(rows, (edge) => edge.waited),
    delay_ns: Float64Array.from(rows, (edge) => edge.delay),
  });
}

/**
 * {@link unblockGraph} by entry function: waker, woken, count, waited_ns, delay_ns; most frequent first.
 *
 * @example
 * wakeMatrixChart(wakeMatrix(trace));
 */
export function wakeMatrix(source: TableSource): ColumnTable {
  needTables(source, "wakeMatrix", ["goroutine_states", "goroutines"]);
  const edges = unblockGraph(source);
  const waker = texts(edges, "waker");
  const woken = texts(edges, "woken");
  const [count, waited, delay] = ["count", "waited_ns", "delay_ns"].map((name) => numbers(edges, name));
  const sums = new Map<
    string,
    { waker: string; woken: string; count: number; waited_ns: number; delay_ns: number }
  >();
  for (let row = 0; row < count.length; row++) {
    const [by, to] = [textAt(waker, row) ?? "unknown", textAt(woken, row) ?? "unknown"];
    const sum = sums.get(`${by} ${to}`) ?? { waker: by, woken: to, count: 0, waited_ns: 0, delay_ns: 0 };
    sums.set(`${by} ${to}`, sum);
    sum.count += count[row];
    sum.waited_ns += waited[row];
    sum.delay_ns += delay[row];
  }
  const rows = [...sums.values()].sort((a, b) => b.count - a.count);
  return table({
    waker: rows.map((row) => row.waker),
    woken: rows.map((row) => row.woken),
    count: Float64Array.from(rows, (row) => row.count),
    waited_ns: Float64Array.from(rows, (row) => row.waited_ns),
    delay_ns: Float64Array.from(rows, (row) => row.delay_ns),
  });
}

interface Edge {
  waker: number;
  woken: number;
  reason: string;
  count: number;
  waited: number;
  delay: number;
}

// Edges are found by numbers, waker and then woken with reason: captures have millions of wakes.
function edgesOf(states: ColumnTable): Edge[] {
  const { g, state, reason, start, end, endBy, chains } = chainColumns(states);
  const { next } = chains;
  const waiting = state.values.indexOf("Waiting");
  const runnable = state.values.indexOf("Runnable");
  const reasons = reason.values.length + 1;
  const byWaker = new Map<number, Map<number, Edge>>();
  const edges: Edge[] = [];
  for (let row = 0; row < g.length; row++) {
    const after = next[row];
    if (state.codes[row] !== waiting || after < 0 || state.codes[after] !== runnable) continue;
    let woken = byWaker.get(endBy[row]);
    if (!woken) {
      woken = new Map();
      byWaker.set(endBy[row], woken);
    }
    const key = g[row] * reasons + reason.codes[row];
    let edge = woken.get(key);
    if (!edge) {
      const why = textAt(reason, row) ?? "not given";
      edge = { waker: endBy[row], woken: g[row], reason: why, count: 0, waited: 0, delay: 0 };
      woken.set(key, edge);
      edges.push(edge);
    }
    edge.count++;
    edge.waited += end[row] - start[row];
    edge.delay += end[after] - start[after];
  }
  return edges;
}

interface ChainColumns {
  g: Numbers;
  state: Texts;
  reason: Texts;
  start: Numbers;
  end: Numbers;
  endBy: Numbers;
  stack: Numbers;
  chains: ReturnType<typeof goroutineChains>;
}

function chainColumns(states: ColumnTable): ChainColumns {
  return {
    g: numbers(states, "g"),
    state: texts(states, "state"),
    reason: texts(states, "reason"),
    start: numbers(states, "start_ns"),
    end: numbers(states, "end_ns"),
    endBy: numbers(states, "end_by_g"),
    stack: hasColumn(states, "stack_id")
      ? numbers(states, "stack_id")
      : new Int32Array(states.numRows()).fill(-1),
    chains: goroutineChains(states),
  };
}

/** Names of goroutines by id: their entry functions. */
export function goroutineNames(goroutines: ColumnTable): Map<number, string> {
  const g = numbers(goroutines, "g");
  const name = texts(goroutines, "name");
  return new Map(
    Array.from(g as Iterable<number> & Numbers, (id, row) => [id, textAt(name, row) ?? "unknown"]),
  );
}

/** A stretch of a goroutine's life whose critical path is asked for. */
export interface PathQuery {
  g: number;
  from_ns: number;
  to_ns: number;
  /** Steps at most (default 1000). */
  limit?: number;
}

/**
 * What held a goroutine up, transitively: the path that ends with it at `to_ns`, walked backwards. While it ran, was
 * runnable or in a system call, that is the path; where it waited, the path follows whoever woke it, from the moment
 * of the wake, back to when the wait began. Rows in time order, without gap or overlap from `from_ns` to `to_ns`:
 * g, name, state, start_ns, end_ns, dur_ns, reason, stack_id, depth (how many wakers away from the goroutine asked for).
 *
 * A waker is followed only within the wait that it ended, so the path steps into another request just for the time
 * in which it held this one up. A wait that the runtime ended (network, timer) stays a wait: nothing in the trace
 * held it up.
 *
 * @throws RangeError when the capture has no goroutine_states or goroutines
 * @example
 * const [slowest] = requestBreakdown(trace).objects({ limit: 1 });
 * criticalPath(trace, { g: slowest.g, from_ns: slowest.start_ns, to_ns: slowest.start_ns + slowest.dur_ns });
 */
export function criticalPath(source: TableSource, query: PathQuery): ColumnTable {
  const [states, goroutines] = needTables(source, "criticalPath", ["goroutine_states", "goroutines"]);
  const columns = chainColumns(states);
  const names = goroutineNames(goroutines);
  const rows = new PathWalk(columns, query.limit ?? 1000).walk(query).reverse();
  return table({
    g: Float64Array.from(rows, (step) => step.g),
    name: rows.map((step) => names.get(step.g) ?? "unknown"),
    state: rows.map((step) => step.state),
    start_ns: Float64Array.from(rows, (step) => step.from),
    end_ns: Float64Array.from(rows, (step) => step.to),
    dur_ns: Float64Array.from(rows, (step) => step.to - step.from),
    reason: rows.map((step) => step.reason),
    stack_id: Int32Array.from(rows, (step) => step.stack),
    depth: Int32Array.from(rows, (step) => step.depth),
  });
}

interface PathStep {
  g: number;
  state: string;
  from: number;
  to: number;
  reason: string | null;
  stack: number;
  depth: number;
}

class PathWalk {
  private readonly columns: ChainColumns;
  private readonly rowsOf = new Map<number, number[]>();
  private readonly limit: number;
  private readonly path: PathStep[] = [];

  constructor(columns: ChainColumns, limit: number) {
    this.columns = columns;
    this.limit = limit;
  }

  /** The path's steps, the last first. */
  walk({ g, from_ns, to_ns }: PathQuery): PathStep[] {
    this.back(g, from_ns, to_ns, 0);
    return this.path;
  }

  // Walks one goroutine back from `to` to `from`; its waits are walked in whoever ended them.
  private back(g: number, from: number, to: number, depth: number): void {
    const { start, end, state, endBy } = this.columns;
    const rows = this.rows(g);
    let at = to;
    for (let i = this.lastBefore(rows, to); i >= 0 && at > from; i--) {
      const row = rows[i];
      if (end[row] < at) this.push(g, "unknown", Math.max(from, end[row]), at, -1, depth);
      at = Math.min(at, end[row]);
      const begin = Math.max(from, start[row]);
      if (at <= begin) continue;
      const name = textAt(state, row) ?? "unknown";
      const waker = endBy[row];
      const followed = name === "Waiting" && at === end[row] && waker >= 0 && waker !== g;
      if (followed && this.path.length < this.limit && depth < 50) this.back(waker, begin, at, depth + 1);
      else this.push(g, name, begin, at, row, depth);
      at = begin;
    }
    if (at > from) this.push(g, "unknown", from, at, -1, depth);
  }

  private push(g: number, state: string, from: number, to: number, row: number, depth: number): void {
    if (to <= from) return;
    const reason = row < 0 ? null : textAt(this.columns.reason, row);
    this.path.push({ g, state, from, to, reason, stack: row < 0 ? -1 : this.columns.stack[row], depth });
  }

  private rows(g: number): number[] {
    let rows = this.rowsOf.get(g);
    if (!rows) {
      rows = [];
      const { first, next } = this.columns.chains;
      for (let row = first.get(g) ?? -1; row >= 0; row = next[row]) rows.push(row);
      this.rowsOf.set(g, rows);
    }
    return rows;
  }

  private lastBefore(rows: readonly number[], time: number): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.columns.start[rows[middle]] < time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
