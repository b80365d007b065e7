import { inspect } from "node:util";
import type { ColumnTable } from "arquero";
import { escapeHtml } from "../../bytes/escape-html.js";
import { schemaOf } from "../../table/schema-of.js";
import type { Inspection } from "../session/messages.js";
import { columns } from "./complete-cell.js";
import { docOf } from "./doc-comments.js";

/**
 * What there is to say of the name at a place in a cell: a table's columns with units, a function's docstring, another
 * value's kind and beginning.
 *
 * @param names the session's names and their values
 * @param offset in UTF-16 units
 */
export function inspectCell(names: ReadonlyMap<string, unknown>, code: string, offset: number): Inspection {
  const name = nameAt(code, offset);
  if (!name) return { found: false, bundle: {} };
  const known = names.has(name) || name in globalThis;
  const doc = docOf(name);
  if (!known && !doc) return { found: false, bundle: {} };
  const value = names.has(name) ? names.get(name) : (globalThis as Record<string, unknown>)[name];
  const text = describe(name, value, doc);
  return { found: true, bundle: { "text/plain": text, "text/html": `<pre>${escapeHtml(text)}</pre>` } };
}

function nameAt(code: string, offset: number): string | undefined {
  const left = /[\p{ID_Continue}$_]*$/u.exec(code.slice(0, offset))?.[0] ?? "";
  const right = /^[\p{ID_Continue}$_]*/u.exec(code.slice(offset))?.[0] ?? "";
  // Behind an opening parenthesis the function is meant.
  return (
    left + right || /([\p{ID_Start}$_][\p{ID_Continue}$_]*)\s*\([^()]*$/u.exec(code.slice(0, offset))?.[1]
  );
}

function describe(name: string, value: unknown, doc: string | undefined): string {
  const table = value as Partial<ColumnTable> | null | undefined;
  if (typeof table?.columnNames === "function" && typeof table.numRows === "function") {
    return describeTable(name, value as ColumnTable);
  }
  if (doc) return `${name}\n\n${doc}`;
  if (typeof value === "function") return `${name}: ${Function.prototype.toString.call(value).slice(0, 300)}`;
  return `${name}: ${inspect(value, { depth: 1 }).slice(0, 1000)}`;
}

function describeTable(name: string, table: ColumnTable): string {
  const schema = schemaOf(table);
  const rows = columns(table);
  const width = Math.max(0, ...rows.map(({ text }) => text.length));
  const lines = rows.map(({ text, detail }) => `  ${text.padEnd(width)}  ${detail}`);
  const head = `${name}: table of ${table.numRows().toLocaleString("en-US")} rows`;
  return [schema ? `${head}; ${schema.doc}` : head, ...lines].join("\n");
}
