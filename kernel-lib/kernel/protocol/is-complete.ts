import { askedName } from "../help/asked-name.js";
import ts from "../typescript.cjs";

/** Whether a cell can be run, goes on, or is wrong; with the indent of a line that goes on. */
export interface Completeness extends Record<string, unknown> {
  status: "complete" | "incomplete" | "invalid";
  indent?: string;
}

/** Tells whether code is finished, as a console asks on Enter: unfinished where the parser ran into its end. */
export function isComplete(code: string): Completeness {
  if (askedName(code) !== undefined) return { status: "complete" };
  const { diagnostics } = ts.transpileModule(code, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    fileName: "cell.ts",
  });
  const first = diagnostics?.find(({ category }) => category === ts.DiagnosticCategory.Error);
  if (!first) return { status: "complete" };
  const end = code.trimEnd().length;
  const atEnd = (first.start ?? 0) >= end || unterminated.has(first.code);
  if (!atEnd) return { status: "invalid" };
  const lastLine = code.slice(code.lastIndexOf("\n") + 1);
  const indent = /^\s*/.exec(lastLine)?.[0] ?? "";
  return { status: "incomplete", indent: /[{([]\s*$/.test(lastLine) ? `${indent}  ` : indent };
}

// A template literal and a comment that never end; a string must end on its line, so it is plainly wrong.
const unterminated = new Set([1160, 1010]);
