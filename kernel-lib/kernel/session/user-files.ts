// Files of the person's own that cells import by path: which file a path means, which state of it, and what a .ts file
// is as JavaScript. Shared by the session and by Node's loader thread, which hooks run in.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import ts from "../typescript.cjs";
import { aliasedPaths, cellOptions } from "./project.js";

/** The file that a path in an import means: TypeScript writes `./x.js` for x.ts, and people leave the ending out. */
export function findFile(path: string): string | undefined {
  const stem = path.replace(/\.(?:m|c)?js$/, "");
  const candidates = [
    path,
    ...["ts", "tsx", "mts", "cts"].map((ending) => `${stem}.${ending}`),
    ...["ts", "tsx", "js", "jsx", "json"].map((ending) => `${path}.${ending}`),
    ...["ts", "tsx", "js"].map((ending) => join(path, `index.${ending}`)),
  ];
  return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}

/** The file that an import means which is a path or one of the project's aliases; undefined for a package. */
export function findImported(specifier: string, from: string): string | undefined {
  if (/^\.{1,2}(?:\/|$)/.test(specifier)) return findFile(resolve(from, specifier));
  if (isAbsolute(specifier)) return findFile(specifier);
  for (const path of aliasedPaths(specifier, from)) {
    const found = findFile(path);
    if (found) return found;
  }
  return undefined;
}

/** Changes whenever the file, or a file it imports by path, changes; the same for whoever imports it. */
export function fileVersion(path: string): string {
  const hash = createHash("sha1");
  for (const file of importedFiles(path, new Set())) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file}\0${mtimeMs}\0${size}\0`);
  }
  return hash.digest("hex").slice(0, 12);
}

function importedFiles(path: string, seen: Set<string>): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  if (!/\.[cm]?[jt]sx?$/.test(path)) return seen;
  for (const { fileName } of ts.preProcessFile(readFileSync(path, "utf8"), true, true).importedFiles) {
    const found = findImported(fileName, dirname(path));
    if (found) importedFiles(found, seen);
  }
  return seen;
}

/** Files that are JavaScript only when they have been compiled. */
export const compiledFile: RegExp = /\.(?:[cm]?ts|[jt]sx)$/;

/** A .ts file as JavaScript. */
export interface TranspiledFile {
  code: string;
  /** Source map, as JSON text. */
  map: string;
  source: string;
}

/**
 * Strips the types of a .ts file, and makes calls of the elements of a .tsx file.
 *
 * @throws SyntaxError with the file's own place, when it does not parse
 */
export function transpileFile(path: string, module: ts.ModuleKind = ts.ModuleKind.ESNext): TranspiledFile {
  const source = readFileSync(path, "utf8");
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(source, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      jsx: ts.JsxEmit.React,
      ...cellOptions(dirname(path)),
      target: ts.ScriptTarget.ES2022,
      module,
      esModuleInterop: true,
      verbatimModuleSyntax: false,
      sourceMap: true,
    },
  });
  const error = diagnostics?.find(({ category }) => category === ts.DiagnosticCategory.Error);
  if (error) {
    const { line, character } = error.file?.getLineAndCharacterOfPosition(error.start ?? 0) ?? {
      line: 0,
      character: 0,
    };
    const message = ts.flattenDiagnosticMessageText(error.messageText, "\n");
    throw new SyntaxError(
      `${relative(process.cwd(), path) || path}:${line + 1}:${character + 1}: ${message}`,
    );
  }
  return { code: outputText, map: sourceMapText ?? "", source };
}
