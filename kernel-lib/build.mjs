// Builds the package: each module of its own into dist (with types, for the library and for threads), and the command
// line again as one bundle of few files into dist/bundle, because opening some hundred files is most of its start.
// Nothing is done when neither sources nor dependencies have changed.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const here = import.meta.dirname;
const workspace = resolve(here, "..");
const bundle = join(here, "dist/bundle");
const stamp = join(here, "dist/.built");

/** What the bundle begins with; add what is to start fast. All that is named here shares its modules. */
const entries = ["cli/main.ts"];

// Native code, data files looked up by path, what is loaded seldom and is large, and the compiler, whose compiled code is cached.
const external = [
  "@duckdb/node-api",
  "@observablehq/plot",
  "anafanafo",
  "gecko-profiler-demangle",
  "linkedom",
  "tslab",
  "typescript",
  "vega",
  "vega-embed",
  "vega-lite",
  "zeromq",
];

/** Everything that the output is made of, with size and time. */
function inputs() {
  const sources = readdirSync(here, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && /\.c?ts$/.test(one.name))
    .map((one) => join(one.parentPath, one.name))
    .filter((path) => !/^(?:dist|node_modules)\//.test(relative(here, path)));
  const others = [
    "kernel-lib/build.mjs",
    "kernel-lib/package.json",
    "kernel-lib/tsconfig.json",
    "tsconfig.json",
  ]
    .concat("package-lock.json")
    .map((path) => join(workspace, path));
  return [...sources, ...others]
    .sort()
    .map((path) => {
      const { size, mtimeMs } = statSync(path);
      return `${relative(workspace, path)} ${size} ${mtimeMs}`;
    })
    .join("\n");
}

function compile() {
  const compiler = join(workspace, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [compiler, "-p", here], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

async function bundleUp() {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: entries,
    outdir: bundle,
    entryNames: "[name]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    // Names stay: they stand in stack traces, and shorter ones start no faster.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: true,
    legalComments: "none",
    external,
    metafile: true,
    logLevel: "warning",
    // CommonJS packages inside ask for Node's own modules.
    banner: {
      js: 'import{createRequire as __requireFrom}from"node:module";const require=__requireFrom(import.meta.url);',
    },
  });
  const written = new Set(Object.keys(metafile.outputs).map((path) => resolve(here, path)));
  writeLicences(Object.keys(metafile.inputs), written);
  for (const name of readdirSync(bundle)) {
    if (!written.has(join(bundle, name))) rmSync(join(bundle, name), { recursive: true });
  }
}

/** The licences of the packages whose code the bundle holds. */
function writeLicences(modules, written) {
  const packages = new Set(
    modules.map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean),
  );
  const texts = [...packages].sort().map((folder) => {
    const at = resolve(here, folder);
    const { name, version, license } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
    const file = readdirSync(at).find((one) => /^licen[cs]e/i.test(one));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(at, file), "utf8") : ""}`;
  });
  const path = join(bundle, "LICENCES.txt");
  writeFileSync(path, texts.join("\n----\n\n"));
  written.add(path);
}

const now = inputs();
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== now) {
  rmSync(stamp, { force: true });
  compile();
  await bundleUp();
  writeFileSync(stamp, now);
}
