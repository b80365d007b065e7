import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, type Needs, neededTables } from "./analysis.js";
import { codesWhere, numbers, texts } from "./columns.js";
import { goUtilization } from "./go-utilization.js";
import { firstEndingAfter, type Intervals, lastAtOrBefore, mergeIntervals } from "./intervals.js";
import { metricSteps } from "./metric-steps.js";
import { sortRows } from "./sort-rows.js";
import { isStopTheWorld } from "./stop-the-world.js";
import type { TableSource } from "./table-source.js";
import type { UtilizationOptions, UtilizationSteps } from "./utilization-steps.js";

/** What the curve of utilization is made of. */
export const utilizationNeeds: Needs = {
  events: [],
  goroutine_states: ["g", "state", "start_ns", "end_ns"],
  ranges: ["name", "scope_id", "start_ns", "end_ns", "left_censored"],
  labels: ["time_ns", "g", "label"],
  metrics: ["name", "time_ns", "value"],
};

export const mutatorUtilizationAnalysis: Analysis = {
  name: "mutatorUtilization",
  accepts: ["go-trace"],
  needs: utilizationNeeds,
  schema: {
    name: "mutator_utilization",
    doc: "The share of processors that the program itself could use, over time.",
    columns: [
      column("time_ns", "float64", "from when; until the next row", { unit: "ns" }),
      column("utilization", "float64", "share of the processors left to the program", { unit: "ratio" }),
      column(
        "go_utilization",
        "float64",
        "the same as go tool trace has it, which counts mark workers twice",
        {
          unit: "ratio",
        },
      ),
    ],
  },
  build: mutatorUtilization,
};

/**
 * Mutator utilization: the share of processors that the program itself could use, over time. Columns: time_ns, utilization and
 * go_utilization (from then to the next row; the last row closes the capture with 0). It begins when the trace first says how many
 * processors there are.
 *
 * `utilization` counts each processor's time once: a processor is the collector's while a mark worker other than an idle one, or a
 * goroutine that assists, runs on it, and all are while the world is stopped, for whatever reason. `go_utilization` is the curve of
 * `go tool trace` (internal/trace/gc.go, MutatorUtilizationV2): it counts a mark worker twice from its second start on and takes it
 * back once, so that after a few cycles it holds processors for busy that are not, and counts only the collector's pauses.
 *
 * A mark worker that ran already when the trace began counts from its next start, when its label is seen.
 *
 * @throws RangeError when the capture has no events, states, ranges, labels or metrics
 * @example
 * mutatorUtilization(trace, { stw: "gc" });
 */
export function mutatorUtilization(source: TableSource, options: UtilizationOptions = {}): ColumnTable {
  const tables = neededTables(mutatorUtilizationAnalysis, source);
  const { own, go } = utilizations(source, tables, options);
  const times = Float64Array.from(new Set([...own.times, ...go.times])).sort();
  return buildTable(mutatorUtilizationAnalysis.schema, {
    time_ns: times,
    utilization: valuesAt(own, times),
    go_utilization: valuesAt(go, times),
  });
}

/** Both curves of a source: each processor's time counted once, and as Go has it; empty without processors. */
export interface Utilizations {
  readonly own: UtilizationSteps;
  readonly go: UtilizationSteps;
}

const known = new WeakMap<TableSource, Map<string, Utilizations>>();

/** The curves of a source, of its tables of {@link utilizationNeeds}; made once for each source and choice. */
export function utilizations(
  source: TableSource,
  tables: readonly ColumnTable[],
  options: UtilizationOptions,
): Utilizations {
  const bySource = known.get(source) ?? new Map<string, Utilizations>();
  known.set(source, bySource);
  const { stw, background, assist, sweep } = options;
  const choice = JSON.stringify([stw, background, assist, sweep]);
  let curves = bySource.get(choice);
  if (!curves) {
    curves = { own: utilizationSteps(tables, options), go: goUtilization(tables[0], options) };
    bySource.set(choice, curves);
  }
  return curves;
}

function utilizationSteps(
  [events, states, ranges, labels, metrics]: readonly ColumnTable[],
  options: UtilizationOptions,
): UtilizationSteps {
  const time = numbers(events, "time_ns");
  const processors = metricSteps(metrics, "/sched/gomaxprocs:threads");
  if (processors.times.length === 0) return { times: new Float64Array(0), utils: new Float64Array(0) };
  const { pauses, byGoroutine } = collecting(ranges, labels, states, options);
  return countBusy(onProcessors(states, byGoroutine), pauses, processors, time[time.length - 1]);
}

/** Pauses, and when each goroutine did the collector's work whenever it ran; both in order. */
interface Collecting {
  readonly pauses: Intervals;
  readonly byGoroutine: ReadonlyMap<number, Intervals>;
}

function collecting(
  ranges: ColumnTable,
  labels: ColumnTable,
  states: ColumnTable,
  { stw = "all", background = true, assist = true, sweep = false }: UtilizationOptions,
): Collecting {
  const name = texts(ranges, "name");
  const stops = codesWhere(
    name,
    (text) => isStopTheWorld(text) && (stw === "all" || (stw === "gc" && text.includes("GC"))),
  );
  const works = codesWhere(
    name,
    (text) => (assist && text === "GC mark assist") || (sweep && text === "GC incremental sweep"),
  );
  const [g, start, end] = ["scope_id", "start_ns", "end_ns"].map((column) => numbers(ranges, column));
  const active = numbers(ranges, "left_censored");
  const pauses: Span[] = [];
  const spans = new Map<number, Span[]>();
  for (let row = 0; row < start.length; row++) {
    const span: Span = [active[row] ? Number.NEGATIVE_INFINITY : start[row], end[row]];
    if (stops[name.codes[row]]) pauses.push(span);
    else if (works[name.codes[row]]) push(spans, g[row], span);
  }
  if (background)
    for (const [worker, stints] of marking(labels, states))
      for (const stint of stints) push(spans, worker, stint);
  return {
    pauses: merged(pauses),
    byGoroutine: new Map([...spans].map(([worker, own]) => [worker, merged(own)])),
  };
}

type Span = [from: number, to: number];

function push(spans: Map<number, Span[]>, g: number, span: Span): void {
  const own = spans.get(g);
  if (own) own.push(span);
  else spans.set(g, [span]);
}

function merged(spans: Span[]): Intervals {
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return mergeIntervals({
    starts: Float64Array.from(spans, ([from]) => from),
    ends: Float64Array.from(spans, ([, to]) => to),
  });
}

// A worker is labelled right after it starts, with what it does until it blocks; where it is preempted it goes on with the same.
function marking(labels: ColumnTable, states: ColumnTable): Map<number, Span[]> {
  const label = texts(labels, "label");
  const worker = codesWhere(label, (text) => text.startsWith("GC ") && text !== "GC (idle)");
  const time = numbers(labels, "time_ns");
  const g = numbers(labels, "g");
  const labelled = new Map<number, { time: number; marks: boolean }[]>();
  for (let row = 0; row < time.length; row++) {
    const own = labelled.get(g[row]) ?? [];
    labelled.set(g[row], own);
    own.push({ time: time[row], marks: worker[label.codes[row]] });
  }
  const turns = turnsOf(states, labelled);
  const stints = new Map<number, Span[]>();
  for (const [id, own] of labelled) {
    own.sort((a, b) => a.time - b.time);
    const { runs, blocks } = turns.get(id) ?? noTurns;
    for (const [i, { time, marks }] of own.entries()) {
      if (!marks) continue;
      const from = runs[lastAtOrBefore(runs, time)] ?? time;
      const blocked = blocks[lastAtOrBefore(blocks, time) + 1] ?? Number.POSITIVE_INFINITY;
      push(stints, id, [from, Math.min(blocked, own[i + 1]?.time ?? blocked)]);
    }
  }
  return stints;
}

/** When a goroutine began to run, and when to wait, in order. */
interface Turns {
  runs: Float64Array;
  blocks: Float64Array;
}

const noTurns: Turns = { runs: new Float64Array(0), blocks: new Float64Array(0) };

function turnsOf(states: ColumnTable, wanted: ReadonlyMap<number, unknown>): Map<number, Turns> {
  const state = texts(states, "state");
  const [running, waiting, ended] = ["Running", "Waiting", "NotExist"].map((name) =>
    state.values.indexOf(name),
  );
  const start = numbers(states, "start_ns");
  const g = numbers(states, "g");
  const found = new Map<number, { runs: number[]; blocks: number[] }>();
  for (const id of wanted.keys()) found.set(id, { runs: [], blocks: [] });
  for (let row = 0; row < start.length; row++) {
    const own = found.get(g[row]);
    if (!own) continue;
    const code = state.codes[row];
    if (code === running) own.runs.push(start[row]);
    else if (code === waiting || code === ended) own.blocks.push(start[row]);
  }
  const sorted = (times: number[]): Float64Array => Float64Array.from(times).sort();
  return new Map(
    [...found].map(([id, { runs, blocks }]) => [id, { runs: sorted(runs), blocks: sorted(blocks) }]),
  );
}

/** When a processor ran a goroutine that did the collector's work, a stretch for each. */
function onProcessors(states: ColumnTable, byGoroutine: ReadonlyMap<number, Intervals>): Span[] {
  const state = texts(states, "state");
  const running = state.values.indexOf("Running");
  const [g, start, end] = ["g", "start_ns", "end_ns"].map((column) => numbers(states, column));
  const found: Span[] = [];
  for (let row = 0; row < start.length; row++) {
    if (state.codes[row] !== running) continue;
    const own = byGoroutine.get(g[row]);
    if (!own) continue;
    for (let i = firstEndingAfter(own, start[row]); i < own.starts.length && own.starts[i] < end[row]; i++) {
      found.push([Math.max(own.starts[i], start[row]), Math.min(own.ends[i], end[row])]);
    }
  }
  return found;
}

// Every change of one of the counts is an edge; between two edges nothing changes.
function countBusy(
  busy: readonly Span[],
  pauses: Intervals,
  processors: { readonly times: Float64Array; readonly values: Float64Array },
  last: number,
): UtilizationSteps {
  const first = processors.times[0];
  const edges = {
    time: [] as number[],
    busy: [] as number[],
    stopped: [] as number[],
    processors: [] as number[],
  };
  const edge = (time: number, by: { busy?: number; stopped?: number; processors?: number }): void => {
    edges.time.push(Math.min(last, Math.max(first, time)));
    edges.busy.push(by.busy ?? 0);
    edges.stopped.push(by.stopped ?? 0);
    edges.processors.push(by.processors ?? 0);
  };
  for (const [from, to] of busy) {
    edge(from, { busy: 1 });
    edge(to, { busy: -1 });
  }
  for (let i = 0; i < pauses.starts.length; i++) {
    edge(pauses.starts[i], { stopped: 1 });
    edge(pauses.ends[i], { stopped: -1 });
  }
  processors.times.forEach((time, i) => {
    edge(time, { processors: processors.values[i] - (processors.values[i - 1] ?? 0) });
  });
  const order = sortRows(
    new Uint32Array(edges.time.length).map((_, i) => i),
    Float64Array.from(edges.time),
  );
  const steps = { times: [] as number[], utils: [] as number[] };
  let [running, stopped, count] = [0, 0, 0];
  for (let i = 0; i < order.length; ) {
    const at = edges.time[order[i]];
    for (; i < order.length && edges.time[order[i]] === at; i++) {
      running += edges.busy[order[i]];
      stopped += edges.stopped[order[i]];
      count += edges.processors[order[i]];
    }
    const util = at === last || stopped > 0 ? 0 : 1 - Math.min(1, running / Math.max(1, count));
    if (util === steps.utils.at(-1) && at !== last) continue;
    steps.times.push(at);
    steps.utils.push(util);
  }
  if (steps.times.at(-1) !== last) {
    steps.times.push(last);
    steps.utils.push(0);
  }
  return { times: Float64Array.from(steps.times), utils: Float64Array.from(steps.utils) };
}

function valuesAt({ times, utils }: UtilizationSteps, wanted: Float64Array): Float64Array {
  let at = -1;
  return wanted.map((time) => {
    while (at + 1 < times.length && times[at + 1] <= time) at++;
    return at < 0 ? Number.NaN : utils[at];
  });
}
