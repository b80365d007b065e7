import { readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { notebooksUnder } from "#lib/cli/notebooks-under.js";
import type { Notebook } from "#lib/kernel/notebook.js";
import { staleness } from "#lib/kernel/notebook-inputs.js";
import { acceptedOf, type ExecutedNotebook, ledger, verdictChanges } from "#lib/verdict/ledger.js";

const root = resolve(import.meta.dirname, "../..");
const paths = (await notebooksUnder(join(root, "notebooks"))).map((path) => relative(root, path));
const read = (path: string): Notebook => JSON.parse(readFileSync(join(root, path), "utf8"));

describe.each(paths)("%s", (path) => {
  test("its outputs are those of its code, captures and library", async () => {
    const reasons = await staleness(read(path), dirname(join(root, path)));
    const remedy = `${path} is stale: ${reasons.join("; ")}. Execute it again: npx tracebook refresh ${path}`;
    expect(reasons, remedy).toEqual([]);
  });

  const text = readFileSync(join(root, path), "utf8");
  const outputs = read(path).cells.flatMap((cell) => cell.outputs ?? []);

  test("has less than 1 MB, and no path of the machine it ran on", () => {
    expect(Buffer.byteLength(text)).toBeLessThan(1e6);
    expect(/\/(?:root|home|tmp|work|Users|opt)\/\w[^"\\]*/.exec(text)?.[0]).toBeUndefined();
  });

  test("was executed from its first cell to its last, without an error", () => {
    const code = read(path).cells.filter((cell) => cell.cell_type === "code");
    expect(code.map((cell) => cell.execution_count)).toEqual(code.map((_, index) => index + 1));
    expect(outputs.length).toBeGreaterThan(0);
    expect(outputs.filter((output) => output.output_type === "error")).toEqual([]);
  });

  test("has every chart as SVG too, with its reading", () => {
    for (const output of outputs) {
      const data = "data" in output ? output.data : {};
      if (!Object.keys(data).some((type) => /^application\/vnd\.vega/.test(type))) continue;
      expect(data["image/svg+xml"]).toMatch(/^<svg[^>]*xmlns=/);
      expect(String(data["text/plain"]).length).toBeGreaterThan(10);
    }
  });
});

const chapters = paths.filter((path) => /^0\d/.test(basename(path)));

test("the verdicts are the accepted ones (npm start -- --accept accepts)", () => {
  const notebooks = chapters.map((path) => ({
    name: basename(path),
    notebook: read(path) as ExecutedNotebook,
  }));
  const accepted = JSON.parse(readFileSync(join(root, "notebooks/ledger.json"), "utf8"));
  const entries = ledger(notebooks);
  expect(verdictChanges(accepted, entries)).toEqual([]);
  expect(accepted).toEqual(acceptedOf(entries));
});
