import type { ColumnTable } from "arquero";
import { escapeHtml, withoutControls } from "../../bytes/escape-html.js";
import { clippedText } from "../../bytes/visible-text.js";
import { schemaOf } from "../../table/schema-of.js";

const shownRows = 100;
const pageRows = 10;

/**
 * A table as HTML: the first rows in pages of ten that open without scripts, each column with its unit and its kind.
 * Cells are escaped: text of a capture never becomes markup.
 */
export function tableHtml(table: ColumnTable): string {
  const names = table.columnNames();
  const rows = table.objects({ limit: shownRows }) as Record<string, unknown>[];
  const head = names.map((name) => headCell(table, name)).join("");
  const pages: string[] = [];
  for (let start = 0; start < rows.length; start += pageRows) {
    const body = rows
      .slice(start, start + pageRows)
      .map((row) => bodyRow(names, row))
      .join("");
    pages.push(page(head, body, start, Math.min(start + pageRows, rows.length)));
  }
  const total = table.numRows();
  const more = total > shownRows ? `, the first ${shownRows} shown` : "";
  const caption = `${total.toLocaleString("en-US")} rows × ${names.length} columns${more}`;
  return `<div class="tracebook-table">${pages.join("")}<div style="opacity:.7;font-size:.85em">${caption}</div></div>`;
}

function page(head: string, body: string, start: number, end: number): string {
  const table = `<table style="border-collapse:collapse;font-variant-numeric:tabular-nums"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
  if (start === 0) return table;
  return `<details><summary style="cursor:pointer;opacity:.7;font-size:.85em">rows ${start + 1} to ${end}</summary>${table}</details>`;
}

function headCell(table: ColumnTable, name: string): string {
  const column = schemaOf(table)?.columns.find((one) => one.name === name);
  const unit = column?.unit ?? unitOfName(name);
  const title = column ? ` title="${escapeHtml(column.doc)}"` : "";
  const under = unit ? `<div style="font-weight:normal;opacity:.6">${escapeHtml(unit)}</div>` : "";
  return `<th${title} style="text-align:left;padding:.15em .6em;border-bottom:1px solid currentColor;vertical-align:bottom">${escapeHtml(clippedText(name, 80))}${under}</th>`;
}

/** The unit that a column's name ends in: `dur_ns` is in ns. */
function unitOfName(name: string): string | undefined {
  return /_(ns|us|ms|s|bytes|mb|ratio|percent)$/.exec(name)?.[1];
}

function bodyRow(names: readonly string[], row: Record<string, unknown>): string {
  return `<tr>${names.map((name) => cell(row[name])).join("")}</tr>`;
}

function cell(value: unknown): string {
  const align = typeof value === "number" || typeof value === "bigint" ? "right" : "left";
  return `<td style="text-align:${align};padding:.1em .6em">${escapeHtml(cellText(value))}</td>`;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return clippedText(text, 200);
}

/** A table as text, for front ends that show no HTML. */
export function tableText(table: ColumnTable): string {
  const names = table.columnNames();
  const rows = (table.objects({ limit: pageRows }) as Record<string, unknown>[]).map((row) => {
    return names.map((name) => withoutControls(cellText(row[name])).replace(/\s+/g, " ").slice(0, 40));
  });
  const widths = names.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((text, index) => text.padEnd(widths[index]))
      .join("  ")
      .trimEnd();
  const total = table.numRows();
  const rest = total > rows.length ? [`... ${(total - rows.length).toLocaleString("en-US")} more rows`] : [];
  return [line(names), ...rows.map(line), ...rest].join("\n");
}
