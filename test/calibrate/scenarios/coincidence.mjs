import { table } from "arquero";
import { exponential, normal } from "../series.mjs";

const stated = 0.05;
const stretch = 60e9;
const options = (seed) => ({ from_ns: 0, to_ns: stretch, shifts: 400, seed });
const intervals = (rows) => {
  const inside = rows.filter(([start, dur]) => start >= 0 && start + dur < stretch).sort(([a], [b]) => a - b);
  return table({
    start_ns: Float64Array.from(inside, ([start]) => start),
    end_ns: Float64Array.from(inside, ([start, dur]) => start + dur),
  });
};
const seedOf = (random) => Math.floor(random() * 1e9);
const says = (coincidence, spikes, ranges, random) =>
  coincidence(spikes, ranges, options(seedOf(random))).object(0);
const more = ({ verdict, p_value }) =>
  verdict === undefined ? p_value <= 0.05 : verdict === "more than chance";

/** Times at a mean distance, as likely at any moment as at another. */
function anywhere(random, mean) {
  const times = [];
  for (let at = exponential(random, mean); at < stretch; at += exponential(random, mean)) times.push(at);
  return times;
}
/** Times like a clock's, each off by `jitter` of the period. */
function clock(random, period, jitter = 0) {
  const phase = random() * period;
  const count = Math.floor(stretch / period);
  return Array.from({ length: count }, (_, i) => phase + i * period + jitter * period * normal(random));
}
/** Times that are more frequent when a load is high: two and a half swells, to four times the rate of the ebb. */
function loaded(random, mean, phase) {
  return anywhere(random, mean / 2.5).filter(
    (at) => random() < (1 + 0.6 * Math.sin(2 * Math.PI * ((2.5 * at) / stretch + phase))) / 1.6,
  );
}
/** Times in bursts of about eight within 50 ms. */
function bursts(random, mean) {
  return anywhere(random, mean * 8).flatMap((at) =>
    Array.from({ length: 1 + Math.floor(exponential(random, 7)) }, () => at + random() * 50e6),
  );
}
const lasting = (random, times, mean, spread = 0.5) =>
  intervals(times.map((at) => [at, mean * Math.exp(spread * normal(random))]));

const chance = (scenario, make) => ({
  judgement: "coincidence",
  scenario,
  stated,
  draw: ({ coincidence }, random) => {
    const { spikes, ranges } = make(random);
    if (spikes.numRows() === 0) return false;
    return more(says(coincidence, spikes, ranges, random));
  },
});
const cause = (scenario, make) => ({ ...chance(scenario, make), effect: true, stated: undefined });

/** A client that asks every 5 ms, and waits where a script keeps the server busy; spikes are its slowest of a hundred. */
function queued(random, starts, mean, spread) {
  const scripts = starts
    .filter((at) => at > 0)
    .sort((a, b) => a - b)
    .map((at) => [at, mean * Math.exp(spread * normal(random))]);
  const asked = [];
  let next = 0;
  for (let at = 0; at < stretch; at += 5e6 * (0.9 + 0.2 * random())) {
    while (next < scripts.length && scripts[next][0] + scripts[next][1] < at) next++;
    const blocking = next < scripts.length && scripts[next][0] <= at ? scripts[next] : undefined;
    const own = 2e5 * Math.exp(0.4 * normal(random));
    asked.push([at, own + (blocking ? blocking[0] + blocking[1] - at : 0)]);
  }
  const threshold = asked.map(([, dur]) => dur).sort((a, b) => a - b)[Math.floor(0.99 * asked.length)];
  return { spikes: intervals(asked.filter(([, dur]) => dur > threshold)), ranges: intervals(scripts) };
}

/** Spikes of which a share begins in a range, the others anywhere. */
function partly(random, share) {
  const starts = anywhere(random, 0.5e9);
  const ranges = lasting(random, starts, 30e6);
  const count = 120;
  const [from, to] = [ranges.array("start_ns"), ranges.array("end_ns")];
  const spikes = Array.from({ length: count }, () => {
    if (random() > share) return [random() * stretch, 10e6];
    const range = Math.floor(random() * from.length);
    return [from[range] + random() * (to[range] - from[range]), 10e6];
  });
  return { spikes: intervals(spikes), ranges };
}

const missed = (scenario, hitShare, count, together = 1) => ({
  judgement: "coincidence, interval of the share",
  scenario,
  stated,
  told: "misses",
  draw: ({ coincidence }, random) => {
    // Ranges of 40 ms, one a second; a spike lies in one or between two, `together` of them always in the same.
    const seconds = Math.floor(stretch / 1e9) - 1;
    const ranges = intervals(Array.from({ length: seconds }, (_, i) => [i * 1e9 + 300e6 * random(), 40e6]));
    const starts = ranges.array("start_ns");
    const spikes = [];
    while (spikes.length < count) {
      const second = Math.floor(random() * (seconds - 1));
      const at = random() < hitShare ? starts[second] + 10e6 : starts[second] + 200e6 + random() * 300e6;
      for (let i = 0; i < together; i++) spikes.push([at + i * 1e6, 1e6]);
    }
    const { share_low, share_high } = says(coincidence, intervals(spikes), ranges, random);
    return hitShare < share_low || hitShare > share_high;
  },
});

export const scenarios = [
  chance("independent", (random) => ({
    spikes: lasting(random, anywhere(random, 0.6e9), 15e6),
    ranges: lasting(random, anywhere(random, 0.4e9), 60e6),
  })),
  chance("10 spikes", (random) => ({
    spikes: lasting(
      random,
      Array.from({ length: 10 }, () => random() * stretch),
      15e6,
    ),
    ranges: lasting(random, anywhere(random, 0.4e9), 60e6),
  })),
  chance("spikes in bursts", (random) => ({
    spikes: lasting(random, bursts(random, 0.6e9), 15e6),
    ranges: lasting(random, anywhere(random, 0.4e9), 60e6),
  })),
  chance("spikes and ranges in bursts", (random) => ({
    spikes: lasting(random, bursts(random, 0.6e9), 15e6),
    ranges: lasting(random, bursts(random, 0.4e9), 3e6),
  })),
  chance("both regular, of one period", (random) => ({
    spikes: lasting(random, clock(random, 0.5e9, 0.01), 20e6, 0.2),
    ranges: lasting(random, clock(random, 0.5e9, 0.01), 120e6, 0.2),
  })),
  chance("both regular, of two periods", (random) => ({
    spikes: lasting(random, clock(random, 0.7e9), 20e6, 0.2),
    ranges: lasting(random, clock(random, 0.45e9), 120e6, 0.2),
  })),
  chance("both busier under load", (random) => {
    const phase = random();
    return {
      spikes: lasting(random, loaded(random, 0.3e9, phase), 15e6),
      ranges: lasting(random, loaded(random, 0.4e9, phase), 60e6),
    };
  }),
  chance("one slow period has most spikes", (random) => {
    const from = random() * 50e9;
    const spikes = [
      ...anywhere(random, 2e9),
      ...anywhere(random, 0.1e9).filter((at) => at > from && at < from + 8e9),
    ];
    return { spikes: lasting(random, spikes, 15e6), ranges: lasting(random, anywhere(random, 0.4e9), 60e6) };
  }),
  chance("5,000 spikes, 20 ranges", (random) => ({
    spikes: lasting(random, anywhere(random, 0.012e9), 5e6),
    ranges: lasting(random, anywhere(random, 3e9), 200e6),
  })),
  cause("a script every 300 ms holds the queue", (random) =>
    queued(random, clock(random, 300e6, 0.005), 80e6, 0.2),
  ),
  cause("a script every 300 ms, always as long", (random) =>
    queued(random, clock(random, 300e6, 0.002), 80e6, 0.02),
  ),
  cause("a script at any time holds the queue", (random) =>
    queued(random, anywhere(random, 600e6), 80e6, 0.3),
  ),
  cause("three of ten spikes begin in a range", (random) => partly(random, 0.3)),
  cause("a spike 2 ms after each third start of a regular range", (random) => {
    const starts = clock(random, 0.5e9, 0.03);
    return {
      spikes: lasting(
        random,
        starts.filter(() => random() < 0.33).map((at) => at + 2e6),
        5e6,
      ),
      ranges: lasting(random, starts, 1e6, 0.1),
    };
  }),
  missed("10 spikes, half of them hit", 0.5, 10),
  missed("10 spikes, one in ten hit", 0.1, 10),
  missed("3 spikes, nine in ten hit", 0.9, 3),
  missed("100 spikes, a third hit", 1 / 3, 100),
  missed("100 spikes by fives, a third hit", 1 / 3, 100, 5),
];
