import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { Notebook, NotebookCell } from "#lib/kernel/notebook.js";
import { notebookInputs, staleness } from "#lib/kernel/notebook-inputs.js";
import { verdictMediaType } from "#lib/verdict/verdict.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tracebook-inputs-"));
  mkdirSync(join(folder, "set"));
  mkdirSync(join(folder, "notebooks"));
  writeFileSync(join(folder, "set/dataset.json"), "{}");
  writeFileSync(join(folder, "set/a.trace"), "one");
  writeFileSync(join(folder, "log.txt"), "line");
});

const code = (source: string | string[], ...tags: string[]): NotebookCell => ({
  cell_type: "code",
  source,
  metadata: { tags },
});
const prose = (source: string): NotebookCell => ({ cell_type: "markdown", source, metadata: {} });
const notebook = (...cells: NotebookCell[]): Notebook => ({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells,
});
const cwd = () => join(folder, "notebooks");

async function stamped(...cells: NotebookCell[]): Promise<Notebook> {
  const made = notebook(...cells);
  made.metadata.tracebook = await notebookInputs(made, cwd());
  return made;
}

const usual = () => [
  code('var dataset = "../set";', "parameters"),
  prose("Read it."),
  code("load(dataset);\nload('../log.txt')"),
];

test("the captures that the code names, by their relative path", async () => {
  const { captures, code: hash } = await notebookInputs(notebook(...usual()), cwd());
  expect(Object.keys(captures)).toEqual(["../log.txt", "../set"]);
  for (const one of [hash, ...Object.values(captures)]) expect(one).toMatch(/^[0-9a-f]{64}$/);
});

test("no other strings: names without a file, folders without a dataset, absolute paths", async () => {
  const source = `const a = "../nothing", b = "..", c = "./", d = "../set/\${a}", e = ${JSON.stringify(folder)}`;
  expect((await notebookInputs(notebook(code(source)), cwd())).captures).toEqual({});
  const parameters = code(`var f = ${JSON.stringify(join(folder, "log.txt"))}, g = ".."`, "parameters");
  expect((await notebookInputs(notebook(parameters), cwd())).captures).toEqual({});
});

test("fresh, and still fresh when only prose, line breaks between strings, or outputs differ", async () => {
  const made = await stamped(...usual());
  expect(await staleness(made, cwd())).toEqual([]);
  made.cells[1].source = "Read it again.";
  made.cells[2].source = ["load(dataset);\n", "load('../log.txt')\n"];
  made.cells[2].outputs = [];
  made.cells[2].metadata = { collapsed: true };
  expect(await staleness(made, cwd())).toEqual([]);
});

test("says what has changed", async () => {
  const made = await stamped(...usual());
  writeFileSync(join(folder, "set/a.trace"), "two");
  expect(await staleness(made, cwd())).toEqual(["../set has changed"]);
  rmSync(join(folder, "log.txt"));
  expect(await staleness(made, cwd())).toEqual(["../log.txt is gone", "../set has changed"]);
  made.cells[2].source = "load(dataset)";
  expect((await staleness(made, cwd()))[0]).toBe("its code has changed");
});

test("another version of the library, or no record at all", async () => {
  const made = await stamped(code("1"));
  (made.metadata.tracebook as { version: string }).version = "0.0.1";
  expect((await staleness(made, cwd()))[0]).toMatch(/^it was executed by Tracebook 0\.0\.1, this is /);
  expect(await staleness(notebook(code("1")), cwd())).toEqual([
    "it does not say what its outputs were made from",
  ]);
});

test("a module that cells share counts with the files that it names, in a circle too", async () => {
  writeFileSync(join(cwd(), "lib.ts"), 'import "./more.ts"; new URL("./claims.json", import.meta.url);');
  writeFileSync(join(cwd(), "more.ts"), 'import "./lib.ts";');
  writeFileSync(join(cwd(), "claims.json"), "[]");
  const made = await stamped(code('import { verdict } from "./lib.ts"'));
  expect(await staleness(made, cwd())).toEqual([]);
  writeFileSync(join(cwd(), "claims.json"), "[1]");
  expect(await staleness(made, cwd())).toEqual(["./lib.ts has changed"]);
});

test("a folder of notebooks counts by its verdicts alone", async () => {
  const write = (verdict: string, prose: string) => {
    const record = { claim: 1, chapter: "", says: "s", verdict, measured: [], reading: "r", captures: [] };
    const outputs = [{ data: { [verdictMediaType]: record } }];
    const cells = [{ cell_type: "markdown", source: prose }, { outputs }];
    writeFileSync(join(cwd(), "01.ipynb"), JSON.stringify({ cells }));
  };
  write("holds", "a");
  const made = await stamped(code('var folder = "."', "parameters"));
  write("holds", "b");
  expect(await staleness(made, cwd())).toEqual([]);
  write("false", "b");
  expect(await staleness(made, cwd())).toEqual([". has changed"]);
});
