// What `perf sched latency`, `perf sched timehist`, the summary of `timehist -s` and `perf sched map` print. There is no specification;
// the lines are those of tools/perf/builtin-sched.c. Their times are printed to the microsecond.

import { RowStore } from "../../bytes/row-store.js";
import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { eachLine } from "../text/lines.js";
import { StatedTotals } from "../text/stated-totals.js";
import { UnparsedLines } from "../text/unparsed-lines.js";
import { mapLine } from "./is-perf-sched.js";

/** A task in `perf sched latency`; tasks of one name are one row there unless -p was given. */
export interface SchedTask {
  task: string;
  /** The thread's id; null where the row is of several threads. */
  tid: number | null;
  threads: number;
  runtime_ns: number;
  switches: number;
  avg_delay_ns: number;
  max_delay_ns: number;
  /** When the longest delay began, on the recording's clock; null in older versions of perf. */
  max_delay_start_ns: number | null;
  max_delay_end_ns: number | null;
}

/** A line of `perf sched timehist`: a task leaves the processor, or with -w is woken. */
export interface SchedSlice {
  /** Since the first line. */
  time_ns: number;
  cpu: number;
  task: string;
  tid: number;
  pid: number;
  wait_ns: number | null;
  delay_ns: number | null;
  run_ns: number | null;
  /** What follows: a state, `next: task`, `awakened: task`, or the functions of the call chain. */
  detail: string | null;
}

export interface SchedRun {
  task: string;
  tid: number;
  pid: number;
  parent: number;
  switched_in: number;
  run_ns: number;
  min_run_ns: number;
  avg_run_ns: number;
  max_run_ns: number;
  stddev_percent: number;
  migrations: number;
}

/** A line of `perf sched map`: a task was switched to. */
export interface SchedSwitch {
  /** Since the first line. */
  time_ns: number;
  cpu: number;
  /** The letter and digit that stand for the task in the map; `.` is idle. */
  code: string;
  task: string | null;
  tid: number | null;
  /** The codes of what runs on each processor, JSON by column; null where nothing was seen yet. */
  running: string;
}

export interface PerfSched {
  readonly switches: RowStore<SchedSwitch>;
  readonly tasks: SchedTask[];
  readonly slices: RowStore<SchedSlice>;
  readonly runs: SchedRun[];
  /** Absolute time of the first timehist or map line in ns. */
  startNs: bigint;
  /** `TOTAL:` of perf sched latency. */
  total: { runtime_ns: number; switches: number } | null;
  readonly unparsed: UnparsedLines;
  lines: number;
}

const latencyLine =
  /^ {2}(\S.*):(?:\((\d+)\)|(-?\d+)) *\| *([\d.]+) ms *\| *(\d+) *\| *(?:avg: *)?([\d.]+) ms *\| *(?:max: *)?([\d.]+) ms *\|(?: *max start: *([\d.]+) s *\| *max end: *([\d.]+) s| *(?:max at: *)?([\d.]+) s)?/;
const latencyTotal = /^ {2}TOTAL: *\| *([\d.]+) ms *\| *(\d+) *\|/;
const timehistLine =
  /^ *(\d+)\.(\d{6}) (?:[A-Z] +)?\[(\d+)\](?:\s+\S)? +(\S.*?)(?:\[(-?\d+)(?:\/(-?\d+))?\])?(?: {2,}| *$)(?:([\d.]+) +([\d.]+) +([\d.]+) ?)?(.*)$/;
const summaryLine =
  /^ *(\S.*)\[(-?\d+)(?:\/(-?\d+))?\] +(-?\d+) +(\d+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +(\d+)$/;
// Rulers, headings and the totals under a summary.
const decoration =
  /^[-\s]*$|^\s*(?:Task {2,}\||time\s+cpu|\[tid\/pid\]|comm\s+parent|\(count\)|Runtime summary|Terminated tasks:|Idle stats:|<no \w[\w ]*>$|CPU +\d+ idle|Total number of|Total run time|Total scheduling time|INFO:|ERROR:)/;
const maxLineChars = 4096;

/** Reads what perf sched printed, line by line; lines that are none of it stay in `unparsed`. */
export async function readPerfSched(input: OpenInput, options: ReadOptions = {}): Promise<PerfSched> {
  const map = new SchedMap();
  const sched: PerfSched = {
    switches: map.switches,
    tasks: [],
    slices: new RowStore<SchedSlice>({
      time_ns: "number",
      cpu: "number",
      task: "text",
      tid: "number",
      pid: "number",
      wait_ns: "number",
      delay_ns: "number",
      run_ns: "number",
      detail: "text",
    }),
    runs: [],
    startNs: 0n,
    total: null,
    unparsed: new UnparsedLines(),
    lines: 0,
  };
  const totals = new StatedTotals();
  const take = (text: string, line: number, offset: number): void => {
    sched.lines = line;
    const total = text.length <= maxLineChars ? latencyTotal.exec(text) : null;
    if (total) {
      sched.total = { runtime_ns: millis(total[1]), switches: Number(total[2]) };
      totals.check("switches", total[2], input.findings, line);
      return;
    }
    const { length } = sched.tasks;
    const known =
      text.length <= maxLineChars && (decoration.test(text) || readLine(text, sched) || map.take(text));
    if (!known) sched.unparsed.add(line, offset);
    const switches = sched.tasks.length > length ? sched.tasks[length].switches : 0;
    // A count beyond 2^53 is damage, and its total will differ.
    if (Number.isSafeInteger(switches)) totals.add("switches", String(switches));
  };
  await eachLine(input, take, options);
  if (map.switches.length > 0) sched.startNs = map.startNs;
  return sched;
}

/** Reads the lines of a map, whose codes are explained where they first stand. */
class SchedMap {
  readonly switches: RowStore<SchedSwitch> = new RowStore<SchedSwitch>({
    time_ns: "number",
    cpu: "number",
    code: "text",
    task: "text",
    tid: "number",
    running: "text",
  });
  startNs = 0n;
  private readonly tasks = new Map<string, { task: string; tid: number }>();
  /** Processors by column, in a compact map, where each column is one's that is named when it first switches. */
  private readonly cpus = new Map<number, number>();

  take(text: string): boolean {
    const match = mapLine.exec(text);
    if (!match) return false;
    const [, slots, whole, fraction, named, task, tid, cpu] = match;
    const marked = slots.indexOf("*");
    if (marked < 0) return false;
    const column = marked / 4;
    const time = BigInt(whole) * 1_000_000_000n + BigInt(fraction) * 1000n;
    if (this.switches.length === 0) this.startNs = time;
    if (named !== undefined) this.tasks.set(named, { task, tid: Number(tid) });
    if (cpu !== undefined) this.cpus.set(column, Number(cpu));
    const running = slots.match(/.{4}/g)?.map((slot) => slot.slice(1).trim() || null) ?? [];
    const code = running[column] ?? "";
    const known = this.tasks.get(code) ?? (code === "." ? { task: "swapper", tid: 0 } : undefined);
    this.switches.push({
      time_ns: Number(time - this.startNs),
      cpu: this.cpus.get(column) ?? column,
      code,
      task: known?.task ?? null,
      tid: known?.tid ?? null,
      running: JSON.stringify(running),
    });
    return true;
  }
}

function readLine(text: string, sched: PerfSched): boolean {
  // First the form of which there can be millions of lines.
  const slice = timehistLine.exec(text);
  if (slice) {
    const time = BigInt(slice[1]) * 1_000_000_000n + BigInt(slice[2]) * 1000n;
    if (sched.slices.length === 0) sched.startNs = time;
    sched.slices.push({ time_ns: Number(time - sched.startNs), ...sliceOf(slice) });
    return true;
  }
  const latency = latencyLine.exec(text);
  if (latency) return Boolean(sched.tasks.push(taskOf(latency)));
  const run = summaryLine.exec(text);
  return run ? Boolean(sched.runs.push(runOf(run))) : false;
}

function taskOf([
  ,
  task,
  threads,
  tid,
  runtime,
  switches,
  average,
  max,
  start,
  end,
  maxAt,
]: RegExpExecArray): SchedTask {
  return {
    task,
    tid: tid === undefined ? null : Number(tid),
    threads: Number(threads ?? 1),
    runtime_ns: millis(runtime),
    switches: Number(switches),
    avg_delay_ns: millis(average),
    max_delay_ns: millis(max),
    max_delay_start_ns: start === undefined ? null : seconds(start),
    max_delay_end_ns: end === undefined ? (maxAt === undefined ? null : seconds(maxAt)) : seconds(end),
  };
}

function sliceOf([, , , cpu, task, tid, pid, wait, delay, run, rest]: RegExpExecArray): Omit<
  SchedSlice,
  "time_ns"
> {
  const isIdle = task === "<idle>";
  return {
    cpu: Number(cpu),
    task,
    tid: tid === undefined ? (isIdle ? 0 : -1) : Number(tid),
    pid: Number(pid ?? tid ?? (isIdle ? 0 : -1)),
    wait_ns: wait === undefined ? null : millis(wait),
    delay_ns: delay === undefined ? null : millis(delay),
    run_ns: run === undefined ? null : millis(run),
    detail: rest.trim() || null,
  };
}

function runOf([, task, tid, pid, parent, switchedIn, ...numbers]: RegExpExecArray): SchedRun {
  const [run, min, average, max, deviation, migrations] = numbers;
  return {
    task,
    tid: Number(tid),
    pid: Number(pid ?? tid),
    parent: Number(parent),
    switched_in: Number(switchedIn),
    run_ns: millis(run),
    min_run_ns: millis(min),
    avg_run_ns: millis(average),
    max_run_ns: millis(max),
    stddev_percent: Number(deviation),
    migrations: Number(migrations),
  };
}

/** Milliseconds with three decimals as whole ns. */
function millis(text: string): number {
  return Math.round(Number(text) * 1000) * 1000;
}

/** Seconds with six decimals as whole ns. */
function seconds(text: string): number {
  return Math.round(Number(text) * 1e6) * 1000;
}
