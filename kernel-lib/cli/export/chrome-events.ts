import type { ColumnTable } from "arquero";
import { type Numbers, numbers, type Texts, textAt, texts } from "../../analyze/columns.js";
import { needTables } from "../../analyze/table-source.js";
import type { LoadedCapture } from "../../capture/formats.js";
import { jsonText } from "../output.js";
import { inWindow, type Selection } from "./selected-table.js";

// The groups of tracks, in the order in which they are shown.
const processorsPid = 1;
const goroutinesPid = 2;
const rangesPid = 3;
const goroutineRangesPid = 4;
const processorRangesPid = 5;
const regionsPid = 6;
const metricsPid = 7;

const groups: readonly (readonly [pid: number, name: string])[] = [
  [processorsPid, "Processors"],
  [goroutinesPid, "Goroutines"],
  [rangesPid, "Runtime"],
  [goroutineRangesPid, "Runtime, on goroutines"],
  [processorRangesPid, "Runtime, on processors"],
  [regionsPid, "User regions and tasks"],
  [metricsPid, "Metrics"],
];

type TraceEvent = Record<string, unknown>;

/**
 * A Go trace in the Trace Event Format, which Perfetto and chrome://tracing open: a track for each processor and each
 * goroutine with its states, the runtime's ranges, user regions, tasks and logs, metrics as counters, and an arrow from
 * whoever ended a wait to the goroutine that was woken. Written row by row; times in µs, exact to the nanosecond.
 *
 * @throws RangeError when the capture is no trace
 */
export function* chromeEvents(capture: LoadedCapture, selection: Selection = {}): Generator<string> {
  const names = ["goroutine_states", "goroutines", "stacks", "ranges", "regions", "tasks", "logs", "metrics"];
  const tables = needTables(capture, "a timeline", names).map((table) => inWindow(table, selection).reify());
  const [states, known, stacks, ranges, regions, tasks, logs, metrics] = tables;
  const wanted = (g: number): boolean => !selection.goroutines || selection.goroutines.has(g);
  yield '{"displayTimeUnit":"ns","traceEvents":[\n';
  yield* lines(groupNames(), "");
  yield* lines(goroutineNames(known, wanted));
  yield* lines(stateSlices(states, stacks, wanted));
  yield* lines(wakes(states, wanted));
  yield* lines(rangeSlices(ranges, wanted));
  yield* lines(regionSlices(regions, wanted));
  yield* lines(taskSpans(tasks));
  yield* lines(logMarks(logs, wanted));
  yield* lines(counters(metrics));
  yield "\n]}\n";
}

function* lines(events: Iterable<TraceEvent>, before = ",\n"): Generator<string> {
  let piece = "";
  let separator = before;
  for (const event of events) {
    piece += separator + jsonText(event);
    separator = ",\n";
    if (piece.length < 1 << 16) continue;
    yield piece;
    piece = "";
  }
  if (piece) yield piece;
}

function micros(ns: number): number {
  return ns / 1000;
}

function* groupNames(): Generator<TraceEvent> {
  for (const [pid, name] of groups) {
    yield { ph: "M", name: "process_name", pid, args: { name } };
    yield { ph: "M", name: "process_sort_index", pid, args: { sort_index: pid } };
  }
}

function* goroutineNames(table: ColumnTable, wanted: (g: number) => boolean): Generator<TraceEvent> {
  const g = numbers(table, "g");
  const name = texts(table, "name");
  for (let row = 0; row < g.length; row++) {
    if (!wanted(g[row])) continue;
    const args = { name: `G${g[row]} ${textAt(name, row) ?? ""}`.trim() };
    yield { ph: "M", name: "thread_name", pid: goroutinesPid, tid: g[row], args };
  }
}

function* stateSlices(
  states: ColumnTable,
  stacks: ColumnTable,
  wanted: (g: number) => boolean,
): Generator<TraceEvent> {
  const spans = spansOf(states);
  const g = numbers(states, "g");
  const p = numbers(states, "p");
  const state = texts(states, "state");
  const reason = texts(states, "reason");
  const stack = numbers(states, "stack_id");
  const leaf = texts(stacks, "leaf");
  for (let row = 0; row < g.length; row++) {
    if (!wanted(g[row])) continue;
    const name = textAt(state, row) ?? "";
    const why = textAt(reason, row);
    const args = { g: g[row], reason: why ?? undefined, at: stackLeaf(leaf, stack[row]) };
    const label = name === "Waiting" && why ? `Waiting: ${why}` : name;
    yield { ph: "X", name: label, cat: name, pid: goroutinesPid, tid: g[row], ...spans(row), args };
    if (name === "Running" && p[row] >= 0) {
      yield { ph: "X", name: `G${g[row]}`, cat: name, pid: processorsPid, tid: p[row], ...spans(row), args };
    }
  }
}

function stackLeaf(leaf: Texts, stack: number): string | undefined {
  return stack >= 0 ? (textAt(leaf, stack) ?? undefined) : undefined;
}

function spansOf(table: ColumnTable): (row: number) => { ts: number; dur: number } {
  const start = numbers(table, "start_ns");
  const dur = numbers(table, "dur_ns");
  return (row) => ({ ts: micros(start[row]), dur: micros(dur[row]) });
}

/** Arrows from the goroutine that ended a wait to the one that was waiting. */
function* wakes(states: ColumnTable, wanted: (g: number) => boolean): Generator<TraceEvent> {
  const g = numbers(states, "g");
  const waker = numbers(states, "end_by_g");
  const end = numbers(states, "end_ns");
  const state = texts(states, "state");
  const waiting = state.values.indexOf("Waiting");
  for (let row = 0; row < g.length; row++) {
    if (state.codes[row] !== waiting || waker[row] < 0 || !wanted(g[row]) || !wanted(waker[row])) continue;
    const flow = { name: "wake", cat: "wake", id: row + 1, pid: goroutinesPid, ts: micros(end[row]) };
    yield { ph: "s", ...flow, tid: waker[row] };
    yield { ph: "f", bp: "e", ...flow, tid: g[row] };
  }
}

function* rangeSlices(ranges: ColumnTable, wanted: (g: number) => boolean): Generator<TraceEvent> {
  const spans = spansOf(ranges);
  const name = texts(ranges, "name");
  const scope = texts(ranges, "scope");
  const id = numbers(ranges, "scope_id");
  for (let row = 0; row < id.length; row++) {
    const kind = textAt(scope, row);
    if (kind === "Goroutine" && !wanted(id[row])) continue;
    const pid = kind === "Goroutine" ? goroutineRangesPid : kind === "Proc" ? processorRangesPid : rangesPid;
    const tid = id[row] >= 0 ? id[row] : 0;
    yield { ph: "X", name: textAt(name, row), cat: "range", pid, tid, ...spans(row) };
  }
}

function* regionSlices(regions: ColumnTable, wanted: (g: number) => boolean): Generator<TraceEvent> {
  const spans = spansOf(regions);
  const g = numbers(regions, "g");
  const type = texts(regions, "type");
  for (let row = 0; row < g.length; row++) {
    const span = spans(row);
    if (!wanted(g[row]) || Number.isNaN(span.dur)) continue;
    yield { ph: "X", name: textAt(type, row), cat: "region", pid: regionsPid, tid: g[row], ...span };
  }
}

function* taskSpans(tasks: ColumnTable): Generator<TraceEvent> {
  const task = numbers(tasks, "task");
  const type = texts(tasks, "type");
  const ends: [phase: string, time: Numbers][] = [
    ["b", numbers(tasks, "start_ns")],
    ["e", numbers(tasks, "end_ns")],
  ];
  for (let row = 0; row < task.length; row++) {
    if (ends.some(([, time]) => Number.isNaN(time[row]))) continue;
    for (const [ph, time] of ends) {
      const ts = micros(time[row]);
      yield { ph, name: textAt(type, row), cat: "task", id: task[row], pid: regionsPid, tid: 0, ts };
    }
  }
}

function* logMarks(logs: ColumnTable, wanted: (g: number) => boolean): Generator<TraceEvent> {
  const time = numbers(logs, "time_ns");
  const g = numbers(logs, "g");
  const category = texts(logs, "category");
  const message = texts(logs, "message");
  for (let row = 0; row < g.length; row++) {
    if (!wanted(g[row])) continue;
    const args = { category: textAt(category, row) };
    const name = textAt(message, row);
    yield { ph: "i", s: "t", name, cat: "log", pid: goroutinesPid, tid: g[row], ts: micros(time[row]), args };
  }
}

function* counters(metrics: ColumnTable): Generator<TraceEvent> {
  const name = texts(metrics, "name");
  const time = numbers(metrics, "time_ns");
  const value = numbers(metrics, "value");
  for (let row = 0; row < time.length; row++) {
    const args = { value: value[row] };
    yield { ph: "C", name: textAt(name, row), pid: metricsPid, tid: 0, ts: micros(time[row]), args };
  }
}
