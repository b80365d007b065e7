import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserPath, launchBrowser } from "../support/browser.js";
import { awkward } from "./awkward.js";
import { charts } from "./catalogue.js";

// By path: the packages do not export the files that a page takes.
const modules = resolve(import.meta.dirname, "../../node_modules");
const bundle = (name: string): string => join(modules, name, "build", `${name}.min.js`);

let browser: Browser | undefined;
beforeAll(async () => {
  if (browserPath) browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** What is wrong with a drawn chart: texts beyond its edge, texts that lie on each other, and its size. */
interface Drawn {
  width: number;
  /** How many texts of axes, legends and titles were looked at. */
  labels: number;
  clipped: string[];
  overlapping: string[];
  faint: string[];
}

// Runs in the page. Contrast is that of WCAG, which wants 3 for large text and 4.5 for small; one colour has less than 4.4
// with white and with black at once.
const inspect = `async (spec, ground) => {
  const box = document.createElement("div");
  document.body.replaceChildren(box);
  await window.vegaEmbed(box, spec, { actions: false, renderer: "svg" });
  const svg = box.querySelector("svg");
  const outer = svg.getBoundingClientRect();
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim() !== "" && getComputedStyle(text).opacity !== "0");
  const placed = texts.map((text) => ({ text, box: text.getBoundingClientRect() }));
  const clipped = placed
    .filter(({ box }) => box.left < outer.left - 1 || box.right > outer.right + 1 || box.top < outer.top - 1 || box.bottom > outer.bottom + 1)
    .map(({ text }) => text.textContent);
  const labels = placed.filter(({ text }) => text.closest(".role-axis-label, .role-title, .role-legend, .role-axis-title") && !(text.getAttribute("transform") || "").includes("rotate"));
  const overlapping = [];
  labels.forEach((a, i) => {
    for (const b of labels.slice(i + 1)) {
      const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (wide > 2 && high > 4) overlapping.push(a.text.textContent + " | " + b.text.textContent);
    }
  });
  const faint = labels
    .filter(({ text }) => contrast(luminance(getComputedStyle(text).fill), luminance(ground)) < 4.3)
    .map(({ text }) => text.textContent);
  return { width: outer.width, labels: labels.length, clipped, overlapping, faint };
}`;

const grounds = { light: "rgb(255, 255, 255)", dark: "rgb(17, 17, 17)" } as const;

test.skipIf(!browserPath).each(Object.keys(grounds) as (keyof typeof grounds)[])(
  "every chart in a real browser on a %s page: nothing clipped, overlapping, faint or wider than a notebook",
  async (theme) => {
    const page = await browser!.newPage({ viewport: { width: 900, height: 900 } });
    const messages: string[] = [];
    page.on("console", (message) => {
      if (["warning", "error"].includes(message.type())) messages.push(message.text());
    });
    page.on("pageerror", (error) => messages.push(error.message));
    await page.setContent(`<body style="background:${grounds[theme]};margin:0"></body>`);
    for (const name of ["vega", "vega-lite", "vega-embed"]) {
      await page.addScriptTag({ content: readFileSync(bundle(name), "utf8") });
    }
    for (const [name, make] of Object.entries({ ...charts, ...awkward })) {
      const spec = JSON.stringify(await make());
      const drawn = (await page.evaluate(`(${inspect})(${spec}, "${grounds[theme]}")`)) as Drawn;
      expect.soft(drawn.clipped, `${name}: clipped`).toEqual([]);
      expect.soft(drawn.overlapping, `${name}: overlapping`).toEqual([]);
      expect.soft(drawn.faint, `${name}: faint`).toEqual([]);
      expect.soft(drawn.labels, `${name}: labels`).toBeGreaterThan(3);
      expect.soft(drawn.width, `${name}: width`).toBeLessThan(760);
    }
    await page.close();
    // A specification says version 5 so that JupyterLab 4 draws it; version 6 says so and draws it too.
    expect(messages.filter((text) => !text.includes("The input spec uses Vega-Lite v5"))).toEqual([]);
  },
);
