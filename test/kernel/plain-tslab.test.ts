import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { type Notebook, sourceText } from "#lib/kernel/notebook.js";
import { full } from "../full.js";

const root = resolve(import.meta.dirname, "../..");

// tslab's own converter and executor, as its Jupyter kernel puts them together, in a process of their own: they
// watch files and change globals.
const driver = `
const { createConverter } = require("tslab/dist/converter.js");
const { createExecutor } = require("tslab/dist/executor.js");
(async () => {
  const node = createConverter();
  const lines = [];
  const say = (...parts) => lines.push(parts.map((part) => typeof part === "string" ? part : JSON.stringify(part)).join(" "));
  const converters = { node, get browser() { return node; }, close() { node.close(); } };
  const executor = createExecutor(process.cwd(), converters, { log: say, error: say });
  const cells = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
  const results = [];
  for (const cell of cells) {
    lines.length = 0;
    const log = console.log;
    console.log = console.error = say;
    const ok = await executor.execute(cell);
    console.log = log;
    results.push({ ok, text: lines.join("\\n").slice(0, 400) });
  }
  require("node:fs").writeFileSync(process.argv[2], JSON.stringify(results));
  process.exit(0);
})();
`;

function runPlain(cells: readonly string[]): { ok: boolean; text: string }[] {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-tslab-"));
  const [input, output] = [join(folder, "cells.json"), join(folder, "results.json")];
  writeFileSync(input, JSON.stringify(cells));
  execFileSync(process.execPath, ["--input-type=commonjs", "-e", driver, input, output], {
    cwd: join(root, "notebooks"),
    stdio: "pipe",
  });
  return JSON.parse(readFileSync(output, "utf8"));
}

// Not all of it: at a type inferred from a module deep in the library, tslab 1.0.22 itself ends with a failed assertion.
test.skipIf(!full)(
  "cells of the gallery run in a plain tslab, type checks and all",
  () => {
    const notebook = JSON.parse(readFileSync(join(root, "notebooks/gallery.ipynb"), "utf8")) as Notebook;
    const cells = notebook.cells
      .filter(({ cell_type }) => cell_type === "code")
      .map(sourceText)
      .slice(0, 8);
    const results = runPlain(cells);
    expect(cells.length).toBeGreaterThanOrEqual(4);
    expect(results).toHaveLength(cells.length);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results.map(({ text }) => text).join("\n")).toContain(
      "https://vega.github.io/schema/vega-lite/v5.json",
    );
  },
  60_000,
);

test.skipIf(!full).each(["02.2-growth", "05.4-health"])(
  "chapter %s runs whole in a plain tslab",
  (chapter) => {
    const notebook = JSON.parse(readFileSync(join(root, `notebooks/${chapter}.ipynb`), "utf8")) as Notebook;
    const cells = notebook.cells.filter(({ cell_type }) => cell_type === "code").map(sourceText);
    const results = runPlain(cells);
    expect(results).toHaveLength(cells.length);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  },
  120_000,
);

test.skipIf(!full)("the library's declarations hold under the TypeScript that tslab brings", () => {
  const folder = mkdtempSync(join(root, "node_modules/.tracebook-types-"));
  writeFileSync(join(folder, "a.mts"), 'export * from "tracebook";\n');
  const compilerOptions = {
    module: "nodenext",
    target: "es2022",
    lib: ["es2022", "dom"],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["a.mts"] }));
  const compiler = join(root, "node_modules/@tslab/typescript-for-tslab/lib/tsc.js");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8", cwd: root });
  rmSync(folder, { recursive: true });
  // Arquero's and flechette's own declarations ask for a newer one; what they get wrong is not ours.
  const ours = stdout
    .split("\n")
    .filter((line) => /^\S/.test(line) && !/^node_modules\/(@uwdata|arquero)\//.test(line));
  expect(stdout).toContain("node_modules/@uwdata/flechette");
  expect(ours).toEqual([]);
});

test.skipIf(!full)(
  "a wrong type is refused there: the library's types are really seen",
  () => {
    const [good, bad] = runPlain([
      'import { readTrace } from "tracebook"; readTrace.length',
      'import { readTrace } from "tracebook"; const n: number = readTrace("x");',
    ]);
    expect(good.ok).toBe(true);
    expect(bad.ok).toBe(false);
    expect(bad.text).toMatch(/Type 'Promise<TraceCapture>' is not assignable to type 'number'/);
  },
  60_000,
);
