import { expect, test } from "vitest";
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

/** The specification with its rows counted instead of listed: the SVG shows them. */
function withoutData(spec: object): unknown {
  return JSON.parse(JSON.stringify(spec), (key, value) =>
    key === "values" && Array.isArray(value) && typeof value[0] === "object"
      ? { rows: value.length, first: value[0] }
      : value,
  );
}
