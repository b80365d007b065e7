import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { claims } from "#lib/verdict/claims.js";
import { type ExecutedNotebook, ledger } from "#lib/verdict/ledger.js";

const folder = join(import.meta.dirname, "../../notebooks");
const notebooks = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
const chapters = notebooks.filter((name) => /^0\d/.test(name));

interface Cell {
  cell_type: string;
  metadata: { tags?: string[] };
  source: string | string[];
  execution_count?: number | null;
  outputs?: { output_type: string; data?: Record<string, unknown> }[];
}

function cellsOf(name: string): Cell[] {
  return JSON.parse(readFileSync(join(folder, name), "utf8")).cells;
}

test.each(notebooks)("%s has at most 1 MB", (name) => {
  expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1e6);
});

test.each(chapters)("%s is committed as executed, without errors", (name) => {
  const code = cellsOf(name).filter((cell) => cell.cell_type === "code");
  expect(code.some((cell) => cell.metadata.tags?.includes("parameters"))).toBe(true);
  for (const [index, cell] of code.entries()) {
    expect(cell.execution_count).toBe(index + 1);
    expect(cell.outputs?.filter((output) => output.output_type === "error")).toEqual([]);
  }
});

test.each(chapters)("%s holds no path of the machine it ran on", (name) => {
  expect(readFileSync(join(folder, name), "utf8")).not.toMatch(/\/(?:root|home|tmp|work|Users)\/\w/);
});

test.each(chapters)("%s draws every chart as SVG too", (name) => {
  for (const cell of cellsOf(name)) {
    for (const { data } of cell.outputs ?? []) {
      if (data?.["application/vnd.vegalite.v5+json"])
        expect(data["image/svg+xml"]).toMatch(/^<svg[^>]*xmlns=/);
    }
  }
});

test("every claim has a verdict, and at least 50 are testable here", () => {
  const executed = chapters.map((name) => ({
    name,
    notebook: { cells: cellsOf(name) } as unknown as ExecutedNotebook,
  }));
  const entries = ledger(executed);
  expect(entries.map((entry) => entry.claim)).toEqual(claims.map((claim) => claim.id));
  expect(entries.filter((entry) => entry.verdict !== "not-testable-here").length).toBeGreaterThanOrEqual(50);
});
