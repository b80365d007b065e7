// What the project around a notebook says of its code: the options of its tsconfig.json, and what its path aliases mean.

import { dirname, resolve } from "node:path";
import ts from "../typescript.cjs";
import type { CellOptions } from "./compile-cell.js";

/** The options of the nearest `tsconfig.json` at or above a folder; undefined when there is none that can be read. */
export function projectOptions(folder: string): ts.CompilerOptions | undefined {
  const path = ts.findConfigFile(folder, ts.sys.fileExists);
  const config = path === undefined ? undefined : ts.readConfigFile(path, ts.sys.readFile).config;
  if (path === undefined || config === undefined) return undefined;
  // Only the options are wanted: the project's files are found where they are imported.
  const host: ts.ParseConfigHost = { ...ts.sys, readDirectory: () => [] };
  return ts.parseJsonConfigFileContent(config, host, dirname(path), undefined, path).options;
}

const known = new Map<string, ts.CompilerOptions>();

/** The same, read once in this process; none are no options. */
export function knownOptions(folder: string): ts.CompilerOptions {
  const options = known.get(folder) ?? projectOptions(folder) ?? {};
  known.set(folder, options);
  return options;
}

/** What of the project's options concerns how its code is compiled one file at a time. */
export function cellOptions(folder: string): CellOptions {
  const { jsx, jsxFactory, jsxFragmentFactory, jsxImportSource } = knownOptions(folder);
  const { experimentalDecorators, useDefineForClassFields } = knownOptions(folder);
  const given = {
    jsxFactory,
    jsxFragmentFactory,
    jsxImportSource,
    experimentalDecorators,
    useDefineForClassFields,
  };
  // A bundler may be meant to compile elements; here nothing comes after.
  const emitted = jsx === ts.JsxEmit.Preserve || jsx === ts.JsxEmit.ReactNative ? ts.JsxEmit.React : jsx;
  const all = { ...given, ...(emitted !== undefined && { jsx: emitted }) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The paths that a specifier may mean by the project's `paths`, the likeliest first; none when it is no alias. */
export function aliasedPaths(specifier: string, folder: string): string[] {
  const { paths, baseUrl, pathsBasePath } = knownOptions(folder) as ts.CompilerOptions & {
    pathsBasePath?: string;
  };
  const base = baseUrl ?? pathsBasePath ?? folder;
  const patterns = Object.keys(paths ?? {}).sort((a, b) => b.indexOf("*") - a.indexOf("*"));
  for (const pattern of patterns) {
    const star = matched(pattern, specifier);
    if (star === undefined) continue;
    return (paths?.[pattern] ?? []).map((target) =>
      resolve(
        base,
        target.replace("*", () => star),
      ),
    );
  }
  return [];
}

/** What a pattern's star stands for in a specifier that fits it. */
function matched(pattern: string, specifier: string): string | undefined {
  const at = pattern.indexOf("*");
  if (at < 0) return pattern === specifier ? "" : undefined;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + 1)];
  const fits =
    specifier.length >= before.length + after.length &&
    specifier.startsWith(before) &&
    specifier.endsWith(after);
  return fits ? specifier.slice(before.length, specifier.length - after.length) : undefined;
}
