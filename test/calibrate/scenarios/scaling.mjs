import { from } from "arquero";
import { normal } from "../series.mjs";

const sizes = [1000, 3000, 10000, 30000, 100000, 300000];

/** Costs of 5 runs at each size: `shared` is what all of one size have in common, `own` each run's. */
function costs(random, law, { shared = 0, own = 0.05, wholeRun = 0, at = sizes } = {}) {
  const runs = Array.from({ length: 5 }, () => wholeRun * normal(random));
  return from(
    at.flatMap((n) => {
      const together = shared * normal(random);
      return runs.map((slope, run) => ({
        n,
        run: `run ${run}`,
        cost_ns: law(n) * Math.exp(together + own * normal(random) + slope * Math.log(n / 10000)),
      }));
    }),
  );
}

const missed = (scenario, exponent, law, how) => ({
  judgement: "scaling, interval of the exponent",
  scenario,
  stated: 0.05,
  told: "misses",
  draw: ({ scaling }, random) => {
    const { slope_low, slope_high } = scaling(costs(random, law, how)).object(0);
    return slope_low !== null && (exponent < slope_low || exponent > slope_high);
  },
});

const linear = (n) => 3 * n;
const withFixed = (n) => 200000 + 3 * n;

export const scenarios = [
  missed("power law, independent", 1, linear),
  missed("power law, noise shared within a size", 1, linear, { shared: 0.15 }),
  missed("power law, runs with slopes of their own", 1, linear, { wholeRun: 0.08 }),
  missed("quadratic, noise shared within a size", 2, (n) => 1e-3 * n * n, { shared: 0.15 }),
  missed("linear with a fixed cost", 1, withFixed),
  missed("linear with a fixed cost, noise shared within a size", 1, withFixed, { shared: 0.1 }),
  missed("linear with a small fixed cost", 1, (n) => 1000 + 3 * n, { shared: 0.05 }),
  missed("constant", 0, () => 1e5, { shared: 0.1 }),
  {
    judgement: "scaling, interval of the exponent",
    scenario: "growth of N^0.5 called growth, noise shared within a size",
    effect: true,
    draw: ({ scaling }, random) =>
      scaling(costs(random, Math.sqrt, { shared: 0.1 })).object(0).verdict === "higher",
  },
  {
    judgement: "scaling, interval of the exponent",
    scenario: "a fixed cost as large as that of 70,000 is told from a power law",
    effect: true,
    draw: ({ scaling }, random) =>
      scaling(costs(random, withFixed, { shared: 0.05 })).object(0).model === "offset",
  },
];
