import { readdirSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "#lib/analyze/random.js";
import { shareInterval } from "#lib/analyze/statistics/quantile-interval.js";

const folder = join(import.meta.dirname, "scenarios");

/** All scenarios, in the order of the table. */
export async function allScenarios() {
  const files = readdirSync(folder).filter((name) => name.endsWith(".mjs"));
  const parts = await Promise.all(files.sort().map((name) => import(join(folder, name))));
  return parts.flatMap(({ scenarios }) => scenarios);
}

/** Simulates one scenario: how often it is called, with the interval that so many draws leave. */
export function simulate(scenario, library, draws, seed = 1) {
  let calls = 0;
  for (let i = 0; i < draws; i++) {
    if (scenario.draw(library, seededRandom(seed * 7919 + i * 104729))) calls++;
  }
  const [low, high] = shareInterval(calls, draws, 0.05);
  const { judgement, scenario: name, stated, effect = false, told } = scenario;
  return { judgement, scenario: name, effect, stated, told, draws, calls, rate: calls / draws, low, high };
}
