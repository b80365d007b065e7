import { SourceMap } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { CellSyntaxError } from "./compile-cell.js";
import { globalsFile } from "./scope.js";
import { withoutBoxes } from "./session-names.js";
import { fileVersion, transpileFile } from "./user-files.js";

/** Why a cell failed, as Jupyter's error output has it: name, value and a traceback of lines. */
export interface CellFailure {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** A cell as its stack frames name it. */
export interface CellSource {
  /** What its places are called: `cell 3`. */
  label: string;
  source: string;
  map: string;
  /** Lines of compiled code; what lies behind them is the session's wrapper. */
  lines: number;
  /** By how many columns the first line was moved to be compiled. */
  moved: number;
}

const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
const dim = (text: string) => `\x1b[2m${text}\x1b[22m`;

/** A cell that does not parse: the place, the line and a mark under the column. */
export function syntaxFailure(label: string, source: string, error: CellSyntaxError): CellFailure {
  const { message, line, column } = error;
  const place = `    at ${label}:${line}:${column}`;
  const traceback = [`${red("SyntaxError")}: ${message}`, place, ...excerpt(source, line, column)];
  return { ename: "SyntaxError", evalue: message, traceback };
}

/** Causes below causes that are shown; an error can be its own. */
const deepest = 8;

/**
 * A value that a cell threw: name, message, the cell's own line with a mark, and the frames that lie in cells or in
 * files of the user; those of Node and of installed packages are counted, not shown. Whatever was thrown, this returns:
 * what of it cannot be read is said to be so.
 */
export function thrownFailure(thrown: unknown, cells: ReadonlyMap<string, CellSource>): CellFailure {
  try {
    return failureOf(thrown, cells, []);
  } catch (fault) {
    const evalue = `what was thrown cannot be shown: ${readable(() => String((fault as Error).message))}`;
    return { ename: "Error", evalue, traceback: [`${red("Uncaught")} ${evalue}`] };
  }
}

function failureOf(
  thrown: unknown,
  cells: ReadonlyMap<string, CellSource>,
  above: readonly unknown[],
): CellFailure {
  if (!isError(thrown)) {
    const evalue = readable(() => inspect(thrown, { depth: 2 }));
    return { ename: "Error", evalue, traceback: [`${red("Uncaught")} ${evalue}`] };
  }
  const ename = readable(() => String(thrown.name || "Error"));
  const evalue = withoutBoxes(readable(() => String(thrown.message)));
  const traceback = [`${red(ename)}: ${evalue}`, ...stackLines(thrown, cells)];
  const path = [...above, thrown];
  const parts = readOr(() => (thrown instanceof AggregateError ? [...thrown.errors] : []), []);
  for (const part of parts) traceback.push(...below("one of them", part, cells, path));
  const cause = readOr(() => thrown.cause, undefined);
  if (cause !== undefined) traceback.push(...below("caused by", cause, cells, path));
  return { ename, evalue, traceback };
}

function below(
  how: string,
  thrown: unknown,
  cells: ReadonlyMap<string, CellSource>,
  above: readonly unknown[],
): string[] {
  if (above.includes(thrown)) return [dim(`${how} an error that is shown above`)];
  if (above.length >= deepest) return [dim(`${how} more that is not shown`)];
  return [dim(how), ...failureOf(thrown, cells, above).traceback.map((line) => `  ${line}`)];
}

function isError(thrown: unknown): thrown is Error {
  return readOr(() => thrown instanceof Error, false);
}

// Getters and proxies of what was thrown may throw themselves.
function readOr<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function readable(read: () => string): string {
  return readOr(read, "(cannot be read)");
}

const framePattern =
  /^ {4}at (?:(?:async )?(?<name>.+?) \()?(?:async )?(?<file>.+?):(?<line>\d+):(?<column>\d+)\)?$/;

/** How V8 begins the stack of an error that it found when it compiled: `cell-3.ts:5`, the line, and marks under it. */
const compilePattern = /^(?<file>[^\n]+):(?<line>\d+)\n[^\n]*\n(?<before>\s*)\^/;

interface Frame {
  name?: string;
  file: string;
  line: number;
  column: number;
  text: string;
}

function frames(stack: string): Frame[] {
  const found: Frame[] = [];
  const compiled = compilePattern.exec(stack)?.groups;
  if (compiled) {
    const { file, line, before } = compiled;
    found.push({ file, line: Number(line), column: before.length + 1, text: `    at ${file}:${line}` });
  }
  for (const text of stack.split("\n")) {
    const frame = frameOf(text);
    if (frame) found.push(frame);
  }
  return found;
}

function frameOf(text: string): Frame | undefined {
  const groups = framePattern.exec(text)?.groups;
  if (!groups) return undefined;
  const { name, file, line, column } = groups;
  return { name, file, line: Number(line), column: Number(column), text };
}

function stackLines(error: Error, cells: ReadonlyMap<string, CellSource>): string[] {
  const lines: string[] = [];
  let marked = false;
  let folded = 0;
  for (const frame of frames(readable(() => rawStack(error)))) {
    const place = placeOf(frame, cells);
    if (place === "wrapper") continue;
    if (place === "foreign") {
      folded++;
      continue;
    }
    if (!place) {
      lines.push(dim(frame.text));
      continue;
    }
    const name = frame.name && !/^__tb|^eval$/.test(frame.name) ? `${frame.name} ` : "";
    lines.push(`    at ${name}${place.label}:${place.line}:${place.column}`);
    if (!marked) lines.push(...excerpt(place.source, place.line, place.column));
    marked = true;
  }
  if (folded > 0) lines.push(dim(`    (${folded} frames of libraries and Node not shown)`));
  return repeatedOnce(lines);
}

// A recursion that never ends is one line.
function repeatedOnce(lines: readonly string[]): string[] {
  const shown: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    let end = at + 1;
    while (lines[end] === lines[at]) end++;
    shown.push(end - at > 3 ? `${lines[at]} ${dim(`(${end - at} times)`)}` : lines[at]);
    if (end - at > 3) at = end - 1;
  }
  return shown;
}

/** A place in something a person wrote. */
interface Place {
  label: string;
  source: string;
  line: number;
  column: number;
}

function placeOf(
  { file, line, column }: Frame,
  cells: ReadonlyMap<string, CellSource>,
): Place | "foreign" | "wrapper" | undefined {
  const cell = cells.get(file);
  if (cell) {
    const place = line <= cell.lines ? original(sourceMap(cell), line, column) : undefined;
    if (!place) return "wrapper";
    const moved = place.line === 1 ? cell.moved : 0;
    return {
      label: cell.label,
      source: cell.source,
      line: place.line,
      column: place.column - moved,
    };
  }
  if (file === globalsFile) return "wrapper";
  if (isForeign(file)) return "foreign";
  return placeInFile(file, line, column);
}

function isForeign(file: string): boolean {
  return /^node:|[/\\]node_modules[/\\]|[/\\]kernel[/\\]session[/\\]|^evalmachine|[/\\]kernel-lib[/\\]dist[/\\]/.test(
    file,
  );
}

// Only while the file is as it was imported: the place in an edited one would be a wrong one.
function placeInFile(url: string, line: number, column: number): Place | undefined {
  const version = /^file:.*\.(?:[cm]?ts|[jt]sx)\?version=(\w+)$/.exec(url)?.[1];
  if (version === undefined) return undefined;
  const path = fileURLToPath(url);
  try {
    if (fileVersion(path) !== version) return undefined;
    const { map, source } = transpileFile(path);
    const place = original(new SourceMap(JSON.parse(map)), line, column);
    return place && { label: relative(process.cwd(), path) || path, source, ...place };
  } catch {
    // It has gone, or does not parse any more: the frame is shown as V8 has it.
    return undefined;
  }
}

const maps = new WeakMap<CellSource, SourceMap>();

function sourceMap(cell: CellSource): SourceMap {
  const map = maps.get(cell) ?? new SourceMap(JSON.parse(cell.map));
  maps.set(cell, map);
  return map;
}

/** The place in a source that a place in its compiled code came from, both from 1. */
function original(
  map: SourceMap,
  line: number,
  column: number,
): { line: number; column: number } | undefined {
  const entry = map.findEntry(line - 1, column - 1) as { originalLine?: number; originalColumn?: number };
  if (entry.originalLine === undefined) return undefined;
  return { line: entry.originalLine + 1, column: (entry.originalColumn ?? 0) + 1 };
}

/** Columns of a line that are shown around the mark. */
const shownColumns = 160;

function excerpt(source: string, line: number, column: number): string[] {
  const lines = source.split("\n");
  const gutter = (number: number) => dim(`${String(number).padStart(5)} | `);
  const shown = [line - 1, line, line + 1].filter((number) => number >= 1 && number <= lines.length);
  const from = Math.max(0, column - 1 - shownColumns / 2);
  return shown.flatMap((number) => {
    const text = lines[number - 1].replaceAll("\t", " ").slice(from, from + shownColumns);
    const mark = `${dim("      | ")}${" ".repeat(Math.max(0, column - 1 - from))}${red("^")}`;
    return number === line ? [`${gutter(number)}${text}`, mark] : [`${gutter(number)}${text}`];
  });
}

/** What V8 had of the stacks that have been read, by their errors. */
const raw = new WeakMap<Error, { raw: string; shown: string }>();

function rawStack(error: Error): string {
  // Reading it for the first time is what has it written down.
  const shown = String(error.stack ?? "");
  const kept = raw.get(error);
  return kept?.shown === shown ? kept.raw : shown;
}

/**
 * Makes every stack that is read in this process (`error.stack`, `console.trace`, warnings) name cells and their own
 * lines, as the tracebacks do.
 */
export function placeStacks(cells: ReadonlyMap<string, CellSource>): void {
  Error.prepareStackTrace = (error, sites) => {
    const head = withoutBoxes(readable(() => Error.prototype.toString.call(error)));
    const lines = sites.map((site) => `    at ${readable(() => String(site))}`);
    const shown = [head, ...lines.flatMap((line) => placed(line, cells))].join("\n");
    raw.set(error, { raw: [head, ...lines].join("\n"), shown });
    return shown;
  };
}

/** Where the code lies that calls cells, which says nothing to whoever reads a stack. */
const ownFolder = new URL(".", import.meta.url).href;

function placed(line: string, cells: ReadonlyMap<string, CellSource>): string[] {
  const frame = frameOf(line);
  if (!frame) return [line];
  if (frame.file === globalsFile || frame.file.startsWith(ownFolder)) return [];
  const place = placeOf(frame, cells);
  if (place === "wrapper") return [];
  if (!place || place === "foreign") return [line];
  const location = `${place.label}:${place.line}:${place.column}`;
  return [
    frame.name && !/^__tb|^eval$/.test(frame.name)
      ? `    at ${frame.name} (${location})`
      : `    at ${location}`,
  ];
}
