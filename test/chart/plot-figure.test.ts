import * as Plot from "@observablehq/plot";
import { expect, test } from "vitest";
import { plotFigure } from "#lib/chart/plot-figure.js";

const rows = [
  { at: 1, name: "<b>&", n: 3 },
  { at: 2, name: "y", n: 5 },
];

test("a Plot figure is SVG that stands alone, its text escaped", async () => {
  const figure = plotFigure(
    { marks: [Plot.dot(rows, { x: "at", y: "n" }), Plot.text(rows, { x: "at", y: "n", text: "name" })] },
    "two dots",
  );
  const svg = await figure.svg();
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg.match(/<circle/g)).toHaveLength(2);
  expect(svg).toContain("&lt;b&gt;&amp;");
  expect(svg).not.toContain("<b>");
});

test("as a cell's value it is SVG and its reading", async () => {
  const figure = plotFigure(
    { title: "a title", marks: [Plot.barY(rows, { x: "name", y: "n" })] },
    "two bars",
  );
  const display = figure as unknown as Record<symbol, () => Promise<Record<string, string>>>;
  const bundle = await display[Symbol.for("Jupyter.display")]();
  expect(Object.keys(bundle)).toEqual(["image/svg+xml", "text/plain"]);
  expect(bundle["text/plain"]).toBe("two bars");
  expect(bundle["image/svg+xml"].match(/<rect/g)?.length).toBeGreaterThanOrEqual(2);
});
