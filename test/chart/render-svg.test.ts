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
