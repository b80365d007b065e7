import { table } from "arquero";
import { expect, test } from "vitest";
import { comparisonChart } from "#lib/chart/comparison-chart.js";

interface Drawn {
  data: { values: { label: string; value: number }[] };
  title: { text: string[]; subtitle: string[] };
}

test("of very many rows the highest are drawn, in the table's order, and the subtitle says so", () => {
  const name = Array.from({ length: 500 }, (_, i) => `case ${i}`);
  const value = name.map((_, i) => ((i * 7919) % 499) + 1);
  value[123] = 100_000;
  const spec = comparisonChart(table({ name, value })) as unknown as Drawn;
  const drawn = spec.data.values;
  expect(drawn).toHaveLength(40);
  expect(drawn.map(({ label }) => label)).toContain("case 123");
  const least = Math.min(...drawn.map((group) => group.value));
  expect(value.filter((one) => one > least).length).toBeLessThan(40);
  const places = drawn.map(({ label }) => name.indexOf(label));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(spec.title.subtitle.join(" ")).toContain("the 40 with the highest values; 460 rows left out");
});

test("rows as asked for", () => {
  const spec = comparisonChart(table({ name: ["a", "b", "c"], value: [1, 3, 2] }), { rows: 2 });
  expect((spec as unknown as Drawn).data.values.map(({ label }) => label)).toEqual(["b", "c"]);
});
