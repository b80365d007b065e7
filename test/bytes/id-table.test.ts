import fc from "fast-check";
import { expect, test } from "vitest";
import { absent, IdTable } from "#lib/bytes/id-table.js";

test("ids get dense numbers in order of first appearance, and keep them as the table grows", () => {
  const id = fc.oneof(
    fc.integer({ min: -1, max: 300 }),
    fc.maxSafeNat(),
    fc.integer({ min: 2 ** 31 - 3, max: 2 ** 31 + 3 }),
  );
  fc.assert(
    fc.property(fc.array(id, { maxLength: 400 }), (ids) => {
      const table = new IdTable(4);
      const expected = new Map<number, number>();
      for (const each of ids) {
        if (!expected.has(each)) expected.set(each, expected.size);
        expect(table.index(each)).toBe(expected.get(each));
      }
      for (const [each, dense] of expected) expect(table.find(each)).toBe(dense);
      expect([...table.list()]).toEqual([...expected.keys()]);
    }),
  );
});

test("an id that was never given is absent", () => {
  const table = new IdTable();
  table.index(7);
  expect(table.find(8)).toBe(absent);
});

test("a second life has a new number, which is the one found from then on", () => {
  const table = new IdTable(4);
  const first = table.index(7);
  const second = table.add(7);
  expect(second).not.toBe(first);
  for (let id = 100; id < 200; id++) table.index(id);
  expect(table.find(7)).toBe(second);
});

test("ids that share their low bits are still found quickly", () => {
  const table = new IdTable();
  const count = 50_000;
  for (const step of [2 ** 16, 2 ** 32]) {
    for (let at = 0; at < count; at++) table.index(at * step + 1);
    for (let at = 0; at < count; at += 997) expect(table.find(at * step + 1)).toBeGreaterThanOrEqual(0);
  }
  // Runs of numbers stand where they say, others are spread.
  expect(table.scatter).not.toBe(0);
  const runs = new IdTable();
  for (let id = 1_000_000; id < 1_100_000; id++) runs.index(id);
  expect(runs.scatter).toBe(0);
});
