import fc from "fast-check";
import { expect, test } from "vitest";
import { geometricMean } from "#lib/analyze/statistics/geometric-mean.js";
import { mannWhitney } from "#lib/analyze/statistics/mann-whitney.js";
import { medianInterval, medianOrders } from "#lib/analyze/statistics/median-interval.js";
import { normalCdf, normalQuantile } from "#lib/analyze/statistics/normal.js";

/** All ways to choose n1 of the values; the share whose U is at most the least of the two observed. */
function byEnumeration(first: number[], second: number[]): number {
  const all = [...first, ...second];
  const uOf = (own: number[], others: number[]): number =>
    own.reduce((sum, a) => sum + others.reduce((part, b) => part + (a > b ? 1 : a === b ? 0.5 : 0), 0), 0);
  const u = uOf(first, second);
  const least = Math.min(u, first.length * second.length - u);
  let below = 0;
  let ways = 0;
  for (let mask = 0; mask < 1 << all.length; mask++) {
    const own = all.filter((_, at) => (mask >> at) & 1);
    if (own.length !== first.length) continue;
    ways++;
    if (
      uOf(
        own,
        all.filter((_, at) => !((mask >> at) & 1)),
      ) <= least
    )
      below++;
  }
  return u === first.length * second.length - u ? 1 : (2 * below) / ways;
}

test("the exact U test counts what enumeration counts, ties included", () => {
  const sample = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 });
  const run = fc.property(sample, sample, (first, second) => {
    // With two distinct values the figure is benchstat's, which differs: see mann-whitney.ts.
    fc.pre(new Set([...first, ...second]).size !== 2);
    const { p, exact } = mannWhitney(first, second);
    expect(exact).toBe(true);
    expect(p).toBeCloseTo(new Set([...first, ...second]).size === 1 ? 1 : byEnumeration(first, second), 12);
  });
  fc.assert(run, { numRuns: 200 });
});

test("large samples: the approximation is close to the exact figure at the limit", () => {
  const first = Array.from({ length: 50 }, (_, at) => at * 2);
  const second = Array.from({ length: 50 }, (_, at) => at * 2 + 15);
  const exact = mannWhitney(first, second);
  expect(exact.exact).toBe(true);
  const approximate = mannWhitney([...first, 49.5], second);
  expect(approximate.exact).toBe(false);
  expect(Math.abs(approximate.p - exact.p)).toBeLessThan(0.03);
  expect(() => mannWhitney([], [1])).toThrow("two samples that are not empty");
});

test("a sample with a NaN has no p, whichever it is", () => {
  for (const [first, second] of [
    [
      [Number.NaN, 1],
      [2, 3],
    ],
    [
      [2, 3],
      [1, Number.NaN],
    ],
    [[Number.NaN], [Number.NaN]],
  ]) {
    expect(mannWhitney(first, second).p).toBeNaN();
  }
});

test("the median's interval: benchmath's own examples", () => {
  // From golang.org/x/perf/benchmath assumption_test.go.
  expect(medianInterval([-10, 2, 3, 4, 5, 6], 0.95)).toEqual({
    center: 3.5,
    low: -10,
    high: 6,
    confidence: 1 - 0.03125,
  });
  expect(medianInterval([1, 2], 0)).toEqual({ center: 1.5, low: 1, high: 2, confidence: 0.5 });
  expect(medianInterval([1], 0.95)).toMatchObject({
    low: Number.NEGATIVE_INFINITY,
    high: Number.POSITIVE_INFINITY,
  });
});

test("the orders that bound a median are go-moremath's, at its own tie-breaking", () => {
  // stats.QuantileCI(n, 0.5, c) of github.com/aclements/go-moremath v0.0.0-20210112150236: n, c, low, high.
  const expected: [number, number, number, number][] = [
    [10, 0.95, 2, 9],
    [22, 0.9, 8, 16],
    [24, 0.95, 8, 18],
    [28, 0.99, 8, 22],
    [60, 0.95, 22, 38],
  ];
  for (const [n, confidence, low, high] of expected) {
    expect({ n, ...medianOrders(n, confidence) }).toMatchObject({ n, low, high });
  }
});

test("the normal distribution and its inverse agree, and match known values", () => {
  // Abramowitz and Stegun, table 26.1 and 26.5.
  expect(normalCdf(1)).toBeCloseTo(0.841344746068543, 14);
  expect(normalCdf(-3)).toBeCloseTo(0.001349898031630095, 16);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
  for (const p of [1e-12, 1e-4, 0.02, 0.3, 0.5, 0.9, 1 - 1e-9]) {
    expect(Math.abs(normalCdf(normalQuantile(p)) / p - 1)).toBeLessThan(1e-12);
  }
});

test("the geometric mean", () => {
  expect(geometricMean([1, 100])).toBeCloseTo(10, 12);
  expect(geometricMean([])).toBeNaN();
  expect(geometricMean([1, 0])).toBeNaN();
});
