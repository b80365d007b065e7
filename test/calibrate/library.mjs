import { canary } from "#lib/analyze/canary.js";
import { coincidence } from "#lib/analyze/coincidence.js";
import { compareBenchmarks } from "#lib/analyze/compare-benchmarks.js";
import { compareLatency, compareSamples } from "#lib/analyze/compare-latency.js";
import { gateNoise } from "#lib/analyze/gate-noise.js";
import { scaling } from "#lib/analyze/scaling.js";

/** The judgements, handed to the scenarios: another version of them can be put through the same. */
export const library = {
  canary,
  coincidence,
  compareBenchmarks,
  compareLatency,
  compareSamples,
  gateNoise,
  scaling,
};
