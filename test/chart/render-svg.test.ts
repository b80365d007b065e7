import { expect, test } from "vitest";
import { isChartSpec, renderSvg } from "#lib/chart/render-svg.js";

const spec = {
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  data: { values: [{ name: "<b>&", n: 2 }] },
  mark: "bar",
  encoding: { x: { field: "n", type: "quantitative" }, y: { field: "name", type: "nominal" } },
};

test("a specification is drawn as SVG that stands alone, the same each time", async () => {
  const svg = await renderSvg(spec);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(await renderSvg(spec)).toBe(svg);
});

test("text of the data is escaped", async () => {
  const svg = await renderSvg(spec);
  expect(svg).toContain("&lt;b&gt;&amp;");
  expect(svg).not.toContain("<b>");
});

test("warnings are collected, a broken specification is one line", async () => {
  const warnings = { messages: [] as string[] };
  await renderSvg(
    { ...spec, encoding: { ...spec.encoding, shape: { field: "name", type: "nominal" } } },
    warnings,
  );
  expect(warnings.messages.length).toBeGreaterThan(0);
  await expect(renderSvg({ ...spec, mark: "nothing" })).rejects.toThrow(
    /^(?:cannot draw the chart: )?[^\n]+$/,
  );
});

test("charts are told by their schema", () => {
  expect(isChartSpec(spec)).toBe(true);
  expect(isChartSpec({ mark: "bar" })).toBe(false);
  expect(isChartSpec(null)).toBe(false);
});

test("coordinates have two decimals, text and rotations all of theirs", async () => {
  const text = 'a x="1.23456" 9.87654321';
  const svg = await renderSvg({
    ...spec,
    data: { values: [1, 2, 3, 7].map((n) => ({ name: `${text} ${n}`, n: n / 7 })) },
    encoding: {
      ...spec.encoding,
      x: { field: "n", type: "quantitative", axis: { labelAngle: 33.3333 } },
      y: { field: "name", type: "nominal", axis: { labelLimit: 900 } },
    },
  });
  const coordinates = [...svg.matchAll(/<[a-z][^>]* (?:d|x|y|x2|y2|width|height)="[^"]*"[^>]*>/g)].flatMap(
    ([tag]) => [...tag.matchAll(/ (?:d|x|y|x2|y2|width|height)="([^"]*)"/g)].map(([, value]) => value),
  );
  expect(coordinates.filter((value) => /\.\d\d/.test(value)).length).toBeGreaterThan(0);
  expect(coordinates.filter((value) => /\.\d{3}/.test(value))).toEqual([]);
  expect(svg).toContain(text);
  expect(svg).toMatch(/rotate\(33\.3333/);
});
