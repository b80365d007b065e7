import { escapeHtml, withoutControls } from "../../bytes/escape-html.js";

type Summary = Readonly<Record<string, unknown>>;

/** What a capture has that its drawing needs; told by shape, since a notebook may have a copy of the library. */
export interface DrawnCapture {
  kind: string;
  source: { name: string };
  summary(): Summary;
}

const shownRows = 50;
const tableStyle = 'style="border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.3em 0 .8em"';

/** Whether a value is a capture. */
export function isCapture(value: unknown): value is DrawnCapture {
  const capture = value as (Partial<DrawnCapture> & { schemas?: unknown; findings?: unknown }) | null;
  return (
    typeof capture?.summary === "function" &&
    typeof capture.schemas === "function" &&
    Array.isArray(capture.findings) &&
    typeof capture.kind === "string" &&
    typeof capture.source?.name === "string"
  );
}

/** A capture's summary as HTML: its plain figures in one table, each group of figures in one of its own. */
export function captureHtml(capture: DrawnCapture): string {
  const entries = Object.entries(capture.summary());
  const plain = entries.filter(([, value]) => !isGroup(value));
  const groups = entries.filter(
    (entry): entry is [string, object] => isGroup(entry[1]) && rowsOf(entry[1]).length > 0,
  );
  const parts = groups.map(
    ([name, value]) => `<details><summary>${heading(name, value)}</summary>${groupTable(value)}</details>`,
  );
  return `<div class="tracebook-capture"><strong>${escapeHtml(title(capture))}</strong>${figures(plain)}${parts.join("")}</div>`;
}

/** A capture's summary as text: a line for each figure, and for each group how much is in it. */
export function captureText(capture: DrawnCapture): string {
  const lines = Object.entries(capture.summary())
    .filter(([, value]) => !isGroup(value) || rowsOf(value).length > 0)
    .map(([name, value]) => `  ${name}: ${isGroup(value) ? groupText(value) : figure(value)}`);
  return withoutControls([title(capture), ...lines].join("\n"));
}

function title({ kind, source }: DrawnCapture): string {
  return `${source.name} (${kind})`;
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A group as rows: a list's own items, or an object's entries with their names before them. */
function rowsOf(group: object): Summary[] {
  if (Array.isArray(group)) return group.map((item) => (isGroup(item) ? (item as Summary) : { value: item }));
  return Object.entries(group).map(([name, value]) =>
    isGroup(value) && !Array.isArray(value) ? { name, ...value } : { name, value },
  );
}

function heading(name: string, group: object): string {
  return `${escapeHtml(name)} <span style="opacity:.6">${rowsOf(group).length.toLocaleString("en-US")}</span>`;
}

function figures(entries: readonly (readonly [string, unknown])[]): string {
  const rows = entries.map(
    ([name, value]) =>
      `<tr><th style="text-align:left;padding:.1em .6em">${escapeHtml(name)}</th>${cell(value)}</tr>`,
  );
  return `<table ${tableStyle}><tbody>${rows.join("")}</tbody></table>`;
}

function groupTable(group: object): string {
  const rows = rowsOf(group);
  const names = [...new Set(rows.slice(0, shownRows).flatMap((row) => Object.keys(row)))];
  const head = names
    .map((name) => `<th style="text-align:left;padding:.1em .6em">${escapeHtml(name)}</th>`)
    .join("");
  const body = rows
    .slice(0, shownRows)
    .map((row) => `<tr>${names.map((name) => cell(row[name])).join("")}</tr>`);
  const more =
    rows.length > shownRows
      ? `<div style="opacity:.7">the first ${shownRows} of ${rows.length.toLocaleString("en-US")}</div>`
      : "";
  return `<table ${tableStyle}><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>${more}`;
}

function cell(value: unknown): string {
  const align = typeof value === "number" ? "right" : "left";
  return `<td style="text-align:${align};padding:.1em .6em">${escapeHtml(figure(value))}</td>`;
}

function figure(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") {
    return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(6)));
  }
  const text = isGroup(value) ? JSON.stringify(value) : String(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

function groupText(group: object): string {
  const entries = Object.entries(group);
  const isFigures = !Array.isArray(group) && entries.every(([, value]) => !isGroup(value));
  if (!isFigures) return `${entries.length.toLocaleString("en-US")} ${entries.length === 1 ? "row" : "rows"}`;
  const shown = entries.slice(0, 8).map(([name, value]) => `${name} ${figure(value)}`);
  return [...shown, ...(entries.length > 8 ? ["..."] : [])].join(", ").replace(/\s+/g, " ");
}
