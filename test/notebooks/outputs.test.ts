import { readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { notebooksUnder } from "#lib/cli/refresh.js";
import type { Notebook } from "#lib/kernel/notebook.js";
import { staleness } from "#lib/kernel/notebook-inputs.js";
import { acceptedOf, type ExecutedNotebook, ledger, verdictChanges } from "#lib/verdict/ledger.js";

const root = resolve(import.meta.dirname, "../..");
const paths = (await notebooksUnder(join(root, "notebooks"))).map((path) => relative(root, path));
const executed = paths.filter((path) => !path.includes("templates"));
const read = (path: string): Notebook => JSON.parse(readFileSync(join(root, path), "utf8"));

describe.each(executed)("%s", (path) => {
  test("its outputs are those of its code, captures and library", async () => {
    const reasons = await staleness(read(path), dirname(join(root, path)));
    const remedy = `${path} is stale: ${reasons.join("; ")}. Execute it again: npx tracebook refresh ${path}`;
    expect(reasons, remedy).toEqual([]);
  });
});

test("the verdicts are the accepted ones (npm start -- --accept accepts)", () => {
  const notebooks = executed.map((path) => ({
    name: basename(path),
    notebook: read(path) as ExecutedNotebook,
  }));
  const accepted = JSON.parse(readFileSync(join(root, "notebooks/ledger.json"), "utf8"));
  const entries = ledger(notebooks);
  expect(verdictChanges(accepted, entries)).toEqual([]);
  expect(accepted).toEqual(acceptedOf(entries));
});
