import { resolve } from "node:path";
import { table } from "arquero";
import { beforeAll, expect, test } from "vitest";
import { criticalPath } from "#lib/analyze/critical-path.js";
import { idleBreakdown, runnableQueue } from "#lib/analyze/processors.js";
import { requestBreakdown } from "#lib/analyze/request-breakdown.js";
import { tableSource } from "#lib/analyze/table-source.js";
import { unblockGraph, wakeMatrix } from "#lib/analyze/wakes.js";
import type { Capture } from "#lib/capture/capture.js";
import { load } from "#lib/capture/load.js";
import { goroutineStates } from "./make-tables.js";

let trace: Capture;
beforeAll(async () => {
  trace = await load(resolve(import.meta.dirname, "../fixtures/go-trace-load/load.trace"));
});

type Row = Record<string, number>;
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

// g 1 waits for g 2 from 10 to 40; g 2 runs 0..15, waits for g 3 until 30, runs until it wakes g 1 at 40.
const states = goroutineStates([
  { g: 1, state: "Running", start_ns: 0, end_ns: 10 },
  { g: 1, state: "Waiting", start_ns: 10, end_ns: 40, end_by_g: 2, reason: "sync" },
  { g: 1, state: "Runnable", start_ns: 40, end_ns: 44 },
  { g: 1, state: "Running", start_ns: 44, end_ns: 50 },
  { g: 2, state: "Running", start_ns: 0, end_ns: 15 },
  { g: 2, state: "Waiting", start_ns: 15, end_ns: 30, end_by_g: 3, reason: "chan receive" },
  { g: 2, state: "Runnable", start_ns: 30, end_ns: 31 },
  { g: 2, state: "Running", start_ns: 31, end_ns: 60 },
  { g: 3, state: "Waiting", start_ns: 0, end_ns: 20, end_by_g: -1, reason: "network" },
  { g: 3, state: "Runnable", start_ns: 20, end_ns: 22 },
  { g: 3, state: "Running", start_ns: 22, end_ns: 60 },
]);
const goroutines = table({ g: [1, 2, 3], name: ["main.a", "main.b", "main.c"] });
const procs = table({
  p: [0, 1, 1],
  state: ["Running", "Running", "Idle"],
  start_ns: [0, 0, 41],
  end_ns: [60, 41, 60],
  dur_ns: [60, 41, 19],
});
const source = tableSource({ goroutine_states: states, goroutines, proc_states: procs });

test("the critical path follows whoever ended each wait, for as long as that wait", () => {
  const path = criticalPath(source, { g: 1, from_ns: 5, to_ns: 50 });
  expect(path.select("g", "state", "start_ns", "end_ns", "depth").objects()).toEqual([
    { g: 1, state: "Running", start_ns: 5, end_ns: 10, depth: 0 },
    { g: 2, state: "Running", start_ns: 10, end_ns: 15, depth: 1 },
    { g: 3, state: "Waiting", start_ns: 15, end_ns: 20, depth: 2 },
    { g: 3, state: "Runnable", start_ns: 20, end_ns: 22, depth: 2 },
    { g: 3, state: "Running", start_ns: 22, end_ns: 30, depth: 2 },
    { g: 2, state: "Runnable", start_ns: 30, end_ns: 31, depth: 1 },
    { g: 2, state: "Running", start_ns: 31, end_ns: 40, depth: 1 },
    { g: 1, state: "Runnable", start_ns: 40, end_ns: 44, depth: 0 },
    { g: 1, state: "Running", start_ns: 44, end_ns: 50, depth: 0 },
  ]);
});

test("on a real capture a path covers its request without gap or overlap", () => {
  const requests = requestBreakdown(trace).objects({ limit: 20 }) as Row[];
  for (const { g, start_ns, dur_ns } of requests) {
    const path = criticalPath(trace, { g, from_ns: start_ns, to_ns: start_ns + dur_ns }).objects() as Row[];
    expect(path[0].start_ns).toBe(start_ns);
    expect(path[path.length - 1].end_ns).toBe(start_ns + dur_ns);
    for (let i = 1; i < path.length; i++) expect(path[i].start_ns).toBe(path[i - 1].end_ns);
  }
});

test("who wakes whom, by goroutine and by function", () => {
  expect(unblockGraph(source).objects()).toEqual([
    {
      waker_g: -1,
      woken_g: 3,
      waker: "runtime",
      woken: "main.c",
      reason: "network",
      count: 1,
      waited_ns: 20,
      delay_ns: 2,
    },
    {
      waker_g: 2,
      woken_g: 1,
      waker: "main.b",
      woken: "main.a",
      reason: "sync",
      count: 1,
      waited_ns: 30,
      delay_ns: 4,
    },
    {
      waker_g: 3,
      woken_g: 2,
      waker: "main.c",
      woken: "main.b",
      reason: "chan receive",
      count: 1,
      waited_ns: 15,
      delay_ns: 1,
    },
  ]);
  const matrix = wakeMatrix(trace);
  expect(sum(matrix.array("count") as number[])).toBe(sum(unblockGraph(trace).array("count") as number[]));
});

test("idle processors beside runnable goroutines, by hand", () => {
  // P 1 is idle from 41 to 60; g 1 is runnable until 44: three ns in which it could have run.
  const queue = runnableQueue(source, { bins: 6, from_ns: 0, to_ns: 60 });
  expect(queue.array("wasted_ns")).toEqual([0, 0, 0, 0, 3, 0]);
  expect(queue.array("runnable_max")).toEqual([0, 0, 1, 1, 1, 0]);
  // From 20 to 30 one goroutine was runnable for 2 ns; 30 to 40: 1 ns; 40 to 50: 4 ns.
  expect(queue.array("runnable_mean")).toEqual([0, 0, 0.2, 0.1, 0.4, 0]);
  expect(queue.array("idle_mean")).toEqual([0, 0, 0, 0, 0.9, 1]);
});

test("processors' time divides without rest on a real capture", () => {
  // The program lowers GOMAXPROCS to 1 for a while: processor 1, idle in the table, is not there then.
  const counts = (
    trace.table("metrics").objects() as { name: string; time_ns: number; value: number }[]
  ).filter(({ name }) => name === "/sched/gomaxprocs:threads");
  const gone = counts.find(({ value }) => value === 1)?.time_ns ?? 0;
  const back = counts.find(({ value, time_ns }) => value === 2 && time_ns > gone)?.time_ns ?? 0;
  const removed = (trace.table("proc_states").objects() as Row[]).map(({ p, start_ns, end_ns }) =>
    p === 1 ? Math.max(0, Math.min(back, end_ns) - Math.max(gone, start_ns)) : 0,
  );
  expect(sum(removed)).toBeGreaterThan(500_000);
  const total = sum(trace.table("proc_states").array("dur_ns") as number[]) - sum(removed);
  const parts = idleBreakdown(trace).objects() as Row[];
  // It runs for part of a microsecond after its removal was recorded.
  expect(Math.abs(sum(parts.map((part) => part.total_ns)) - total)).toBeLessThan(1000);
  expect(sum(parts.map((part) => part.share))).toBeCloseTo(1, 9);
});

test("stretches add up to the whole, whatever their number", () => {
  const waited = (bins: number): number => {
    const queue = runnableQueue(trace, { bins });
    const width = (queue.get("end_ns", 0) as number) - (queue.get("start_ns", 0) as number);
    return sum(queue.array("runnable_mean") as number[]) * width;
  };
  expect(waited(7) / waited(500)).toBeCloseTo(1, 9);
});
