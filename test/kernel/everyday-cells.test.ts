import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NotebookOutput } from "#lib/kernel/notebook.js";
import { runNotebook } from "#lib/kernel/run-notebook.js";
import { makeCellsFolder } from "../support/cells-folder.js";
import { KernelClient } from "../support/kernel-client.js";
import { type CellOutput, differences, type Shows, seenIn } from "../support/seen.js";
import { type Everyday, everydayCells } from "./everyday-cells.js";

const node = Number(process.versions.node.split(".")[0]);
const rows = Object.entries(everydayCells).flatMap(([topic, cells]) => cells.map((row) => ({ topic, row })));
const sources = rows.flatMap(({ row }) => (runs(row) ? row.cells : []));

function runs(row: Everyday): boolean {
  return (row.node ?? 0) <= node;
}

let headless: CellOutput[][];
let wired: CellOutput[][];
const folders: string[] = [];

function newFolder(): string {
  const folder = makeCellsFolder();
  folders.push(folder);
  return folder;
}

beforeAll(async () => {
  [headless, wired] = await Promise.all([runHeadless(newFolder()), runOverTheWire(newFolder())]);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function runHeadless(cwd: string): Promise<CellOutput[][]> {
  const cells = sources.map((source) => ({ cell_type: "code" as const, source, metadata: {} }));
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
  const { notebook: done } = await runNotebook(notebook, { cwd, keepGoing: true });
  return done.cells.map((cell) => (cell.outputs ?? []).map(asOutput));
}

function asOutput(output: NotebookOutput): CellOutput {
  return { type: output.output_type, content: { ...output } };
}

async function runOverTheWire(cwd: string): Promise<CellOutput[][]> {
  const kernel = await KernelClient.start(undefined, { cwd });
  const ids: string[] = [];
  for (const source of sources) ids.push((await kernel.execute(source)).id);
  await kernel.stop();
  // An update from a later cell goes out under that cell and changes the output of an earlier one.
  const updates = kernel.published.filter(({ type }) => type === "update_display_data");
  return ids.map((id) => [
    ...kernel.of(id).filter(({ type }) => type !== "update_display_data"),
    ...updates.filter((update) => kernel.of(id).some((output) => displayId(output) === displayId(update))),
  ]);
}

function displayId({ content }: CellOutput): unknown {
  return (content.transient as { display_id?: string } | undefined)?.display_id ?? content;
}

describe.each(["headless", "over the wire"])("everyday cells, %s", (how) => {
  let at = 0;
  for (const { topic, row } of rows) {
    const first = at;
    if (runs(row)) at += row.cells.length;
    test.skipIf(!runs(row))(`${topic}: ${row.what}`, () => {
      const outputs = how === "headless" ? headless : wired;
      const expected: Record<number, Shows> = { ...row.also, [row.cells.length - 1]: row.shows };
      for (const [index, shows] of Object.entries(expected)) {
        expect(differences(seenIn(outputs[first + Number(index)]), shows)).toEqual([]);
      }
    });
  }
});

test("the table covers at least 80 everyday cells, each named once", () => {
  const names = rows.map(({ topic, row }) => `${topic}: ${row.what}`);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(80);
});
