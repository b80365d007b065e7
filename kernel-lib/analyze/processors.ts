import { type ColumnTable, table } from "arquero";
import { numbers, texts } from "./columns.js";
import { needTables, type TableSource } from "./table-source.js";

/**
 * What processors did, and whether work waited while they were idle. One row per state: state, total_ns, share.
 * States: `running goroutines`, `in system calls` (a processor whose goroutine is in one), `scheduling` (looking for
 * work, or running the runtime's own), `idle, nothing to do`, and `idle while goroutines were runnable`: for as many
 * idle processors as there were runnable goroutines. They sum to the processors' time in the capture.
 *
 * A runnable goroutine beside an idle processor is often one that was made runnable a moment ago and whose processor
 * is just being woken; {@link runnableQueue} shows when, and for how long.
 *
 * @throws RangeError when the capture has no goroutine_states, proc_states or thread_states
 * @example
 * idleBreakdown(trace).objects();
 */
export function idleBreakdown(source: TableSource): ColumnTable {
  const [threads] = needTables(source, "idleBreakdown", ["thread_states"]);
  const busy = new Map<string, number>();
  const state = texts(threads, "state");
  const p = numbers(threads, "p");
  const duration = numbers(threads, "dur_ns");
  for (let row = 0; row < duration.length; row++) {
    if (p[row] < 0) continue;
    const name = state.values[state.codes[row]] ?? "unknown";
    busy.set(name, (busy.get(name) ?? 0) + duration[row]);
  }
  let wasted = 0;
  let idle = 0;
  for (const step of steps(source, "idleBreakdown")) {
    wasted += step.dur * Math.min(step.idle, step.runnable);
    idle += step.dur * step.idle;
  }
  const rows: [string, number][] = [
    ["running goroutines", busy.get("Running") ?? 0],
    ["in system calls", busy.get("Syscall") ?? 0],
    ["scheduling", busy.get("Scheduling") ?? 0],
    ["idle, nothing to do", idle - wasted],
    ["idle while goroutines were runnable", wasted],
  ];
  const total = rows.reduce((sum, [, ns]) => sum + ns, 0);
  return table({
    state: rows.map(([name]) => name),
    total_ns: Float64Array.from(rows, ([, ns]) => ns),
    share: Float64Array.from(rows, ([, ns]) => (total > 0 ? ns / total : 0)),
  });
}

/**
 * Runnable goroutines and idle processors over time, in equal stretches. Columns: start_ns, end_ns, runnable_mean
 * (time-weighted) and runnable_max, busy_mean (processors not idle), idle_mean, and wasted_ns (time of idle
 * processors while that many goroutines were runnable). Exact in every stretch, however many changes it holds.
 *
 * @param options.bins how many stretches (default 400)
 * @throws RangeError when the capture has no goroutine_states or proc_states
 * @example
 * queueChart(runnableQueue(trace));
 */
export function runnableQueue(
  source: TableSource,
  options: { bins?: number; from_ns?: number; to_ns?: number } = {},
): ColumnTable {
  const all = steps(source, "runnableQueue");
  const last = all[all.length - 1];
  const from = options.from_ns ?? all[0]?.start ?? 0;
  const to = options.to_ns ?? (last ? last.start + last.dur : 1);
  const bins = options.bins ?? 400;
  const width = (to - from) / bins;
  const sums = {
    runnable: zeros(bins),
    busy: zeros(bins),
    idle: zeros(bins),
    wasted: zeros(bins),
    max: zeros(bins),
  };
  for (const { start, dur, runnable, idle, busy } of all) {
    const end = Math.min(to, start + dur);
    let at = Math.max(from, start);
    for (let bin = Math.max(0, Math.floor((at - from) / width)); bin < bins && at < end; bin++) {
      const until = bin === bins - 1 ? end : Math.min(end, from + (bin + 1) * width);
      const ns = Math.max(0, until - at);
      sums.runnable[bin] += ns * runnable;
      sums.idle[bin] += ns * idle;
      sums.busy[bin] += ns * busy;
      sums.wasted[bin] += ns * Math.min(idle, runnable);
      if (ns > 0 && runnable > sums.max[bin]) sums.max[bin] = runnable;
      at = Math.max(at, until);
    }
  }
  const mean = (values: Float64Array): Float64Array => values.map((ns) => ns / width);
  return table({
    start_ns: Float64Array.from({ length: bins }, (_, bin) => from + bin * width),
    end_ns: Float64Array.from({ length: bins }, (_, bin) => from + (bin + 1) * width),
    runnable_mean: mean(sums.runnable),
    runnable_max: sums.max,
    busy_mean: mean(sums.busy),
    idle_mean: mean(sums.idle),
    wasted_ns: sums.wasted,
  });
}

function zeros(length: number): Float64Array {
  return new Float64Array(length);
}

interface Step {
  start: number;
  dur: number;
  runnable: number;
  idle: number;
  busy: number;
}

type Count = "runnable" | "idle" | "busy";

// Between two changes the number of runnable goroutines, of idle and of other processors is constant.
function steps(source: TableSource, analysis: string): Step[] {
  const [goroutines, procs] = needTables(source, analysis, ["goroutine_states", "proc_states"]);
  const changes: { at: number; by: number; what: Count }[] = [];
  addChanges(changes, goroutines, "Runnable", "runnable");
  addChanges(changes, procs, "Idle", "idle");
  addChanges(changes, procs, "Running", "busy");
  changes.sort((a, b) => a.at - b.at);
  const now = { runnable: 0, idle: 0, busy: 0 };
  const found: Step[] = [];
  changes.forEach(({ at, by, what }, i) => {
    now[what] += by;
    const next = changes[i + 1]?.at ?? at;
    if (next > at) found.push({ start: at, dur: next - at, ...now });
  });
  return found;
}

function addChanges(
  changes: { at: number; by: number; what: Count }[],
  states: ColumnTable,
  wanted: string,
  what: Count,
): void {
  const state = texts(states, "state");
  const code = state.values.indexOf(wanted);
  const start = numbers(states, "start_ns");
  const end = numbers(states, "end_ns");
  for (let row = 0; row < start.length; row++) {
    if (code < 0 || state.codes[row] !== code || end[row] <= start[row]) continue;
    changes.push({ at: start[row], by: 1, what }, { at: end[row], by: -1, what });
  }
}
