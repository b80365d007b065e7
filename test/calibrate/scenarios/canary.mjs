import { table } from "arquero";
import { autoregressive, latencies, normal } from "../series.mjs";

const stated = 0.05;
const stages = ["5", "20", "50", "80"];
const called = (rows) => rows.some(({ verdict }) => verdict === "higher" || verdict === "lower");

/** A rollout in which both versions serve the same seconds of one machine: 4 stages, each request drawn for one build. */
function rollout(random, { factor = 1, perStage = 4000, quiet = true, process = 0.05, rho = 0 } = {}) {
  const columns = { start_ns: [], dur_ns: [], stage: [], version: [] };
  const own = { old: process * normal(random), new: Math.log(factor) + process * normal(random) };
  stages.forEach((stage, index) => {
    const shared = latencies(random, perStage, { shape: quiet ? "independent" : "slow period", rho });
    shared.forEach((value, i) => {
      const version = random() * 100 < Number(stage) ? "new" : "old";
      columns.start_ns.push((index * perStage + i) * 1e6);
      columns.dur_ns.push(value * Math.exp(own[version]));
      columns.stage.push(stage);
      columns.version.push(version);
    });
  });
  return columns;
}

const upTo = (columns, rows) =>
  table(Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.slice(0, rows)])));

const watched = (scenario, how) => ({
  judgement: "canary, any stage at any look",
  scenario,
  stated,
  draw: ({ canary }, random) => {
    const columns = rollout(random, how);
    const rows = columns.dur_ns.length;
    return Array.from({ length: 6 }, (_, look) => Math.round(((look + 1) / 6) * rows)).some((seen) =>
      called(canary(upTo(columns, seen), { old: "old", quantile: how.quantile ?? 0.5 }).objects()),
    );
  },
});

/** A P99 as scraped every 15 s: each looks back over `window` seconds of a noise that is itself restless. */
function scraped(random, window, { factor = 1, minutes = 60 } = {}) {
  const columns = { unix_ms: [], value: [], stage: [], version: [] };
  const reach = window / 15;
  stages.forEach((stage, index) => {
    for (const version of ["old", "new"]) {
      const length = minutes * 4;
      const raw = autoregressive(random, length + reach, 0.3);
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let back = 0; back < reach; back++) sum += raw[i + back];
        columns.unix_ms.push((index * length + i) * 15000);
        columns.value.push(
          0.04 * (version === "new" ? factor : 1) * Math.exp((0.4 * sum) / Math.sqrt(reach)),
        );
        columns.stage.push(stage);
        columns.version.push(version);
      }
    }
  });
  return table(columns);
}

const scrapes = (scenario, window, options = {}) => ({
  judgement: "canary, any stage of scraped P99s",
  scenario,
  stated,
  draw: ({ canary }, random) =>
    called(canary(scraped(random, window), { old: "old", quantile: 0.5, ...options }).objects()),
});

export const scenarios = [
  watched("independent", {}),
  watched("AR(1), rho 0.9", { rho: 0.9 }),
  watched("one slow period a stage, shared", { quiet: false }),
  watched("one slow period a stage, shared, P99", { quiet: false, quantile: 0.99 }),
  scrapes("rate[15s]", 15),
  scrapes("rate[1m]", 60),
  scrapes("rate[5m]", 300),
  scrapes("rate[5m], no floor, looked at once", 300, { floor: 1, sequential: false }),
  scrapes("rate[5m], window given", 300, { window: 300000 }),
  {
    judgement: "canary, any stage at any look",
    scenario: "60 % slower at the median, seen at the stage of 50 %",
    effect: true,
    draw: ({ canary }, random) =>
      canary(table(rollout(random, { factor: 1.6 })), { old: "old", quantile: 0.5 }).object(2).verdict ===
      "higher",
  },
  {
    judgement: "canary, any stage at any look",
    scenario: "three times as slow at the median, one slow period a stage, any of the stages",
    effect: true,
    // A period that is slow in both hides a part of the change, and is worth few independent requests.
    limit: true,
    draw: ({ canary }, random) =>
      canary(table(rollout(random, { factor: 3, quiet: false })), { old: "old", quantile: 0.5 })
        .objects()
        .some(({ verdict }) => verdict === "higher"),
  },
  {
    judgement: "canary, any stage of scraped P99s",
    scenario: "twice as slow, rate[1m], an hour a stage",
    effect: true,
    draw: ({ canary }, random) =>
      canary(scraped(random, 60, { factor: 2 }), { old: "old", quantile: 0.5 })
        .objects()
        .some(({ verdict }) => verdict === "higher"),
  },
];
