import type { ResultColumn } from "../capture/sql/query-captures.js";
import { jsonText, printable } from "./output.js";

/** Columns as a table for a terminal: numbers to the right, texts to the left, NULL empty, a line a row. */
export function alignedTable(columns: readonly ResultColumn[]): string {
  const shown = columns.map(({ name, values }) => {
    const texts = values.map(cellText);
    const title = oneLine(name);
    const width = texts.reduce((widest, text) => Math.max(widest, text.length), title.length);
    const right = values.some(isNumber) && values.every((value) => value === null || isNumber(value));
    const pad = (text: string) => (right ? text.padStart(width) : text.padEnd(width));
    return { title: pad(title), rule: "-".repeat(width), texts: texts.map(pad) };
  });
  const rows = columns[0]?.values.length ?? 0;
  const lines = [shown.map(({ title }) => title), shown.map(({ rule }) => rule)];
  for (let row = 0; row < rows; row++) lines.push(shown.map(({ texts }) => texts[row]));
  return `${lines.map((cells) => cells.join("  ").trimEnd()).join("\n")}\n`;
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" || typeof value === "bigint";
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return oneLine(typeof value === "object" ? jsonText(value) : String(value));
}

// A line break in a text must not look like another row.
function oneLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}
