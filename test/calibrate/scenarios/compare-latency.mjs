import { table } from "arquero";
import { latencies } from "../series.mjs";

const stated = 0.05;
const n = 5000;
const called = (rows) => rows.some(({ verdict }) => verdict === "higher" || verdict === "lower");
const higher = (rows) => rows.every(({ verdict }) => verdict === "higher");

const one = (scenario, before, after = before) => ({
  judgement: "compareLatency, one run a side",
  scenario,
  stated,
  draw: ({ compareSamples }, random) =>
    called(compareSamples(latencies(random, before.n ?? n, before), latencies(random, after.n ?? n, after))),
});
const oneEffect = (scenario, how, factor, quantiles) => ({
  judgement: "compareLatency, one run a side",
  scenario,
  effect: true,
  draw: ({ compareSamples }, random) =>
    higher(
      compareSamples(latencies(random, n, how), latencies(random, n, { ...how, factor }), { quantiles }),
    ),
});

// The interval as it is before it is widened by what single runs may differ: of runs that do not, it is to hold no change.
const bare = (scenario, how) => ({
  judgement: "compareLatency, the interval within a run",
  scenario,
  stated,
  draw: ({ compareSamples }, random) =>
    compareSamples(latencies(random, n, how), latencies(random, n, how), { floor: 1 }).some(
      ({ change_low, change_high }) =>
        (change_low !== null && change_low > 0) || (change_high !== null && change_high < 0),
    ),
});

const runs = (random, count, how) =>
  Array.from({ length: count }, () => table({ dur_ns: latencies(random, 1000, how) }));
const several = (scenario, how, counts = [5, 5]) => ({
  judgement: "compareLatency, runs",
  scenario,
  stated,
  draw: ({ compareLatency }, random) =>
    called(compareLatency(runs(random, counts[0], how), runs(random, counts[1], how)).objects()),
});
const severalEffect = (scenario, how, factor, count, quantiles) => ({
  judgement: "compareLatency, runs",
  scenario,
  effect: true,
  draw: ({ compareLatency }, random) =>
    higher(
      compareLatency(runs(random, count, how), runs(random, count, { ...how, factor }), {
        quantiles,
      }).objects(),
    ),
});

// A machine that drifts over an hour of runs, in which the sides take turns.
const turns = (random, count, factor) => {
  const both = { before: [], after: [] };
  let drift = 0;
  for (let run = 0; run < 2 * count; run++) {
    const side = run % 2 === 0 ? "before" : "after";
    drift += 0.3 * (random() - 0.5);
    const values = latencies(random, 1000, {
      run: 0.03,
      factor: Math.exp(drift) * (side === "after" ? factor : 1),
    });
    const start_ns = Float64Array.from(values, (_, i) => run * 1e9 + i * 1e5);
    both[side].push(table({ start_ns, dur_ns: values }));
  }
  return both;
};

export const scenarios = [
  one("independent", {}),
  one("AR(1), rho 0.5", { rho: 0.5 }),
  one("AR(1), rho 0.9", { rho: 0.9 }),
  one("AR(1), rho 0.99", { rho: 0.99 }),
  one("bursts", { shape: "bursts" }),
  one("one slow period a run", { shape: "slow period" }),
  one("periodic slow spells", { shape: "periodic" }),
  one("driven by load", { shape: "load" }),
  one("whole runs differ (sd 10 %)", { run: 0.1 }),
  one("500 against 50,000", { n: 500 }, { n: 50000 }),
  one("500 against 50,000, AR(1) rho 0.9", { n: 500, rho: 0.9 }, { n: 50000, rho: 0.9 }),
  bare("independent", {}),
  bare("AR(1), rho 0.5", { rho: 0.5 }),
  bare("AR(1), rho 0.9", { rho: 0.9 }),
  bare("AR(1), rho 0.99", { rho: 0.99 }),
  bare("bursts", { shape: "bursts" }),
  bare("one slow period a run", { shape: "slow period" }),
  bare("driven by load", { shape: "load" }),
  oneEffect("twice as slow at the median", {}, 2, [0.5]),
  oneEffect("twice as slow at the median, AR(1) rho 0.9", { rho: 0.9 }, 2, [0.5]),
  oneEffect("five times as slow at the P99", {}, 5, [0.99]),
  oneEffect("three times as slow at the median, with bursts", { shape: "bursts" }, 3, [0.5]),
  several("independent", {}),
  several("AR(1), rho 0.9", { rho: 0.9 }),
  several("AR(1), rho 0.99", { rho: 0.99 }),
  several("bursts", { shape: "bursts" }),
  several("one slow period a run", { shape: "slow period" }),
  several("periodic slow spells", { shape: "periodic" }),
  several("driven by load", { shape: "load" }),
  several("whole runs differ (sd 10 %)", { run: 0.1 }),
  several("4 runs against 12", { run: 0.1 }, [4, 12]),
  {
    judgement: "compareLatency, runs",
    scenario: "runs take turns on a machine that drifts",
    stated,
    draw: ({ compareLatency }, random) => {
      const { before, after } = turns(random, 8, 1);
      return called(compareLatency(before, after).objects());
    },
  },
  severalEffect("30 % slower at the median, runs differ (sd 10 %), 5 runs", { run: 0.1 }, 1.3, 5, [0.5]),
  severalEffect(
    "twice as slow at P50 and P90, one slow period a run, 8 runs",
    { shape: "slow period" },
    2,
    8,
    [0.5],
  ),
  {
    judgement: "compareLatency, runs",
    scenario: "20 % slower, 8 pairs on a machine that drifts",
    effect: true,
    draw: ({ compareLatency }, random) => {
      const { before, after } = turns(random, 8, 1.2);
      return higher(compareLatency(before, after, { quantiles: [0.5] }).objects());
    },
  },
];
