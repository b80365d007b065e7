import { inspect, types } from "node:util";
import type { ColumnTable } from "arquero";
import { isChartSpec, renderSvg } from "../../chart/render-svg.js";
import type { MimeBundle } from "../session/messages.js";
import { captureHtml, captureText, isCapture } from "./capture-html.js";
import { imageType } from "./image-type.js";
import { rowsTable } from "./rows-table.js";
import { tableHtml, tableText } from "./table-html.js";

const displaySymbol = Symbol.for("Jupyter.display");

/**
 * A value as Jupyter shows it. An object's own `Symbol.for("Jupyter.display")` comes first; then Arquero tables (a
 * paged HTML table), captures (their summary), Vega-Lite and Vega specifications (interactive, as SVG, and their one-line reading), elements
 * with `outerHTML` (Plot figures), pictures as bytes, data frames and lists of plain objects as tables, and text for the rest.
 */
export async function mimeBundle(value: unknown): Promise<MimeBundle> {
  return (await drawn(value)) ?? { "text/plain": inspect(value, inspected) };
}

const inspected = { depth: 4, colors: false, maxArrayLength: 50, maxStringLength: 2000 };

async function drawn(value: unknown): Promise<MimeBundle | undefined> {
  // Asking a proxy what it is runs whatever its maker wrote.
  if (types.isProxy(value)) return undefined;
  const own = (value as Record<symbol, unknown> | null)?.[displaySymbol];
  if (typeof own === "function") return carried((await own.call(value)) as MimeBundle);
  if (isTable(value)) return { "text/html": tableHtml(value), "text/plain": tableText(value) };
  if (isCapture(value)) return { "text/html": captureHtml(value), "text/plain": captureText(value) };
  if (isChartSpec(value)) return chartBundle(value);
  const html = (value as { outerHTML?: unknown } | null)?.outerHTML;
  if (typeof html === "string") return elementBundle(html);
  if (value instanceof Uint8Array) return pictureBundle(value);
  const rows = rowsTable(value);
  if (rows) return { "text/html": tableHtml(rows), "text/plain": inspect(value, inspected) };
  return undefined;
}

function pictureBundle(bytes: Uint8Array): MimeBundle | undefined {
  const type = imageType(bytes);
  if (type === undefined) return undefined;
  return { [type]: Buffer.from(bytes).toString("base64"), "text/plain": `an image of ${bytes.length} bytes` };
}

function isTable(value: unknown): value is ColumnTable {
  // Not instanceof: the notebook may have a copy of Arquero of its own.
  const table = value as Partial<ColumnTable> | null;
  return (
    typeof table?.columnNames === "function" &&
    typeof table.numRows === "function" &&
    typeof table.scan === "function"
  );
}

// No text/html beside the chart: JupyterLab would prefer it to the interactive drawing.
async function chartBundle(spec: { $schema: string; description?: string }): Promise<MimeBundle> {
  const lite = spec.$schema.includes("/vega-lite/");
  return {
    ...carried({ [lite ? "application/vnd.vegalite.v5+json" : "application/vnd.vega.v5+json"]: spec }),
    "image/svg+xml": await renderSvg(spec),
    "text/plain": spec.description ?? "a chart",
  };
}

// Outputs travel and are kept as JSON. What JSON cannot carry is the cell's error: further on it would end the kernel.
function carried(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(Object.entries(bundle).map(([type, data]) => [type, carriedData(type, data)]));
}

function carriedData(type: string, data: unknown): unknown {
  if (typeof data === "string") return data;
  let json: string | undefined;
  try {
    json = JSON.stringify(data);
  } catch (cause) {
    throw new TypeError(`${type}: JSON cannot carry the value (${(cause as Error).message})`, { cause });
  }
  if (json === undefined) throw new TypeError(`${type}: JSON cannot carry a ${typeof data}`);
  return JSON.parse(json);
}

function elementBundle(html: string): MimeBundle {
  const svg = /^\s*<svg[\s>]/.test(html);
  if (!svg) return { "text/html": html, "text/plain": "an HTML element" };
  const named = /xmlns=/.test(html.slice(0, 400))
    ? html
    : html.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  const title = /aria-label="([^"]*)"/.exec(html)?.[1];
  return { "image/svg+xml": named, "text/plain": title ?? "a figure" };
}
