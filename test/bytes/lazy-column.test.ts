import { op, table } from "arquero";
import { expect, test } from "vitest";
import { computedColumn, lazyDictionaryColumn } from "#lib/bytes/lazy-column.js";

test("Arquero filters, derives and groups computed columns", () => {
  const numbers = computedColumn(6, (row) => row * 10);
  const kinds = lazyDictionaryColumn(6, ["even", "odd", null], (row) => (row === 5 ? 2 : row % 2));
  const made = table({ numbers, kinds } as never);
  const grouped = made
    .groupby("kinds")
    .rollup({ sum: op.sum("numbers") })
    .objects();
  // Rows 0, 2, 4 are even, 1 and 3 odd, 5 has no kind.
  expect(grouped).toEqual([
    { kinds: "even", sum: 60 },
    { kinds: "odd", sum: 40 },
    { kinds: null, sum: 50 },
  ]);
  expect([...made.filter((row: { kinds: string }) => row.kinds === "odd").array("numbers")]).toEqual([
    10, 30,
  ]);
});

test("codes are made once, and only when asked for", () => {
  let calls = 0;
  const column = lazyDictionaryColumn(3, ["a", "b"], (row) => {
    calls++;
    return row % 2;
  });
  expect(column.at(1)).toBe("b");
  expect(calls).toBe(1);
  expect([...column.codes]).toEqual([0, 1, 0]);
  expect(column.codes).toBe(column.codes);
  expect(calls).toBe(4);
});
