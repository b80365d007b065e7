import { resolve } from "node:path";
import { table } from "arquero";
import { expect, test } from "vitest";
import { align, alignment, type TraceClock } from "#lib/analyze/align.js";
import { tableSource } from "#lib/analyze/table-source.js";
import { load } from "#lib/capture/load.js";
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
  expect(() => alignment(trace, { clock: "unknown", originNs: 0n })).toThrow("does not name its clock");
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
