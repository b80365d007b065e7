import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { packageVersion } from "../bytes/package-version.js";
import { type ExecutedNotebook, verdictsOf } from "../verdict/ledger.js";
import { type Notebook, sourceText } from "./notebook.js";

/** What a notebook's outputs were made from, as it stands in the notebook's metadata under `tracebook`. */
export interface NotebookInputs {
  /** The library's version. */
  version: string;
  /** sha256 of the code cells; prose is no input. */
  code: string;
  /** sha256 of each file and dataset that the code names by a relative path, by that path. */
  captures: Record<string, string>;
}

/**
 * What the outputs of a notebook are made from: the library, the code cells, and the captures that the code names. A
 * string in the code that is a relative path (`"./x"` or `"../x"`; in the cell tagged `parameters` any) counts when
 * there is such a file (a module with the files that it names), a folder with a dataset.json, or, for `parameters`, a folder of notebooks: that one by the
 * verdicts in them.
 *
 * @param cwd the folder the notebook's paths are looked up from
 * @example
 * await notebookInputs(notebook, "notebooks"); // { version, code, captures: { "../datasets/spikes": "9f2c..." } }
 */
export async function notebookInputs(notebook: Notebook, cwd: string): Promise<NotebookInputs> {
  const code = notebook.cells.filter(({ cell_type }) => cell_type === "code");
  const hash = createHash("sha256");
  const captures: Record<string, string> = {};
  for (const cell of code) {
    const source = sourceText(cell);
    // White space at the end of a cell is the editor's.
    hash.update(source.trimEnd()).update("\0");
    const parameters = cell.metadata.tags?.some((tag) => tag.endsWith("parameters")) ?? false;
    for (const path of namedPaths(source, parameters)) {
      // What cannot be read is no input: the cell that tries will say so.
      const found = await contentHash(join(cwd, path), parameters).catch(() => undefined);
      if (found !== undefined) captures[path] = found;
    }
  }
  const sorted = Object.fromEntries(Object.entries(captures).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { version: packageVersion, code: hash.digest("hex"), captures: sorted };
}

/**
 * Why the outputs in a notebook are not those of its code, captures and library: a phrase for each reason, none when
 * they are up to date. A notebook without record of its inputs is stale.
 */
export async function staleness(notebook: Notebook, cwd: string): Promise<string[]> {
  const recorded = notebook.metadata.tracebook as Partial<NotebookInputs> | undefined;
  if (!recorded?.code || !recorded.captures) return ["it does not say what its outputs were made from"];
  const now = await notebookInputs(notebook, cwd);
  const reasons: string[] = [];
  if (recorded.version !== now.version)
    reasons.push(`it was executed by Tracebook ${recorded.version}, this is ${now.version}`);
  if (recorded.code !== now.code) reasons.push("its code has changed");
  for (const path of new Set([...Object.keys(recorded.captures), ...Object.keys(now.captures)])) {
    if (recorded.captures[path] !== now.captures[path])
      reasons.push(now.captures[path] === undefined ? `${path} is gone` : `${path} has changed`);
  }
  return reasons;
}

function namedPaths(source: string, parameters: boolean): string[] {
  const literals = [...source.matchAll(/(["'`])((?:(?!\1)[^\n\\$])+)\1/g)].map(([, , text]) => text);
  return literals.filter((text) => (parameters ? !isAbsolute(text) : /^\.\.?\//.test(text)));
}

async function contentHash(path: string, parameters: boolean): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile()) return isSource.test(path) ? sourceHash(path) : fileHash(path);
  if (!info?.isDirectory()) return undefined;
  const names = (await readdir(path)).sort();
  if (names.includes("dataset.json")) return datasetHash(path, names);
  const notebooks = names.filter((name) => name.endsWith(".ipynb"));
  return parameters && notebooks.length > 0 ? verdictsHash(path, notebooks) : undefined;
}

const isSource = /\.[cm]?[jt]sx?$/;

// A module that cells share is made of the files that it names as well, those of its modules included.
async function sourceHash(path: string, seen: Set<string> = new Set()): Promise<string> {
  seen.add(path);
  const text = await readFile(path, "utf8");
  const hash = createHash("sha256").update(text);
  for (const name of namedPaths(text, false)) {
    const named = join(dirname(path), name);
    const info = await stat(named).catch(() => undefined);
    if (!info?.isFile() || seen.has(named)) continue;
    hash.update("\0").update(await (isSource.test(named) ? sourceHash(named, seen) : fileHash(named)));
  }
  return hash.digest("hex");
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

async function datasetHash(folder: string, names: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const name of names) {
    const path = join(folder, name);
    if ((await stat(path)).isFile())
      hash
        .update(name)
        .update("\0")
        .update(await fileHash(path));
  }
  return hash.digest("hex");
}

// A notebook that reads the others' verdicts has none of its own, so its own file may be among them.
async function verdictsHash(folder: string, names: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const name of names) {
    const notebook = JSON.parse(await readFile(join(folder, name), "utf8")) as ExecutedNotebook;
    const verdicts = verdictsOf(notebook);
    if (verdicts.length > 0) hash.update(name).update("\0").update(JSON.stringify(verdicts));
  }
  return hash.digest("hex");
}
