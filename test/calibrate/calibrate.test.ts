import { expect, test } from "vitest";

// The same scenarios as `npm run calibrate`, with few draws; plain modules, so that worker threads run them as they are.
const { allScenarios, simulate } = await import(new URL("./simulate.mjs", import.meta.url).href);
const { library } = await import(new URL("./library.mjs", import.meta.url).href);
interface Scenario {
  judgement: string;
  scenario: string;
  stated?: number;
  effect?: boolean;
}
const scenarios = (await allScenarios()) as Scenario[];

// Of each judgement those whose broken test shows most, and that are quick.
const quick = [
  "compareLatency, the interval within a run: AR(1), rho 0.9",
  "compareLatency, the interval within a run: AR(1), rho 0.99",
  "compareLatency, one run a side: one slow period a run",
  "compareLatency, one run a side: twice as slow at the median",
  "compareLatency, runs: whole runs differ (sd 10 %)",
  "compareLatency, runs: 20 % slower, 8 pairs on a machine that drifts",
  "canary, any stage of scraped P99s: rate[5m], no floor, looked at once",
  "canary, any stage of scraped P99s: twice as slow, rate[1m], an hour a stage",
  "coincidence: spikes and ranges in bursts",
  "coincidence: both regular, of one period",
  "coincidence: a script every 300 ms holds the queue",
  "coincidence, interval of the share: 10 spikes, one in ten hit",
  "gateNoise, smallest change: seen by 10 runs, of 10 known",
  "compareBenchmarks, any of them: 20 equal benchmarks, 10 runs a side",
  "compareBenchmarks, any of them: one of 20 10 % slower (noise 3 %), 10 runs a side",
  "scaling, interval of the exponent: power law, noise shared within a size",
  "scaling, interval of the exponent: linear with a fixed cost",
];
const draws = 60;

test.each(quick)("%s", (name) => {
  const scenario = scenarios.find((one) => `${one.judgement}: ${one.scenario}` === name);
  if (!scenario) throw new Error(`no such scenario: ${name}`);
  const { calls } = simulate(scenario, library, draws) as { calls: number };
  // Of 60 draws at 5 %, 11 or more come up once in 2,000 times; at 80 %, 38 or fewer once in 700. The old tests gave 20 and more, and 8.
  if (scenario.effect) expect(calls).toBeGreaterThan(38);
  else expect(calls).toBeLessThan(11);
});
