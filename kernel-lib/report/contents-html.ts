import { escapeHtml } from "../bytes/escape-html.js";
import type { Claims } from "../verdict/claims.js";
import { type LedgerEntry, ledgerProgress } from "../verdict/ledger.js";
import { verdictCard, verdictWords } from "../verdict/verdict.js";
import { reportsMark } from "./link-report.js";
import type { NotebookHtml } from "./notebook-html.js";

/** A chapter as the contents page shows it. */
export interface Chapter {
  name: string;
  /** The chapter's own page, relative to the contents page. */
  href: string;
  /** The folder its notebook is in, relative to the book's; empty for the book's own. */
  part: string;
  content: NotebookHtml;
  verdicts: readonly LedgerEntry[];
}

/** The inside of the contents page: every chapter with its first chart and its verdicts, then the ledger. */
export function contentsHtml(
  title: string,
  chapters: readonly Chapter[],
  entries: readonly LedgerEntry[],
  claims?: Claims,
): string {
  const parts = [...new Set(chapters.map(({ part }) => part))];
  return [
    `<h1>${escapeHtml(title)}</h1>`,
    reportsMark,
    ...parts.map((part) =>
      listHtml(
        part,
        chapters.filter((chapter) => chapter.part === part),
      ),
    ),
    entries.length > 0 ? ledgerHtml(entries, claims) : "",
    ...chapters.map(chapterHtml),
  ].join("\n");
}

function listHtml(part: string, chapters: readonly Chapter[]): string {
  const items = chapters.map(
    ({ href, content }) => `<li><a href="${escapeHtml(href)}">${escapeHtml(content.title)}</a></li>`,
  );
  const name = part.charAt(0).toUpperCase() + part.slice(1);
  return `${part ? `<h2>${escapeHtml(name)}</h2>` : ""}<ol class="chapters">${items.join("")}</ol>`;
}

function chapterHtml({ href, content, verdicts }: Chapter): string {
  const cards = verdicts.map((entry) => verdictCard(entry)).join("");
  return `<section class="chapter"><h2><a href="${escapeHtml(href)}">${escapeHtml(content.title)}</a></h2>${content.figure}${cards}</section>`;
}

function ledgerHtml(entries: readonly LedgerEntry[], claims: Claims | undefined): string {
  const counts = new Map<string, number>();
  for (const { verdict } of entries)
    counts.set(verdictWords[verdict], (counts.get(verdictWords[verdict]) ?? 0) + 1);
  const line = [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
  const rows = entries.map(({ claim, chapter, says, verdict, condition }) => {
    const word = `${verdictWords[verdict]}${condition ? ` ${condition}` : ""}`;
    return `<tr><td>${escapeHtml(String(claim))}</td><td>${escapeHtml(chapter)}</td><td>${escapeHtml(says)}</td><td>${escapeHtml(word)}</td></tr>`;
  });
  return (
    `<p>${ledgerProgress(entries, claims)}: ${escapeHtml(line)}.</p>` +
    `<details class="prose"><summary>The ledger</summary><table><thead><tr><th>Claim</th><th>§</th><th>What is claimed</th><th>Verdict</th></tr></thead><tbody>${rows.join("")}</tbody></table></details>`
  );
}
