import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { Claims } from "../verdict/claims.js";
import { type LedgerEntry, ledger, verdictsOf } from "../verdict/ledger.js";
import { type Chapter, contentsHtml } from "./contents-html.js";
import { notebookHtml, type ReportNotebook } from "./notebook-html.js";
import { notebookMarkdown } from "./notebook-markdown.js";
import { page } from "./page.js";
import type { ReportFormat } from "./report-formats.js";

/** An executed notebook with the path of its source. */
export interface Executed {
  path: string;
  notebook: ReportNotebook;
}

/** Writes an executed notebook in the forms asked for, and returns the paths written. */
export async function writeNotebook(
  { path, notebook }: Executed,
  out: string,
  formats: readonly ReportFormat[],
  home?: string,
): Promise<string[]> {
  await mkdir(out, { recursive: true });
  const stem = stemOf(path);
  const written: string[] = [];
  const write = async (name: string, text: string) => {
    const file = join(out, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    written.push(file);
  };
  for (const format of formats) {
    if (format === "ipynb") await write(`${stem}.ipynb`, `${JSON.stringify(notebook, null, 1)}\n`);
    else if (format === "html") {
      const { title, html, headings } = notebookHtml(notebook);
      await write(`${stem}.html`, await page({ title, body: html, headings, home }));
    } else {
      const { text, files } = notebookMarkdown(notebook, `${stem}_files`);
      await write(`${stem}.md`, text);
      for (const { name, content } of files) await write(name, content);
    }
  }
  return written;
}

/** Writes every notebook's page, the contents page index.html and ledger.json; returns the ledger. */
export async function writeBook(
  title: string,
  executed: readonly Executed[],
  out: string,
  claims?: Claims,
): Promise<LedgerEntry[]> {
  const named = executed.map(({ path, notebook }) => ({ name: basename(path), notebook }));
  const entries = ledger(named, claims);
  const folders = executed.map(({ path }) => dirname(path)).sort((a, b) => a.length - b.length);
  const chapters: Chapter[] = [];
  for (const one of executed) {
    await writeNotebook(one, out, ["html"], "index.html");
    const own = new Set(verdictsOf(one.notebook).map(({ claim }) => String(claim)));
    chapters.push({
      name: basename(one.path),
      href: `${stemOf(one.path)}.html`,
      part: relative(folders[0], dirname(one.path)),
      content: notebookHtml(one.notebook, `${stemOf(one.path)}-`),
      verdicts: entries.filter(
        ({ claim, notebook }) => own.has(String(claim)) && notebook === basename(one.path),
      ),
    });
  }
  await mkdir(out, { recursive: true });
  await writeFile(
    join(out, "index.html"),
    await page({ title, body: contentsHtml(title, chapters, entries, claims) }),
  );
  await writeFile(join(out, "ledger.json"), `${JSON.stringify(entries, null, 1)}\n`);
  return entries;
}

function stemOf(path: string): string {
  return basename(path).replace(/\.ipynb$/, "");
}
