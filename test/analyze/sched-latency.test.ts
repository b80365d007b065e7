import fc from "fast-check";
import { expect, test } from "vitest";
import { schedLatency } from "#lib/analyze/sched-latency.js";
import { tableSource } from "#lib/analyze/table-source.js";
import { goroutineStates, type Stay } from "./make-tables.js";

const stays: Stay[] = [
  // g 1 blocks, is woken by g 2 at 20, runs at 25, is preempted at 40, runs at 42.
  { g: 1, state: "Waiting", start_ns: 0, end_ns: 20, end_by_g: 2, left_censored: 1 },
  { g: 1, state: "Runnable", start_ns: 20, end_ns: 25, stack_id: 7 },
  { g: 1, state: "Running", start_ns: 25, end_ns: 40 },
  { g: 1, state: "Runnable", start_ns: 40, end_ns: 42, reason: "preempted" },
  { g: 1, state: "Running", start_ns: 42, end_ns: 50, right_censored: 1 },
  // g 3 was runnable when the capture began: that wait is not known.
  { g: 3, state: "Runnable", start_ns: 0, end_ns: 9, left_censored: 1 },
  { g: 3, state: "Running", start_ns: 9, end_ns: 10 },
  { g: 3, state: "Syscall", start_ns: 10, end_ns: 12 },
  { g: 3, state: "Runnable", start_ns: 12, end_ns: 13 },
  { g: 3, state: "Running", start_ns: 13, end_ns: 14 },
  { g: 3, state: "Runnable", start_ns: 14, end_ns: 16, reason: "runtime.Gosched" },
  { g: 3, state: "Running", start_ns: 16, end_ns: 17, right_censored: 1 },
  // g 4 is created at 30, and still waits at the end.
  { g: 4, state: "Runnable", start_ns: 30, end_ns: 33 },
  { g: 4, state: "Running", start_ns: 33, end_ns: 34 },
  { g: 4, state: "Runnable", start_ns: 34, end_ns: 50, right_censored: 1 },
];

test("every wait whose start and end were seen, with its cause and its waker", () => {
  const waits = schedLatency(tableSource({ goroutine_states: goroutineStates(stays) }));
  expect(waits.objects()).toEqual([
    { g: 3, cause: "syscall exit", start_ns: 12, wait_ns: 1, stack_id: -1, woken_by_g: -1 },
    { g: 3, cause: "yielded", start_ns: 14, wait_ns: 2, stack_id: -1, woken_by_g: -1 },
    { g: 1, cause: "wakeup", start_ns: 20, wait_ns: 5, stack_id: 7, woken_by_g: 2 },
    { g: 4, cause: "created", start_ns: 30, wait_ns: 3, stack_id: -1, woken_by_g: -1 },
    { g: 1, cause: "preempted", start_ns: 40, wait_ns: 2, stack_id: -1, woken_by_g: -1 },
  ]);
});

test("the order of the rows does not matter", () => {
  const expected = schedLatency(tableSource({ goroutine_states: goroutineStates(stays) })).objects();
  fc.assert(
    fc.property(fc.shuffledSubarray(stays, { minLength: stays.length }), (shuffled) => {
      expect(schedLatency(tableSource({ goroutine_states: goroutineStates(shuffled) })).objects()).toEqual(
        expected,
      );
    }),
    { numRuns: 20 },
  );
});

test("says what is missing and what is there", () => {
  expect(() => schedLatency(tableSource({ ranges: goroutineStates([]) }))).toThrow(
    "schedLatency needs the table goroutine_states, which a go-trace capture does not have; there are: ranges",
  );
});
