import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { full } from "../full.js";
import { browserPath, launchBrowser } from "../support/browser.js";

const root = resolve(import.meta.dirname, "../..");
const bin = join(root, "kernel-lib/bin/tracebook.js");
const out = mkdtempSync(join(tmpdir(), "tracebook-templates-"));

function run(template: string, folder: string, ...params: string[]): string {
  const args = ["run", join(root, `notebooks/templates/${template}.ipynb`), "--out", join(out, folder)];
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args, ...params], {
    encoding: "utf8",
  });
  // On a busy machine a run is long enough to say where it is.
  expect(stderr.replace(/^tracebook: .*: cell \d+ of \d+\n/gm, "")).toBe("");
  expect(status).toBe(0);
  return stdout.trim();
}

const figures = (path: string) => readFileSync(path, "utf8").match(/<figure class="chart">/g)?.length ?? 0;

describe.skipIf(!full)("a template runs on the captures it names", () => {
  test.each([
    ["gc-pressure", 5],
    ["before-after", 3],
    ["postmortem", 4],
  ])("%s draws at least %i charts", (template, charts) => {
    expect(figures(run(template, "own"))).toBeGreaterThanOrEqual(charts);
  });
});

describe("a template leaves out what other captures cannot answer, and says so", () => {
  const bench = JSON.stringify([join(root, "test/fixtures/go-bench/old.txt")]);
  test.each([
    ["gc-pressure", ["--param", `files=${bench}`], /need an execution trace/],
    [
      "before-after",
      ["--param", `before=${bench}`, "--param", `after=${bench}`],
      /need an execution trace on both sides/,
    ],
    ["postmortem", ["--param", `files=${bench}`], /needs a log of operations/],
  ])("%s", (template, params, sentence) => {
    const path = run(template, "other", ...params);
    expect(figures(path)).toBe(0);
    expect(readFileSync(path, "utf8")).toMatch(sentence);
    // A capture that is loaded and not asked anything is named as well.
    if (template !== "before-after")
      expect(readFileSync(path, "utf8")).toContain("old.txt (go-bench) has no question here");
  });
});

describe.skipIf(!browserPath)("its page in Chromium (skipped without it)", () => {
  let browser: Browser;
  let path: string;
  beforeAll(async () => {
    path = run("postmortem", "page");
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  test.each([
    [1200, "light"],
    [390, "dark"],
  ] as const)(
    "%i pixels wide, %s: every chart interactive, nothing sticks out, nothing fails",
    async (width, colorScheme) => {
      const viewport = { width, height: 900 };
      const page = await (await browser.newContext({ colorScheme, offline: true, viewport })).newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      await page.goto(pathToFileURL(path).href);
      for (const figure of await page.locator("figure.chart").all()) {
        await figure.scrollIntoViewIfNeeded();
        await figure.and(page.locator("[data-interactive]")).waitFor();
      }
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(errors).toEqual([]);
    },
  );

  test("without JavaScript every chart is drawn, with its reading", async () => {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await page.goto(pathToFileURL(path).href);
    const charts = await page.locator("figure.chart").all();
    expect(charts.length).toBe(figures(path));
    for (const chart of charts) {
      expect((await chart.locator("svg").first().boundingBox())?.height).toBeGreaterThan(60);
      expect((await chart.locator("figcaption").innerText()).length).toBeGreaterThan(20);
    }
  });
});
