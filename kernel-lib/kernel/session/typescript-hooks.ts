import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

interface Resolved {
  url: string;
  format?: string;
  shortCircuit?: boolean;
}
interface Loaded {
  format: string;
  source: string;
  shortCircuit: boolean;
}
type NextResolve = (specifier: string, context: { parentURL?: string }) => Promise<Resolved>;
type NextLoad = (url: string, context: object) => Promise<unknown>;

/** Finds `./x.ts` for `./x.js` and `./x`, and hands a parent's version on, so that an edit is seen at any depth. */
export async function resolve(
  specifier: string,
  context: { parentURL?: string },
  next: NextResolve,
): Promise<Resolved> {
  const parent = context.parentURL;
  if (!parent?.includes("?version=") || !/^\.{1,2}\//.test(specifier)) return next(specifier, context);
  const url = new URL(specifier, parent);
  const path = fileURLToPath(url);
  const stem = path.replace(/\.[cm]?js$/, "");
  const found = [path, `${stem}.ts`, `${stem}.mts`, `${path}.ts`, `${path}.js`].find((candidate) =>
    existsSync(candidate),
  );
  if (!found) return next(specifier, context);
  const resolved = new URL(url);
  resolved.pathname = url.pathname.slice(0, url.pathname.length - path.length) + found;
  resolved.search = new URL(parent).search;
  return { url: resolved.href, shortCircuit: true };
}

/** Strips the types of a .ts file; it is loaded as a module of its own kind. */
export async function load(url: string, context: object, next: NextLoad): Promise<unknown> {
  if (!/\.m?ts(?:\?|$)/.test(url)) return next(url, context);
  const path = fileURLToPath(url);
  const { outputText } = ts.transpileModule(readFileSync(path, "utf8"), {
    fileName: path,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: false,
      inlineSourceMap: true,
    },
  });
  return { format: "module", source: outputText, shortCircuit: true } satisfies Loaded;
}
