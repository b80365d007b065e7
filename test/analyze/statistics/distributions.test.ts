import { expect, test } from "vitest";
import { seededRandom } from "#lib/analyze/random.js";
import { benjaminiHochberg, holm } from "#lib/analyze/statistics/adjust-p.js";
import { alwaysValidAlpha } from "#lib/analyze/statistics/always-valid.js";
import {
  betaQuantile,
  chiSquaredQuantile,
  fCdf,
  studentCdf,
  studentQuantile,
} from "#lib/analyze/statistics/distributions.js";
import { effectiveSample } from "#lib/analyze/statistics/effective-sample.js";
import { shareInterval } from "#lib/analyze/statistics/quantile-interval.js";
import { pairedShiftInterval, runsNeeded, shiftInterval } from "#lib/analyze/statistics/shift-interval.js";

// SciPy 1.17.1 (t.ppf, t.cdf, beta.ppf, chi2.ppf, f.cdf, binomtest(...).proportion_ci('exact')) and statsmodels 0.15.0 (multipletests).
const reference = {
  t: [
    [0.8, 1, 1.3763819204711738],
    [0.8, 2.3, 1.0273159317369902],
    [0.8, 7, 0.8960296443137653],
    [0.8, 38, 0.8511827564679453],
    [0.8, 200, 0.8434221315354185],
    [0.975, 1, 12.706204736174694],
    [0.975, 2.3, 3.807163208232131],
    [0.975, 7, 2.364624251592784],
    [0.975, 38, 2.0243941639119694],
    [0.975, 200, 1.9718962236339088],
    [0.9999, 1, 3183.098757118502],
    [0.9999, 2.3, 44.429134328019195],
    [0.9999, 7, 7.063432828157639],
    [0.9999, 38, 4.115755876629729],
    [0.9999, 200, 3.789120788747759],
  ],
  tCdf: [
    [-1.5, 1.5, 0.15499737061139984],
    [-1.5, 4, 0.104],
    [-1.5, 30, 0.072032964564323],
    [0.3, 1.5, 0.5997639015982075],
    [0.3, 4, 0.6104392858612702],
    [0.3, 30, 0.6168769473578236],
    [2.2, 1.5, 0.9002028109551107],
    [2.2, 4, 0.9536736649101827],
    [2.2, 30, 0.9821757800015821],
  ],
  beta: [
    [0.001, 0.5, 10.5, 7.660149407952053e-8],
    [0.001, 3, 1, 0.10000000000000002],
    [0.001, 12.4, 4000, 0.0010648861724750637],
    [0.001, 3000, 27, 0.9848695891348274],
    [0.025, 0.5, 10.5, 4.7890433157581876e-5],
    [0.025, 3, 1, 0.2924017738212866],
    [0.025, 12.4, 4000, 0.0016183253163538332],
    [0.025, 3000, 27, 0.9874356150735125],
    [0.975, 0.5, 10.5, 0.21719626750921053],
    [0.975, 3, 1, 0.9915962413403874],
    [0.975, 12.4, 4000, 0.005028940174013539],
    [0.975, 3000, 27, 0.9941119045538347],
  ],
  chiSquared: [
    [0.025, 1, 0.0009820691171752555],
    [0.025, 4, 0.4844185570879299],
    [0.025, 29, 16.04707169536489],
    [0.5, 1, 0.454936423119572],
    [0.5, 4, 3.3566939800333224],
    [0.5, 29, 28.33612686658445],
    [0.975, 1, 5.023886187314888],
    [0.975, 4, 11.143286781877796],
    [0.975, 29, 45.72228580417452],
  ],
  f: [
    [0.5, 1, 3, 0.46952222906704294],
    [0.5, 1, 9, 0.5026009755113925],
    [3, 1, 3, 0.8183098861837911],
    [3, 1, 9, 0.8826931969857619],
    [11, 1, 3, 0.9548321641654421],
    [11, 1, 9, 0.9910114825528585],
  ],
  share: [
    [0, 3, 0.0, 0.7075982261787133],
    [3, 3, 0.2924017738212867, 1.0],
    [1, 10, 0.0025285785444625728, 0.44501611702819543],
    [5, 10, 0.1870860284474045, 0.8129139715525955],
    [37, 120, 0.22725511963384845, 0.3991367645324066],
  ],
  p: [0.001, 0.012, 0.04, 0.03, 0.5, 0.012],
  holm: [0.006, 0.06, 0.09, 0.09, 0.5, 0.06],
  bh: [0.006, 0.024, 0.048, 0.045, 0.5, 0.024],
};

test("distributions are those of SciPy, to seven digits", () => {
  for (const [p, degrees, value] of reference.t)
    expect(studentQuantile(p, degrees) / value).toBeCloseTo(1, 6);
  for (const [t, degrees, value] of reference.tCdf) expect(studentCdf(t, degrees)).toBeCloseTo(value, 6);
  for (const [p, a, b, value] of reference.beta) expect(betaQuantile(p, a, b) / value).toBeCloseTo(1, 6);
  for (const [p, degrees, value] of reference.chiSquared)
    expect(chiSquaredQuantile(p, degrees) / value).toBeCloseTo(1, 6);
  for (const [f, above, below, value] of reference.f) expect(fCdf(f, above, below)).toBeCloseTo(value, 6);
});

test("shares: the exact interval of SciPy's binomtest, also for none and all", () => {
  for (const [hits, count, low, high] of reference.share) {
    const [from, to] = shareInterval(hits, count, 0.05);
    expect(from).toBeCloseTo(low, 6);
    expect(to).toBeCloseTo(high, 6);
  }
});

test("corrections are those of SciPy and statsmodels", () => {
  for (const [i, value] of holm(reference.p).entries()) expect(value).toBeCloseTo(reference.holm[i], 12);
  for (const [i, value] of benjaminiHochberg(reference.p).entries())
    expect(value).toBeCloseTo(reference.bh[i], 12);
  expect(holm([0.01, Number.NaN])).toEqual([0.01, Number.NaN]);
});

test("the least runs that can differ: 4 and 4, 5 and 5 for three questions, 6 pairs", () => {
  // 2 of the 70 ways to share out 8 runs are 0.029; 2 of 252 are 0.008; 2 of 64 sign patterns 0.031.
  expect([runsNeeded(0.05), runsNeeded(0.05 / 3), runsNeeded(0.05, true)]).toEqual([4, 5, 6]);
  expect(shiftInterval([1, 2, 3], [4, 5, 6], 0.05).low).toBe(Number.NEGATIVE_INFINITY);
  expect(pairedShiftInterval([1, 2, 3, 4, 5], 0.05).high).toBe(Number.POSITIVE_INFINITY);
});

const { autoregressive } = await import(new URL("../../calibrate/series.mjs", import.meta.url).href);

test("the effective sample of an autoregressive series is that of its theory", () => {
  for (const { rho, seed } of [
    { rho: 0, seed: 1 },
    { rho: 0.5, seed: 2 },
    { rho: 0.9, seed: 3 },
  ]) {
    const n = 40_000;
    const { effective } = effectiveSample(autoregressive(seededRandom(seed), n, rho));
    // (1 - rho) / (1 + rho) of the values; twenty batches know it to a third, and the recolouring only lowers it.
    const theory = (n * (1 - rho)) / (1 + rho);
    expect(effective / theory).toBeGreaterThan(0.5);
    expect(effective / theory).toBeLessThan(1.6);
  }
  expect(effectiveSample(Float64Array.from({ length: 1000 }, (_, i) => i)).effective).toBeLessThan(3);
});

test("an always-valid interval is wider than one that is looked at once, least so where it is meant to be", () => {
  const at = [10, 100, 1000, 100_000].map((effective) => alwaysValidAlpha(0.05, effective, 100));
  for (const alpha of at) expect(alpha).toBeLessThan(0.05);
  expect(Math.max(...at)).toBe(at[1]);
});
