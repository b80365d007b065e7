import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { wcagContrast } from "culori";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { figure } from "#lib/chart/figure.js";
import { renderSvg } from "#lib/chart/render-svg.js";
import { notebookHtml, type ReportNotebook, type ReportOutput } from "#lib/report/notebook-html.js";
import { notebookMarkdown } from "#lib/report/notebook-markdown.js";
import { writeBook, writeNotebook } from "#lib/report/write-report.js";
import { markdown } from "#lib/verdict/markdown.js";
import { verdict } from "#lib/verdict/verdict.js";
import { browserPath, launchBrowser } from "../support/browser.js";

const hostile =
  '</script><script>globalThis.pwned = true</script><img src=x onerror="globalThis.pwned = true">\x1b[31m';

const spec = {
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  description: `two bars ${hostile}`,
  data: {
    values: [
      { name: hostile, n: 2 },
      { name: "b", n: 1 },
    ],
  },
  mark: { type: "bar", tooltip: true },
  encoding: { x: { field: "n", type: "quantitative" }, y: { field: "name", type: "nominal" } },
};

const result = (data: Record<string, unknown>): ReportOutput => ({ output_type: "execute_result", data });
const code = (source: string, ...outputs: ReportOutput[]) => ({ cell_type: "code", source, outputs });
const display = Symbol.for("Jupyter.display");
const card = () =>
  (
    verdict(52, {
      says: "s",
      verdict: "holds",
      measured: { value: hostile },
      reading: "ok",
    }) as unknown as Record<symbol, () => Record<string, unknown>>
  )[display]();

async function notebook(): Promise<ReportNotebook> {
  return {
    cells: [
      { cell_type: "markdown", source: `# A chapter\n\nProse <b>${hostile}</b>\n\n## The evidence` },
      code(`const s = "${hostile}"`, { output_type: "stream", text: hostile }),
      code(
        "chart",
        result({
          "application/vnd.vegalite.v5+json": spec,
          "image/svg+xml": await renderSvg(spec),
          "text/plain": spec.description,
        }),
      ),
      code("verdict", result(card())),
      code("boom", {
        output_type: "error",
        ename: "Error",
        evalue: "x",
        traceback: ["\x1b[31mError\x1b[39m: bad", "    at cell 1:1:1", hostile],
      }),
      code("text", result({ "text/plain": hostile })),
      code("markdown", result({ "text/markdown": markdown`a name: ${hostile} and **${hostile}**`.text })),
    ],
  };
}

test("nothing of a capture becomes markup or a control code", async () => {
  const { html } = notebookHtml(await notebook());
  // Script elements are the chart's data, nothing else; no image and no escape came through.
  expect(html.match(/<script[^>]*>/g)).toEqual(['<script type="application/json" class="spec">']);
  expect(html).not.toMatch(/<img|<b>[^C]/);
  expect(html).not.toContain("\x1b");
});

test("headings make the contents, the first chart the figure", async () => {
  const { title, headings, figure } = notebookHtml(await notebook(), "x-");
  expect(title).toBe("A chapter");
  expect(headings.map(({ level, id }) => [level, id])).toEqual([
    [1, "x-a-chapter"],
    [2, "x-the-evidence"],
  ]);
  expect(figure).toMatch(/^<figure class="chart"><div class="drawing"><svg /);
});

test("a cell tagged figure gives the contents page its chart", () => {
  const svg = (name: string) => result({ "image/svg+xml": `<svg>${name}</svg>`, "text/plain": name });
  const tagged = { ...code("b", svg("second")), metadata: { tags: ["figure"] } };
  expect(
    notebookHtml({ cells: [code("a", svg("first")), tagged, code("c", svg("third"))] }).figure,
  ).toContain("second");
});

test("Markdown fences what it quotes and refers to its pictures", () => {
  const { text, files } = notebookMarkdown(
    {
      cells: [
        code("a", result({ "text/plain": "```\nx" })),
        code("b", result({ "image/svg+xml": "<svg/>", "text/plain": "a [chart]" })),
      ],
    },
    "nb_files",
  );
  expect(text).toContain("````\n```\nx\n````");
  expect(text).toContain("![a \\[chart\\]](nb_files/1.svg)");
  expect(files).toEqual([{ name: "nb_files/1.svg", content: "<svg/>" }]);
});

test("a book has its contents, a page a notebook, and the ledger", async () => {
  const out = mkdtempSync(join(tmpdir(), "tracebook-book-"));
  const entries = await writeBook(
    "The book",
    [
      {
        path: "notebooks/training/1.ipynb",
        notebook: { cells: [{ cell_type: "markdown", source: "# An exercise" }] },
      },
      { path: "notebooks/01-a.ipynb", notebook: await notebook() },
    ],
    out,
  );
  expect(entries).toMatchObject([{ claim: 52, verdict: "holds", notebook: "01-a.ipynb" }]);
  expect(JSON.parse(readFileSync(join(out, "ledger.json"), "utf8"))).toMatchObject([
    { claim: 52, verdict: "holds", notebook: "01-a.ipynb" },
  ]);
  const index = readFileSync(join(out, "index.html"), "utf8");
  expect(index).toContain('<a href="01-a.html">A chapter</a>');
  expect(index).toContain('<h2>Training</h2><ol class="chapters"><li><a href="1.html">An exercise</a>');
  expect(index).toContain("1 of 1 claim has a verdict: 1 holds.");
  expect(index).toContain("<svg ");
  // Self-contained: nothing is fetched from anywhere.
  const markup = index.replaceAll(/<script>.*?<\/script>/gs, "<script></script>");
  expect(markup).not.toMatch(/<(?:script|link|img)[^>]+(?:src|href)=/);
});

describe.skipIf(!browserPath)("in Chromium (skipped without it)", () => {
  let browser: Browser;
  let path: string;
  let chartPath: string;
  beforeAll(async () => {
    browser = await launchBrowser();
    const out = mkdtempSync(join(tmpdir(), "tracebook-page-"));
    const drawn = figure({ ...spec, title: "Two bars" });
    const data = { "application/vnd.vegalite.v5+json": drawn, "image/svg+xml": await renderSvg(drawn) };
    const ours = { path: "chart.ipynb", notebook: { cells: [code("chart", result(data))] } };
    [chartPath] = await writeNotebook(ours, out, ["html"]);
    [path] = await writeNotebook({ path: "page.ipynb", notebook: await notebook() }, out, ["html"]);
  });
  afterAll(() => browser?.close());

  test.each(["light", "dark"] as const)(
    "the chart becomes interactive and shows a tooltip (%s)",
    async (colorScheme) => {
      const page = await (await browser.newContext({ colorScheme, offline: true })).newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.goto(pathToFileURL(path).href);
      await page.waitForSelector("figure[data-interactive]");
      await page.hover("figure .mark-rect path");
      await page.waitForSelector("#vg-tooltip-element.visible");
      expect(await page.evaluate(() => (globalThis as { pwned?: boolean }).pwned)).toBeUndefined();
      expect(errors).toEqual([]);
    },
  );

  test("without JavaScript the chart stands as SVG, and code unfolds", async () => {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await page.goto(pathToFileURL(path).href);
    expect(await page.locator("figure svg .mark-rect path").count()).toBe(2);
    await page.locator("details.code summary").first().click();
    expect(await page.locator("details.code pre").first().isVisible()).toBe(true);
  });

  test.each([
    ["light", true],
    ["light", false],
    ["dark", true],
    ["dark", false],
  ] as const)(
    "a chart's texts read on a %s page (JavaScript: %s)",
    async (colorScheme, javaScriptEnabled) => {
      const page = await (await browser.newContext({ colorScheme, javaScriptEnabled })).newPage();
      await page.goto(pathToFileURL(chartPath).href);
      if (javaScriptEnabled) await page.waitForSelector("figure[data-interactive]");
      const ground = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      const colours = await page.evaluate<string[]>(
        `[...document.querySelectorAll("figure.chart svg text:not(:empty)")].map((text) => getComputedStyle(text).fill)`,
      );
      expect(colours.length).toBeGreaterThan(4);
      for (const colour of colours) expect(wcagContrast(colour, ground), colour).toBeGreaterThanOrEqual(4.5);
    },
  );
});
