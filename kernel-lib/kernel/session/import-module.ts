import { existsSync, readFileSync, statSync } from "node:fs";
import { isBuiltin, register } from "node:module";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

let hooked = false;

/**
 * Imports a module for a cell: Node's own, packages as the notebook's folder sees them (else as the kernel's own
 * installation does), JSON, and .ts and .js files by path, read anew when they or what they import has changed.
 */
export async function importModule(specifier: string, folder: string): Promise<unknown> {
  if (isBuiltin(specifier)) return import(specifier);
  if (/^(?:\.{1,2}\/|\/|file:)/.test(specifier)) return importFile(pathOf(specifier, folder));
  return import(resolvePackage(specifier, folder));
}

/** The URL a specifier stands for, as `import.meta.resolve` in the notebook's folder gives it. */
export function resolvePackage(specifier: string, folder: string): string {
  const parent = pathToFileURL(`${folder}/notebook.ts`).href;
  // The second argument is experimental in Node; the session is started with the flag that grants it.
  const resolveFrom = import.meta.resolve as (specifier: string, parent?: string) => string;
  try {
    return resolveFrom(specifier, parent);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
  }
  try {
    return resolveFrom(specifier);
  } catch (cause) {
    throw new Error(
      `cannot find package ${JSON.stringify(specifier)}; install it: npm install ${packageName(specifier)}`,
      {
        cause,
      },
    );
  }
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function pathOf(specifier: string, folder: string): string {
  const path = specifier.startsWith("file:") ? fileURLToPath(specifier) : resolve(folder, specifier);
  const found = candidates(path).find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  if (!found) throw new Error(`cannot find file ${JSON.stringify(specifier)} from ${folder}`);
  return found;
}

// TypeScript writes `./x.js` for x.ts, and people leave the ending out.
function candidates(path: string): string[] {
  const stem = path.replace(/\.(?:m|c)?js$/, "");
  return [
    path,
    `${stem}.ts`,
    `${stem}.mts`,
    `${path}.ts`,
    `${path}.js`,
    `${path}.json`,
    join(path, "index.ts"),
    join(path, "index.js"),
  ];
}

async function importFile(path: string): Promise<unknown> {
  if (path.endsWith(".json")) return { default: JSON.parse(readFileSync(path, "utf8")) };
  if (!hooked) {
    // Transpiles .ts files when Node loads them; costs nothing until a cell imports a file.
    register("./typescript-hooks.js", import.meta.url);
    hooked = true;
  }
  return import(`${pathToFileURL(path).href}?version=${version(path, new Set())}`);
}

/** Changes whenever the file, or a file it imports by path, changes. */
function version(path: string, seen: Set<string>): number {
  if (seen.has(path) || !/\.[cm]?[jt]s$/.test(extname(path))) return 0;
  seen.add(path);
  const { importedFiles } = ts.preProcessFile(readFileSync(path, "utf8"), true, true);
  const inner = importedFiles
    .filter(({ fileName }) => /^\.{1,2}\//.test(fileName))
    .flatMap(({ fileName }) =>
      candidates(resolve(dirname(path), fileName))
        .filter(existsSync)
        .slice(0, 1),
    );
  return Math.max(Math.floor(statSync(path).mtimeMs), ...inner.map((file) => version(file, seen)));
}
