import { SourceMap } from "node:module";
import { inspect } from "node:util";
import type { CellSyntaxError } from "./compile-cell.js";

/** Why a cell failed, as Jupyter's error output has it: name, value and a traceback of lines. */
export interface CellFailure {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** A cell as its stack frames name it. */
export interface CellSource {
  /** The file name under which it was compiled: `cell-3.ts`. */
  file: string;
  source: string;
  map: string;
  /** Lines of compiled code; what lies behind them is the session's wrapper. */
  lines: number;
}

const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
const dim = (text: string) => `\x1b[2m${text}\x1b[22m`;

/** A cell that does not parse: the line and a mark under the column. */
export function syntaxFailure(source: string, error: CellSyntaxError): CellFailure {
  return {
    ename: "SyntaxError",
    evalue: error.message,
    traceback: [`${red("SyntaxError")}: ${error.message}`, ...excerpt(source, error.line, error.column)],
  };
}

/**
 * A value that a cell threw: name, message, the cell's own line with a mark, and the frames that lie in cells or in
 * files of the user; those of Node and of installed packages are counted, not shown.
 */
export function thrownFailure(thrown: unknown, cells: ReadonlyMap<string, CellSource>): CellFailure {
  if (!(thrown instanceof Error)) {
    const evalue = inspect(thrown, { depth: 2 });
    return { ename: "Error", evalue, traceback: [`${red("Uncaught")} ${evalue}`] };
  }
  const ename = thrown.name || "Error";
  const evalue = thrown.message;
  const traceback = [`${red(ename)}: ${evalue}`, ...stackLines(thrown, cells)];
  if (thrown.cause !== undefined) {
    const cause = thrownFailure(thrown.cause, cells);
    traceback.push(dim("caused by"), ...cause.traceback.map((line) => `  ${line}`));
  }
  return { ename, evalue, traceback };
}

const framePattern = /^ {4}at (?:(?:async )?(?<name>.+?) \()?(?<file>.+?):(?<line>\d+):(?<column>\d+)\)?$/;

function stackLines(error: Error, cells: ReadonlyMap<string, CellSource>): string[] {
  const lines: string[] = [];
  let marked = false;
  let folded = 0;
  for (const text of (error.stack ?? "").split("\n")) {
    const frame = framePattern.exec(text)?.groups;
    if (!frame) continue;
    const cell = cells.get(frame.file);
    if (!cell) {
      if (isForeign(frame.file)) folded++;
      else lines.push(dim(text));
      continue;
    }
    const place = original(cell, Number(frame.line), Number(frame.column));
    if (!place) continue;
    lines.push(
      `    at ${frame.name && !/^__tb|^eval$/.test(frame.name) ? `${frame.name} ` : ""}${cellName(cell)}:${place.line}:${place.column}`,
    );
    if (!marked) lines.push(...excerpt(cell.source, place.line, place.column));
    marked = true;
  }
  if (folded > 0) lines.push(dim(`    (${folded} frames of libraries and Node not shown)`));
  return lines;
}

function cellName(cell: CellSource): string {
  return cell.file.replace(/^cell-(\d+)\.ts$/, "cell $1");
}

function isForeign(file: string): boolean {
  return /^node:|[/\\]node_modules[/\\]|[/\\]kernel[/\\]session[/\\]|^evalmachine|[/\\]kernel-lib[/\\]dist[/\\]/.test(
    file,
  );
}

const maps = new WeakMap<CellSource, SourceMap>();

/** The place in the cell that a place in its compiled code came from, both from 1. */
function original(
  cell: CellSource,
  line: number,
  column: number,
): { line: number; column: number } | undefined {
  if (line > cell.lines) return undefined;
  let map = maps.get(cell);
  if (!map) {
    map = new SourceMap(JSON.parse(cell.map));
    maps.set(cell, map);
  }
  const entry = map.findEntry(line - 1, column - 1) as { originalLine?: number; originalColumn?: number };
  if (entry.originalLine === undefined) return undefined;
  return { line: entry.originalLine + 1, column: (entry.originalColumn ?? 0) + 1 };
}

function excerpt(source: string, line: number, column: number): string[] {
  const lines = source.split("\n");
  const gutter = (number: number) => dim(`${String(number).padStart(5)} | `);
  const shown = [line - 1, line, line + 1].filter((number) => number >= 1 && number <= lines.length);
  return shown.flatMap((number) => {
    const text = lines[number - 1].replaceAll("\t", " ");
    const mark = `${dim("      | ")}${" ".repeat(Math.max(0, column - 1))}${red("^")}`;
    return number === line ? [`${gutter(number)}${text}`, mark] : [`${gutter(number)}${text}`];
  });
}
