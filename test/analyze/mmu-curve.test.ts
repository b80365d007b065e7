import fc from "fast-check";
import { expect, test } from "vitest";
import { MmuCurve } from "#lib/analyze/mmu-curve.js";

const curve = (steps: [number, number][], exact = false): MmuCurve =>
  new MmuCurve(
    {
      times: Float64Array.from(steps, ([time]) => time),
      utils: Float64Array.from(steps, ([, util]) => util),
    },
    exact,
  );

// The case of Go's own internal/trace/gc_test.go, TestMMU (times in ns there, utilization 1, 0, 1, 0 in turns).
const goCase: [number, number][] = [
  [0, 1],
  [1e9, 0],
  [2e9, 1],
  [3e9, 0],
  [4e9, 1],
  [5e9, 0],
];

test("Go's own test case", () => {
  const found = curve(goCase);
  for (const [window, want, places] of [
    [0, 0, 9],
    [1e6, 0, 9],
    [1e9, 0, 9],
    [1e9 + 1, 0, 6],
    [2e9, 0.5, 9],
    [3e9, 1 / 3, 9],
    [4e9, 0.5, 9],
    [5e9, 3 / 5, 9],
    [6e9, 3 / 5, 9],
  ]) {
    expect(found.mmu(window)).toBeCloseTo(want, places);
  }
});

test("the worst windows are disjoint and worst first", () => {
  const worst = curve(goCase).worst(1e9, 2);
  expect(worst).toEqual([
    { time_ns: 1e9, utilization: 0 },
    { time_ns: 3e9, utilization: 0 },
  ]);
});

const stepsAtRandom = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 4 })), {
    minLength: 2,
    maxLength: 60,
  })
  .map((gaps) => {
    let at = 0;
    return gaps.map(([gap, quarter]): [number, number] => {
      at += gap;
      return [at, quarter / 4];
    });
  });

// Every window that begins or ends at a step, one by one.
function exhaustive(steps: [number, number][], window: number): number {
  const first = steps[0][0];
  const last = steps[steps.length - 1][0];
  const length = Math.min(window, last - first);
  const integral = (from: number, to: number): number => {
    let sum = 0;
    for (let i = 0; i + 1 < steps.length; i++) {
      sum += steps[i][1] * Math.max(0, Math.min(to, steps[i + 1][0]) - Math.max(from, steps[i][0]));
    }
    return sum;
  };
  const starts = steps
    .flatMap(([time]) => [time, time - length])
    .filter((time) => time >= first && time + length <= last);
  return Math.min(1, ...starts.map((start) => integral(start, start + length) / length));
}

test("exact equals the minimum over every window that meets a step; Go's may also look past the end", () => {
  fc.assert(
    fc.property(stepsAtRandom, fc.integer({ min: 1, max: 3000 }), (steps, window) => {
      const least = exhaustive(steps, window);
      expect(curve(steps, true).mmu(window)).toBeCloseTo(least, 9);
      const found = curve(steps).mmu(window);
      expect(found).toBeLessThanOrEqual(least + 1e-9);
      // Bands are of equal whole length, so the last windows of Go's may reach past the end, where utilization is 0.
      const dur = steps[steps.length - 1][0] - steps[0][0];
      const past = 1 + steps.length * Math.max(1, Math.ceil(dur / steps.length)) - dur;
      expect(found).toBeGreaterThanOrEqual(least - past / Math.min(window, dur) - 1e-9);
    }),
    { numRuns: 500 },
  );
});

test("does not depend on where the clock starts", () => {
  fc.assert(
    fc.property(
      stepsAtRandom,
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 0, max: 1e12 }),
      (steps, window, by) => {
        const moved = steps.map(([time, util]): [number, number] => [time + by, util]);
        expect(curve(moved).mmu(window)).toBe(curve(steps).mmu(window));
      },
    ),
  );
});
