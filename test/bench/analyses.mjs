// How the analyses' cost grows with the rows of a capture: near linear is what they promise.
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { table } from "arquero";
import { numbers, texts } from "../../kernel-lib/dist/analyze/columns.js";
import { seededRandom } from "../../kernel-lib/dist/analyze/random.js";
import { analysesOf, buildAnalysis } from "../../kernel-lib/dist/analyze/registry.js";
import { dictionaryColumn } from "../../kernel-lib/dist/bytes/dictionary.js";
import {
  analyses,
  annotationTypes,
  blockProfile,
  callEdges,
  callTree,
  canary,
  coincidence,
  compareLatency,
  criticalPath,
  diffCaptures,
  diffProfiles,
  gcCycles,
  headOfLine,
  idleBreakdown,
  labelTotals,
  latencyCdf,
  latencyHeatmap,
  latencyHistogram,
  load,
  mmu,
  mutatorUtilization,
  procTimeline,
  regionProfile,
  relatedGoroutines,
  requestBreakdown,
  runnableQueue,
  schedLatency,
  spikes,
  spikesOverBands,
  stackTree,
  stateTimeline,
  stopTheWorld,
  tableSource,
  topFunctions,
  unblockGraph,
  wakeDelay,
  wakeMatrix,
} from "../../kernel-lib/dist/index.js";
import { goVersion } from "./support/go-programs.mjs";
import { loadTrace } from "./trace.mjs";

const goroutineCount = 1000;
const cycle = ["Running", "Waiting", "Runnable"];

const captured = join(import.meta.dirname, "../fixtures/go-trace-load/load.trace");

const profiled = join(import.meta.dirname, "../fixtures/pprof/go1.26.8-cpu.pb.gz");

export async function run({ quick }) {
  const sizes = quick ? [1e5, 1e6] : [1e6, 1e7];
  const capture = await load(captured);
  const { profile } = await load(profiled);
  const columns = Object.fromEntries(repeatable.map((name) => [name, capture.table(name)]));
  return {
    title: "Analyses: cost against rows",
    notes: [
      "made up: intervals of goroutine_states; 1000 goroutines that run, wait for each other and become runnable in turn",
      "coincidence: the spikes are one row in a thousand, with 1000 circular shifts",
      "repeated: a trace of a web server, over and over until it has that many events; its other tables grow alike",
      "samples: a CPU profile, its samples repeated",
      "operations: made-up durations, as many as the rows",
      "by name: every analysis that is a table of a trace, of one read for it; reading: events and goroutine_states, whose tables are there then",
    ],
    tables: {
      "made up": growth(sizes, (rows) => ofIntervals(madeUp(rows))),
      repeated: growth(sizes, (rows) => ofTrace(repeated(columns, rows))),
      samples: growth(sizes, (rows) => ofSamples(repeatedSamples(profile, rows))),
      operations: growth(sizes, (rows) => ofOperations(rows)),
      ...(goVersion() && { "by name": await byName(await loadTrace(quick ? 1 : 4)) }),
    },
  };
}

/** What each analysis of a trace takes that is a table by name, beside reading it. */
async function byName(file) {
  const start = performance.now();
  const trace = await load(file);
  const named = new Set(analyses.map(({ schema }) => schema.name));
  const own = new Set(trace.schemas().flatMap(({ name }) => (named.has(name) ? [] : [name])));
  const events = trace.table("events").numRows();
  trace.table("goroutine_states");
  const reading = (performance.now() - start) / 1000;
  const found = analysesOf("go-trace", own);
  const times = found.map((analysis) => {
    const from = performance.now();
    buildAnalysis(analysis, trace);
    return { analysis: analysis.schema.name, seconds: (performance.now() - from) / 1000 };
  });
  times.sort((a, b) => b.seconds - a.seconds);
  const all = { analysis: "all", seconds: times.reduce((sum, { seconds }) => sum + seconds, 0) };
  return [{ analysis: "reading", seconds: reading }, all, ...times].map(({ analysis, seconds }) => ({
    analysis,
    s: round(seconds),
    "s per million events": round((seconds / events) * 1e6),
    "times reading": round(seconds / reading),
  }));
}

/** The seconds that each analysis takes with as many rows, and how they grow. */
function growth(sizes, analysesOf) {
  const times = sizes.map((rows) => timesOf(analysesOf(rows)));
  return Object.keys(times[0]).map((name) => ({
    analysis: name,
    ...Object.fromEntries(sizes.map((size, i) => [`${size / 1e6} M rows, s`, round(times[i][name])])),
    "times the rows": sizes[1] / sizes[0],
    "times the time": round(times[1][name] / times[0][name]),
  }));
}

function timesOf(analyses) {
  return Object.fromEntries(
    Object.entries(analyses).map(([name, work]) => {
      const start = performance.now();
      work();
      return [name, (performance.now() - start) / 1000];
    }),
  );
}

function ofIntervals(source) {
  const { span } = source;
  return {
    schedLatency: () => schedLatency(source),
    unblockGraph: () => unblockGraph(source),
    runnableQueue: () => runnableQueue(source),
    idleBreakdown: () => idleBreakdown(source),
    requestBreakdown: () => requestBreakdown(source, { requests: "regions" }),
    "criticalPath of the whole": () => criticalPath(source, { g: 1, from_ns: 0, to_ns: span }),
    "stateTimeline, drawn whole": () => stateTimeline(source),
  };
}

function ofTrace(source) {
  return {
    schedLatency: () => schedLatency(source),
    wakeMatrix: () => wakeMatrix(source),
    "wakeDelay of sync": () => wakeDelay(source, { reason: "sync" }),
    "blockProfile of sync": () => blockProfile(source, "sync"),
    "regionProfile of sched": () => regionProfile(source, "sched", { type: "decode" }),
    "stackTree of all states": () => stackTree(source, source.table("goroutine_states")),
    "requestBreakdown of regions": () => requestBreakdown(source, { requests: "regions" }),
    "requestBreakdown of handlers": () => requestBreakdown(source, { requests: "http" }),
    annotationTypes: () => annotationTypes(source, "regions"),
    relatedGoroutines: () => relatedGoroutines(source, 1),
    mutatorUtilization: () => mutatorUtilization(source),
    mmu: () => mmu(source),
    gcCycles: () => gcCycles(source),
    stopTheWorld: () => stopTheWorld(source),
    diffCaptures: () => diffCaptures(source, source),
    "procTimeline, drawn whole": () => procTimeline(source),
  };
}

function ofSamples(source) {
  return {
    topFunctions: () => topFunctions(source),
    callTree: () => callTree(source),
    callEdges: () => callEdges(source),
    labelTotals: () => labelTotals(source),
    diffProfiles: () => diffProfiles(callTree(source), callTree(source)),
  };
}

function ofOperations(rows) {
  const span = rows * 1000;
  const log = operations(rows, span);
  const busy = evenly(rows / 100, span, 0.5, () => ({ name: "GC concurrent mark phase" }));
  return {
    spikes: () => spikes(log, { quantile: 0.999 }),
    coincidence: () => coincidence(spikes(log, { quantile: 0.999 }), busy, { from_ns: 0, to_ns: span }),
    headOfLine: () => headOfLine(log, busy),
    compareLatency: () => compareLatency(log, log),
    canary: () => canary(log),
    latencyHistogram: () => latencyHistogram(log, { by: "stage" }),
    latencyCdf: () => latencyCdf(log, { by: "stage" }),
    latencyHeatmap: () => latencyHeatmap(log, { ranges: busy }),
    spikesOverBands: () => spikesOverBands(log, busy),
  };
}

const repeatable = [
  "events",
  "goroutine_states",
  "labels",
  "goroutines",
  "stacks",
  "frames",
  "ranges",
].concat(["regions", "tasks", "metrics", "proc_states", "thread_states"]);
const timeless = new Set(["goroutines", "stacks", "frames"]);
const moments = new Set(["start_ns", "end_ns", "time_ns"]);

/** The tables of a trace laid one behind the other in time, until there are as many events. */
function repeated(tables, rows) {
  const time = numbers(tables.events, "time_ns");
  const span = time[time.length - 1] - time[0] + 1000;
  const times = Math.ceil(rows / time.length);
  return tableSource(
    Object.fromEntries(
      Object.entries(tables).map(([name, own]) => [
        name,
        timeless.has(name) ? own : table(repeatedColumns(own, times, span)),
      ]),
    ),
  );
}

function repeatedSamples(profile, rows) {
  const count = profile.sampleStack.length;
  const times = Math.ceil(rows / count);
  const tile = (column, step = 0) => {
    const all = new column.constructor(column.length * times);
    for (let i = 0; i < times; i++) {
      for (let row = 0; row < column.length; row++) all[i * column.length + row] = column[row] + i * step;
    }
    return all;
  };
  const { sample, key, text, num, unit } = profile.labels;
  const labels = {
    sample: tile(sample, count),
    key: tile(key),
    text: tile(text),
    num: tile(num),
    unit: tile(unit),
  };
  return {
    profile: {
      ...profile,
      values: profile.values.map((values) => tile(values)),
      sampleStack: tile(profile.sampleStack),
      labels: { ...profile.labels, ...labels },
    },
  };
}

function repeatedColumns(own, times, span) {
  return Object.fromEntries(
    own.columnNames().map((name) => [name, repeatedColumn(own, name, times, moments.has(name) ? span : 0)]),
  );
}

function repeatedColumn(own, name, times, step) {
  const rows = own.numRows();
  const first = own.array(name).find((value) => value !== null);
  if (typeof first === "string" || first === undefined) {
    const { codes, values } = texts(own, name);
    const all = new Int32Array(rows * times);
    for (let i = 0; i < times; i++) all.set(codes, i * rows);
    return dictionaryColumn(all, values);
  }
  const column = Float64Array.from(own.array(name), Number);
  const all = new Float64Array(rows * times);
  for (let i = 0; i < times; i++) {
    const at = i * rows;
    for (let row = 0; row < rows; row++) all[at + row] = column[row] + i * step;
  }
  return all;
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
      m: none,
      p: none,
      end_by_g,
      end_stack_id: none,
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

const stages = ["5 %", "20 %", "50 %", "100 %"];

function operations(rows, span) {
  const random = seededRandom(2);
  return table({
    start_ns: Float64Array.from({ length: rows }, (_, i) => (i / rows) * span),
    dur_ns: Float64Array.from({ length: rows }, () => Math.exp(random() * 12)),
    stage: dictionaryColumn(
      Uint8Array.from({ length: rows }, (_, i) => Math.floor((i / rows) * 4)),
      stages,
    ),
    version: dictionaryColumn(
      Uint8Array.from({ length: rows }, (_, i) => i % 2),
      ["old", "new"],
    ),
  });
}

function round(value) {
  return Number(value.toPrecision(3));
}
