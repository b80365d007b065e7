import { resolve } from "node:path";
import { from, table } from "arquero";
import { expect, test } from "vitest";
import { canary, compareLatency, compareSamples } from "#lib/analyze/compare-latency.js";
import { diffCaptures } from "#lib/analyze/diff-captures.js";
import { gateNoise } from "#lib/analyze/gate-noise.js";
import { seededRandom } from "#lib/analyze/random.js";
import { resampledQuantile } from "#lib/analyze/resample.js";
import { tableSource } from "#lib/analyze/table-source.js";
import { load } from "#lib/capture/load.js";

const random = seededRandom(42);
const latencies = (count: number, factor = 1): number[] =>
  Array.from({ length: count }, () => Math.round(factor * 1000 * Math.exp(random() * 3)));

test("a resampled quantile is distributed as that of a full resample", () => {
  const values = Float64Array.from(latencies(200)).sort();
  const full = Array.from({ length: 3000 }, () => {
    const sample = Float64Array.from({ length: 200 }, () => values[Math.floor(random() * 200)]).sort();
    return sample[Math.ceil(0.9 * 200) - 1];
  }).sort((a, b) => a - b);
  const short = Array.from({ length: 3000 }, () => resampledQuantile(values, 0.9, random)).sort(
    (a, b) => a - b,
  );
  const ranks = [0.05, 0.25, 0.5, 0.75, 0.95].map((q) => Math.floor(q * 3000));
  // The two must agree to within a few ranks of the 200 values.
  const rankOf = (value: number): number => values.indexOf(value);
  for (const rank of ranks) expect(Math.abs(rankOf(full[rank]) - rankOf(short[rank]))).toBeLessThanOrEqual(1);
});

test("a change of 30 % is seen in 5,000 values, none in equal samples, and a P99 of 400 is not judged", () => {
  const before = table({ dur_ns: latencies(5000) });
  const slower = compareLatency(before, table({ dur_ns: latencies(5000, 1.3) })).objects() as Record<
    string,
    unknown
  >[];
  expect(slower.map((row) => row.verdict)).toEqual(["higher", "higher", "higher"]);
  for (const row of slower) {
    expect(row.change_low as number).toBeLessThan(0.3);
    expect(row.change_high as number).toBeGreaterThan(0.3);
  }
  expect(compareLatency(before, before).array("change")).toEqual([0, 0, 0]);
  expect(compareLatency(before, before).array("verdict")).toEqual(Array(3).fill("no difference shown"));
  const few = compareSamples(latencies(400), latencies(400, 3), { quantiles: [0.5, 0.99] });
  expect(few.map((row) => row.verdict)).toEqual(["higher", "too few values"]);
});

test("equal samples are called different about once in twenty times", () => {
  const called = Array.from({ length: 200 }, (_, seed) =>
    compareSamples(latencies(300), latencies(300), { quantiles: [0.5], resamples: 400, seed }),
  ).filter(([row]) => row.verdict !== "no difference shown");
  expect(called.length).toBeLessThan(24);
  expect(called.length).toBeGreaterThan(1);
});

test("the result does not depend on the unit", () => {
  const [a, b] = [latencies(1000), latencies(1000, 1.1)];
  const micro = (values: number[]): number[] => values.map((value) => value * 1024);
  const ratios = (rows: ReturnType<typeof compareSamples>): (number | null)[][] =>
    rows.map(({ change, change_low, change_high }) => [change, change_low, change_high]);
  expect(ratios(compareSamples(micro(a), micro(b)))).toEqual(ratios(compareSamples(a, b)));
});

test("a canary is judged stage by stage, and stages with one version are left out", () => {
  const rows = ["5", "20", "50"].flatMap((stage, i) => [
    ...latencies(2000).map((dur_ns) => ({ stage, version: "old", dur_ns })),
    ...latencies(2000, [1, 0.7, 1.4][i]).map((dur_ns) => ({ stage, version: "new", dur_ns })),
  ]);
  const judged = canary(from([...rows, { stage: "100", version: "new", dur_ns: 5 }]));
  expect(judged.select("stage", "verdict").objects()).toEqual([
    { stage: "5", verdict: "no difference shown" },
    { stage: "20", verdict: "lower" },
    { stage: "50", verdict: "higher" },
  ]);
  expect(() => canary(from([{ stage: "5", version: "a", dur_ns: 1 }]))).toThrow(
    'canary needs stages with both versions; 1 stages have one only (old is "a")',
  );
});

test("a gate's noise, by hand", () => {
  const runs = from([90, 100, 110, 120].map((value) => ({ metric: "rss", value })));
  const [row] = gateNoise(runs, { threshold: 0.15, runs: 4 }).objects() as Record<string, number>[];
  // Ordered pairs beyond 15 %: 90->110 (22 %), 90->120, 100->120 (20 %); 90->100 is 11 %, 110->120 9 %. 3 of 12.
  expect(row.false_alarms).toBe(3 / 12);
  expect(row.spread).toBeCloseTo(0.3, 12);
  // Mean 105, squares 225 + 25 + 25 + 225 = 500, deviation sqrt(500 / 3) = 12.9099.
  expect(row.cv).toBeCloseTo(12.9099 / 105, 5);
  expect(row.smallest_change).toBeCloseTo(2.801585 * (12.9099 / 105) * Math.SQRT1_2, 5);
});

test("a capture does not differ from itself", async () => {
  const trace = await load(resolve(import.meta.dirname, "../fixtures/go-trace-load/load.trace"));
  const rows = diffCaptures(trace, trace).objects() as Record<string, unknown>[];
  expect(rows.length).toBeGreaterThan(6);
  for (const row of rows) {
    expect(["no difference shown", "too few values", "not tested"], String(row.what)).toContain(row.verdict);
    expect(row.after).toBe(row.before);
  }
});

test("where there was nothing before, a change has no size but a direction", () => {
  const none = new Float64Array(1000);
  const some = Float64Array.from({ length: 1000 }, (_, i) => 10 + i);
  expect(compareSamples(none, some, { quantiles: [0.5] })[0]).toMatchObject({
    before: 0,
    change: null,
    change_low: null,
    change_high: null,
    verdict: "higher",
  });
  expect(compareSamples(some, none, { quantiles: [0.5] })[0]).toMatchObject({ change: -1, verdict: "lower" });
  expect(compareSamples(none, none, { quantiles: [0.5] })[0]).toMatchObject({
    change: 0,
    verdict: "no difference shown",
  });
});

test("a reason that only one capture has blocked for is a change without a size", async () => {
  const trace = await load(resolve(import.meta.dirname, "../fixtures/go-trace-load/load.trace"));
  const states = trace.table("goroutine_states");
  const reasons = new Set(states.array("reason") as (string | null)[]);
  const reason = [...reasons].find((one) => one?.includes("sync"));
  const quiet = tableSource({
    goroutine_states: states
      .params({ reason })
      .filter((row: { reason: string }, $: { reason: string }) => row.reason !== $.reason),
    ranges: trace.table("ranges"),
    metrics: trace.table("metrics"),
  });
  const row = (diffCaptures(quiet, trace).objects() as Record<string, unknown>[]).find(
    ({ what }) => what === `blocked: ${reason}`,
  );
  expect(row).toMatchObject({ before: 0, change: null, change_low: null, verdict: "not tested" });
  expect(row?.after).toBeGreaterThan(0);
});
