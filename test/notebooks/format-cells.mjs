// The cells of the notebooks, formatted as the rest of the tree is: `node test/notebooks/format-cells.mjs` names those that
// are not, `--write` formats them (outputs stay; the notebook is then stale, `npx tracebook refresh` executes it).
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(import.meta.dirname, "../..");
/** Columns that a line of a cell may have; a string or a template that Biome cannot break is broken by hand. */
export const widest = 110;

/** @returns {string[]} */
export function notebookPaths() {
  const names = readdirSync(join(root, "notebooks"), { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".ipynb"))
    .sort()
    .map((name) => join(root, "notebooks", name));
}

/**
 * The code cells of notebooks with what Biome makes of them.
 *
 * @param {readonly string[]} paths
 * @returns {{ path: string, cell: number, source: string, formatted: string }[]}
 */
export function formattedCells(paths) {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-cells-"));
  const { formatter } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ root: true, formatter }));
  const cells = paths.flatMap((path) =>
    codeCells(read(path)).map(([cell, source]) => ({ path, cell, source })),
  );
  const fileOf = (at) => join(folder, `${at}.ts`);
  for (const [at, { source }] of cells.entries()) writeFileSync(fileOf(at), `${source}\n`);
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  execFileSync(process.execPath, [biome, "format", "--write", "--config-path", folder, folder], {
    stdio: "pipe",
  });
  const formatted = cells.map((cell, at) => ({
    ...cell,
    formatted: readFileSync(fileOf(at), "utf8").trimEnd(),
  }));
  rmSync(folder, { recursive: true });
  return formatted;
}

function read(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function codeCells({ cells }) {
  return cells.flatMap(({ cell_type, source }, at) =>
    cell_type === "code" ? [[at, [source].flat().join("")]] : [],
  );
}

/** Puts the formatted cells into their notebooks. */
function write(changed) {
  for (const path of new Set(changed.map((cell) => cell.path))) {
    const notebook = read(path);
    for (const { cell, formatted } of changed.filter((one) => one.path === path))
      notebook.cells[cell].source = formatted.split(/(?<=\n)/);
    writeFileSync(path, `${JSON.stringify(notebook, null, 1)}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const changed = formattedCells(notebookPaths()).filter(({ source, formatted }) => source !== formatted);
  if (process.argv.includes("--write")) write(changed);
  else for (const { path, cell } of changed) console.log(`${path}: cell ${cell} is not formatted`);
  process.exitCode = changed.length > 0 && !process.argv.includes("--write") ? 1 : 0;
}
