import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { renderSvg } from "#lib/chart/render-svg.js";
import { csvLines } from "#lib/cli/export/csv-lines.js";
import { linkTo } from "#lib/report/link-to.js";
import { notebookHtml } from "#lib/report/notebook-html.js";
import { notebookMarkdown } from "#lib/report/notebook-markdown.js";
import { writeBook, writeNotebook } from "#lib/report/write-report.js";
import { browserPath, launchBrowser } from "../support/browser.js";

const outputs = (...data: Record<string, unknown>[]) =>
  data.map((one) => ({ output_type: "display_data", data: one }));
const prose = (source: string) => ({ cell_type: "markdown", source });
const code = (...data: Record<string, unknown>[]) => ({
  cell_type: "code",
  source: "x",
  outputs: outputs(...data),
});

test("links have the schemes that are meant, and pictures from elsewhere are links", () => {
  const source = [
    "[a](javascript:alert(1)) [b](https://x.invalid/) [c](file:///etc/passwd) [d](mailto:a@b.invalid)",
    "![far](https://x.invalid/p.png) ![near](pic.png) ![in](data:image/png;base64,AAAA) [e](a/b:c.html) [f](ws://x)",
  ].join("\n\n");
  const { html } = notebookHtml({ cells: [prose(source)] });
  expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
    "https://x.invalid/",
    "mailto:a@b.invalid",
    "https://x.invalid/p.png",
    "pic.png",
    "a/b:c.html",
  ]);
  expect([...html.matchAll(/<img src="([^"]*)"/g)].map(([, src]) => src)).toEqual([
    "data:image/png;base64,AAAA",
  ]);
});

test("a page is linked by a path, whatever its notebook's name", async () => {
  expect(linkTo("a b/(c)#?%.svg")).toBe("a%20b/%28c%29%23%3F%25.svg");
  const out = mkdtempSync(join(tmpdir(), "tracebook-hrefs-"));
  await writeBook("t", [{ path: "javascript:alert(1).ipynb", notebook: { cells: [prose("# A")] } }], out);
  expect(readFileSync(join(out, "index.html"), "utf8")).toContain('href="javascript%3Aalert%281%29.html"');
});

test("a chart's reading neither ends its picture's text nor links in Markdown", () => {
  const reading = "x\r\r<img src=http://evil.invalid/cr>\r# heading ](http://evil.invalid) \u202egnp";
  const { text } = notebookMarkdown(
    { cells: [code({ "image/svg+xml": "<svg/>", "text/plain": `${reading}${"y".repeat(600)}` })] },
    "n (1)_files",
  );
  const line = text.split("\n").find((one) => one.startsWith("!["));
  expect(line).toContain("](n%20%281%29_files/1.svg)");
  expect(line).not.toMatch(/\r|<img|[^\\]\]\(http|:\/\/|\u202e/);
  expect(line).toContain("\\# heading");
  expect(line).toMatch(/… \(\d+ characters\)\]/);
});

test("CSV: a text is a formula unless the whole of it is a number, in names as in values", () => {
  const texts = [
    "-2+3+cmd|' /C calc'!A0",
    "+1",
    "-1.5e3",
    "-Inf",
    "=1",
    "@x",
    "\uff1d1",
    "-",
    "a;=1",
    "\u202e=1",
  ];
  const column = (name: string) => ({
    name,
    kind: "string" as const,
    length: texts.length,
    cell: (row: number) => texts[row],
  });
  const rows = [...csvLines([column("-2+3")])].join("").trimEnd().split("\n");
  expect(rows).toEqual([
    "'-2+3",
    "'-2+3+cmd|' /C calc'!A0",
    "+1",
    "-1.5e3",
    "-Inf",
    "'=1",
    "'@x",
    "'\uff1d1",
    "'-",
    '"a;=1"',
    "\\u202e=1",
  ]);
});

describe.skipIf(!browserPath)("in Chromium (skipped without it)", () => {
  test("a page draws its charts under its policy, and what it holds asks for nothing and runs nothing", async () => {
    const spec = {
      $schema: "https://vega.github.io/schema/vega-lite/v5.json",
      title: "b",
      data: {
        values: [
          { n: 2, name: "a" },
          { n: 1, name: "b" },
        ],
      },
      transform: [{ calculate: "datum.n * 2 + length(datum.name)", as: "m" }],
      mark: { type: "bar", tooltip: true },
      encoding: { x: { field: "m", type: "quantitative" }, y: { field: "name", type: "nominal" } },
    };
    const chart = code({
      "application/vnd.vegalite.v5+json": spec,
      "image/svg+xml": await renderSvg(spec),
      "text/plain": "bars",
    });
    const hostile = [
      '<img src="https://evil.invalid/1.png"><script>globalThis.pwned = 1</script>',
      '<div onclick="globalThis.pwned = 2" id="press" style="background:url(https://evil.invalid/2)">press</div>',
      '<meta http-equiv="refresh" content="0;url=https://evil.invalid/3"><link rel="stylesheet" href="https://evil.invalid/4">',
      '<iframe src="https://evil.invalid/5"></iframe><form action="https://evil.invalid/6"></form>',
    ].join("");
    const out = mkdtempSync(join(tmpdir(), "tracebook-policy-"));
    const styled = code({
      "text/html": "<style>.own { color: rgb(1, 2, 3) }</style>\r\n<p class=own>own</p>",
    });
    const write = async (name: string, ...cells: object[]) =>
      (await writeNotebook({ path: `${name}.ipynb`, notebook: { cells } as never }, out, ["html"]))[0];
    const browser = await launchBrowser();
    const visit = async (path: string) => {
      const page = await browser.newPage();
      const [said, asked]: [string[], string[]] = [[], []];
      // Front ends know version 5 of Vega-Lite; its next one draws it too, and says so.
      page.on("console", (message) => {
        if (!/input spec uses Vega-Lite v5/.test(message.text())) said.push(message.text());
      });
      page.on("pageerror", (error) => said.push(String(error)));
      // What the policy stops is seen as asked for, and as failed by it: it has not left the browser.
      const stopped = new Set<string>();
      page.on("request", (request) => asked.push(request.url()));
      page.on("requestfailed", (request) => {
        if (request.failure()?.errorText === "csp") stopped.add(request.url());
      });
      await page.goto(pathToFileURL(path).href);
      const left = () => asked.filter((url) => !/^(?:file|data|blob):/.test(url) && !stopped.has(url));
      return { page, said, left };
    };
    try {
      const good = await visit(await write("good", prose("# P"), chart, styled));
      await good.page.waitForSelector("figure[data-interactive]");
      expect(await good.page.locator("figure canvas, figure .vega-embed svg").count()).toBeGreaterThan(0);
      const colour = await good.page.evaluate("getComputedStyle(document.querySelector('.own')).color");
      expect(colour).toBe("rgb(1, 2, 3)");
      expect([good.said, good.left()]).toEqual([[], []]);
      const bad = await visit(
        await write("bad", prose("![p](https://evil.invalid/7.png)"), code({ "text/html": hostile }), chart),
      );
      await bad.page.waitForSelector("figure[data-interactive]");
      await bad.page.click("#press");
      expect(await bad.page.evaluate("globalThis.pwned")).toBeUndefined();
      expect(bad.left()).toEqual([]);
      expect(bad.page.url()).toMatch(/^file:/);
    } finally {
      await browser.close();
    }
  });
});
