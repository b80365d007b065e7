import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const lib = resolve(import.meta.dirname, "../kernel-lib");

// Data flows one way: a layer may import itself and the layers before it.
const layers = ["bytes", "read", "table", "analyze", "capture", "diagnose", "chart", "verdict", "report"];
// The outer shell may import any layer; the command line drives the kernel, never the other way round.
const shell = ["kernel", "cli"];
// Only these may touch files, processes or sockets.
const mayTouchFiles = [/^read\//, /^capture\//, /^kernel\//, /^report\//, /^cli\//];

interface Import {
  file: string;
  specifier: string;
  /** The imported file inside kernel-lib, or undefined for a package. */
  target: string | undefined;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === "dist" || name === "node_modules" || name === "bin") return [];
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return name.endsWith(".ts") ? [path] : [];
  });
}

const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*|new URL\(\s*)"([^"]+)"/g;

function importsOf(path: string): Import[] {
  const file = relative(lib, path);
  return [...readFileSync(path, "utf8").matchAll(importPattern)].map(([, specifier]) => {
    const target = specifier.startsWith(".") ? relative(lib, resolve(dirname(path), specifier)) : undefined;
    return { file, specifier, target };
  });
}

const imports = sourceFiles(lib).flatMap(importsOf);

/** Why an import is not allowed, or undefined. */
function downstream({ file, target }: Import): string | undefined {
  if (target === undefined || !file.includes("/")) return undefined;
  const from = file.split("/")[0];
  const to = target.split("/")[0];
  if (shell.includes(from)) {
    return shell.indexOf(to) > shell.indexOf(from) ? `${file} imports ${target}` : undefined;
  }
  const allowed = layers.slice(0, layers.indexOf(from) + 1);
  return allowed.includes(to) ? undefined : `${file} imports ${target}`;
}

test("imports point upstream only", () => {
  expect(imports.length).toBeGreaterThan(10);
  expect(imports.map(downstream).filter(Boolean)).toEqual([]);
});

test("the compiler is imported as a CommonJS module, from its compiled code", () => {
  // From an ES module, Node would scan it for the names it exports: half a second at every session's start.
  const direct = imports.filter(({ specifier }) => specifier === "typescript");
  expect(direct.map(({ file }) => file)).toEqual([]);
  expect(imports.some(({ target }) => target === "kernel/typescript.cjs")).toBe(true);
});

/** Files that import each other, directly or through others, as one line each: `a.ts > b.ts > a.ts`. */
function circles(all: readonly Pick<Import, "file" | "target">[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { file, target } of all) {
    if (target === undefined) continue;
    targets.set(file, [...(targets.get(file) ?? []), target.replace(/\.([cm]?)js$/, ".$1ts")]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file].join(" > "));
    if (at >= 0 || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return found;
}

test("no files import each other in a circle, types and late imports included", () => {
  expect(circles(imports)).toEqual([]);
});

test("the check sees a circle", () => {
  const edges: [string, string][] = [
    ["read/a.ts", "read/b.js"],
    ["read/b.ts", "read/c.js"],
    ["read/c.ts", "read/b.js"],
  ];
  expect(circles(edges.map(([file, target]) => ({ file, target })))).toEqual([
    "read/b.ts > read/c.ts > read/b.ts",
  ]);
});

test("the check sees a downstream import", () => {
  const wrong = { file: "read/detect.ts", specifier: "../chart/x.js", target: "chart/x.js" };
  expect(downstream(wrong)).toBe("read/detect.ts imports chart/x.js");
});

test("every folder is a layer or the shell", () => {
  const folders = new Set(
    imports.map(({ file }) => file.split("/")[0]).filter((name) => !name.endsWith(".ts")),
  );
  expect([...folders].filter((name) => ![...layers, ...shell].includes(name))).toEqual([]);
});

test("only entry points touch files", () => {
  const touching = imports.filter(({ specifier }) => /^node:(fs|child_process|net|http)/.test(specifier));
  const wrong = touching.filter(({ file }) => !mayTouchFiles.some((allowed) => allowed.test(file)));
  expect(wrong).toEqual([]);
});
