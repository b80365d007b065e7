import { mkdir } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { type WriteOptions, writeWhole } from "../capture/write-whole.js";
import type { Claims } from "../verdict/claims.js";
import { type LedgerEntry, ledger, verdictsOf } from "../verdict/ledger.js";
import { type Chapter, contentsHtml } from "./contents-html.js";
import { linkTo } from "./link-to.js";
import { notebookHtml, type ReportNotebook } from "./notebook-html.js";
import { notebookMarkdown } from "./notebook-markdown.js";
import { page } from "./page.js";
import { pageNames } from "./page-names.js";
import type { ReportFormat } from "./report-formats.js";

/** An executed notebook with the path of its source. */
export interface Executed {
  path: string;
  notebook: ReportNotebook;
}

/** Where and how {@link writeNotebook} writes. */
export interface NotebookWriting extends WriteOptions {
  /** The files' name without ending; the notebook's own unless given. */
  readonly name?: string;
  /** Where the contents page lies, for a link back. */
  readonly home?: string;
}

/**
 * Writes an executed notebook in the forms asked for, and returns the paths written. Each file is written whole or
 * not at all.
 *
 * @throws CaptureError when a file is one of the `inputs`
 */
export async function writeNotebook(
  { path, notebook }: Executed,
  out: string,
  formats: readonly ReportFormat[],
  { name: stem = stemOf(path), home, ...options }: NotebookWriting = {},
): Promise<string[]> {
  await mkdir(out, { recursive: true });
  const written: string[] = [];
  const write = async (name: string, text: string) => {
    const file = join(out, name);
    await writeWhole(file, text, options);
    written.push(file);
  };
  for (const format of formats) {
    if (format === "ipynb") await write(`${stem}.ipynb`, notebookText(notebook));
    else if (format === "html") {
      const { title, html, headings } = notebookHtml(notebook);
      await write(`${stem}.html`, await page({ title, body: html, headings, home }));
    } else {
      const { text, files } = notebookMarkdown(notebook, `${stem}_files`);
      if (files.length > 0) await mkdir(join(out, `${stem}_files`), { recursive: true });
      await write(`${stem}.md`, text);
      for (const { name, content } of files) await write(name, content);
    }
  }
  return written;
}

/** A notebook as the text of its file. */
export function notebookText(notebook: object): string {
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

/** What {@link writeBook} is told beside the notebooks. */
export interface BookWriting {
  /** The list that was to be judged. */
  readonly claims?: Claims;
  /** Files that were read, which are not written over. */
  readonly inputs?: readonly string[];
  /** Where the contents page that links to this one lies. */
  readonly home?: string;
}

/** Writes every notebook's page, the contents page index.html and ledger.json; returns the ledger. */
export async function writeBook(
  title: string,
  executed: readonly Executed[],
  out: string,
  { claims, inputs = [], home }: BookWriting = {},
): Promise<LedgerEntry[]> {
  const names = pageNames(
    executed.map(({ path }) => path),
    ["index"],
  );
  // A notebook is called by its file's name, and where that is not its own by its page's.
  const titles = executed.map(({ path }, at) =>
    names[at] === stemOf(path) ? basename(path) : `${names[at]}.ipynb`,
  );
  const entries = ledger(
    executed.map(({ notebook }, at) => ({ name: titles[at], notebook })),
    claims,
  );
  const folders = executed.map(({ path }) => dirname(path)).sort((a, b) => a.length - b.length);
  const chapters: Chapter[] = [];
  for (const [at, one] of executed.entries()) {
    await writeNotebook(one, out, ["html"], { name: names[at], home: "index.html", inputs });
    const own = new Set(verdictsOf(one.notebook).map(({ claim }) => String(claim)));
    chapters.push({
      name: titles[at],
      href: linkTo(`${names[at]}.html`),
      part: relative(folders[0], dirname(one.path)),
      content: notebookHtml(one.notebook, `${names[at]}-`),
      verdicts: entries.filter(({ claim, notebook }) => own.has(String(claim)) && notebook === titles[at]),
    });
  }
  await mkdir(out, { recursive: true });
  const contents = await page({ title, body: contentsHtml(title, chapters, entries, claims), home });
  await writeWhole(join(out, "index.html"), contents, { inputs });
  await writeWhole(join(out, "ledger.json"), `${JSON.stringify(entries, null, 1)}\n`, { inputs });
  return entries;
}

function stemOf(path: string): string {
  return basename(path).replace(/\.ipynb$/, "");
}
