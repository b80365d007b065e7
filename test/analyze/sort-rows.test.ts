import fc from "fast-check";
import { expect, test } from "vitest";
import { quantiles, selectQuantile } from "#lib/analyze/quantile.js";
import { seededRandom } from "#lib/analyze/random.js";
import { sortRows } from "#lib/analyze/sort-rows.js";

const key = fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }), fc.constantFrom(-0, Number.NaN));

function byComparison(keys: readonly number[]): number[] {
  const rank = (value: number): number => (Number.isNaN(value) ? 1 : 0);
  return keys
    .map((_, row) => row)
    .sort(
      (a, b) => rank(keys[a]) - rank(keys[b]) || (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b),
    );
}

test("rows come in the order of their keys, equal ones as they were, missing ones last", () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300 }), (keys) => {
      expect([...sortRows(Uint32Array.from(keys.keys()), keys)]).toEqual(byComparison(keys));
    }),
  );
});

test("so do many rows, which are sorted by their digits", () => {
  const random = seededRandom(7);
  const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-310, -1e300];
  const keys = Array.from({ length: 30_000 }, (_, i) =>
    i % 10 === 0 ? special[Math.floor(random() * special.length)] : Math.round((random() - 0.5) * 1e6) / 8,
  );
  expect([...sortRows(Uint32Array.from(keys.keys()), keys)]).toEqual(byComparison(keys));
});

test("some of the rows alone, in place", () => {
  const rows = Uint32Array.of(4, 2, 0);
  expect(sortRows(rows, [5, 9, 1, 9, 7])).toBe(rows);
  expect([...rows]).toEqual([2, 0, 4]);
});

test("a selected quantile is that of the sorted values", () => {
  const values = fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double(), fc.constant(Number.NaN)));
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
      expect(
        selectQuantile([...list], q) === quantiles(list, [q])[0] || !list.some((x) => !Number.isNaN(x)),
      ).toBe(true);
    }),
    { numRuns: 500 },
  );
  expect(selectQuantile([], 0.5)).toBeNaN();
  expect(() => selectQuantile([1], 2)).toThrow("a quantile is between 0 and 1, not 2");
});
