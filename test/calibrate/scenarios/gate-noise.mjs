import { from } from "arquero";
import { mannWhitney } from "#lib/analyze/statistics/mann-whitney.js";
import { autoregressive, normal } from "../series.mjs";

const values = (random, runs, { sd = 0.08, factor = 1 } = {}) =>
  Array.from({ length: runs }, () => factor * Math.exp(sd * normal(random)));

const noise = (gateNoise, measured, runs) =>
  gateNoise(from(measured.map((value) => ({ metric: "m", value }))), { runs }).object(0);

const seen = (scenario, known, runs, how) => ({
  judgement: "gateNoise, smallest change",
  scenario,
  effect: true,
  draw: ({ gateNoise }, random) => {
    const { smallest_change } = noise(gateNoise, values(random, known, how), runs);
    const [before, after] = [1, 1 + smallest_change].map((factor) =>
      values(random, runs, { ...how, factor }),
    );
    return mannWhitney(before, after).p <= 0.05;
  },
});

export const scenarios = [
  {
    judgement: "gateNoise, smallest change",
    scenario: "3 runs a side, named a change that they would see",
    stated: 0.05,
    draw: ({ gateNoise }, random) => noise(gateNoise, values(random, 3), 3).smallest_change !== null,
  },
  {
    judgement: "gateNoise, smallest change",
    scenario: "30 runs that drift (AR(1), rho 0.9) are refused",
    effect: true,
    draw: ({ gateNoise }, random) => {
      const drifting = [...autoregressive(random, 30, 0.9)].map((one) => Math.exp(0.1 * one));
      return noise(gateNoise, drifting, 5).smallest_change === null;
    },
  },
  seen("seen by 4 runs, of 4 known", 4, 4),
  seen("seen by 5 runs, of 5 known", 5, 5),
  seen("seen by 10 runs, of 10 known", 10, 10),
  seen("seen by 5 runs, of 30 known", 30, 5),
  seen("seen by 20 runs, of 20 known", 20, 20),
];
