import type { ColumnTable } from "arquero";
import { schemaOf } from "../../table/schema-of.js";
import type { Completions } from "../session/messages.js";

/** A completion before its place is known. */
interface Candidate {
  text: string;
  type: string;
  detail: string;
  kind?: "column" | "name";
}

/**
 * Completions at a place in a cell, from what the session really holds: after `d.` inside a verb on a table its column
 * names with kind and unit, after a value's dot its properties and getters, else the session's names, JavaScript's own
 * and keywords. Reads properties by descriptor, so that no getter runs and nothing is computed.
 *
 * @param names the session's names and their values
 * @param offset in UTF-16 units
 */
export function completeCell(names: ReadonlyMap<string, unknown>, code: string, offset: number): Completions {
  const before = code.slice(0, offset);
  const prefix = /[\p{ID_Start}\p{ID_Continue}$_]*$/u.exec(before)?.[0] ?? "";
  const start = offset - prefix.length;
  const left = before.slice(0, start);
  const candidates = candidatesAt(names, left).filter(({ text }) => text.startsWith(prefix));
  const items = [...new Map(candidates.map((item) => [item.text, item])).values()];
  return { matches: items.map(({ text }) => text), start, end: offset, items, isMember: left.endsWith(".") };
}

function candidatesAt(names: ReadonlyMap<string, unknown>, left: string): Candidate[] {
  const dotted = /([\p{ID_Start}$_][\p{ID_Continue}$_.?]*)\.$/u.exec(left);
  if (dotted) {
    const path = dotted[1].replaceAll("?", "").split(".");
    const table = tableAround(names, left);
    if (path.length === 1 && !names.has(path[0]) && table) return columns(table);
    return members(valueAt(names, path)).filter(({ text }) => !internals.has(text));
  }
  const table = inQuotes(left) ? tableAround(names, left) : undefined;
  if (table) return columns(table);
  return [...sessionNames(names), ...globalNames()];
}

/** How a capture comes by its tables: nothing for whoever uses it. */
const internals = new Set(["build", "data", "define"]);

// Inside `table.verb(` with the parenthesis still open, or within its object literal: the table's columns.
function tableAround(names: ReadonlyMap<string, unknown>, left: string): ColumnTable | undefined {
  const open = openCalls(left);
  for (const call of open) {
    const value = valueAt(names, call);
    if (isTable(value)) return value;
  }
  return undefined;
}

/** The paths in front of every verb's parenthesis that is still open, innermost first; `a.b.filter(` gives a, b. */
function openCalls(left: string): string[][] {
  const calls: string[][] = [];
  let depth = 0;
  for (let at = left.length - 1; at >= 0; at--) {
    const character = left[at];
    if (character === ")") depth++;
    else if (character === "(" && depth-- <= 0) {
      depth = 0;
      const path = chainRoot(left.slice(0, at));
      if (path) calls.push(path);
    }
  }
  return calls;
}

const pathPattern = /([\p{ID_Start}$_][\p{ID_Continue}$_]*(?:\??\.[\p{ID_Start}$_][\p{ID_Continue}$_]*)*)$/u;

// `table.filter(...).groupby` still means columns of `table`: finished calls in between are stepped over.
function chainRoot(text: string): string[] | undefined {
  let rest = text;
  for (let step = 0; step < 20; step++) {
    const verb = /\)\s*\.\s*[\p{ID_Start}$_][\p{ID_Continue}$_]*$/u.exec(rest);
    if (!verb) {
      const parts = pathPattern.exec(rest)?.[1].split(/\??\./) ?? [];
      return parts.length > 1 ? parts.slice(0, -1) : undefined;
    }
    const open = matchingParenthesis(rest, verb.index);
    if (open < 0) return undefined;
    rest = rest.slice(0, open);
  }
  return undefined;
}

function matchingParenthesis(text: string, close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at--) {
    if (text[at] === ")") depth++;
    else if (text[at] === "(" && --depth === 0) return at;
  }
  return -1;
}

function inQuotes(left: string): boolean {
  const line = left.slice(left.lastIndexOf("\n") + 1);
  return ((line.match(/(?<!\\)["']/g) ?? []).length & 1) === 1;
}

/** The value at a path of names; no getter runs but those of a capture's tables. */
export function valueAt(names: ReadonlyMap<string, unknown>, path: readonly string[]): unknown {
  let value: unknown = names.has(path[0])
    ? names.get(path[0])
    : (globalThis as Record<string, unknown>)[path[0]];
  for (const key of path.slice(1)) {
    if (value === null || value === undefined) return undefined;
    const descriptor = descriptorOf(value, key);
    // A table getter is the one kind that is worth computing: its columns are what is asked for.
    value = descriptor?.get && isTableGetter(value, key) ? descriptor.get.call(value) : descriptor?.value;
  }
  return value;
}

function isTableGetter(value: unknown, key: string): boolean {
  const schemas = (value as { schemas?: unknown }).schemas;
  if (typeof schemas !== "function") return false;
  const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return (schemas.call(value) as { name: string }[]).some(({ name }) => name === snake);
}

function descriptorOf(value: unknown, key: string): PropertyDescriptor | undefined {
  for (let holder = Object(value); holder; holder = Object.getPrototypeOf(holder)) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    if (descriptor) return descriptor;
  }
  return undefined;
}

function isTable(value: unknown): value is ColumnTable {
  const table = value as Partial<ColumnTable> | null | undefined;
  return typeof table?.columnNames === "function" && typeof table.numRows === "function";
}

/** A table's columns with what is known of each: its kind, its unit and its meaning. */
export function columns(table: ColumnTable): Candidate[] {
  const schema = schemaOf(table);
  return table.columnNames().map((text) => {
    const column = schema?.columns.find(({ name }) => name === text);
    if (column) {
      const { kind, unit, doc } = column;
      return { text, type: columnType(kind, unit), detail: `${unit ?? kind}: ${doc}`, kind: "column" };
    }
    const unit = /_(ns|us|ms|s|bytes)$/.exec(text)?.[1];
    const first = table.numRows() > 0 ? table.get(text, 0) : undefined;
    const kind = first === undefined || first === null ? "column" : typeof first;
    return { text, type: columnType(kind, unit), detail: unit ?? kind, kind: "column" };
  });
}

function columnType(kind: string, unit: string | undefined): string {
  return unit === undefined ? kind : `${kind}, ${unit}`;
}

function members(value: unknown): Candidate[] {
  if (value === null || value === undefined) return [];
  const found: Candidate[] = [];
  for (
    let holder = Object(value);
    holder && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder)
  ) {
    for (const [text, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      if (text === "constructor" || text.startsWith("_")) continue;
      const type = typeof descriptor.value === "function" ? "function" : "property";
      found.push({ text, type, detail: descriptor.get ? "getter" : typeof descriptor.value });
    }
  }
  return found.sort((a, b) => (a.text < b.text ? -1 : 1));
}

function sessionNames(names: ReadonlyMap<string, unknown>): Candidate[] {
  return [...names]
    .filter(([text]) => !text.startsWith("__tb_"))
    .map(([text, value]) => ({
      text,
      type: typeof value === "function" ? "function" : "instance",
      detail: typeof value,
      kind: "name",
    }));
}

const keywords =
  "async await break case catch class const continue default do else enum export extends false finally for function if " +
  "import in instanceof interface let new null of return static super switch this throw true try type typeof undefined var while yield";

function globalNames(): Candidate[] {
  const globals = Object.getOwnPropertyNames(globalThis).map((text) => ({
    text,
    type: "global",
    detail: "global",
  }));
  return [...globals, ...keywords.split(" ").map((text) => ({ text, type: "keyword", detail: "keyword" }))];
}
