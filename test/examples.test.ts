import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as Plot from "@observablehq/plot";
import { desc, op, table } from "arquero";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import * as tracebook from "#lib/index.js";
import { preparedFor } from "./support/example-captures.js";

const source = resolve(import.meta.dirname, "../kernel-lib");

interface Example {
  name: string;
  file: string;
  code: string;
}

/** What follows `@example` in a doc comment, up to its end or the next tag. */
function examplesOf(file: string): Example[] {
  const text = readFileSync(resolve(source, file), "utf8");
  return [...text.matchAll(/@example\n([\s\S]*?)(?:\*\/|\n\s*\* @)([^\n]*\n[^\n]*)?/g)].map((match) => {
    const code = match[1].replace(/^\s*\* ?/gm, "").trim();
    const name = /(?:function|class|const|interface|readonly) (\w+)|^\s*(?:async )?(\w+)\(/m.exec(
      match[2] ?? "",
    );
    return { name: name?.[1] ?? name?.[2] ?? "?", file, code };
  });
}

/** `value // 3` becomes a comparison with 3; a comment in words stays one. */
function withChecks(code: string): string {
  return code.replace(/^(?!const |let |import )(.+?);? \/\/ (.+)$/gm, (line, value, told) => {
    try {
      new Function(`return (${told})`)();
    } catch {
      return line;
    }
    return `check(${value}, ${told});`;
  });
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts") && !/^(dist|node_modules)\//.test(path));
const examples = files.sort().flatMap(examplesOf);

test("there are examples, and every one has code", () => {
  expect(examples.length).toBeGreaterThan(90);
  expect(examples.filter(({ code }) => code === "")).toEqual([]);
});

describe.each(examples)("$file: $name", ({ file, code }) => {
  test("runs, and gives what it says", async () => {
    const module = await import(`#lib/${file.replace(/\.ts$/, ".js")}`);
    const check = (value: unknown, told: unknown): void => expect(value).toEqual(told);
    const scope = { ...tracebook, ...module, ...(await preparedFor(file)), Plot, op, desc, table, check };
    const { outputText } = ts.transpileModule(withChecks(code), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    // Names that an example takes for granted come from the scope; `with` is not to be had in a module.
    const AsyncFunction = (async () => undefined).constructor as new (
      ...parts: string[]
    ) => (scope: object) => Promise<void>;
    await new AsyncFunction("scope", `with (scope) { await (async () => { ${outputText} })(); }`)(scope);
  });
});
