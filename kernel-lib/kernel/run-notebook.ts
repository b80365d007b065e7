import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Notebook, type NotebookCell, sourceText } from "./notebook.js";
import { notebookInputs } from "./notebook-inputs.js";
import { NotebookOutputs } from "./notebook-outputs.js";
import { SessionProcess } from "./session-process.js";

/** Options of {@link runNotebook}. */
export interface RunOptions {
  /** Values that override those of the cell tagged `parameters`. */
  params?: Readonly<Record<string, unknown>>;
  /** The folder paths and packages are looked up from; the notebook's own unless given. */
  cwd?: string;
  /** Called before each code cell with its number, from 1, and their count. */
  onCell?: (number: number, count: number) => void;
  /** Goes on after a cell that failed; the cells after it are left without outputs otherwise. */
  keepGoing?: boolean;
}

/** An executed notebook. */
export interface RunResult {
  notebook: Notebook;
  /** The first error, where a cell failed. */
  failed?: { cell: number; ename: string; evalue: string };
}

/**
 * Executes a notebook from its first cell to its last in a session of its own, without Jupyter or Python, and returns
 * it with the outputs a front end would show. The notebook given is left as it is. What the outputs were made from goes
 * into the metadata of the one returned, see `notebookInputs`.
 *
 * @param source the path of an .ipynb file, or the notebook itself
 * @throws Error when the file is not a notebook
 */
export async function runNotebook(source: string | Notebook, options: RunOptions = {}): Promise<RunResult> {
  const notebook = typeof source === "string" ? await readNotebook(source) : structuredClone(source);
  const cwd = resolve(options.cwd ?? (typeof source === "string" ? dirname(source) : "."));
  injectParameters(notebook, options.params ?? {});
  const code = notebook.cells.filter(({ cell_type }) => cell_type === "code");
  for (const cell of code) {
    cell.outputs = [];
    cell.execution_count = null;
  }
  // Before the cells run: what they read is what is there now.
  notebook.metadata.tracebook = await notebookInputs(notebook, cwd);
  const outputs = new NotebookOutputs(code);
  const session = new SessionProcess({ cwd, onEvent: (event) => outputs.take(event) });
  const result: RunResult = { notebook };
  try {
    for (const [index, cell] of code.entries()) {
      options.onCell?.(index + 1, code.length);
      cell.execution_count = index + 1;
      const ok = await session.execute(index + 1, sourceText(cell));
      if (ok) continue;
      result.failed ??= { cell: index + 1, ...firstError(cell) };
      if (!options.keepGoing) break;
    }
  } finally {
    await session.close();
  }
  return result;
}

/** Reads an .ipynb file. */
export async function readNotebook(path: string): Promise<Notebook> {
  return parseNotebook(await readFile(path, "utf8"), path);
}

/**
 * An .ipynb file's text as a notebook.
 *
 * @throws Error that names the file when it is none
 */
export function parseNotebook(text: string, path: string): Notebook {
  let parsed: Partial<Notebook> | undefined;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path}: is not a notebook (${(cause as Error).message})`, { cause });
  }
  if (parsed?.nbformat !== 4 || !Array.isArray(parsed.cells))
    throw new Error(`${path}: is not a notebook of format 4`);
  return parsed as Notebook;
}

// As papermill does it: a cell of its own behind the one tagged `parameters`, or first.
function injectParameters(notebook: Notebook, params: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(params);
  notebook.cells = notebook.cells.filter(({ metadata }) => !metadata.tags?.includes("injected-parameters"));
  if (names.length === 0) return;
  // A declaration, so that the cell shows no value; it overrides what the tagged cell declared.
  const source = names.map((name) => `var ${name} = ${JSON.stringify(params[name])};`).join("\n");
  const at = notebook.cells.findIndex(({ metadata }) => metadata.tags?.includes("parameters"));
  notebook.cells.splice(at + 1, 0, {
    id: "injected-parameters",
    cell_type: "code",
    source,
    metadata: { tags: ["injected-parameters"] },
    execution_count: null,
    outputs: [],
  });
}

function firstError(cell: NotebookCell): { ename: string; evalue: string } {
  const error = cell.outputs?.find((output) => output.output_type === "error");
  return { ename: error?.ename ?? "Error", evalue: error?.evalue ?? "the cell failed" };
}
