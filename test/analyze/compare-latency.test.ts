import { resolve } from "node:path";
import { from, table } from "arquero";
import { expect, test } from "vitest";
import { canary } from "#lib/analyze/canary.js";
import { compareLatency, compareSamples } from "#lib/analyze/compare-latency.js";
import { diffCaptures } from "#lib/analyze/diff-captures.js";
import { gateNoise } from "#lib/analyze/gate-noise.js";
import { seededRandom } from "#lib/analyze/random.js";
import { tableSource } from "#lib/analyze/table-source.js";
import { load } from "#lib/capture/load.js";

const random = seededRandom(42);
const latencies = (count: number, factor = 1): number[] =>
  Array.from({ length: count }, () => Math.round(factor * 1000 * Math.exp(random() * 3)));

test("one run against one: doubled is seen, a third more is not for a single run to tell, and a P99 of 400 neither", () => {
  const before = table({ dur_ns: latencies(5000) });
  const judged = (factor: number): Record<string, unknown>[] =>
    compareLatency(before, table({ dur_ns: latencies(5000, factor) })).objects() as Record<string, unknown>[];
  const [p50, p90] = judged(3);
  expect([p50.verdict, p90.verdict]).toEqual(["higher", "higher"]);
  expect(p50.change_low as number).toBeLessThan(2);
  expect(p50.change_high as number).toBeGreaterThan(2);
  const [third] = judged(1.34);
  expect(third).toMatchObject({ verdict: "cannot tell", design: "one run a side", floor: 1.5 });
  expect(third.why).toMatch(
    /less than a factor of 1.5, as single runs of one program may; 5 runs a side would tell/,
  );
  expect(compareLatency(before, before).array("change")).toEqual([0, 0, 0]);
  expect(compareLatency(before, before).array("verdict")).toEqual(Array(3).fill("no difference seen"));
  const few = compareSamples(latencies(400), latencies(400, 3), { quantiles: [0.5, 0.99] });
  expect(few.map((row) => row.verdict)).toEqual(["higher", "cannot tell"]);
  expect(few[1].why).toMatch(
    /^the values are few, or depend on each other: beyond this quantile there are [\d.]+ independent ones of the 5/,
  );
});

test("several runs a side are compared as runs, by their own quantiles", () => {
  // Medians 10, 11, 12, 13, 14 against 20 to 24: the differences of the middle are 10, and none of 25 is below 6.
  const run = (median: number): ReturnType<typeof table> =>
    table({ dur_ns: [median - 1, median, median + 1] });
  const side = (...medians: number[]): ReturnType<typeof table>[] => medians.map(run);
  const [row] = compareLatency(side(10, 11, 12, 13, 14), side(20, 21, 22, 23, 24), {
    quantiles: [0.5],
  }).objects();
  expect(row).toMatchObject({
    before: 12,
    after: 22,
    design: "runs",
    runs_before: 5,
    effective_after: 5,
    floor: null,
    verdict: "higher",
    why: null,
  });
  // Mann and Whitney at 5 %: of 25 ordered ratios the third from either end; 20/14, 21/14 and 20/13 are the least.
  expect((row as { change_low: number }).change_low).toBeCloseTo(20 / 13 - 1, 12);
  const [three] = compareLatency(side(1, 2, 3), side(10, 11, 12), { quantiles: [0.5] }).objects();
  expect(three).toMatchObject({
    verdict: "cannot tell",
    why: "3 and 3 runs cannot differ by more than chance; 4 runs a side would do",
  });
  // One table with a column of runs is the same.
  const column = (medians: number[]): ReturnType<typeof table> =>
    from(medians.flatMap((median, run) => [-1, 0, 1].map((by) => ({ run, dur_ns: median + by })))) as never;
  const [same] = compareLatency(column([10, 11, 12, 13, 14]), column([20, 21, 22, 23, 24]), {
    quantiles: [0.5],
  }).objects();
  expect(same).toEqual(row);
});

test("runs that took turns are compared pair by pair", () => {
  // Each pair is a fifth slower, on a machine whose speed goes up and down by more than that.
  const speeds = [100, 150, 110, 170, 90, 140, 120];
  const at = (run: number, dur: number): ReturnType<typeof table> =>
    table({ start_ns: [0, 1, 2].map((i) => run * 1000 + i), dur_ns: [dur, dur, dur] });
  const before = speeds.map((speed, i) => at(2 * i, speed));
  const after = speeds.map((speed, i) => at(2 * i + 1, speed * 1.2));
  expect(compareLatency(before, after, { quantiles: [0.5] }).object()).toMatchObject({
    design: "paired runs",
    verdict: "higher",
  });
  const one_by_one = { quantiles: [0.5], paired: false };
  expect(compareLatency(before, after, one_by_one).object()).toMatchObject({
    design: "runs",
    verdict: "no difference seen",
  });
  expect(() => compareLatency(before, after.slice(1), { paired: true })).toThrow(
    "paired runs need as many on both sides; there are 7 and 6",
  );
});

test("the result does not depend on the unit", () => {
  const [a, b] = [latencies(1000), latencies(1000, 1.1)];
  const micro = (values: number[]): number[] => values.map((value) => value * 1024);
  const ratios = (rows: ReturnType<typeof compareSamples>): (number | null)[][] =>
    rows.map(({ change, change_low, change_high }) => [change, change_low, change_high]);
  const [there, here] = [ratios(compareSamples(micro(a), micro(b))), ratios(compareSamples(a, b))];
  for (const [i, bound] of there.flat().entries()) expect(bound).toBeCloseTo(here.flat()[i] as number, 10);
});

test("a canary is judged stage by stage, and stages with one version are left out", () => {
  const rows = ["5", "20", "50"].flatMap((stage, i) => [
    ...latencies(2000).map((dur_ns) => ({ stage, version: "old", dur_ns })),
    ...latencies(2000, [1, 0.3, 3][i]).map((dur_ns) => ({ stage, version: "new", dur_ns })),
  ]);
  const judged = canary(from([...rows, { stage: "100", version: "new", dur_ns: 5 }]), { quantile: 0.5 });
  expect(judged.select("stage", "verdict").objects()).toEqual([
    { stage: "5", verdict: "no difference seen" },
    { stage: "20", verdict: "lower" },
    { stage: "50", verdict: "higher" },
  ]);
  expect(() => canary(from([{ stage: "5", version: "a", dur_ns: 1 }]))).toThrow(
    'canary needs stages with both versions; 1 stages have one only (old is "a")',
  );
});

test("a rollout that has too few independent requests says so, and scrapes of one window count once", () => {
  const scrapes = ["old", "new"].flatMap((version) =>
    Array.from({ length: 40 }, (_, i) => ({ stage: "5", version, unix_ms: i * 15000, value: 1 + (i % 7) })),
  );
  // Of 40 scrapes every 15 s that look back over 5 minutes, those at 0, 300 and so on up to 585 s: 2.
  const [row] = canary(from(scrapes), { quantile: 0.5, window: 300_000 }).objects() as Record<
    string,
    unknown
  >[];
  expect(row).toMatchObject({ n_before: 2, n_after: 2, verdict: "cannot tell" });
  expect(row.why).toMatch(/a longer stage would tell/);
});

test("a gate's noise, by hand", () => {
  const runs = from([90, 100, 110, 120].map((value) => ({ metric: "rss", value })));
  const [row] = gateNoise(runs, { threshold: 0.15, runs: 4 }).objects() as Record<string, number>[];
  // Ordered pairs beyond 15 %: 90->110 (22 %), 90->120, 100->120 (20 %); 90->100 is 11 %, 110->120 9 %. 3 of 12.
  expect(row.false_alarms).toBe(3 / 12);
  expect(row.spread).toBeCloseTo(0.3, 12);
  // Mean 105, squares 225 + 25 + 25 + 225 = 500, deviation sqrt(500 / 3) = 12.9099.
  expect(row.cv).toBeCloseTo(12.9099 / 105, 5);
  // Four against four must be fully apart: by more than a normal approximation has it, and the deviation is known badly.
  expect(row.smallest_change).toBeGreaterThan(2.801585 * (12.9099 / 105) * Math.SQRT1_2);
  expect(row.smallest_low).toBeLessThan(row.smallest_change);
  expect(row.smallest_high).toBeGreaterThan(row.smallest_change);
  expect(row.runs_needed).toBe(4);
});

test("three runs a side see nothing, and the gate says how many would", () => {
  const runs = from([98, 100, 102, 99, 101].map((value) => ({ metric: "rss", value })));
  const [row] = gateNoise(runs, { runs: 3 }).objects() as Record<string, unknown>[];
  expect(row).toMatchObject({ smallest_change: null, compared: 3, runs_needed: 4 });
  expect(row.why).toMatch(
    /^3 runs a side cannot differ by more than chance; 4 would do for the largest changes, \d+ for the threshold$/,
  );
  const drifting = Array.from({ length: 20 }, (_, i) => ({ metric: "rss", value: 100 + i }));
  expect(gateNoise(from(drifting)).object()).toMatchObject({
    smallest_change: null,
    why: expect.stringMatching(/drift/),
  });
});

test("a capture does not differ from itself", async () => {
  const trace = await load(resolve(import.meta.dirname, "../fixtures/go-trace-load/load.trace"));
  const rows = diffCaptures(trace, trace).objects() as Record<string, unknown>[];
  expect(rows.length).toBeGreaterThan(6);
  for (const row of rows) {
    expect(["no difference seen", "cannot tell"], String(row.what)).toContain(row.verdict);
    expect(row.after).toBe(row.before);
  }
});

test("where there was nothing before, a change has no size but a direction", () => {
  const none = new Float64Array(1000);
  const some = Float64Array.from({ length: 1000 }, (_, i) => 10 + ((i * 379) % 1000));
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
    verdict: "no difference seen",
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
  expect(row).toMatchObject({ before: 0, change: null, change_low: null, verdict: "cannot tell" });
  expect(row?.after).toBeGreaterThan(0);
});
