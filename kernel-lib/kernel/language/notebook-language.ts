import { readdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Completions } from "../session/messages.js";
import ts from "../typescript.cjs";
import type { Described, TypeNote } from "./messages.js";
import { NotebookProgram } from "./notebook-program.js";

/** Answers what is asked of code that is being written, and of cells that ran, by TypeScript's own language service. */
export class NotebookLanguage {
  private readonly program: NotebookProgram;
  private readonly folder: string;

  constructor(folder: string, strict: boolean) {
    this.folder = folder;
    this.program = new NotebookProgram(folder, strict);
  }

  /** Takes a cell in that was executed. */
  add(number: number, code: string): void {
    this.program.add(number, code);
  }

  /** What can stand at a place, the likeliest first. */
  complete(code: string, offset: number): Completions {
    const file = this.program.ask(code);
    const paths = pathsAt(code, offset, this.folder);
    if (paths) return paths;
    const found = this.program.service.getCompletionsAtPosition(file, offset, {
      includeCompletionsForModuleExports: false,
      includeCompletionsForImportStatements: true,
      includeCompletionsWithInsertText: false,
      includeAutomaticOptionalChainCompletions: false,
    });
    const prefix = /[\p{ID_Continue}$_]*$/u.exec(code.slice(0, offset))?.[0] ?? "";
    const span = found?.optionalReplacementSpan;
    const start =
      found?.entries[0]?.replacementSpan?.start ?? stringStart(found, span) ?? offset - prefix.length;
    const typed = code.slice(start, offset);
    const entries = (found?.entries ?? [])
      .filter(({ name, kindModifiers }) => name.startsWith(typed) && !kindModifiers?.includes("deprecated"))
      .sort((a, b) => order(a.sortText, b.sortText) || order(a.name, b.name));
    const items = entries.map(({ name, kind }) => ({ text: name, type: kind, detail: kind }));
    const isMember = found !== undefined && !found.isGlobalCompletion;
    return { matches: items.map(({ text }) => text), start, end: offset, items, isMember };
  }

  /** What stands at a place, or is called there. */
  inspect(code: string, offset: number): Described | null {
    const file = this.program.ask(code);
    const at = namePlace(code, offset);
    if (at === undefined) return null;
    const info = this.program.service.getQuickInfoAtPosition(file, at);
    if (!info) return null;
    const signature = ts.displayPartsToString(info.displayParts);
    // A name that TypeScript knows nothing of is `any`; saying so helps nobody.
    if (/^any$|^\(alias\) module "\.\/\.tracebook/.test(signature)) return null;
    const parameter = this.parameterAt(file, offset);
    const docs = [parameter, ts.displayPartsToString(info.documentation), ...tagLines(info.tags)];
    return { signature: written(signature), docs: docs.filter(Boolean).join("\n\n") };
  }

  // Inside a call's parentheses: which parameter is written, and what is said of it.
  private parameterAt(file: string, offset: number): string | undefined {
    const help = this.program.service.getSignatureHelpItems(file, offset, undefined);
    const item = help?.items[help.selectedItemIndex];
    const parameter = item?.parameters[Math.min(help?.argumentIndex ?? 0, item.parameters.length - 1)];
    if (!parameter) return undefined;
    const docs = ts.displayPartsToString(parameter.documentation);
    return `here: ${ts.displayPartsToString(parameter.displayParts)}${docs ? `: ${docs}` : ""}`;
  }

  /** The type errors of code that has not run. */
  check(code: string): TypeNote[] {
    return this.notes(this.program.ask(code));
  }

  /** The type errors of a cell that ran, which it takes in. */
  checkCell(number: number, code: string): TypeNote[] {
    return this.notes(this.program.add(number, code));
  }

  private notes(file: string): TypeNote[] {
    const source = this.program.sourceOf(file);
    return this.program.service
      .getSemanticDiagnostics(file)
      .filter(({ category, code, start }) => {
        const inCell = start !== undefined && start < source.length;
        return category === ts.DiagnosticCategory.Error && inCell && !ofNotebooks.has(code);
      })
      .map((diagnostic) => noteOf(diagnostic, source));
  }
}

// What is no error in a notebook: assigning to a name of another cell (which the program has as an import), a package
// without types or one that was found when the cell ran, a top-level await, a script's last value that stands unused.
const ofNotebooks = new Set([
  2632, 2307, 2306, 7016, 1375, 1378, 1308, 2792, 2686, 7026, 2879, 17004, 2875, 2691, 5097, 1184, 1484, 2440,
  2300, 2451, 2695,
]);

function noteOf(diagnostic: ts.Diagnostic, source: string): TypeNote {
  const { start = 0, length = 1, messageText, code } = diagnostic;
  const before = source.slice(0, start);
  const line = before.split("\n").length;
  const column = start - before.lastIndexOf("\n");
  const message = written(ts.flattenDiagnosticMessageText(messageText, "\n"));
  const missing =
    code === 2304 || code === 2552 || code === 2580 || code === 2591
      ? source.slice(start, start + length)
      : undefined;
  return { line, column, length, message, code, ...(missing && { missing }) };
}

// Cells are modules to TypeScript, which names them where it cannot do without.
function written(text: string): string {
  return text
    .replace(/^\(alias\) /, "")
    .replace(/\nimport [\w$]+$/, "")
    .replace(/import\("[^"]*\.tracebook-[^"]*"\)\./g, "");
}

function tagLines(tags: readonly ts.JSDocTagInfo[] = []): string[] {
  return tags.map(({ name, text }) => {
    const said = ts.displayPartsToString(text ? [...text] : []);
    return name === "example" ? `@example\n${said}` : `@${name} ${said}`.trimEnd();
  });
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function stringStart(
  found: ts.CompletionInfo | undefined,
  span: ts.TextSpan | undefined,
): number | undefined {
  return found && !found.isGlobalCompletion && span ? span.start : undefined;
}

/** The place of the name that a cursor is in or behind, or that is called around it. */
function namePlace(code: string, offset: number): number | undefined {
  const isName = (at: number) => /[\p{ID_Continue}$_]/u.test(code[at] ?? "");
  if (isName(offset)) return offset;
  if (isName(offset - 1)) return offset - 1;
  let depth = 0;
  for (let at = offset - 1; at >= 0; at--) {
    if (code[at] === ")") depth++;
    else if (code[at] === "(" && depth-- === 0) {
      const name = code.slice(0, at).trimEnd();
      return isName(name.length - 1) ? name.length - 1 : undefined;
    }
  }
  return undefined;
}

/** Inside a string that begins as a path, or is given to what loads files: the names in the folder it leads to. */
function pathsAt(code: string, offset: number, folder: string): Completions | undefined {
  const line = code.slice(code.lastIndexOf("\n", offset - 1) + 1, offset);
  const open =
    /(\b(?:load\w*|read\w*|open\w*|createReadStream)\s*\(\s*(?:\[\s*)?|from\s+|import\s*\(?\s*|require\s*\(\s*)?(["'`])((?:(?!\2)[^\\])*)$/.exec(
      line,
    );
  if (!open) return undefined;
  const [, caller, , typed] = open;
  const isPath = /^(?:\.{1,2}\/|\/|~\/)/.test(typed);
  if (!isPath && !(caller !== undefined && /load|read|open|create/i.test(caller))) return undefined;
  const stem = typed.slice(typed.lastIndexOf("/") + 1);
  try {
    const entries = readdirSync(resolve(folder, dirname(`${typed}x`)), { withFileTypes: true });
    const items = entries
      .filter(({ name }) => name.startsWith(stem) && (stem.startsWith(".") || !name.startsWith(".")))
      .map((entry) => {
        const type = entry.isDirectory() ? "directory" : "file";
        return { text: entry.isDirectory() ? `${entry.name}/` : entry.name, type, detail: type };
      })
      .sort((a, b) => order(a.text, b.text));
    return {
      matches: items.map(({ text }) => text),
      start: offset - stem.length,
      end: offset,
      items,
      isPath: true,
    };
  } catch {
    return undefined;
  }
}
