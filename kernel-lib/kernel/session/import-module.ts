import { readFileSync } from "node:fs";
import { createRequire, isBuiltin, register } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { plotInNode } from "./plot-in-node.js";
import { MissingExport } from "./scope.js";
import { fileVersion, findFile, findImported } from "./user-files.js";

let hooked = false;

/**
 * Imports a module for a cell: Node's own, packages as the notebook's folder sees them (else as the kernel's own
 * installation does), JSON, and .ts and .js files by path, read anew when they or what they import has changed.
 */
export async function importModule(specifier: string, folder: string): Promise<unknown> {
  if (isBuiltin(specifier)) return import(specifier);
  const elsewhere = /^(npm|jsr|https?):(.*)$/.exec(specifier);
  if (elsewhere)
    throw new Error(`cannot import ${JSON.stringify(specifier)}: ${remedy(elsewhere[1], elsewhere[2])}`);
  if (/^(?:\.{1,2}(?:\/|$)|\/|file:)/.test(specifier)) return importFile(pathOf(specifier, folder));
  const aliased = findImported(specifier, folder);
  if (aliased) return importFile(aliased);
  const url = resolvePackage(specifier, folder);
  if (url.endsWith(".json")) return jsonModule(fileURLToPath(url));
  const module = await import(url);
  return specifier === "@observablehq/plot" ? plotInNode(module) : module;
}

/** The URL a specifier stands for, as `import.meta.resolve` in the notebook's folder gives it. */
export function resolvePackage(specifier: string, folder: string): string {
  const parent = pathToFileURL(`${folder}/notebook.ts`).href;
  // The second argument is experimental in Node; the session is started with the flag that grants it.
  const resolveFrom = import.meta.resolve as (specifier: string, parent?: string) => string;
  for (const from of [parent, undefined]) {
    try {
      return resolveFrom(specifier, from);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    }
  }
  // Where NODE_PATH leads, and what else require finds.
  try {
    return pathToFileURL(createRequire(parent).resolve(specifier)).href;
  } catch {
    // Said below, with what to do.
  }
  throw new Error(
    `cannot find package ${JSON.stringify(specifier)}; install it: npm install ${packageName(specifier)}`,
  );
}

// What Deno has and Node has not.
function remedy(scheme: string, rest: string): string {
  if (scheme !== "npm" && scheme !== "jsr")
    return "modules are imported from packages and files; download it and import its path";
  const version = /^\/?((?:@[^/@]+\/)?[^/@]+)(?:@([^/]+))?(\/.*)?$/.exec(rest);
  const [name, wanted, inner] = version ? version.slice(1) : [rest];
  const install =
    scheme === "npm" ? `npm install ${name}${wanted ? `@${wanted}` : ""}` : `npx jsr add ${name}`;
  return `install the package and import it by its name: ${install}, then import ${JSON.stringify(`${name}${inner ?? ""}`)}`;
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function pathOf(specifier: string, folder: string): string {
  const path = specifier.startsWith("file:") ? fileURLToPath(specifier) : resolve(folder, specifier);
  const found = findFile(path);
  if (!found) throw new Error(`cannot find file ${JSON.stringify(specifier)} from ${folder}`);
  return found;
}

async function importFile(path: string): Promise<unknown> {
  if (path.endsWith(".json")) return jsonModule(path);
  if (!hooked) {
    // Transpiles .ts files when Node loads them; costs nothing until a cell imports a file.
    register("./typescript-hooks.js", import.meta.url);
    hooked = true;
  }
  return import(`${pathToFileURL(path).href}?version=${fileVersion(path)}`);
}

// With or without the attribute that Node asks for; its keys can be imported by name, as TypeScript lets one.
function jsonModule(path: string): unknown {
  const value: unknown = JSON.parse(readFileSync(path, "utf8"));
  return { ...(typeof value === "object" && !Array.isArray(value) ? value : {}), default: value };
}

/**
 * What an import statement takes out of a module, by name. A name that the module of a CommonJS package has without Node
 * having found it is there too; one that is nowhere becomes a {@link MissingExport}.
 */
export async function importNamed(
  specifier: string,
  names: readonly string[],
  folder: string,
): Promise<unknown[]> {
  const module = (await importModule(specifier, folder)) as Record<string, unknown>;
  const whole = Object(module.default) as Record<string, unknown>;
  return names.map((name) => {
    if (name in module) return module[name];
    return name in whole ? whole[name] : new MissingExport(name, specifier);
  });
}
