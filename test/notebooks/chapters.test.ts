import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { claimsOf } from "#lib/verdict/claims.js";
import { type ExecutedNotebook, ledger } from "#lib/verdict/ledger.js";

const folder = join(import.meta.dirname, "../../notebooks");
const chapters = readdirSync(folder).filter((name) => /^0\d.*\.ipynb$/.test(name));

const claims = claimsOf(JSON.parse(readFileSync(join(folder, "claims.json"), "utf8")));

interface Cell {
  cell_type: string;
  metadata: { tags?: string[] };
  source: string | string[];
  outputs?: { output_type: string; data?: Record<string, unknown> }[];
}

function cellsOf(name: string): Cell[] {
  return JSON.parse(readFileSync(join(folder, name), "utf8")).cells;
}

test.each(chapters)("%s has a cell of parameters", (name) => {
  expect(cellsOf(name).some((cell) => cell.metadata.tags?.includes("parameters"))).toBe(true);
});

const parts = [
  /What we knew\./,
  /The question\./,
  /^## The reading|^## Root cause/m,
  /verdict/i,
  /^## What would change our mind/m,
];
test.each(chapters.filter((name) => !name.startsWith("00")))("%s has the parts of a chapter", (name) => {
  const cells = cellsOf(name);
  const text = cells
    .map(({ source, outputs }) => [source, outputs?.map(({ data }) => data?.["text/plain"])].flat(2).join(""))
    .join("\n");
  for (const part of parts) expect(text).toMatch(part);
});

test("every claim has a verdict, and at least 50 are testable here", () => {
  const executed = chapters.map((name) => ({
    name,
    notebook: { cells: cellsOf(name) } as unknown as ExecutedNotebook,
  }));
  const entries = ledger(executed, claims);
  expect(entries.map((entry) => entry.claim)).toEqual(claims.list.map((claim) => claim.id));
  expect(entries.filter((entry) => entry.verdict !== "not-testable-here").length).toBeGreaterThanOrEqual(50);
});
