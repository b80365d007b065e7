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

/** Simulates one scenario: how often it is called, with the interval that so many draws leave. At least 200 draws, whatever the time. */
export function simulate(scenario, library, draws, within_ms = Number.POSITIVE_INFINITY) {
  const end = performance.now() + within_ms;
  let [calls, drawn] = [0, 0];
  while (drawn < draws && (drawn < 200 || performance.now() < end)) {
    if (scenario.draw(library, seededRandom(Math.imul(drawn + 1, 0x9e3779b1)))) calls++;
    drawn++;
  }
  const [low, high] = shareInterval(calls, drawn, 0.05);
  const { judgement, scenario: name, stated, effect = false, limit = false } = scenario;
  return {
    judgement,
    scenario: name,
    effect,
    limit,
    stated,
    draws: drawn,
    calls,
    rate: calls / drawn,
    low,
    high,
  };
}
