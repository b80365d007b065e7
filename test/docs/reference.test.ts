import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const docs = resolve(import.meta.dirname, "../../docs");
const { reference } = (await import(pathToFileURL(resolve(docs, "make-reference.mjs")).href)) as {
  reference(): Promise<string>;
};

test("docs/reference.md is what the library says of itself (npm run docs)", async () => {
  expect(readFileSync(resolve(docs, "reference.md"), "utf8")).toBe(await reference());
});
