// How the analyses' cost grows with the rows of a capture: near linear is what they promise.
import { performance } from "node:perf_hooks";
import { table } from "arquero";
import { dictionaryColumn } from "../../kernel-lib/dist/bytes/dictionary.js";
import {
  coincidence,
  criticalPath,
  idleBreakdown,
  requestBreakdown,
  runnableQueue,
  schedLatency,
  seededRandom,
  spikes,
  stateTimeline,
  tableSource,
  unblockGraph,
} from "../../kernel-lib/dist/index.js";

const goroutineCount = 1000;
const cycle = ["Running", "Waiting", "Runnable"];

export function run({ quick }) {
  const sizes = quick ? [1e5, 1e6] : [1e6, 1e7];
  const times = sizes.map((rows) => timesFor(rows));
  const rows = Object.keys(times[0]).map((name) => ({
    analysis: name,
    ...Object.fromEntries(sizes.map((size, i) => [`${size / 1e6} M rows, s`, round(times[i][name])])),
    "times the rows": sizes[1] / sizes[0],
    "times the time": round(times[1][name] / times[0][name]),
  }));
  return {
    title: "Analyses: cost against rows",
    notes: [
      "intervals of goroutine_states, made up: 1000 goroutines that run, wait for each other and become runnable in turn",
      "coincidence: the spikes are one row in a thousand, with 1000 circular shifts",
    ],
    tables: { seconds: rows },
  };
}

function timesFor(rows) {
  const source = madeUp(rows);
  const span = source.span;
  const log = operations(rows, span);
  const slow = spikes(log, { quantile: 0.999 });
  const timed = {
    schedLatency: () => schedLatency(source),
    unblockGraph: () => unblockGraph(source),
    runnableQueue: () => runnableQueue(source),
    idleBreakdown: () => idleBreakdown(source),
    requestBreakdown: () => requestBreakdown(source, { requests: "regions" }),
    "criticalPath of the whole": () => criticalPath(source, { g: 1, from_ns: 0, to_ns: span }),
    "spikes of as many operations": () => spikes(log, { quantile: 0.999 }),
    coincidence: () => coincidence(slow, source.table("ranges"), { from_ns: 0, to_ns: span }),
    "stateTimeline, drawn whole": () => stateTimeline(source),
  };
  return Object.fromEntries(
    Object.entries(timed).map(([name, work]) => {
      const start = performance.now();
      work();
      return [name, (performance.now() - start) / 1000];
    }),
  );
}

function madeUp(rows) {
  const random = seededRandom(1);
  const g = new Float64Array(rows);
  const codes = new Uint8Array(rows);
  const start_ns = new Float64Array(rows);
  const end_ns = new Float64Array(rows);
  const end_by_g = new Float64Array(rows).fill(-1);
  const at = new Float64Array(goroutineCount);
  for (let row = 0; row < rows; row++) {
    const own = row % goroutineCount;
    const state = Math.floor(row / goroutineCount) % 3;
    g[row] = own + 1;
    codes[row] = state;
    start_ns[row] = at[own];
    at[own] += 64 + Math.floor(random() * 10_000);
    end_ns[row] = at[own];
    if (state === 1) end_by_g[row] = 1 + Math.floor(random() * goroutineCount);
  }
  const none = new Int32Array(rows).fill(-1);
  const no = new Uint8Array(rows);
  const reasons = Uint8Array.from(codes, (code) => (code === 1 ? 1 : 0));
  const span = at.reduce((a, b) => Math.max(a, b), 0);
  const tables = {
    goroutine_states: table({
      g,
      state: dictionaryColumn(codes, cycle),
      start_ns,
      end_ns,
      dur_ns: end_ns.map((end, row) => end - start_ns[row]),
      reason: dictionaryColumn(reasons, [null, "sync"]),
      stack_id: none,
      p: none,
      end_by_g,
      left_censored: no,
      right_censored: no,
    }),
    goroutines: table({
      g: Float64Array.from({ length: goroutineCount }, (_, i) => i + 1),
      name: Array.from({ length: goroutineCount }, (_, i) => `main.worker${i % 20}`),
    }),
    ranges: evenly(rows / 10_000, span, 0.1, (i) => ({
      name: i % 2 ? "GC concurrent mark phase" : "stop-the-world (GC)",
    })),
    regions: evenly(rows / 100, span, 0.5, (i) => ({ type: "order", g: 1 + (i % goroutineCount) })),
    proc_states: evenly(rows / 10, span, 0.5, (i) => ({ p: i % 4, state: i % 3 ? "Running" : "Idle" })),
    thread_states: evenly(rows / 10, span, 0.5, (i) => ({ p: i % 4, m: i % 9, state: "Running" })),
  };
  return Object.assign(tableSource(tables), { span });
}

function evenly(count, span, share, more) {
  const length = Math.floor(count);
  const step = span / length;
  const rows = Array.from({ length }, (_, i) => more(i));
  const start_ns = Float64Array.from({ length }, (_, i) => i * step);
  const columns = Object.fromEntries(
    Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]),
  );
  const end_ns = start_ns.map((ns) => ns + step * share);
  return table({
    ...columns,
    scope_id: start_ns.map(() => -1),
    start_ns,
    end_ns,
    dur_ns: end_ns.map(() => step * share),
  });
}

function operations(rows, span) {
  const random = seededRandom(2);
  return table({
    start_ns: Float64Array.from({ length: rows }, (_, i) => (i / rows) * span),
    dur_ns: Float64Array.from({ length: rows }, () => Math.exp(random() * 12)),
  });
}

function round(value) {
  return Number(value.toPrecision(3));
}
