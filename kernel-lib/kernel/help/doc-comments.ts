import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const library = fileURLToPath(new URL("../../", import.meta.url));
let docs: Map<string, string> | undefined;

/** The docstring of one of the library's own functions and classes, from its declarations; read once. */
export function docOf(name: string): string | undefined {
  docs ??= readDocs(library);
  return docs.get(name);
}

const documented =
  /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*export (?:declare )?(?:abstract )?((?:function|class|const) ([\w$]+)[^;{]*)/g;

function readDocs(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of declarationFiles(folder)) {
    for (const [, comment, signature, name] of readFileSync(file, "utf8").matchAll(documented)) {
      const text = comment
        .split("\n")
        .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
        .join("\n")
        .trim();
      found.set(name, `${signature.trim()}\n\n${text}`);
    }
  }
  return found;
}

function declarationFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return ["kernel", "cli"].includes(name) ? [] : declarationFiles(path);
    return name.endsWith(".d.ts") ? [path] : [];
  });
}
