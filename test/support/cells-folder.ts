import { mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

// What a person keeps beside a notebook.
const files: Readonly<Record<string, string>> = {
  "lib/waits.ts":
    'import { unit } from "./units.ts";\nimport type { Wait } from "./types.ts";\nexport const label = (wait: Wait): string => `${wait.ns} ${unit}`;\nexport default class Waits {\n  constructor(readonly list: Wait[]) {}\n}\n',
  "lib/units.ts": 'export const unit: string = "ns";\n',
  "lib/types.ts": "export interface Wait {\n  ns: number;\n}\n",
  "lib/index.ts": 'export * from "./units.js";\nexport const from = "index";\n',
  "lib/edited.ts":
    'import { unit } from "./edited-too.ts";\nexport const text = (): string => `1 ${unit}`;\n',
  "lib/edited-too.ts": 'export const unit: string = "ms";\n',
  "lib/throws.ts":
    "interface Reason {\n  text: string;\n}\n\nexport function fail(reason: Reason): never {\n  throw new RangeError(reason.text);\n}\n",
  "lib/broken.ts": "export const first = 1;\nexport const = 2;\n",
  "lib/plain.mjs": 'export const kind = "module";\n',
  "lib/old.cjs": 'exports.kind = "commonjs";\n',
  "lib/assembled.cjs": 'module.exports = Object.fromEntries([["late", "by hand"]]);\n',
  "lib/state.ts": "export const state = { n: 0 };\n",
  "lib/bump.ts": 'import { state } from "./state.ts";\nexport const bump = (): number => ++state.n;\n',
  "limits.json": '{ "p99_ns": 1500, "names": ["a", "b"] }\n',
  "pause.csv": "start_ns,dur_ns\n0,5\n10,7\n",
};

/** A folder with files beside a notebook that sees the project's packages; to be removed by whoever asked. */
export function makeCellsFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tracebook-everyday-")));
  mkdirSync(join(folder, "lib"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const { dependencies } = JSON.parse(readFileSync(join(root, "kernel-lib/package.json"), "utf8"));
  const manifest = { name: "everyday", type: "module", dependencies: { ...dependencies, tracebook: "*" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  return folder;
}
