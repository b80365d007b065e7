import { resolve } from "node:path";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { load } from "#lib/capture/load.js";
import type { TraceCapture } from "#lib/capture/trace-capture.js";
import { chromeEvents } from "#lib/cli/export/chrome-events.js";
import { browserPath } from "../support/browser.js";
import { hasGo } from "../support/go-tool.js";
import { withGoTracePages } from "../support/go-trace-pages.js";

const file = resolve(import.meta.dirname, "../fixtures/go-trace-load/load.trace");

interface Imported {
  warnings: string[];
  slices: number;
  flows: number;
  threads: string[];
  /** In ms, as the viewer counts. */
  from: number;
  to: number;
}

// Runs in the page of go tool trace, which has Chromium's own trace viewer in it, the importer of this format.
const importing = `(text) => {
  const model = new tr.Model();
  const options = new tr.importer.ImportOptions();
  options.shiftWorldToZero = false;
  new tr.importer.Import(model, options).importTraces([text]);
  const threads = Object.values(model.processes).flatMap((process) => Object.values(process.threads));
  return {
    warnings: model.importWarnings.map(({ type, message }) => type + ": " + message),
    slices: threads.reduce((sum, thread) => sum + thread.sliceGroup.length, 0),
    flows: model.flowEvents.length,
    threads: threads.map((thread) => thread.name || String(thread.tid)),
    from: model.bounds.min,
    to: model.bounds.max,
  };
}`;

test.skipIf(!hasGo || !browserPath)(
  "Chromium's own trace viewer imports the timeline without a warning",
  async () => {
    const trace = (await load(file)) as TraceCapture;
    const text = [...chromeEvents(trace)].join("");
    const { traceEvents } = JSON.parse(text) as { traceEvents: { ph: string }[] };
    const count = (phase: string): number => traceEvents.filter(({ ph }) => ph === phase).length;
    const browser = await chromium.launch({
      executablePath: browserPath,
      args: ["--no-sandbox", "--disable-gpu"],
    });
    try {
      const imported = await withGoTracePages(file, async (url) => {
        const page = await browser.newPage();
        await page.goto(`${url}/trace`);
        await page.waitForFunction("window.tr && tr.Model && tr.importer && tr.importer.Import");
        return (await page.evaluate(`(${importing})(${JSON.stringify(text)})`)) as Imported;
      });
      expect(imported.warnings).toEqual([]);
      expect(imported.slices).toBe(count("X"));
      expect(imported.flows).toBe(count("s"));
      expect(imported.threads).toContain("G1 main.main");
      expect(imported.to - imported.from).toBeLessThanOrEqual(trace.spanNs / 1e6);
      expect(imported.to - imported.from).toBeGreaterThan((trace.spanNs / 1e6) * 0.99);
    } finally {
      await browser.close();
    }
  },
);
