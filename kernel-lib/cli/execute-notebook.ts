import type { Notebook } from "../kernel/notebook.js";
import type { RunResult } from "../kernel/run-notebook.js";
import { note, printable } from "./output.js";
import { UsageError } from "./usage-error.js";

/** Executes a notebook for a command: progress on a terminal, a failed cell's error on stderr. */
export async function executeNotebook(
  path: string,
  params: Readonly<Record<string, unknown>>,
  cwd?: string,
): Promise<RunResult> {
  const { runNotebook } = await import("../kernel/run-notebook.js");
  const terminal = process.stderr.isTTY;
  const result = await runNotebook(path, {
    params,
    ...(cwd !== undefined && { cwd }),
    onCell: (number, count) => {
      if (terminal) process.stderr.write(`\r\x1b[K${printable(path)}: cell ${number} of ${count}`);
    },
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new UsageError(`${path}: there is no such file; check the path`);
    throw new UsageError(error.message);
  });
  if (terminal) process.stderr.write("\r\x1b[K");
  if (result.failed) {
    note(
      `tracebook: ${path}: cell ${result.failed.cell} failed: ${result.failed.ename}: ${result.failed.evalue}`,
    );
    for (const line of traceback(result.notebook)) process.stderr.write(`${line}\n`);
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

/** `name=value`: the value as JSON where it is JSON, else as text; adds to those before. */
export function parseParam(text: string, before: Record<string, unknown>): Record<string, unknown> {
  const match = /^([A-Za-z_$][\w$]*)=(.*)$/s.exec(text);
  if (!match) throw new UsageError(`${JSON.stringify(text)} is not name=value`);
  return { ...before, [match[1]]: jsonOrText(match[2]) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Most values are paths and words.
    return text;
  }
}
