import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

interface Cell {
  path: string;
  cell: number;
  source: string;
  formatted: string;
}

const root = resolve(import.meta.dirname, "../..");
const { formattedCells, notebookPaths, widest } = (await import(
  pathToFileURL(resolve(import.meta.dirname, "format-cells.mjs")).href
)) as { formattedCells(paths: string[]): Cell[]; notebookPaths(): string[]; widest: number };
const cells = formattedCells(notebookPaths());
const named = ({ path, cell }: Cell): string => `${relative(root, path)}, cell ${cell}`;

test("cells are formatted as the tree is (node test/notebooks/format-cells.mjs --write)", () => {
  expect(cells.length).toBeGreaterThan(100);
  expect(cells.filter(({ source, formatted }) => source !== formatted).map(named)).toEqual([]);
});

test("no line of a cell is wider than a line of the library", () => {
  const wide = cells.filter(({ source }) => source.split("\n").some((line) => line.length > widest));
  expect(wide.map(named)).toEqual([]);
});
