import { stripVTControlCharacters } from "node:util";
import { inertMarkdown } from "../bytes/inert-markdown.js";
import { clippedText, visibleText } from "../bytes/visible-text.js";
import { linkTo } from "./link-to.js";
import type { ReportNotebook, ReportOutput } from "./notebook-html.js";

/** A notebook as Markdown, with the pictures it refers to. */
export interface NotebookMarkdown {
  text: string;
  files: { name: string; content: string }[];
}

/**
 * An executed notebook as Markdown for a code host: prose as it is, code fenced, charts as SVG files under `folder`
 * with their reading as the picture's text, tables and results as text.
 */
export function notebookMarkdown(notebook: ReportNotebook, folder: string): NotebookMarkdown {
  const files: NotebookMarkdown["files"] = [];
  const parts = notebook.cells.map((cell) => {
    const source = typeof cell.source === "string" ? cell.source : cell.source.join("");
    if (cell.cell_type === "markdown") return source;
    if (cell.cell_type !== "code") return "";
    const outputs = (cell.outputs ?? []).map((output) => outputMarkdown(output, folder, files));
    return [fenced(source, "ts"), ...outputs].filter(Boolean).join("\n\n");
  });
  return { text: `${parts.filter(Boolean).join("\n\n")}\n`, files };
}

function outputMarkdown(output: ReportOutput, folder: string, files: NotebookMarkdown["files"]): string {
  if (output.output_type === "stream") return fenced(asText(output.text));
  if (output.output_type === "error") return fenced((output.traceback ?? []).join("\n"));
  const data = output.data ?? {};
  const plain = asText(data["text/plain"]);
  if (data["image/svg+xml"] !== undefined) {
    const name = `${folder}/${files.length + 1}.svg`;
    files.push({ name, content: asText(data["image/svg+xml"]) });
    return `![${inertMarkdown(clippedText(plain, 500))}](${linkTo(name)})`;
  }
  if (data["text/markdown"] !== undefined) return asText(data["text/markdown"]);
  return fenced(plain);
}

function asText(value: unknown): string {
  return Array.isArray(value) ? value.join("") : typeof value === "string" ? value : "";
}

// The fence is longer than any run of backticks inside, so that no text can end it.
function fenced(text: string, language = ""): string {
  const clean = visibleText(stripVTControlCharacters(text).replace(/\r\n?/g, "\n")).trimEnd();
  if (clean === "") return "";
  const longest = Math.max(2, ...[...clean.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${clean}\n${fence}`;
}
