import { escapeHtml } from "../../bytes/escape-html.js";
import type { LanguageProcess } from "../language/language-process.js";
import type { Described } from "../language/messages.js";
import type { Completions, Inspection } from "../session/messages.js";
import type { SessionProcess } from "../session-process.js";

/** How long a busy session is waited for, when the language service can answer without it. */
const session_ms = 250;

/**
 * What front ends ask of code at a place: the session knows what values there are, TypeScript what they can do. What the
 * session really holds comes first, and TypeScript answers also while the session is busy.
 */
export class CellHelp {
  private readonly session: SessionProcess;
  private readonly language: LanguageProcess;

  constructor(session: SessionProcess, language: LanguageProcess) {
    this.session = session;
    this.language = language;
  }

  /** What can stand at a place: the columns of a table alone where one is written, else what TypeScript and the session know. */
  async complete(code: string, offset: number): Promise<Completions> {
    const asked = this.language.complete(code, offset);
    const live = await inTime(this.session.complete(code, offset));
    if (live?.items.some(({ kind }) => kind === "column")) return live;
    const typed = await asked;
    if (!typed || typed.matches.length === 0) return live ?? nothing(offset);
    if (!live || live.start !== typed.start || typed.isMember || typed.isPath) return typed;
    // Names that came about without being declared; the rest of what the session knows TypeScript has ordered better.
    const known = new Set(typed.matches);
    const more = live.items.filter(({ text, kind }) => kind === "name" && !known.has(text));
    const items = [...more, ...typed.items];
    return { ...typed, items, matches: items.map(({ text }) => text) };
  }

  /** What there is to say of what stands at a place: the value there, then its type and documentation. */
  async inspect(code: string, offset: number): Promise<Inspection> {
    const [live, typed] = await Promise.all([
      inTime(this.session.inspect(code, offset)),
      this.language.inspect(code, offset),
    ]);
    const value = live?.found ? String(live.bundle["text/plain"] ?? "") : "";
    // The library's own page says the same as its types.
    const shown = live?.isPage && typed ? "" : value;
    if (!shown && !typed) return { found: false, bundle: {} };
    return { found: true, bundle: described(shown, typed) };
  }
}

function described(value: string, typed: Described | undefined): Record<string, string> {
  const plain = [value, typed?.signature, typed?.docs].filter(Boolean).join("\n\n");
  const fenced = (text: string, language: string) => `\`\`\`${language}\n${text}\n\`\`\``;
  const markdown = [
    value && fenced(value, "text"),
    typed && fenced(typed.signature, "typescript"),
    typed?.docs,
  ].filter(Boolean);
  return {
    "text/plain": plain,
    "text/html": `<pre>${escapeHtml(plain)}</pre>`,
    "text/markdown": markdown.join("\n\n"),
  };
}

function nothing(offset: number): Completions {
  return { matches: [], start: offset, end: offset, items: [] };
}

function inTime<T>(answer: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, session_ms, undefined);
    answer.then(resolve, () => resolve(undefined)).finally(() => clearTimeout(timer));
  });
}
