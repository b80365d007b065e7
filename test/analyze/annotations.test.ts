import { resolve } from "node:path";
import { table } from "arquero";
import { expect, test } from "vitest";
import { allocationRate } from "#lib/analyze/allocation-rate.js";
import { allocations } from "#lib/analyze/allocations.js";
import { annotationTypes, requestLogs } from "#lib/analyze/annotations.js";
import { closeUp } from "#lib/analyze/close-up.js";
import { worstWindows } from "#lib/analyze/mmu.js";
import { requestBreakdown } from "#lib/analyze/request-breakdown.js";
import { tableSource } from "#lib/analyze/table-source.js";
import { load } from "#lib/capture/load.js";

const folder = resolve(import.meta.dirname, "../..");
const loaded = load(resolve(folder, "test/fixtures/go-trace-load/load.trace"));

test("types of tasks and regions: all are counted, quantiles are of those with begin and end", () => {
  const regions = table({
    type: ["order", "order", "order", "load"],
    dur_ns: [10, Number.NaN, 30, 100],
  });
  // load 100 ns before order 40 ns; of 10 and 30 the median by nearest rank is 10, the 90th percentile 30.
  const types = annotationTypes(tableSource({ regions }), "regions");
  expect(
    types.select("type", "count", "complete", "total_ns", "p50_ns", "p90_ns", "max_ns").objects(),
  ).toEqual([
    { type: "load", count: 1, complete: 1, total_ns: 100, p50_ns: 100, p90_ns: 100, max_ns: 100 },
    { type: "order", count: 3, complete: 2, total_ns: 40, p50_ns: 10, p90_ns: 30, max_ns: 30 },
  ]);
});

test("types sum to the regions of a trace, and requests are chosen by their duration", async () => {
  const trace = await loaded;
  const types = annotationTypes(trace, "regions").objects() as Record<string, number>[];
  expect(types.reduce((sum, { count }) => sum + count, 0)).toBe(trace.table("regions").numRows());
  const [{ type, p50_ns, complete }] = types;
  const asked = { requests: "regions", type: String(type) } as const;
  const slow = requestBreakdown(trace, { ...asked, min_ns: p50_ns + 1 });
  const fast = requestBreakdown(trace, { ...asked, max_ns: p50_ns });
  expect(slow.numRows() + fast.numRows()).toBe(complete);
  expect(Math.min(...(slow.array("dur_ns") as number[]))).toBeGreaterThan(p50_ns);
  expect(() => requestBreakdown(trace, { ...asked, min_ns: 1e15 })).toThrow(
    `no requests of type "${type}" of that duration`,
  );
});

test("the logs of a task are those logged for it, those of another stretch its goroutine's", () => {
  const logs = table({
    time_ns: [30, 10, 20, 25],
    task: [1, 1, 2, 0],
    g: [5, 6, 5, 5],
    category: ["a", "b", "c", "d"],
    message: ["late", "early", "other", "own"],
  });
  const source = tableSource({ logs });
  const messages = (request: object): unknown[] => requestLogs(source, request).array("message") as unknown[];
  expect(messages({ task: 1, g: 6, start_ns: 5, dur_ns: 10 })).toEqual(["early", "late"]);
  expect(messages({ g: 5, start_ns: 20, dur_ns: 5 })).toEqual(["other", "own"]);
  expect(requestLogs(source, { g: 5, start_ns: 20, dur_ns: 5 }).array("since_ns")).toEqual([0, 5]);
  expect(() => requestLogs(tableSource({}), {})).toThrow("requestLogs needs the table logs");
});

test("a close-up of a worst window or a slow request holds it, with a margin", async () => {
  const trace = await loaded;
  const windows = worstWindows(trace, { window_ns: 1e6 });
  const { from_ns, to_ns } = closeUp(windows, { margin: 0.5 });
  const [worst] = windows.objects() as { start_ns: number; end_ns: number }[];
  expect([from_ns, to_ns]).toEqual([Math.max(0, worst.start_ns - 5e5), worst.end_ns + 5e5]);
  expect(closeUp(table({ start_ns: [100, 50], wait_ns: [8, 20] }), { row: 1 })).toEqual({
    from_ns: 45,
    to_ns: 75,
  });
  expect(() => closeUp(windows, { row: 99 })).toThrow("there is no row 99");
  expect(() => closeUp(table({ start_ns: [1], dur_ns: [Number.NaN] }))).toThrow(
    "row 0 reaches from 1 to NaN",
  );
});

test("the rate by allocation events sums to the allocations themselves, that by the heap metric comes near", async () => {
  const trace = await load(resolve(folder, "datasets/malloc/go1.26-allocfree.trace.gz"));
  const sum = (values: Iterable<unknown>): number =>
    [...values].reduce((all: number, one) => all + Number(one), 0);
  const allocated = sum(allocations(trace).array("bytes") as Iterable<unknown>);
  const rate = allocationRate(trace);
  expect(rate.get("method", 0)).toBe("allocation events");
  expect(sum(rate.array("bytes") as Iterable<unknown>)).toBe(allocated);
  const metric = allocationRate(tableSource({ metrics: trace.table("metrics") }));
  expect(metric.get("method", 0)).toBe("heap metric");
  // Spans count when they are taken, whole: more than what was allocated in them by the end.
  const grown = sum(metric.array("bytes") as Iterable<unknown>);
  expect(grown / allocated).toBeGreaterThan(1);
  expect(grown / allocated).toBeLessThan(1.3);
});

test("the rate of a gctrace log is what was allocated between collections", () => {
  // 100 ns of mark from 0: live 2 MiB; the next starts at 1100 ns with 5 MiB: 3 MiB in 1000 ns.
  const gc_cycles = table({
    time_ns: [0, 1100],
    mark_ns: [100, 100],
    heap_start_mb: [4, 5],
    heap_live_mb: [2, 2],
  });
  expect(allocationRate(tableSource({ gc_cycles }, "godebug")).objects()).toEqual([
    { start_ns: 100, end_ns: 1100, bytes: 3 * 2 ** 20, bytes_per_s: 3 * 2 ** 20 * 1e6, method: "gctrace" },
  ]);
  expect(() => allocationRate(tableSource({ gc_cycles: gc_cycles.slice(0, 1) }, "godebug"))).toThrow(
    "needs two",
  );
  const metrics = table({ name: ["x"], time_ns: [1], value: [1] });
  expect(() => allocationRate(tableSource({ metrics }))).toThrow("/memory/classes/heap/objects:bytes");
});

test("heap growth by stretches: falls are left out, and the stretches sum to the growth", () => {
  const metrics = table({
    name: Array(5).fill("/memory/classes/heap/objects:bytes"),
    time_ns: [0, 10, 20, 30, 40],
    value: [100, 150, 120, 180, 200],
  });
  // +50 at 10, -30 at 20, +60 at 30, +20 at 40; stretches of 20 ns: [0,20) and [20,40].
  const rate = allocationRate(tableSource({ metrics }), { bin_ns: 20 });
  expect(rate.array("bytes")).toEqual([50, 80]);
  expect(rate.array("bytes_per_s")).toEqual([2.5e9, 4e9]);
});
