import { expect, test } from "vitest";
import { awkward, nothing } from "./awkward.js";
import { charts } from "./catalogue.js";
import { draw, rounded } from "./draw.js";

test.each(Object.keys(charts))("%s draws without a warning, as before, in bounds", async (name) => {
  const spec = await charts[name]();
  const { svg, warnings } = await draw(spec);
  expect(warnings).toEqual([]);
  expect(JSON.stringify(spec).length).toBeLessThan(500_000);
  expect(spec.description).toMatch(/\d/);
  await expect(`${JSON.stringify(withoutData(spec), null, 1)}\n`).toMatchFileSnapshot(
    `__snapshots__/${name}.json`,
  );
  await expect(`${rounded(svg)}\n`).toMatchFileSnapshot(`__snapshots__/${name}.svg`);
});

test.each(Object.keys(awkward))("%s: drawn without a warning, in bounds", async (name) => {
  const spec = awkward[name]();
  const { svg, warnings } = await draw(spec);
  expect(warnings).toEqual([]);
  expect(JSON.stringify(spec).length).toBeLessThan(500_000);
  expect(svg).not.toMatch(/<script|>NaN|>undefined|>unknown/);
});

test.each(Object.keys(nothing))("a %s of nothing says that there is nothing", (name) => {
  const { title } = nothing[name]() as unknown as { title: { text: string[] } };
  expect(title.text.join(" ")).toMatch(/^No /);
});

/** The specification with its rows counted instead of listed: the SVG shows them. */
function withoutData(spec: object): unknown {
  return JSON.parse(JSON.stringify(spec), (key, value) =>
    key === "values" && Array.isArray(value) && typeof value[0] === "object"
      ? { rows: value.length, first: value[0] }
      : value,
  );
}
