import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { formats, type Kind, kinds } from "#lib/capture/formats.js";
import { headOf, openInput } from "#lib/read/open-input.js";

const roots = ["test/fixtures", "datasets"].map((folder) => resolve(import.meta.dirname, "../..", folder));
/** Not captures, or captures that are damaged on purpose. */
const others = /\.(?:md|json5|go|py|ts|sh)$|cut|bad|error|mutations|damaged/;

/** A real capture of each kind in the list, by its content: a new kind needs a fixture and nothing here. */
export const examples: Readonly<Record<Kind, string>> = await findExamples();

async function findExamples(): Promise<Record<Kind, string>> {
  const found: Partial<Record<Kind, string>> = {};
  for (const file of roots.flatMap((root) => filesUnder(root))) {
    const { size } = statSync(file);
    if (size === 0 || size > 1_000_000 || others.test(file)) continue;
    const head = headOf(await openInput(file));
    const kind = kinds.find((one) => formats[one].detect(head));
    if (kind) found[kind] ??= file;
  }
  const missing = kinds.filter((kind) => !found[kind]);
  if (missing.length > 0) throw new Error(`there is no fixture of ${missing.join(", ")}`);
  return found as Record<Kind, string>;
}

function filesUnder(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}
