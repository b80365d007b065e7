// Files of the person's own that cells import by path: which file a path means, which state of it, and what a .ts file
// is as JavaScript. Shared by the session and by Node's loader thread, which hooks run in.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "../typescript.cjs";

/** The file that a path in an import means: TypeScript writes `./x.js` for x.ts, and people leave the ending out. */
export function findFile(path: string): string | undefined {
  const stem = path.replace(/\.(?:m|c)?js$/, "");
  const candidates = [
    path,
    `${stem}.ts`,
    `${stem}.mts`,
    `${path}.ts`,
    `${path}.js`,
    `${path}.json`,
    join(path, "index.ts"),
    join(path, "index.js"),
  ];
  return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
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
    const found = /^\.{1,2}(?:\/|$)/.test(fileName) && findFile(resolve(dirname(path), fileName));
    if (found) importedFiles(found, seen);
  }
  return seen;
}

/** A .ts file as JavaScript. */
export interface TranspiledFile {
  code: string;
  /** Source map, as JSON text. */
  map: string;
  source: string;
}

/**
 * Strips the types of a .ts file.
 *
 * @throws SyntaxError with the file's own place, when it does not parse
 */
export function transpileFile(path: string): TranspiledFile {
  const source = readFileSync(path, "utf8");
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(source, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
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
