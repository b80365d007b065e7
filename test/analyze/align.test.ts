import { resolve } from "node:path";
import { table } from "arquero";
import { expect, test } from "vitest";
import { align, alignment, type TraceClock } from "#lib/analyze/align.js";
import { headOfLine } from "#lib/analyze/head-of-line.js";
import { tableSource } from "#lib/analyze/table-source.js";
import type { RuntimeMetricsCapture } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import type { PerfCapture } from "#lib/capture/perf-capture.js";
import type { TraceCapture } from "#lib/capture/trace-capture.js";
import { operations } from "./make-tables.js";

function traceClock(version: string, startNs: bigint, snapshots: [number, bigint, bigint][]): TraceClock {
  const clock_snapshots = table({
    time_ns: snapshots.map(([time]) => time),
    mono_ns: snapshots.map(([, mono]) => mono),
    wall_ns: snapshots.map(([, , wall]) => wall),
  });
  return Object.assign(tableSource({ clock_snapshots }), { version, startNs });
}

test("snapshots give the offset and its error", () => {
  // The trace's 0 is monotonic 9_007_199_254_740_993 (above 2^53); later snapshots drift by 40 ns.
  const zero = 9_007_199_254_740_993n;
  const trace = traceClock("1.26", 5n, [
    [100, zero + 100n, 0n],
    [1100, zero + 1120n, 0n],
    [2100, zero + 2140n, 0n],
  ]);
  const found = alignment(trace, { clock: "monotonic", originNs: zero + 500n });
  expect(found).toEqual({ offset_ns: 480, error_ns: 40 + 128, method: "clock snapshots" });
  const moved = align(operations([[7, 3]]), { clock: "monotonic", originNs: zero + 500n }, trace);
  expect(moved.objects()).toEqual([{ start_ns: 487, dur_ns: 3, kind: "op", align_err_ns: 168 }]);
});

test("without snapshots the trace's own clock is the monotonic one, from Go 1.22 on", () => {
  const trace = traceClock("1.23", 1000n, []);
  expect(alignment(trace, { clock: "monotonic", originNs: 1500n })).toEqual({
    offset_ns: 500,
    error_ns: 128,
    method: "trace clock",
  });
  expect(() => alignment(trace, { clock: "unix", originNs: 0n })).toThrow(
    "a wall clock needs clock snapshots",
  );
  expect(() => alignment(trace, { clock: "unknown", originNs: 0n })).toThrow("clock that is not named");
  expect(() => alignment(traceClock("1.21", 0n, []), { clock: "monotonic", originNs: 0n })).toThrow(
    "a trace of Go 1.21 cannot be aligned with a monotonic clock",
  );
});

test("both ways agree on a real trace", async () => {
  const trace = (await load(
    resolve(import.meta.dirname, "../fixtures/go-trace-load/load.trace"),
  )) as TraceCapture;
  const times = { clock: "monotonic", originNs: trace.startNs + 1_000_000n } as const;
  const bySnapshot = alignment(trace, times);
  const byClock = alignment(
    Object.assign(tableSource({ clock_snapshots: trace.clockSnapshots.slice(0, 0).reify() }), {
      version: trace.version,
      startNs: trace.startNs,
    }),
    times,
  );
  expect(bySnapshot.method).toBe("clock snapshots");
  expect(byClock.method).toBe("trace clock");
  expect(Math.abs(bySnapshot.offset_ns - byClock.offset_ns)).toBeLessThanOrEqual(bySnapshot.error_ns);
});

test("metrics get their place on the axis, to the millisecond of their times", () => {
  // The trace's 0 is wall time 1 700 000 000 000.25 ms.
  const wall = 1_700_000_000_000_250_000n;
  const trace = traceClock("1.26", 5n, [[100, 77n, wall + 100n]]);
  const samples = table({ metric: ["a", "a", "b"], unix_ms: [1_700_000_000_001, 1_700_000_000_011, null] });
  const metrics = { clock: "unix", originNs: 0n, resolution_ns: 1e6 } as const;
  expect(align(samples, metrics, trace).select("time_ns", "align_err_ns").objects()).toEqual([
    { time_ns: 750_000, align_err_ns: 1_000_128 },
    { time_ns: 10_750_000, align_err_ns: 1_000_128 },
    { time_ns: Number.NaN, align_err_ns: 1_000_128 },
  ]);
  const pauses = table({ end_unix_ms: [1_700_000_000_000] });
  expect(align(pauses, metrics, trace).get("end_ns", 0)).toBe(-250_000);
});

test("captures know their clocks: perf.data by its attributes, perf script does not, metrics are on Unix time", async () => {
  const fixtures = resolve(import.meta.dirname, "../fixtures");
  const recording = (await load(resolve(fixtures, "perf-clock/mono.data"))) as PerfCapture;
  expect([recording.clock, recording.resolution_ns]).toEqual(["monotonic", 1]);
  const other = (await load(resolve(fixtures, "perf/go.data"))) as PerfCapture;
  expect(other.clock).toBe("unknown");
  const trace = traceClock("1.26", recording.startNs - 1000n, []);
  const samples = align(recording.table("samples"), recording, trace);
  expect(samples.get("time_ns", 0)).toBe(1000 + recording.table("samples").get("time_ns", 0));
  expect(samples.get("align_err_ns", 0)).toBe(129);
  expect(() => align(other.table("samples"), other, trace)).toThrow("perf record -k mono");
  const stated = { clock: "monotonic", originNs: other.originNs, resolution_ns: 1000 } as const;
  expect(align(other.table("samples"), stated, trace).get("align_err_ns", 0)).toBe(1128);
  const metrics = (await load(
    resolve(fixtures, "../../datasets/health/go1.26.metrics.json"),
  )) as RuntimeMetricsCapture;
  expect([metrics.clock, metrics.originNs, metrics.resolution_ns]).toEqual(["unix", 0n, 1e6]);
});

test("a slow log lies on the axis, to the second of its times, as intervals that a head of line can be", async () => {
  const log = await load(resolve(import.meta.dirname, "../fixtures/redis/slowlog.json"), { kind: "redis" });
  const [first] = log.slowlog.objects() as { unix_ms: number; dur_ns: number }[];
  // The trace begins 5 s before the second of the newest entry.
  const trace = traceClock("1.26", 0n, [[0, 0n, BigInt(first.unix_ms - 5000) * 1_000_000n]]);
  const aligned = align(log.slowlog, log, trace);
  expect(aligned.objects()[0]).toMatchObject({
    time_ns: 5e9,
    start_ns: 5e9 - first.dur_ns,
    end_ns: 5e9,
    align_err_ns: 1e9 + 128,
  });
  const waiting = operations([[5e9 - first.dur_ns - 10, first.dur_ns + 20]]);
  expect(headOfLine(waiting, aligned.slice(0, 1)).get("blocked_ns", 0)).toBe(first.dur_ns);
});
