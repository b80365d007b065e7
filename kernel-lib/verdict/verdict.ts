import { escapeHtml } from "../bytes/escape-html.js";
import { categories, palette } from "../chart/palette.js";

/** How a claim came out. */
export type VerdictKind = "holds" | "holds-only-if" | "partly" | "false" | "not-testable-here";

/** A measured figure and how far it can be trusted. */
export interface Measured {
  /** The figure with its unit, as it is to be read: `0.03 % of spikes`. */
  value: string;
  /** Its interval or spread, with what it is: `95 % interval 0.01 to 0.05 %`. */
  spread?: string;
}

/** What a notebook says of a claim. */
export interface VerdictInput {
  /** What is claimed, in one sentence; a verdict of a list's (`claimsOf(list).verdict`) has it from there. */
  says?: string;
  /** The section of the text it stands in. */
  chapter?: string;
  verdict: VerdictKind;
  /** The figures it rests on; required unless the claim is not testable here. */
  measured?: Measured | readonly Measured[];
  /** What the figures mean, in a sentence or two. */
  reading: string;
  /** Under which condition it holds; required for `holds-only-if`, left out of other verdicts. */
  condition?: string;
  /** The captures it came from; a table's column of names will do. */
  captures?: Iterable<unknown>;
}

/** A verdict as it travels in an output and stands in the ledger. */
export interface VerdictRecord {
  claim: number | string;
  /** Empty where the claim stands in no text of several. */
  chapter: string;
  /** Empty where nobody said what is claimed. */
  says: string;
  verdict: VerdictKind;
  measured: Measured[];
  reading: string;
  condition?: string;
  captures: string[];
}

/** The media type a verdict travels under in a notebook's outputs. */
export const verdictMediaType = "application/vnd.tracebook.verdict+json";

const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never;

/** A verdict that a notebook shows as a card. */
export interface Verdict extends VerdictRecord {
  [displaySymbol](): Record<string, unknown>;
}

/**
 * The verdict on a claim, by a number or a name. As a cell's last value it is shown as a card, and the ledger collects
 * it from the executed notebook. Claims that stand in a list are judged with `claimsOf(list).verdict`.
 *
 * @throws RangeError for a verdict that lacks what it needs, or is none of the five
 * @example
 * verdict("cache-slow", { says: "The cache was slow", verdict: "holds", measured: { value: "12 ms" }, reading: "It was." })
 */
export function verdict(id: number | string, input: VerdictInput): Verdict {
  const record = check(id, input);
  return Object.assign(record, { [displaySymbol]: () => bundle(record) }) as Verdict;
}

function check(claim: number | string, input: VerdictInput): VerdictRecord {
  if (!Object.hasOwn(verdictWords, input.verdict))
    throw new RangeError(
      `claim ${claim}: ${input.verdict} is no verdict; there are ${Object.keys(verdictWords).join(", ")}`,
    );
  const measured = input.measured === undefined ? [] : [input.measured].flat();
  if (input.verdict === "holds-only-if" && !input.condition) {
    throw new RangeError(`claim ${claim}: holds-only-if needs its condition`);
  }
  if (input.verdict !== "not-testable-here" && measured.length === 0) {
    throw new RangeError(`claim ${claim}: a verdict needs the figure it rests on`);
  }
  return {
    claim,
    chapter: input.chapter ?? "",
    says: input.says ?? "",
    verdict: input.verdict,
    measured,
    reading: input.reading,
    ...(input.verdict === "holds-only-if" && { condition: input.condition }),
    captures: Array.from(input.captures ?? [], String),
  };
}

function bundle(record: VerdictRecord): Record<string, unknown> {
  return {
    [verdictMediaType]: record,
    "text/html": verdictCard(record),
    "text/plain": verdictText(record),
  };
}

/** The words a verdict is shown with. */
export const verdictWords: Readonly<Record<VerdictKind, string>> = {
  holds: "holds",
  "holds-only-if": "holds only if",
  partly: "holds in part",
  false: "false",
  "not-testable-here": "not testable here",
};

/** `Claim 41 (3.3), "...": false. ...`: a verdict as one paragraph of text. */
export function verdictText(record: VerdictRecord): string {
  const figures = record.measured.map(measuredText).join("; ");
  const condition = record.condition ? ` ${record.condition}` : "";
  const chapter = record.chapter && ` (${record.chapter})`;
  const says = record.says && `, "${record.says}"`;
  const head = `Claim ${record.claim}${chapter}${says}: ${verdictWords[record.verdict]}${condition}.`;
  return [head, figures && `Measured: ${figures}.`, record.reading].filter(Boolean).join(" ");
}

function measuredText({ value, spread }: Measured): string {
  return spread ? `${value} (${spread})` : value;
}

/** The colour of each verdict, in cards and charts; the word always stands beside it. */
export const verdictColours: Readonly<Record<VerdictKind, string>> = {
  holds: categories[0],
  "holds-only-if": categories[6],
  partly: categories[1],
  false: categories[2],
  "not-testable-here": palette.reference,
};

// The darkest of the colours takes white letters.
const badgeInk = (verdict: VerdictKind): string => (verdict === "false" ? "#fff" : "#000");

/** A verdict as a card: an HTML fragment with its own styles, all text escaped. */
export function verdictCard(record: VerdictRecord): string {
  const colour = verdictColours[record.verdict];
  const rows: [string, string][] = [
    ["Measured", record.measured.map(measuredText).join("; ")],
    ["Reading", record.reading],
    ["From", record.captures.join(", ")],
  ];
  const condition = record.condition ? ` ${record.condition}` : "";
  const chapter = record.chapter && `<span style="opacity:.7">&sect; ${escapeHtml(record.chapter)}</span> `;
  const list = rows
    .filter(([, text]) => text !== "")
    .map(([term, text]) => `<dt style="opacity:.7">${term}</dt><dd style="margin:0">${escapeHtml(text)}</dd>`)
    .join("");
  return (
    `<div class="tracebook-verdict" style="border-left:5px solid ${colour};padding:.5em 1em;margin:.5em 0;max-width:46em">` +
    `<div><b>Claim ${escapeHtml(String(record.claim))}</b> ${chapter}${escapeHtml(record.says)}</div>` +
    `<div style="margin:.35em 0"><span style="background:${colour};color:${badgeInk(record.verdict)};border-radius:.3em;padding:.1em .5em;font-weight:600">` +
    `${verdictWords[record.verdict]}</span>${escapeHtml(condition)}</div>` +
    `<dl style="display:grid;grid-template-columns:max-content auto;gap:.15em .8em;margin:0">${list}</dl></div>`
  );
}
