import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "../typescript.cjs";
import { cellNames } from "./cell-names.js";
import { checkedOptions } from "./checked-options.js";
import { sessionGlobals } from "./session-globals.js";

interface CellFile {
  name: string;
  source: string;
  text: string;
  version: number;
  declares: ReadonlySet<string>;
  exported: ReadonlySet<string>;
  mentions: ReadonlySet<string>;
}

const library = fileURLToPath(new URL("../../../", import.meta.url));
const own = createRequire(import.meta.url);

/**
 * The executed cells as TypeScript sees them: each a module that imports what it mentions from the cell that declared it
 * last, and exports what it declares. A cell's own text begins its file, so that places are the same in both.
 */
export class NotebookProgram {
  readonly service: ts.LanguageService;
  private readonly folder: string;
  private readonly options: ts.CompilerOptions;
  private readonly cells: CellFile[] = [];
  /** The cell that declared a name last. */
  private readonly declaredIn = new Map<string, CellFile>();
  private readonly byName = new Map<string, CellFile>();
  private asked: CellFile | undefined;
  private version = 0;
  private readonly roots: string[];

  constructor(folder: string, strict: boolean) {
    this.folder = folder;
    this.options = checkedOptions(folder, strict);
    this.roots = [...nodeTypes(folder), this.pathOf("globals.d.ts")];
    this.service = ts.createLanguageService(this.host(), ts.createDocumentRegistry());
  }

  private pathOf(name: string): string {
    return join(this.folder, `.tracebook-${name}`);
  }

  /** Takes an executed cell in; later ones see what it declares. */
  add(number: number, source: string): string {
    const cell = this.file(`cell-${number}`, source);
    this.cells.push(cell);
    this.byName.set(cell.name, cell);
    cell.text = this.linked(cell, [...cell.mentions]);
    for (const name of cell.declares) this.declaredIn.set(name, cell);
    // Functions of earlier cells may have waited for what is declared now.
    for (const earlier of this.cells.slice(0, -1)) {
      const waited = [...cell.declares].some(
        (name) =>
          earlier.mentions.has(name) && !earlier.declares.has(name) && !earlier.text.includes(` ${name} }`),
      );
      if (waited) {
        earlier.text = this.linked(earlier, [...earlier.mentions]);
        earlier.version = ++this.version;
      }
    }
    if (cell.declares.size === 0) this.dropBefore(cell);
    return cell.name;
  }

  // A cell that declares nothing is asked about once, after it ran.
  private dropBefore(cell: CellFile): void {
    const idle = this.cells.filter((one) => one !== cell && one.declares.size === 0);
    for (const one of idle) {
      this.byName.delete(one.name);
      this.cells.splice(this.cells.indexOf(one), 1);
    }
  }

  /** Code that is being written, behind all the executed cells; the name of its file. */
  ask(source: string): string {
    this.asked = this.file("asked", source);
    this.asked.text = this.linked(this.asked, [...this.declaredIn.keys()]);
    return this.asked.name;
  }

  private file(stem: string, source: string): CellFile {
    // The line by which a script says what runs it, and Jupyter's magics, are none of TypeScript's.
    const text = source
      .replace(/^#!/, "//")
      .replace(/^%(?=\w)/gm, "//")
      .slice(0, source.length);
    const isElement = /<\/|\/>/.test(source) && hasElements(text);
    const name = this.pathOf(`${stem}${isElement ? ".tsx" : ".ts"}`);
    const parsed = ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true);
    return { name, source: text, text, version: ++this.version, ...cellNames(parsed) };
  }

  private linked(cell: CellFile, wanted: readonly string[]): string {
    const imports = wanted.flatMap((name) => {
      const from = cell.declares.has(name) ? undefined : this.declaredIn.get(name);
      return from && from !== cell
        ? [`import { ${name} } from ${JSON.stringify(`./${stemOf(from.name)}`)};`]
        : [];
    });
    const exports = [...cell.declares].filter((name) => !cell.exported.has(name));
    return `${cell.source}\n;${imports.join("")} export { ${exports.join(", ")} };`;
  }

  /** A cell's text as it was executed, or is being written. */
  sourceOf(name: string): string {
    return (this.asked?.name === name ? this.asked : this.byName.get(name))?.source ?? "";
  }

  private text(path: string): string | undefined {
    if (path === this.asked?.name) return this.asked.text;
    if (path === this.pathOf("globals.d.ts")) return sessionGlobals;
    return this.byName.get(path)?.text ?? (ts.sys.fileExists(path) ? ts.sys.readFile(path) : undefined);
  }

  private host(): ts.LanguageServiceHost {
    const isOwn = (path: string) =>
      path === this.asked?.name || this.byName.has(path) || path === this.pathOf("globals.d.ts");
    const fileExists = (path: string) => isOwn(path) || ts.sys.fileExists(path);
    const readFile = (path: string) => this.text(path);
    const moduleHost: ts.ModuleResolutionHost = {
      fileExists,
      readFile,
      directoryExists: ts.sys.directoryExists,
      realpath: ts.sys.realpath,
      getDirectories: ts.sys.getDirectories,
      getCurrentDirectory: () => this.folder,
    };
    const known = new Map<string, ts.ResolvedModuleWithFailedLookupLocations>();
    return {
      getScriptFileNames: () => [
        ...this.roots,
        ...this.cells.map(({ name }) => name),
        ...(this.asked ? [this.asked.name] : []),
      ],
      getScriptVersion: (path) =>
        String(
          (path === this.asked?.name ? this.asked : this.byName.get(path))?.version ?? fileVersion(path),
        ),
      getScriptSnapshot: (path) => {
        const text = this.text(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => this.folder,
      getCompilationSettings: () => this.options,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      fileExists,
      readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      realpath: ts.sys.realpath,
      resolveModuleNameLiterals: (literals, from, _redirected, options) =>
        literals.map(({ text }) => {
          const key = `${dirname(from)}\0${text}`;
          const found = known.get(key) ?? this.resolve(text, from, options, moduleHost);
          // What was not there may have been installed meanwhile.
          if (found.resolvedModule && !text.includes(".tracebook-")) known.set(key, found);
          return found;
        }),
    };
  }

  // As the session imports: from the notebook's folder, else what the kernel's own installation has.
  private resolve(
    text: string,
    from: string,
    options: ts.CompilerOptions,
    host: ts.ModuleResolutionHost,
  ): ts.ResolvedModuleWithFailedLookupLocations {
    const found = ts.resolveModuleName(text, from, options, host);
    if (found.resolvedModule || text.startsWith(".")) return found;
    if (text === "tracebook" || text.startsWith("tracebook/")) {
      const path = join(library, "dist", text === "tracebook" ? "index" : text.slice("tracebook/".length));
      return ts.resolveModuleName(`${path}.js`, from, options, host);
    }
    return ts.resolveModuleName(text, join(library, "index.ts"), options, host);
  }
}

function stemOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.tsx?$/, "");
}

function fileVersion(path: string): string {
  return String(ts.sys.getModifiedTime?.(path)?.getTime() ?? 0);
}

function hasElements(source: string): boolean {
  const errors = (name: string) =>
    ts.transpileModule(source, {
      fileName: name,
      reportDiagnostics: true,
      compilerOptions: { jsx: ts.JsxEmit.Preserve },
    }).diagnostics?.length ?? 0;
  return errors("cell.ts") > errors("cell.tsx");
}

// The types of Node that the notebook's folder has are found by themselves; else the kernel's own.
function nodeTypes(folder: string): string[] {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "node_modules", "@types", "node"))) return [];
    if (at === dirname(at)) break;
  }
  try {
    return [join(dirname(own.resolve("@types/node/package.json")), "index.d.ts")];
  } catch {
    return [];
  }
}
