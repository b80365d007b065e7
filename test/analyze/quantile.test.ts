import fc from "fast-check";
import { expect, test } from "vitest";
import { nearestRank, quantiles } from "#lib/analyze/quantile.js";

test("nearest rank takes the ceil(q n)-th value", () => {
  const values = [15, 20, 35, 40, 50];
  // ceil(0.05 * 5) = 1, ceil(0.3 * 5) = 2, ceil(0.4 * 5) = 2, ceil(0.5 * 5) = 3, ceil(1 * 5) = 5
  expect([0, 0.05, 0.3, 0.4, 0.5, 1].map((q) => nearestRank(values, q))).toEqual([15, 15, 20, 20, 35, 50]);
});

test("a rank that binary fractions push above a whole number stays there", () => {
  const values = Array.from({ length: 100 }, (_, i) => i + 1);
  expect(0.07 * 100).toBeGreaterThan(7);
  expect(nearestRank(values, 0.07)).toBe(7);
  for (let percent = 1; percent <= 100; percent++) expect(nearestRank(values, percent / 100)).toBe(percent);
});

test("missing values are left out, no values give NaN", () => {
  expect(quantiles([Number.NaN, 3, 1, Number.NaN, 2], [0.5, 1])).toEqual([2, 3]);
  expect(nearestRank([], 0.5)).toBeNaN();
  expect(() => nearestRank([1], 1.5)).toThrow("a quantile is between 0 and 1, not 1.5");
});

test("at least q of the values do not exceed the quantile, fewer than q lie below it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 1000 }),
      (values, permille) => {
        const [value] = quantiles(values, [permille / 1000]);
        expect(values).toContain(value);
        expect(values.filter((other) => other <= value).length * 1000).toBeGreaterThanOrEqual(
          permille * values.length,
        );
        expect(values.filter((other) => other < value).length * 1000).toBeLessThan(permille * values.length);
      },
    ),
  );
});
