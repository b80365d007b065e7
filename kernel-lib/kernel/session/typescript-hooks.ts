// Node's loader hooks for the files that cells import by path: they are known by the version in their URL.

import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compiledFile, fileVersion, findImported, transpileFile } from "./user-files.js";

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

/** Finds `./x.ts` for `./x.js` and `./x`, each with its version, so that an edit is seen at any depth. */
export async function resolve(
  specifier: string,
  context: { parentURL?: string },
  next: NextResolve,
): Promise<Resolved> {
  const parent = context.parentURL;
  if (!parent?.includes("?version=")) return next(specifier, context);
  const found = findImported(specifier, dirname(fileURLToPath(parent)));
  if (!found) return next(specifier, context);
  return { url: `${pathToFileURL(found).href}?version=${fileVersion(found)}`, shortCircuit: true };
}

/** Strips the types of a .ts file; it is loaded as a module of its own kind. */
export async function load(url: string, context: object, next: NextLoad): Promise<unknown> {
  if (!compiledFile.test(url.replace(/\?.*$/, ""))) return next(url, context);
  const { code } = transpileFile(fileURLToPath(url));
  return { format: "module", source: code, shortCircuit: true } satisfies Loaded;
}
