import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { goSort } from "#lib/read/trace/go-sort.js";

const golden = new URL("../../fixtures/go-sort/golden.json", import.meta.url);

test("equal keys come out in the order in which Go's slices.SortFunc leaves them", () => {
  const cases = JSON.parse(readFileSync(golden, "utf8")) as { keys: number[]; order: number[] }[];
  expect(cases.length).toBeGreaterThan(100);
  for (const { keys, order } of cases) {
    const items = Int32Array.from(keys, (_, at) => at);
    goSort(items, keys.length, Float64Array.from(keys));
    expect([...items]).toEqual(order);
  }
});
