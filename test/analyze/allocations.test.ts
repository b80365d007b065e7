import { table } from "arquero";
import { expect, test } from "vitest";
import { allocations } from "#lib/analyze/allocations.js";
import { alignGcLog } from "#lib/analyze/gc-cycles.js";
import { tableSource } from "#lib/analyze/table-source.js";
import { ranges } from "./make-tables.js";

const none = Number.NaN;

test("allocations by type, what was there before left out", () => {
  const heap_objects = table({
    what: ["object", "object", "object", "span", "object", "object"],
    type: ["[1024]uint8", "[1024]uint8", "[1024]uint8", null, null, "old"],
    bytes: [1024, 1024, 1024, 8192, none, 64],
    start_ns: [10, 20, 30, 5, 40, none],
    end_ns: [110, 70, none, none, none, 50],
  });
  // Lives of 100 and 50 ns: the median by nearest rank is the lower one.
  expect(allocations(tableSource({ heap_objects })).objects()).toEqual([
    { type: "[1024]uint8", count: 3, bytes: 3072, freed: 2, live_bytes: 1024, lifetime_ns: 50 },
    { type: null, count: 1, bytes: 0, freed: 0, live_bytes: 0, lifetime_ns: none },
  ]);
  expect(() => allocations(tableSource({ heap_objects: heap_objects.slice(3, 4) }))).toThrow(
    "GODEBUG=traceallocfree=1",
  );
});

test("a GODEBUG log is put on the trace's axis by the cycles both saw", () => {
  const trace = tableSource({
    ranges: ranges([
      ["GC concurrent mark phase", 5_000_000, 5_300_000],
      ["GC concurrent mark phase", 9_000_000, 9_050_000],
    ]),
    metrics: table({ name: ["x"], time_ns: [0], value: [0] }),
  });
  const zero = [0, 0, 0];
  const log = table({
    gc: [7, 8, 9],
    time_ns: [90e6, 105e6, 109e6],
    mark_ns: [900_000, 300_000, 50_000],
    mark_err_ns: zero,
    stw_sweep_term_ns: zero,
    stw_sweep_term_err_ns: zero,
    stw_mark_term_ns: zero,
    stw_mark_term_err_ns: zero,
  });
  // The trace began 100 ms into the process; the log rounds to a millisecond.
  expect(alignGcLog(trace, log)).toEqual({ offset_ns: -100e6, error_ns: 1e6 });
});
