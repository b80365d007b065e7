// What `perf sched latency`, `perf sched timehist` and the summary of `timehist -s` print. There is no specification;
// the lines are those of tools/perf/builtin-sched.c. Their times are printed to the microsecond.

import type { Detector } from "../detect.js";
import { decodeLines } from "../text/decode-lines.js";

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

export interface PerfSched {
  tasks: SchedTask[];
  slices: SchedSlice[];
  runs: SchedRun[];
  /** Absolute time of the first timehist line in ns. */
  startNs: bigint;
  /** `TOTAL:` of perf sched latency. */
  total: { runtime_ns: number; switches: number } | null;
  unparsed: { line: number; text: string }[];
  lines: number;
}

const latencyHeader = /^\s*Task\s+\|\s+Runtime ms\s+\|\s+(?:Switches|Count)\s+\|/m;
const timehistHeader = /^\s*time\s+cpu\s+task name\s+wait time\s+sch delay\s+run time/m;
const summaryHeader =
  /^\s*comm\s+parent\s+sched-in\s+run-time\s+min-run\s+avg-run\s+max-run\s+stddev\s+migrations/m;
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

/** Tells what perf sched printed by the heading of its table. */
export const perfSchedDetector: Detector = {
  kind: "perf-sched",
  matches: ({ text }) => {
    const start = text.slice(0, 20_000);
    return latencyHeader.test(start) || timehistHeader.test(start) || summaryHeader.test(start);
  },
};

/** Reads what perf sched printed; lines that are none of it stay in `unparsed`. */
export function readPerfSched(bytes: Uint8Array): PerfSched {
  const sched: PerfSched = {
    tasks: [],
    slices: [],
    runs: [],
    startNs: 0n,
    total: null,
    unparsed: [],
    lines: 0,
  };
  for (const text of decodeLines(bytes)) {
    sched.lines++;
    const known = text.length <= maxLineChars && (decoration.test(text) || readLine(text, sched));
    if (!known) sched.unparsed.push({ line: sched.lines, text: text.slice(0, 1000) });
  }
  return sched;
}

function readLine(text: string, sched: PerfSched): boolean {
  const latency = latencyLine.exec(text);
  if (latency) return Boolean(sched.tasks.push(taskOf(latency)));
  const total = latencyTotal.exec(text);
  if (total) {
    sched.total = { runtime_ns: millis(total[1]), switches: Number(total[2]) };
    return true;
  }
  const run = summaryLine.exec(text);
  if (run) return Boolean(sched.runs.push(runOf(run)));
  const slice = timehistLine.exec(text);
  if (!slice) return false;
  const time = BigInt(slice[1]) * 1_000_000_000n + BigInt(slice[2]) * 1000n;
  if (sched.slices.length === 0) sched.startNs = time;
  sched.slices.push({ time_ns: Number(time - sched.startNs), ...sliceOf(slice) });
  return true;
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
