import { inspect, types } from "node:util";
import type { ColumnTable } from "arquero";
import { escapeHtml } from "../../bytes/escape-html.js";
import { schemaOf } from "../../table/schema-of.js";
import { captureText, isCapture } from "../display/capture-html.js";
import type { Inspection } from "../session/messages.js";
import { columns, valueAt } from "./complete-cell.js";
import { docOf } from "./doc-comments.js";

/**
 * What the session knows of the name at a place in a cell, members too: a table's columns with units, a capture's figures,
 * another value's kind and beginning. Of a function it says what the library's docstring says, where it is the
 * library's; its code says nothing.
 *
 * @param names the session's names and their values
 * @param offset in UTF-16 units
 * @param library what the library exports, by which its functions are told from others of their names
 */
export function inspectCell(
  names: ReadonlyMap<string, unknown>,
  code: string,
  offset: number,
  library?: Readonly<Record<string, unknown>>,
): Inspection {
  const path = pathAt(code, offset);
  if (!path) return nothing;
  const name = path.join(".");
  const value = valueAt(names, path);
  const text = describe(name, value);
  if (text !== undefined) return found(text);
  if (path.length > 1) return nothing;
  const isOwn = names.has(name) && library !== undefined && library[name] !== value;
  const doc = isOwn || name in globalThis ? undefined : docOf(name);
  return doc ? { ...found(`${name}\n\n${doc}`), isPage: true } : nothing;
}

const nothing: Inspection = { found: false, bundle: {} };

function found(text: string): Inspection {
  return { found: true, bundle: { "text/plain": text, "text/html": `<pre>${escapeHtml(text)}</pre>` } };
}

const pathPattern = /([\p{ID_Start}$_][\p{ID_Continue}$_]*(?:\??\.[\p{ID_Start}$_][\p{ID_Continue}$_]*)*)$/u;

function pathAt(code: string, offset: number): string[] | undefined {
  const right = /^[\p{ID_Continue}$_]*/u.exec(code.slice(offset))?.[0] ?? "";
  const here = code.slice(0, offset) + right;
  const end = /[\p{ID_Continue}$_]$/u.test(here) ? here : calledIn(code.slice(0, offset));
  const path = end === undefined ? undefined : pathPattern.exec(end);
  // Behind a call or an index what is named is a member of something unknown.
  if (!path || /[.\p{ID_Continue}$_]$/u.test((end as string).slice(0, path.index))) return undefined;
  return path[1].split(/\??\./);
}

// Behind an opening parenthesis the function is meant.
function calledIn(before: string): string | undefined {
  return /^([\s\S]*[\p{ID_Continue}$_])\s*\([^()]*$/u.exec(before)?.[1];
}

function describe(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === "function" || types.isProxy(value)) return undefined;
  const table = value as Partial<ColumnTable> | null;
  if (typeof table?.columnNames === "function" && typeof table.numRows === "function")
    return describeTable(name, value as ColumnTable);
  if (isCapture(value)) return `${name}: ${captureText(value)}`;
  if (types.isModuleNamespaceObject(value)) return undefined;
  return `${name}: ${inspect(value, { depth: 1, maxArrayLength: 10, maxStringLength: 300 }).slice(0, 600)}`;
}

function describeTable(name: string, table: ColumnTable): string {
  const schema = schemaOf(table);
  const rows = columns(table);
  const width = Math.max(0, ...rows.map(({ text }) => text.length));
  const lines = rows.map(({ text, detail }) => `  ${text.padEnd(width)}  ${detail}`);
  const head = `${name}: table of ${table.numRows().toLocaleString("en-US")} rows`;
  return [schema ? `${head}; ${schema.doc}` : head, ...lines].join("\n");
}
