import { stripVTControlCharacters } from "node:util";
import MarkdownIt from "markdown-it";
import { escapeHtml, withoutControls } from "../bytes/escape-html.js";

/** An output as a report reads it. */
export interface ReportOutput {
  output_type: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
  traceback?: string[];
}

/** As much of an executed notebook as a report reads. */
export interface ReportNotebook {
  cells: {
    cell_type: string;
    source: string | string[];
    metadata?: { tags?: string[] };
    outputs?: ReportOutput[];
  }[];
}

/** A heading of a notebook, for its table of contents. */
export interface Heading {
  level: number;
  id: string;
  text: string;
}

/** A notebook as the inside of a page. */
export interface NotebookHtml {
  title: string;
  html: string;
  headings: Heading[];
  /** The figure of the cell tagged `figure`, else the first, "" where there is none: for a contents page. */
  figure: string;
}

// No raw HTML: what a notebook's prose takes from a capture stays text.
const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });

// Only what a reader may mean to follow.
markdown.validateLink = (url: string) =>
  /^(?:https?:|mailto:|data:image\/(?:png|jpeg|gif|webp);|[^:]*(?:[/?#]|$))/i.test(url.trim());

// A page asks the network for nothing: a picture that is not in it is a link to it.
const image = markdown.renderer.rules.image;
markdown.renderer.rules.image = (tokens, index, options, env, self) => {
  const token = tokens[index];
  const source = String(token.attrGet("src"));
  if (source.startsWith("data:")) return image?.(tokens, index, options, env, self) ?? "";
  return `<a href="${escapeHtml(source)}">${escapeHtml(token.content || source)}</a>`;
};

// What a page obeys that a policy of contents does not stop: forwarding, and names looked up ahead of time.
const obeyed = /<(?=\/?(?:meta|link|base|iframe|frame|object|embed|form)\b)/gi;

const chartType = /^application\/vnd\.vega(?:lite)?\.v\d\+json$/;

/**
 * An executed notebook as HTML: prose, code that unfolds, and every output. Charts stand as SVG, which scripts of the
 * page replace by the interactive drawing; `prefix` keeps the ids of several notebooks on one page apart.
 */
export function notebookHtml(notebook: ReportNotebook, prefix = ""): NotebookHtml {
  const headings: Heading[] = [];
  let figure = "";
  let chosen = false;
  const parts = notebook.cells.map((cell) => {
    const source = joined(cell.source);
    if (cell.cell_type === "markdown") return prose(source, prefix, headings);
    if (cell.cell_type !== "code") return "";
    const tags = cell.metadata?.tags ?? [];
    const outputs = (cell.outputs ?? []).map(outputHtml);
    const drawn = outputs.find((html) => html.startsWith("<figure"));
    if (drawn && !chosen && (!figure || tags.includes("figure"))) {
      figure = drawn;
      chosen = tags.includes("figure");
    }
    return codeCell(source, outputs.join("\n"), tags);
  });
  const title = headings.find(({ level }) => level === 1)?.text ?? "Notebook";
  return { title, html: parts.join("\n"), headings, figure };
}

function joined(text: string | string[] | undefined): string {
  return Array.isArray(text) ? text.join("") : (text ?? "");
}

function prose(source: string, prefix: string, headings: Heading[]): string {
  const tokens = markdown.parse(source, {});
  tokens.forEach((token, index) => {
    if (token.type !== "heading_open") return;
    const text = tokens[index + 1].content;
    const id = `${prefix}${slug(text)}`;
    token.attrSet("id", id);
    headings.push({ level: Number(token.tag.slice(1)), id, text });
  });
  return `<section class="prose">${withoutControls(markdown.renderer.render(tokens, markdown.options, {}))}</section>`;
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

function codeCell(source: string, outputs: string, tags: readonly string[]): string {
  if (source.trim() === "") return outputs;
  const label = tags.includes("parameters") ? "parameters" : "code";
  const code = `<details class="code"><summary>${label}</summary><pre><code>${escapeHtml(source)}</code></pre></details>`;
  return `<section class="cell">${code}${outputs}</section>`;
}

/** One output as HTML; of a bundle the richest form that a page can show. */
function outputHtml(output: ReportOutput): string {
  if (output.output_type === "stream") return pre("stream", joined(output.text));
  if (output.output_type === "error")
    return pre("error", joined((output.traceback ?? []).join("\n")) || String(output.evalue));
  const data = output.data ?? {};
  const chart = Object.keys(data).find((type) => chartType.test(type));
  if (chart) return figureHtml(data[chart], text(data["image/svg+xml"]), text(data["text/plain"]));
  if (data["text/html"] !== undefined)
    return `<div class="output">${text(data["text/html"]).replace(obeyed, "&lt;")}</div>`;
  if (data["text/markdown"] !== undefined)
    return `<div class="output prose">${withoutControls(markdown.render(text(data["text/markdown"])))}</div>`;
  if (data["image/svg+xml"] !== undefined)
    return figureHtml(undefined, text(data["image/svg+xml"]), text(data["text/plain"]));
  if (data["image/png"] !== undefined)
    return `<img alt="" src="data:image/png;base64,${escapeHtml(text(data["image/png"]).trim())}">`;
  return data["text/plain"] === undefined ? "" : pre("result", text(data["text/plain"]));
}

function text(value: unknown): string {
  return typeof value === "string" || Array.isArray(value) ? joined(value as string | string[]) : "";
}

// Colours of a terminal mean nothing on a page, and its control codes must not reach it.
function pre(kind: string, content: string): string {
  return `<pre class="${kind}">${escapeHtml(stripVTControlCharacters(content))}</pre>`;
}

function figureHtml(spec: unknown, svg: string, reading: string): string {
  const json = spec === undefined ? "" : scriptJson(spec);
  const script = json && `<script type="application/json" class="spec">${json}</script>`;
  return `<figure class="chart"><div class="drawing">${svg}</div>${script}<figcaption>${escapeHtml(reading)}</figcaption></figure>`;
}

// `<` cannot stand in a script element's text, or a string in the data could end it. JSON escapes C0 controls, not C1.
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<\x7f-\x9f]/g, (character) => {
    return `\\u00${character.charCodeAt(0).toString(16)}`;
  });
}
