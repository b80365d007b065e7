import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { unreadIn } from "../capture/unread.js";
import type { Notebook } from "../kernel/notebook.js";
import type { RunResult } from "../kernel/run-notebook.js";
import { note, printable } from "./output.js";
import { progress } from "./progress.js";
import { UsageError } from "./usage-error.js";

/** A notebook that a command reads, with the text it was read from. */
export interface NotebookFile {
  readonly path: string;
  readonly text: string;
  readonly notebook: Notebook;
}

/** Sets the exit code of a command that goes on: 1 the thing checked failed, 2 an input could not be read. */
export type Fail = (code?: 1 | 2) => void;

/**
 * Reads a notebook for a command.
 *
 * @throws UsageError in one line when there is none
 */
export async function notebookFile(path: string): Promise<NotebookFile> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new UsageError(`${path}: there is no such file; check the path`);
    throw error;
  });
  const { parseNotebook } = await import("../kernel/run-notebook.js");
  try {
    return { path, text, notebook: parseNotebook(text, path) };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Executes a notebook for a command: where it is, a failed cell's error and files it could not read on stderr. */
export async function executeNotebook(
  { path, notebook }: NotebookFile,
  params: Readonly<Record<string, unknown>>,
  fail: Fail,
): Promise<RunResult> {
  const { runNotebook } = await import("../kernel/run-notebook.js");
  const { at, end } = progress();
  const result = await runNotebook(notebook, {
    params,
    cwd: dirname(path),
    onCell: (number, count) => at(`${path}: cell ${number} of ${count}`),
  }).finally(end);
  if (result.failed) {
    fail(1);
    note(
      `tracebook: ${path}: cell ${result.failed.cell} failed: ${result.failed.ename}: ${result.failed.evalue}`,
    );
    for (const line of traceback(result.notebook)) process.stderr.write(`${line}\n`);
  }
  for (const message of unreadIn(result.notebook)) {
    fail(2);
    note(`tracebook: ${message}`);
  }
  return result;
}

// The kernel's own lines: its colours stay on a terminal, anything else is made visible.
function traceback(notebook: Notebook): string[] {
  const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
  const error = outputs.find((output) => output.output_type === "error");
  const lines = error?.traceback ?? [];
  return lines.map((line) => {
    const parts = line.split(/(\x1b\[\d+m)/);
    return parts
      .map((part, index) => (index % 2 === 0 ? printable(part) : process.stderr.isTTY ? part : ""))
      .join("");
  });
}
