import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { full } from "../full.js";
import { KernelClient, type Received } from "../support/kernel-client.js";

let folder: string;
let kernel: KernelClient;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tracebook-language-"));
  mkdirSync(join(folder, "data", "runs"), { recursive: true });
  writeFileSync(join(folder, "data", "gc.log"), "");
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "sub", "util.ts"), "/** The answer. */\nexport const answer: number = 42;\n");
  const paths = { "@lib/*": ["./sub/*"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { paths } }));
  kernel = await KernelClient.start(undefined, { cwd: folder });
  for (const cell of [
    `import fs from "node:fs"; import { answer } from "@lib/util"; import { table } from "arquero";`,
    `const foo = { bar: (x: number) => new Date(x) }; class Foo {\n/** Says it. */\nsay(word: "yes" | "no") { return word } }`,
    `const arr = ["a"]; let changing: number = 1; interface Shape { sides: number }`,
    `const changing = "text"; function spikes(a: number) { return a }`,
    `const waits = table({ wait_ns: [1], cause: ["gc"] }); const x: any = { load: 1 };`,
  ])
    expect((await kernel.execute(cell)).reply.content.status).toBe("ok");
}, 60_000);
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (type: string, code: string) => {
  const at = code.includes("|") ? code.indexOf("|") : code.length;
  const { reply } = await kernel.request("shell", type, {
    code: code.replace("|", ""),
    cursor_pos: at,
    detail_level: 0,
  });
  return reply.content;
};

// One of each kind is asked always.
const sample = <T>(cases: T[]): T[] => (full ? cases : cases.slice(0, 2));

describe("hover", () => {
  test.each(
    sample<[string, RegExp]>([
      ["console.log", /Console\.log\(message\?: any[\s\S]*Prints to `stdout`/],
      ["fs.readFileSync", /function readFileSync\(path: [\s\S]*Returns the contents of the `path`/],
      ["foo.bar", /bar: \(x: number\) => Date/],
      ["arr.map(", /Array<string>\.map[\s\S]*callbackfn/],
      ["Math.max", /Math\.max\(\.\.\.values: number\[\]\): number/],
      ["JSON.stringify(", /JSON\.stringify\(value: any/],
      ["new Foo().say", /Foo\.say\(word: "yes" \| "no"\)[\s\S]*Says it\./],
      ["new Foo().say(", /here: word: "yes" \| "no"/],
      ["spikes", /^function spikes\(a: number\): number$/],
      ["changing", /const changing: "text"/],
      ["answer", /const answer: number[\s\S]*The answer\./],
      ["waits", /^waits: table of 1 rows\n {2}wait_ns[\s\S]*ColumnTable/],
      ["fo|o.bar", /^foo: \{ bar: /],
    ]),
  )("%s", async (code, says) => {
    const { found, data } = await ask("inspect_request", code);
    expect(found).toBe(true);
    expect((data as Record<string, string>)["text/plain"]).toMatch(says);
    expect((data as Record<string, string>)["text/plain"]).not.toMatch(/\$tb|\.tracebook-/);
  });

  test.each([["console.load"], ["nothing.load"], ["nothingHere"]])(
    "%s is not the library's",
    async (code) => {
      expect((await ask("inspect_request", code)).found).toBe(false);
    },
  );

  test("a member that has the name of a function of the library", async () => {
    const { data } = await ask("inspect_request", "x.load");
    expect((data as Record<string, string>)["text/plain"]).toBe("x.load: 1");
  });
});

describe("completion", () => {
  test.each(
    sample<[string, string]>([
      ['"abc".', "toUpperCase"],
      ["arr[0].", "slice"],
      ["foo.bar(1).", "getFullYear"],
      ["new Foo().", "say"],
      ["new Fo", "Foo"],
      ['import y from "node:f', "node:fs"],
      ['import { readFi| } from "node:fs"', "readFileSync"],
      ['import y from "@lib/', "util"],
      ['await load("./data/', "gc.log"],
      ['await load("data/r', "runs/"],
      ['fs.readFileSync("a", { ', "encoding"],
      ['new Foo().say("', "yes"],
      ["const s: Shape = { ", "sides"],
      ["cha", "changing"],
    ]),
  )("%s offers %s", async (code, wanted) => {
    const { matches, cursor_start, cursor_end } = await ask("complete_request", code);
    expect(matches).toContain(wanted);
    const at = code.includes("|") ? code.indexOf("|") : code.length;
    expect(cursor_end).toBe(at);
    // What is replaced is the beginning of what is offered.
    const typed = code.slice(cursor_start as number, at);
    expect(wanted.startsWith(typed)).toBe(true);
  });

  test("the table's columns, and nothing beside them", async () => {
    expect((await ask("complete_request", "waits.filter((d) => d.")).matches).toEqual(["wait_ns", "cause"]);
    expect((await ask("complete_request", 'waits.groupby("c')).matches).toEqual(["cause"]);
  });

  test.skipIf(!full)("while a cell is busy", async () => {
    const busy = kernel.sendCell("const until = Date.now() + 4000; while (Date.now() < until);");
    await kernel.until(() => kernel.published.some(({ parent }) => parent === busy));
    expect((await ask("complete_request", "foo.bar(1).getF")).matches).toContain("getFullYear");
    expect((await ask("inspect_request", "console.log")).found).toBe(true);
    await kernel.outcome(busy);
  });
});

describe.skipIf(!full)("type errors", () => {
  const notes = (outputs: readonly Received[]) =>
    outputs
      .filter(({ type }) => type === "display_data")
      .map(({ content }) => (content.data as Record<string, string>)["text/plain"])
      .filter((text) => text.startsWith("cell "));

  const noteOf = async (code: string) => {
    const { id } = await kernel.execute(code);
    // Checked in their order: once a later one has its note, this one has had its own.
    const after = await kernel.execute("const sure: number = 'sure'");
    await kernel.until(() => notes(kernel.of(after.id)).length > 0);
    return notes(kernel.of(id));
  };

  test("a note with line and mark beside the output of the cell, which ran", async () => {
    const [note] = await noteOf("// first\nconst n: number = 'text'; n");
    expect(note).toMatch(
      /^cell \d+:2:7: Type 'string' is not assignable to type 'number'\. \(TS2322\)\n {2}const n: number = 'text'; n\n {8}\^$/,
    );
  });

  test.each([
    ["a name assigned in a later cell", "changing2 = 3; changing2++", "let changing2 = 1"],
    ["a function that mentions what is declared later", "function early() { return lateName }", "1"],
    ["a name that was never declared", "globalName + 1", "globalThis.globalName = 2"],
    ["a last value", "arr", "1"],
    ["a top-level await and a for await", "await null; for await (const q of [Promise.resolve(1)]) q", "1"],
    [
      "what the session provides",
      "display(1); clearOutput({ wait: true }); require('node:fs').existsSync('x')",
      "1",
    ],
    ["a package without types", "import * as untyped from 'commander'; untyped", "1"],
    ["null that becomes something", "let later: string | null = null; later = 'x'", "1"],
    ["narrowing after a check", "later.length", "let later: string | undefined; later = 'x'"],
  ])("none for %s", async (_what, code, before) => {
    await kernel.execute(before);
    expect(await noteOf(code)).toEqual([]);
  });

  test("strict: the cell is not run; off: nothing is said; a cell can change its mode", async () => {
    const refused = await kernel.execute("%types strict\nglobalThis.ran = true; const m: number = 'text'");
    expect(refused.reply.content).toMatchObject({ status: "error", ename: "TypeCheckError" });
    expect((refused.reply.content.traceback as string[])[0]).toMatch(/^cell \d+:2:/);
    const quiet = await kernel.execute("%types off\nconst k: number = 'text'; typeof globalThis.ran");
    expect(quiet.reply.content.status).toBe("ok");
    await kernel.execute("%types note");
    expect(await noteOf("const j: number = 'text'")).toHaveLength(1);
    expect(notes(kernel.of(quiet.id))).toEqual([]);
  });
});
