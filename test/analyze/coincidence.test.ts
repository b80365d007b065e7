import fc from "fast-check";
import { expect, test } from "vitest";
import { coincidence, leadLag, overlap } from "#lib/analyze/coincidence.js";
import { seededRandom } from "#lib/analyze/random.js";
import { spikes } from "#lib/analyze/spikes.js";
import { stopTheWorld } from "#lib/analyze/stop-the-world.js";
import { tableSource } from "#lib/analyze/table-source.js";
import { operations, ranges } from "./make-tables.js";

test("spikes are the operations above the quantile of their own kind", () => {
  const log = operations([
    ...Array.from({ length: 100 }, (_, i): [number, number, string] => [i * 10, i + 1, "read"]),
    ...Array.from({ length: 100 }, (_, i): [number, number, string] => [i * 10 + 5, 1000 * (i + 1), "write"]),
  ]);
  // Of 100 durations 1..100 the 98th by rank is the P98: 99 and 100 lie above it.
  expect(spikes(log, { quantile: 0.98 }).objects()).toEqual([
    { start_ns: 980, end_ns: 1079, dur_ns: 99, kind: "read", threshold_ns: 98 },
    { start_ns: 985, end_ns: 99985, dur_ns: 99000, kind: "write", threshold_ns: 98000 },
    { start_ns: 990, end_ns: 1090, dur_ns: 100, kind: "read", threshold_ns: 98 },
    { start_ns: 995, end_ns: 100995, dur_ns: 100000, kind: "write", threshold_ns: 98000 },
  ]);
  expect(spikes(log, { threshold_ns: 99_000 }).numRows()).toBe(1);
  expect(spikes(log, { kind: "read" }).numRows()).toBe(1);
});

test("stop-the-world pauses by cause, those of tracing left out unless asked for", () => {
  const source = tableSource({
    ranges: ranges([
      ["stop-the-world (start trace)", 0, 1],
      ["GC concurrent mark phase", 2, 9],
      ["stop-the-world (GC mark termination)", 9, 10],
      ["stop-the-world (GOMAXPROCS)", 11, 12],
    ]),
  });
  expect(stopTheWorld(source).array("cause")).toEqual(["GC mark termination", "GOMAXPROCS"]);
  expect(stopTheWorld(source, { gcOnly: true }).array("cause")).toEqual(["GC mark termination"]);
  expect(stopTheWorld(source, { tracing: true }).numRows()).toBe(3);
});

test("overlap is exact, also where ranges overlap each other", () => {
  const result = overlap(
    operations([
      [0, 10],
      [10, 10],
      [25, 0],
      [40, 5],
    ]),
    ranges([
      ["a", 5, 12],
      ["b", 8, 15],
      ["c", 20, 30],
    ]),
  );
  // [0,10] is covered from 5; [10,20] until 15; the instant at 25 lies inside c; [40,45] meets nothing.
  expect(result.array("overlap_ns")).toEqual([5, 5, 0, 0]);
  expect(result.array("hit")).toEqual([1, 1, 1, 0]);
});

test("spikes that lie in the ranges stand out; spikes at random do not", () => {
  const random = seededRandom(7);
  const pauses = Array.from({ length: 50 }, (_, i): [string, number, number] => {
    const start = i * 2000 + random() * 1000;
    return ["stop-the-world (GC mark termination)", start, start + 50];
  });
  const inside = operations(pauses.map(([, start]) => [start + 10, 5]));
  const [row] = coincidence(inside, ranges(pauses), { from_ns: 0, to_ns: 100_000 }).objects() as Record<
    string,
    number
  >[];
  expect(row.share).toBe(1);
  // The ranges cover 50 * 50 of 100,000 ns; a spike of 5 ns hits one from 55 starts: 2.75 % by chance.
  expect(row.covered).toBeCloseTo(0.025, 10);
  expect(row.expected).toBeGreaterThan(0.02);
  expect(row.expected).toBeLessThan(0.035);
  // A random shift may itself be next to none, so a few of the thousand hit as often.
  expect(row.p_value).toBeLessThan(0.005);

  // Where spikes fall at random, a p value below 0.05 comes up about once in twenty.
  const low = Array.from({ length: 40 }, (_, seed) => {
    const anywhere = operations(Array.from({ length: 100 }, () => [random() * 99_000, 5]));
    const options = { from_ns: 0, to_ns: 100_000, shifts: 200, seed };
    return coincidence(anywhere, ranges(pauses), options).get("p_value", 0) as number;
  }).filter((p) => p < 0.05);
  expect(low.length).toBeLessThan(7);
});

test("lead and lag: spikes 30 ns after each range's end line up when moved back", () => {
  const pauses = [100, 420, 950, 1410].map((start): [string, number, number] => ["x", start, start + 10]);
  const late = operations(pauses.map(([, start]) => [start + 40, 2]));
  const lags = leadLag(late, ranges(pauses), { from_ns: 0, to_ns: 2000, max_lag_ns: 50, steps: 10 });
  const found = (lags.objects() as { lag_ns: number; share: number }[]).filter(({ share }) => share === 1);
  // Moved by -40 the spike [40,42] lies on [0,10]; by -35 on [5,7]; by -30 it would begin at the end.
  expect(found.map(({ lag_ns }) => lag_ns)).toEqual([-40, -35]);
});

test("the result is the same wherever the clock starts and for the same seed", () => {
  const stretch = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 1, max: 60 })), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(stretch, stretch, fc.integer({ min: 0, max: 1e6 }), (ops, pauses, offset) => {
      const at = (by: number): unknown =>
        coincidence(
          operations(ops.map(([start, dur]) => [start + by, dur])),
          ranges(pauses.map(([start, dur]) => ["x", start + by, start + by + dur])),
          { from_ns: by, to_ns: by + 1000, shifts: 50 },
        )
          .select("hits", "share", "share_low", "share_high", "covered", "nearest_ns")
          .object();
      expect(at(offset)).toEqual(at(0));
      expect(at(0)).toEqual(at(0));
    }),
    { numRuns: 50 },
  );
});

test("hits of the two-pointer walk equal those found one by one", () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 80 })), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(rows, rows, (ops, pauses) => {
      const [row] = coincidence(
        operations(ops.map(([start, dur]) => [start, dur])),
        ranges(pauses.map(([start, dur]) => ["x", start, start + dur + 1])),
        { from_ns: 0, to_ns: 1000, shifts: 1 },
      ).objects() as Record<string, number>[];
      // Pauses that touch are one: an operation at the moment where they meet is inside it.
      const clipped: [number, number][] = [];
      for (const [start, dur] of pauses.toSorted(([a], [b]) => a - b)) {
        const end = Math.min(1000, start + dur + 1);
        const last = clipped.at(-1);
        if (last && last[1] >= start) last[1] = Math.max(last[1], end);
        else clipped.push([start, end]);
      }
      const turns = clipped.flatMap(([a, b]) => [
        [a, b],
        [a + 1000, b + 1000],
      ]);
      const hits = ops.filter(([start, dur]) =>
        turns.some(([a, b]) => (dur > 0 ? a < start + dur && b > start : a < start && b > start)),
      );
      expect(row.hits).toBe(hits.length);
    }),
    {
      numRuns: 200,
      examples: [
        [
          [[479, 0]],
          [
            [479, 0],
            [467, 11],
          ],
        ],
      ],
    },
  );
});
