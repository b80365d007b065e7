import { resolve } from "node:path";
import { table } from "arquero";
import { beforeAll, expect, test } from "vitest";
import { compareGcCycles, gcCycles } from "#lib/analyze/gc-cycles.js";
import { requestBreakdown, requestParts } from "#lib/analyze/request-breakdown.js";
import { tableSource } from "#lib/analyze/table-source.js";
import { wakeDelay } from "#lib/analyze/wake-delay.js";
import type { Capture } from "#lib/capture/capture.js";
import { load } from "#lib/capture/load.js";
import { goroutineStates, ranges } from "./make-tables.js";

let trace: Capture;
beforeAll(async () => {
  trace = await load(resolve(import.meta.dirname, "../fixtures/go-trace-load/load.trace"));
});

type Row = Record<string, number>;

test("a request's parts, by hand: assists come out of running, sweeps of the processor too", () => {
  const states = goroutineStates([
    { g: 1, state: "Running", start_ns: 0, end_ns: 40, p: 2 },
    { g: 1, state: "Waiting", start_ns: 40, end_ns: 60, reason: "network", stack_id: 5 },
    { g: 1, state: "Runnable", start_ns: 60, end_ns: 63 },
    { g: 1, state: "Running", start_ns: 63, end_ns: 70, p: 0 },
    { g: 1, state: "Waiting", start_ns: 70, end_ns: 75, reason: "chan receive", stack_id: 6 },
    { g: 1, state: "Syscall", start_ns: 75, end_ns: 90 },
  ]);
  const all = ranges([
    ["GC mark assist", 20, 30],
    ["GC incremental sweep", 25, 35],
    ["stop-the-world (GC mark termination)", 50, 52],
    ["GC concurrent mark phase", 10, 50],
  ]).assign(table({ scope_id: [1, 2, 9, -1] }));
  const regions = table({ type: ["store", "open"], g: [1, 1], start_ns: [10, 80], end_ns: [95, Number.NaN] });
  const source = tableSource({ goroutine_states: states, ranges: all, regions });
  // 10..95: running 10..40 and 63..70 less the assist 20..30 and the sweep beyond it 30..35; 90..95 is not known.
  expect(requestBreakdown(source).objects()).toEqual([
    {
      request: 0,
      type: "store",
      g: 1,
      start_ns: 10,
      dur_ns: 85,
      running_ns: 22,
      assist_ns: 10,
      sweep_ns: 5,
      runnable_ns: 3,
      syscall_ns: 15,
      network_ns: 20,
      sync_ns: 0,
      chan_ns: 5,
      sleep_ns: 0,
      gc_wait_ns: 0,
      other_wait_ns: 0,
      queue_ns: 0,
      unknown_ns: 5,
      stw_ns: 2,
      mark_ns: 40,
      stack_id: 5,
    },
  ]);
});

test.each(["tasks", "regions", "http"] as const)(
  "the parts of %s sum to the duration exactly",
  (requests) => {
    const rows = requestBreakdown(trace, { requests }).objects() as Row[];
    expect(rows.length).toBeGreaterThan(80);
    for (const row of rows) {
      expect(requestParts.reduce((sum, part) => sum + row[part], 0)).toBe(row.dur_ns);
      expect(Math.min(...requestParts.map((part) => row[part]))).toBeGreaterThanOrEqual(0);
      expect(row.unknown_ns).toBe(0);
    }
    expect(rows.map((row) => row.dur_ns)).toEqual(rows.map((row) => row.dur_ns).sort((a, b) => b - a));
  },
);

test("HTTP requests are found without annotations: each holds one task", () => {
  const http = requestBreakdown(trace, { requests: "http" }).objects() as Row[];
  const tasks = requestBreakdown(trace, { requests: "tasks" }).objects() as Row[];
  const held = tasks.filter((task) =>
    http.some(
      (request) =>
        request.g === task.g &&
        request.start_ns <= task.start_ns &&
        request.start_ns + request.dur_ns >= task.start_ns + task.dur_ns,
    ),
  );
  expect(tasks.length).toBe(90);
  expect(http.length).toBeGreaterThan(87);
  expect(http.length).toBeLessThanOrEqual(90);
  expect(held.length).toBe(http.length);
});

test("without requests it says what was looked for; as a table it is empty", () => {
  const source = tableSource({ goroutine_states: goroutineStates([]), ranges: ranges([]) });
  expect(() => requestBreakdown(source, { requests: "tasks", type: "order" })).toThrow(
    'this capture has no requests of type "order": looked for tasks',
  );
  expect(() => requestBreakdown(source, { requests: "order" as "tasks" })).toThrow(
    'there are no requests of kind "order": kinds are tasks, regions, http',
  );
});

test("collections by hand: pauses are matched to their mark phase and taken out of it", () => {
  const all = ranges([
    ["GC concurrent mark phase", 100, 200],
    ["stop-the-world (GC sweep termination)", 101, 105],
    ["GC mark assist", 110, 120],
    ["GC mark assist", 115, 130],
    ["stop-the-world (GC mark termination)", 195, 203],
    ["stop-the-world (GC sweep termination)", 298, 300],
    ["GC concurrent mark phase", 300, 400],
  ]);
  const metrics = table({
    name: ["/memory/classes/heap/objects:bytes", "/gc/heap/goal:bytes", "/memory/classes/heap/objects:bytes"],
    time_ns: [50, 60, 150],
    value: [1000, 2000, 1500],
  });
  const rows = gcCycles(tableSource({ ranges: all, metrics })).objects();
  expect(rows).toEqual([
    {
      cycle: 1,
      start_ns: 100,
      end_ns: 203,
      sweep_term_ns: 4,
      mark_term_ns: 8,
      stw_ns: 12,
      mark_ns: 100 - 4 - 5,
      assist_ns: 25,
      assists: 2,
      heap_start_bytes: 1000,
      heap_end_bytes: 1500,
      goal_bytes: 2000,
    },
    {
      cycle: 2,
      start_ns: 298,
      end_ns: 400,
      sweep_term_ns: 2,
      mark_term_ns: Number.NaN,
      stw_ns: Number.NaN,
      mark_ns: 100,
      assist_ns: 0,
      assists: 0,
      heap_start_bytes: 1500,
      heap_end_bytes: 1500,
      goal_bytes: 2000,
    },
  ]);
});

test("the cycles of a log are matched where mark times agree", () => {
  const cycles = table({ cycle: [1, 2], mark_ns: [300, 50], stw_ns: [1, 2] });
  const log = table({
    gc: [4, 5, 6, 7],
    mark_ns: [80, 900, 290, 51],
    mark_err_ns: [10, 10, 10, 1],
    stw_sweep_term_ns: [10, 20, 30, 40],
    stw_sweep_term_err_ns: [1, 1, 1, 1],
    stw_mark_term_ns: [1, 2, 3, 4],
    stw_mark_term_err_ns: [0.1, 0.1, 0.1, 0.5],
  });
  expect(compareGcCycles(cycles, log).objects()).toEqual([
    {
      cycle: 1,
      gc: 6,
      mark_ns: 300,
      log_mark_ns: 290,
      log_mark_err_ns: 10,
      stw_ns: 1,
      log_stw_ns: 33,
      log_stw_err_ns: 1.1,
    },
    {
      cycle: 2,
      gc: 7,
      mark_ns: 50,
      log_mark_ns: 51,
      log_mark_err_ns: 1,
      stw_ns: 2,
      log_stw_ns: 44,
      log_stw_err_ns: 1.5,
    },
  ]);
});

test("every wake-up after the network is one wait of the net profile and one wait to run", () => {
  const wakes = wakeDelay(trace).objects() as Row[];
  const profile = trace.table("net_profile").objects() as { count: number; total_ns: number }[];
  const blocked = wakes.reduce((sum, wake) => sum + wake.blocked_for_ns, 0);
  expect(wakes.length).toBe(profile.reduce((sum, { count }) => sum + count, 0));
  expect(blocked).toBe(profile.reduce((sum, { total_ns }) => sum + total_ns, 0));
  const waits = new Set(
    (trace.table("sched_latency").objects() as Row[]).map((row) => `${row.g} ${row.start_ns} ${row.wait_ns}`),
  );
  for (const wake of wakes) expect(waits).toContain(`${wake.g} ${wake.ready_ns} ${wake.delay_ns}`);
  expect(new Set(wakes.map((wake) => wake.woken_by)).size).toBeGreaterThan(1);
});
