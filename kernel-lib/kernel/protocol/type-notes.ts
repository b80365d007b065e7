import { escapeHtml } from "../../bytes/escape-html.js";
import type { LanguageProcess } from "../language/language-process.js";
import type { TypeNote } from "../language/messages.js";
import type { CellFailure } from "../session/cell-failure.js";
import type { MimeBundle } from "../session/messages.js";

/** What becomes of type errors: nothing, a note beside the output of a cell that ran, or an error instead of running it. */
export type TypesMode = "off" | "note" | "strict";

/** After the first cells the language service is started when nothing was asked of it for so long. */
const unhurried_ms = 2500;

const magic = /^\s*%types(?:[ \t]+(off|note|strict))?[ \t]*(?:\n|$)/;

interface Waiting {
  number: number;
  code: string;
  show: (bundle: MimeBundle) => void;
}

/** Checks cells by their types, beside running them. */
export class TypeNotes {
  private readonly language: LanguageProcess;
  private waiting: Waiting[] = [];
  private checking = false;
  private timer: NodeJS.Timeout | undefined;
  private mode: TypesMode;

  constructor(language: LanguageProcess, mode: TypesMode) {
    this.language = language;
    this.mode = mode;
    if (mode === "strict") language.setStrict(true);
  }

  /** A cell without the line `%types off|note|strict` before it, by which the mode is changed from this cell on. */
  withoutMagic(code: string): string {
    const found = magic.exec(code);
    if (!found) return code;
    this.mode = (found[1] as TypesMode | undefined) ?? "note";
    this.language.setStrict(this.mode === "strict");
    return code.replace(/^(\s*)%types/, "$1//types");
  }

  /** Why a cell is not to be run; undefined when it may, as it always may but in strict mode. */
  async refusal(code: string, number: number): Promise<CellFailure | undefined> {
    if (this.mode !== "strict") return undefined;
    const notes = await this.language.check(code);
    if (notes.length === 0) return undefined;
    const lines = notes.flatMap((note) => noteLines(note, code, number));
    return { ename: "TypeCheckError", evalue: notes[0].message, traceback: lines };
  }

  /** Takes in a cell that ran; what its types say is shown when it is known. */
  ran(number: number, code: string, show: (bundle: MimeBundle) => void): void {
    if (this.mode !== "note") {
      this.language.add(number, code);
      return;
    }
    this.waiting.push({ number, code, show });
    if (this.language.isStarted) void this.drain();
    else this.timer ??= setTimeout(() => this.catchUp(), unhurried_ms).unref();
  }

  /** Hands on what ran meanwhile, before something is asked that rests on it. */
  catchUp(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.language.isStarted) this.language.start();
    void this.drain();
  }

  private async drain(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const { number, code, show } = next;
      // A name that is not there yet may be declared by the time the function that mentions it is called.
      const notes = (await this.language.checkCell(number, code)).filter(
        ({ missing }) => missing === undefined,
      );
      if (notes.length > 0) show(noteBundle(notes, code, number));
    }
    this.checking = false;
  }
}

function noteLines(
  { line, column, length, message, code }: TypeNote,
  source: string,
  number: number,
): string[] {
  const text = (source.split("\n")[line - 1] ?? "").replaceAll("\t", " ");
  const mark = "^".repeat(Math.max(1, Math.min(length, text.length - column + 1)));
  return [
    `cell ${number}:${line}:${column}: ${message} (TS${code})`,
    `  ${text}`,
    `  ${" ".repeat(column - 1)}${mark}`,
  ];
}

function noteBundle(notes: readonly TypeNote[], source: string, number: number): MimeBundle {
  const text = notes.flatMap((note) => noteLines(note, source, number)).join("\n");
  const style =
    "opacity:.65;font-size:.85em;margin:.3em 0;white-space:pre-wrap;border-left:2px solid currentColor;padding-left:.6em";
  return {
    "text/html": `<pre class="tracebook-types" style="${style}">${escapeHtml(text)}</pre>`,
    "text/plain": text,
  };
}

/** The mode that the environment asks for, `note` unless it does. */
export function typesModeOf(setting: string | undefined): TypesMode {
  return setting === "off" || setting === "strict" ? setting : "note";
}
