import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTables } from "./analysis.js";
import { numbers, textAt, texts } from "./columns.js";
import type { TableSource } from "./table-source.js";
import { traceView } from "./trace-view.js";

export const unblockGraphAnalysis: Analysis = {
  name: "unblockGraph",
  accepts: ["go-trace"],
  needs: {
    goroutines: ["g", "name"],
    goroutine_states: ["g", "state", "start_ns", "end_ns", "reason", "stack_id"],
  },
  schema: {
    name: "unblock_graph",
    doc: "Who woke whom, and how often; most frequent first.",
    columns: [
      column("waker_g", "float64", "the goroutine that woke", { missing: "-1: the runtime" }),
      column("woken_g", "float64", "the goroutine that was woken"),
      column("waker", "string", "entry function of the waker, or runtime"),
      column("woken", "string", "entry function of the woken"),
      column("reason", "string", "what the woken waited for"),
      column("count", "float64", "how many wakes", { unit: "count" }),
      column("waited_ns", "float64", "how long the woken ones had waited, added up", { unit: "ns" }),
      column("delay_ns", "float64", "from being woken to running, added up", { unit: "ns" }),
    ],
  },
  build: unblockGraph,
};

/**
 * Who wakes whom: for each pair of goroutines how often one ended the other's wait. Columns: waker_g, woken_g,
 * waker and woken (entry functions), reason (why the woken one waited), count, waited_ns (in all before these wakes) and
 * delay_ns (in all from wake to running); most frequent first. waker_g is -1 for the runtime outside of goroutines
 * (network poller, timers), also where the poller ran in passing, in the context of a goroutine that started the world again.
 *
 * @throws RangeError when the capture has no goroutine_states or goroutines
 * @example
 * unblockGraph(trace).filter((edge) => edge.reason === "sync");
 */
export function unblockGraph(source: TableSource): ColumnTable {
  const [goroutines] = neededTables(unblockGraphAnalysis, source);
  const names = goroutineNames(goroutines);
  const rows = wakeEdges(source);
  return buildTable(unblockGraphAnalysis.schema, {
    waker_g: Float64Array.from(rows, (edge) => edge.waker),
    woken_g: Float64Array.from(rows, (edge) => edge.woken),
    waker: rows.map((edge) => wakerName(edge, names)),
    woken: rows.map((edge) => names.get(edge.woken) ?? "unknown"),
    reason: rows.map((edge) => edge.reason),
    count: Float64Array.from(rows, (edge) => edge.count),
    waited_ns: Float64Array.from(rows, (edge) => edge.waited),
    delay_ns: Float64Array.from(rows, (edge) => edge.delay),
  });
}

export const wakeMatrixAnalysis: Analysis = {
  name: "wakeMatrix",
  accepts: ["go-trace"],
  needs: unblockGraphAnalysis.needs,
  schema: {
    name: "wake_matrix",
    doc: "Who woke whom, by entry function; most frequent first.",
    columns: [
      column("waker", "string", "entry function of the wakers, or runtime"),
      column("woken", "string", "entry function of the woken"),
      column("count", "float64", "how many wakes", { unit: "count" }),
      column("waited_ns", "float64", "how long the woken ones had waited, added up", { unit: "ns" }),
      column("delay_ns", "float64", "from being woken to running, added up", { unit: "ns" }),
    ],
  },
  build: wakeMatrix,
};

/**
 * {@link unblockGraph} by entry function: waker, woken, count, waited_ns, delay_ns; most frequent first.
 *
 * @example
 * wakeMatrixChart(wakeMatrix(trace));
 */
export function wakeMatrix(source: TableSource): ColumnTable {
  const [goroutines] = neededTables(wakeMatrixAnalysis, source);
  const names = goroutineNames(goroutines);
  const byWaker = new Map<string, Map<string, Sum>>();
  const sums: Sum[] = [];
  for (const edge of wakeEdges(source)) {
    const waker = wakerName(edge, names);
    const woken = names.get(edge.woken) ?? "unknown";
    let byWoken = byWaker.get(waker);
    if (!byWoken) {
      byWoken = new Map();
      byWaker.set(waker, byWoken);
    }
    let sum = byWoken.get(woken);
    if (!sum) {
      sum = { waker, woken, count: 0, waited: 0, delay: 0 };
      byWoken.set(woken, sum);
      sums.push(sum);
    }
    sum.count += edge.count;
    sum.waited += edge.waited;
    sum.delay += edge.delay;
  }
  const rows = sums.sort((a, b) => b.count - a.count);
  return buildTable(wakeMatrixAnalysis.schema, {
    waker: rows.map((row) => row.waker),
    woken: rows.map((row) => row.woken),
    count: Float64Array.from(rows, (row) => row.count),
    waited_ns: Float64Array.from(rows, (row) => row.waited),
    delay_ns: Float64Array.from(rows, (row) => row.delay),
  });
}

/** What {@link wakeMatrix} adds up. */
interface Sum {
  waker: string;
  woken: string;
  count: number;
  waited: number;
  delay: number;
}

interface Edge {
  waker: number;
  woken: number;
  reason: string;
  count: number;
  waited: number;
  delay: number;
}

function wakerName({ waker }: Edge, names: ReadonlyMap<number, string>): string {
  return waker < 0 ? "runtime" : (names.get(waker) ?? "unknown");
}

const known = new WeakMap<TableSource, readonly Edge[]>();

/** The wakes of a source by waker, woken and reason, most frequent first; found once for each source. */
function wakeEdges(source: TableSource): readonly Edge[] {
  let edges = known.get(source);
  if (!edges) {
    edges = edgesOf(source).sort((a, b) => b.count - a.count || a.waker - b.waker || a.woken - b.woken);
    known.set(source, edges);
  }
  return edges;
}

// Edges are found by numbers, waker and then woken with reason: captures have millions of wakes.
function edgesOf(source: TableSource): Edge[] {
  const view = traceView(source);
  const { state, reason, start, end, rows } = view;
  const reasons = reason.values.length + 1;
  const byWaker = new Map<number, Map<number, Edge>>();
  const edges: Edge[] = [];
  for (const g of rows.goroutines()) {
    const own = rows.of(g);
    for (let i = 0; i + 1 < own.length; i++) {
      const [row, after] = [own[i], own[i + 1]];
      if (state.codes[row] !== view.waiting || state.codes[after] !== view.runnable) continue;
      const waker = view.wakerOf(row);
      let woken = byWaker.get(waker);
      if (!woken) {
        woken = new Map();
        byWaker.set(waker, woken);
      }
      const key = g * reasons + reason.codes[row];
      let edge = woken.get(key);
      if (!edge) {
        const why = textAt(reason, row) ?? "not given";
        edge = { waker, woken: g, reason: why, count: 0, waited: 0, delay: 0 };
        woken.set(key, edge);
        edges.push(edge);
      }
      edge.count++;
      edge.waited += end[row] - start[row];
      edge.delay += end[after] - start[after];
    }
  }
  return edges;
}

/** Names of goroutines by id: their entry functions. */
export function goroutineNames(goroutines: ColumnTable): Map<number, string> {
  const g = numbers(goroutines, "g");
  const name = texts(goroutines, "name");
  return new Map(Array.from(g, (id, row): [number, string] => [id, textAt(name, row) ?? "unknown"]));
}
