import { from } from "arquero";
import fc from "fast-check";
import { expect, test } from "vitest";
import { headOfLine } from "#lib/analyze/head-of-line.js";
import { scaling } from "#lib/analyze/scaling.js";
import { operations } from "./make-tables.js";

test("an exact power law is found exactly, whatever the units", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -2, max: 3, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      (slope, factor) => {
        const rows = [1, 10, 100, 1000].map((n) => ({ n, cost_ns: factor * n ** slope }));
        const [fit] = scaling(from(rows)).objects() as Record<string, number>[];
        expect(fit.slope).toBeCloseTo(slope, 8);
        expect(fit.factor / factor).toBeCloseTo(1, 6);
        expect(fit.slope_high - fit.slope_low).toBeLessThan(1e-4);
      },
    ),
  );
});

test("the slope's interval is that of a textbook straight line", () => {
  // ln n = 0, 1, 2, 3 and ln cost = 1, 3, 2, 5: mean 1.5 and 2.75, Sxx 5, Sxy 5.5, slope 1.1, Syy 8.75,
  // residual 8.75 - 1.1 * 5.5 = 2.7, standard error sqrt(2.7 / 2 / 5) = 0.51962, t(2) = 4.30265: +- 2.23572.
  const rows = [1, 3, 2, 5].map((log, i) => ({ n: Math.exp(i), cost_ns: Math.exp(log) }));
  const [fit] = scaling(from(rows)).objects() as Record<string, number>[];
  expect(fit.slope).toBeCloseTo(1.1, 10);
  expect(fit.slope_high).toBeCloseTo(1.1 + 2.23572, 4);
  expect(fit.slope_low).toBeCloseTo(1.1 - 2.23572, 4);
  expect(fit.r2).toBeCloseTo(1 - 2.7 / 8.75, 10);
});

test("measurements of one size count once: their common noise is no evidence", () => {
  const rows = [1, 3, 2, 5].flatMap((log, i) =>
    Array.from({ length: 9 }, () => ({ n: Math.exp(i), cost_ns: Math.exp(log) })),
  );
  const [fit] = scaling(from(rows)).objects() as Record<string, number>[];
  expect(fit).toMatchObject({ points: 36, sizes: 4 });
  expect(fit.slope_high).toBeCloseTo(1.1 + 2.23572, 4);
});

test("a fixed cost is told from a bent power law, and the exponent is that of what grows", () => {
  const rows = [1e3, 3e3, 1e4, 3e4, 1e5, 3e5].map((n, i) => ({
    n,
    cost_ns: (2e5 + 3 * n) * (1 + 0.01 * (-1) ** i),
  }));
  const [fit] = scaling(from(rows)).objects() as Record<string, number>[];
  expect(fit.model).toBe("offset");
  expect(fit.slope).toBeGreaterThan(0.9);
  expect(fit.slope).toBeLessThan(1.1);
  expect(fit.offset / 2e5).toBeCloseTo(1, 1);
  expect(fit.power_slope).toBeLessThan(0.4);
  expect(fit.verdict).toBe("higher");
});

test("two sizes lie on any law", () => {
  const rows = [1, 1, 2, 2].map((n, i) => ({ n, cost_ns: 10 * n + i }));
  expect(scaling(from(rows)).object()).toMatchObject({
    slope_low: null,
    slope_high: null,
    verdict: "cannot tell",
  });
});

test("too few points are refused", () => {
  expect(() => scaling(from([{ n: 1, cost_ns: 1 }]))).toThrow(
    "scaling needs at least 3 points at 2 sizes; all has 1 at 1",
  );
});

test("head of line: a client waits for the part of a long command that it overlaps", () => {
  const gets = operations([
    [0, 10],
    [90, 60],
    [120, 10],
    [300, 5],
  ]);
  const busy = operations([
    [100, 40],
    [130, 20],
  ]);
  // Busy from 100 to 150: [90,150] waits 50 of 60, [120,130] all 10.
  const rows = headOfLine(gets, busy).select("blocked_ns", "blocked_share", "rest_ns").objects();
  expect(rows).toEqual([
    { blocked_ns: 0, blocked_share: 0, rest_ns: 10 },
    { blocked_ns: 50, blocked_share: 50 / 60, rest_ns: 10 },
    { blocked_ns: 10, blocked_share: 1, rest_ns: 0 },
    { blocked_ns: 0, blocked_share: 0, rest_ns: 5 },
  ]);
});
