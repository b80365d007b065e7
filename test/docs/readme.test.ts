import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { full } from "../full.js";

const root = resolve(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
/** Lines of a language's fenced blocks. */
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, text]) => text);
const commands = blocks("sh")
  .flatMap((text) => text.trim().split("\n"))
  .map((line) => line.replace(/\s+#.*$/, ""))
  .filter((line) => line.startsWith("npx tracebook "))
  .map((line) => line.replaceAll("path/to/go.trace", "test/fixtures/go-trace-load/load.trace"));

test("the README is a door of about 120 lines", () => {
  expect(readme.split("\n").length).toBeLessThanOrEqual(130);
  expect(commands.length).toBeGreaterThanOrEqual(8);
});

test.each([
  "README.md",
  "docs/notebooks.md",
  "docs/captures.md",
  "docs/questions.md",
  "docs/contributing.md",
])("links of %s lead to files that are there", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target);
  expect(links.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
});

test("the picture is what the library draws of the shipped capture (npm run docs)", async () => {
  const { picture } = (await import(pathToFileURL(join(root, "docs/make-picture.mjs")).href)) as {
    picture(): Promise<string>;
  };
  expect(readFileSync(join(root, "docs/picture.svg"), "utf8")).toBe(await picture());
});

describe.skipIf(!full)("what the README shows runs", () => {
  const out = mkdtempSync(join(root, "node_modules/.tracebook-readme-"));
  const bin = join(root, "kernel-lib/bin/tracebook.js");

  test.each(commands)("%s", (command) => {
    const line = command
      .replace("npx tracebook", `"${process.execPath}" "${bin}"`)
      .replaceAll(/(?<=--(?:out|html) )out/g, out);
    const { status, stderr } = spawnSync("bash", ["-c", line], { cwd: root, encoding: "utf8" });
    expect(status, stderr).toBe(0);
  });

  test("the five cells, in a notebook's folder", async () => {
    const { runNotebook } = await import("#lib/kernel/run-notebook.js");
    const cells = blocks("ts").map((source) => ({ cell_type: "code" as const, source, metadata: {} }));
    const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
    const result = await runNotebook(notebook, { cwd: join(root, "notebooks") });
    rmSync(out, { recursive: true, force: true });
    expect(cells).toHaveLength(5);
    const outputs = result.notebook.cells.flatMap((cell) => cell.outputs ?? []);
    expect(outputs.filter((output) => output.output_type === "error")).toEqual([]);
    expect(outputs).toHaveLength(5);
  });
});
