import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Notebook, NotebookOutput } from "#lib/kernel/notebook.js";
import { type RunOptions, type RunResult, runNotebook } from "#lib/kernel/run-notebook.js";

function notebook(...sources: string[]): Notebook {
  const cells = sources.map((source) => ({ cell_type: "code" as const, source, metadata: {} }));
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
}

async function run(
  sources: string[],
  options: RunOptions = {},
): Promise<RunResult & { outputs: NotebookOutput[][] }> {
  const result = await runNotebook(notebook(...sources), {
    cwd: import.meta.dirname,
    keepGoing: true,
    ...options,
  });
  return { ...result, outputs: result.notebook.cells.map((cell) => cell.outputs ?? []) };
}

/** The text of a cell's last value, or of what it printed. */
function shown(outputs: NotebookOutput[]): string {
  return outputs
    .map((output) => {
      if (output.output_type === "stream") return output.text;
      if (output.output_type === "error") return `${output.ename}: ${output.evalue}`;
      return String(output.data["text/plain"]);
    })
    .join("");
}

// Each row is one session: its cells, and what the last of them shows.
const language: [what: string, cells: string[], shows: string][] = [
  ["types are stripped", ["const n: number = 3; interface I { a: number }", "n as number"], "3"],
  ["const can be declared anew", ["const a = 1", "const a = 2", "a"], "2"],
  ["a class can be declared anew", ["class A { v = 1 }", "class A { v = 2 }", "new A().v"], "2"],
  ["a function can be declared anew", ["function f() { return 1 }", "function f() { return 2 }", "f()"], "2"],
  ["an enum spans cells", ["enum E { A = 3 }", "E.A"], "3"],
  ["a namespace", ["namespace N { export const v = 4 }", "N.v"], "4"],
  ["a closure sees a later assignment", ["let x = 1; const get = () => x", "x = 5", "get()"], "5"],
  ["a closure sees a later declaration", ["const ahead = () => later", "const later = 6", "ahead()"], "6"],
  ["shorthand of an earlier name", ["const x = 1", "({ x })"], "{ x: 1 }"],
  [
    "destructuring with defaults and rest",
    ["const { a = 1, ...r } = { b: 2 }, [h, ...t] = [3, 4]", "[a, r, h, t]"],
    "[ 1, { b: 2 }, 3, [ 4 ] ]",
  ],
  ["top-level await", ["const v = await Promise.resolve(7)", "v"], "7"],
  ["await in parentheses", ["(await (async () => 8)())"], "8"],
  [
    "await in a template and an argument",
    ["const id = <T>(x: T) => x; id(`${await Promise.resolve(9)}`)"],
    "'9'",
  ],
  [
    "for await",
    ["for await (const x of (async function* () { yield 1; yield 2 })()) console.log(x)"],
    "1\n2\n",
  ],
  ["a promise as last value is awaited", ["Promise.resolve(10)"], "10"],
  ["dynamic import", ["(await import('node:path')).basename('/a/b')"], "'b'"],
  [
    "a named and a default import",
    ["import fs, { readFileSync } from 'node:fs'; fs.readFileSync === readFileSync"],
    "true",
  ],
  ["a namespace import", ["import * as path from 'node:path'", "path.join('a', 'b')"], "'a/b'"],
  ["a type-only import costs nothing", ["import type { Nothing } from './there-is-none.js'; 1"], "1"],
  ["a package with top-level await", ["import * as vega from 'vega'; typeof vega.parse"], "'function'"],
  ["the library itself", ["import { claims } from 'tracebook'; claims.length"], "60"],
  ["import.meta", ["import.meta.url.startsWith('file:') && import.meta.dirname.endsWith('kernel')"], "true"],
  ["require", ["require('node:path').sep"], "'/'"],
  ["generators", ["function* g() { yield 1; yield 2 }", "[...g()]"], "[ 1, 2 ]"],
  [
    "a function has no this of its own",
    ["function self(this: unknown) { return this }", "self() === undefined"],
    "true",
  ],
  [
    "recursion",
    ["function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2) }", "fib(10)"],
    "55",
  ],
  ["functions are hoisted", ["before()\nfunction before() { return 'yes' }", "before()"], "'yes'"],
  [
    "private members and statics",
    ["class P { static n = 2; #x = 1; get x() { return this.#x + P.n } }", "new P().x"],
    "3",
  ],
  [
    "loops keep their own variables",
    ["const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i)", "fs.map((f) => f())"],
    "[ 0, 1, 2 ]",
  ],
  ["a declaration has no value to show", ["const quiet = 1"], ""],
  ["undefined is not shown", ["undefined"], ""],
  ["null is", ["null"], "null"],
  ["a bigint", ["2n ** 64n"], "18446744073709551616n"],
  ["what an aborted cell declared stays", ["const kept = 11; throw new Error('x')", "kept"], "11"],
  [
    "what it did not reach is not there",
    ["throw new Error('x'); const never = 1", "typeof never"],
    "'undefined'",
  ],
  ["an emoji in a string", ["'\u{1f389}'.length"], "2"],
  ["standard output in order", ["console.log('a'); console.error('b'); console.log('c')"], "a\nb\nc\n"],
  [
    "output of a child process",
    ["(await import('node:child_process')).execSync('echo child', { stdio: 'inherit' }); undefined"],
    "child\n",
  ],
  ["colours survive", ["console.log('\\x1b[31mred\\x1b[0m')"], "\x1b[31mred\x1b[0m\n"],
];

describe("the language of a cell", () => {
  // One session for all rows: each declares what it uses, and names that rows share are declared anew.
  let outputs: NotebookOutput[][];
  beforeAll(async () => {
    outputs = (await run(language.flatMap(([, cells]) => cells))).outputs;
  });

  test.each(language.map((row, index) => [...row, index] as const))("%s", (_what, _cells, shows, index) => {
    const last = language.slice(0, index + 1).reduce((count, [, cells]) => count + cells.length, -1);
    expect(shown(outputs[last])).toBe(shows);
  });
});

describe("errors", () => {
  test("a thrown error shows name, message and the cell's own line with a mark", async () => {
    const { outputs, failed } = await run([
      "const a: number = 1;\nfunction boom() {\n  throw new TypeError('bad');\n}\nboom();",
    ]);
    const [error] = outputs[0];
    expect(error).toMatchObject({ output_type: "error", ename: "TypeError", evalue: "bad" });
    const text = (error as { traceback: string[] }).traceback.join("\n").replaceAll(/\x1b\[\d+m/g, "");
    expect(text).toMatch(
      /at boom cell 1:3:9\n\s+2 \| function boom\(\) \{\n\s+3 \| {3}throw new TypeError\('bad'\);\n\s+\| {9}\^/,
    );
    expect(text).toMatch(/at cell 1:5:\d+$/m);
    expect(text.match(/at cell/g)).toHaveLength(1);
    expect(text).not.toMatch(/node_modules|kernel-lib|node:internal/);
    expect(failed).toEqual({ cell: 1, ename: "TypeError", evalue: "bad" });
  });

  test("a syntax error shows its line and column", async () => {
    const { outputs } = await run(["const x = 1;\nlet y: = 2;"]);
    expect(outputs[0][0]).toMatchObject({ ename: "SyntaxError", evalue: "Type expected." });
    const text = (outputs[0][0] as { traceback: string[] }).traceback
      .join("\n")
      .replaceAll(/\x1b\[\d+m/g, "");
    expect(text).toMatch(/2 \| let y: = 2;\n\s+\| {8}\^/);
  });

  test.each([
    [
      "an unhandled rejection",
      "Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 20))",
      "Error: lost",
    ],
    [
      "a throwing timer",
      "setTimeout(() => { throw new Error('tick') }, 5); await new Promise((r) => setTimeout(r, 40))",
      "Error: tick",
    ],
    ["process.exit", "process.exit(3)", "Error: process.exit(3) was called; the session goes on"],
    [
      "a package that is not there",
      "import x from 'no-such-package-here'",
      /^Error: cannot find package "no-such-package-here"; install it: npm install no-such-package-here$/,
    ],
    ["a thrown text", "throw 'plain'", "Error: 'plain'"],
  ])("%s is said, and the session lives on", async (_what, cell, message) => {
    const { outputs } = await run(["const kept = 1", cell, "kept"]);
    expect(shown(outputs[1])).toMatch(message);
    expect(shown(outputs[2])).toBe("1");
  });

  test("a session that dies says so", async () => {
    const { outputs } = await run([
      "process.kill(process.pid, 'SIGKILL'); await new Promise((r) => setTimeout(r, 2000))",
    ]);
    expect(shown(outputs[0])).toBe(
      "SessionEnded: the session's process ended (SIGKILL); its variables are lost",
    );
  });

  test("without keepGoing the cells after a failure stay without outputs", async () => {
    const { outputs, failed } = await run(["1", "nope", "3"], { keepGoing: false });
    expect(outputs.map((one) => one.length)).toEqual([1, 1, 0]);
    expect(failed).toMatchObject({ cell: 2, ename: "ReferenceError", evalue: "nope is not defined" });
  });
});

describe("files beside the notebook", () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-cells-"));

  test("TypeScript by path, JSON, and an edit two files deep", async () => {
    writeFileSync(join(folder, "deep.ts"), "export const deep: number = 1;");
    writeFileSync(
      join(folder, "helper.ts"),
      "import { deep } from './deep.js';\nexport const twice = (): number => deep * 2;",
    );
    writeFileSync(join(folder, "data.json"), '{"n": 5}');
    const edit = `require("node:fs").writeFileSync(${JSON.stringify(join(folder, "deep.ts"))}, "export const deep = 21;")`;
    const sources = [
      "import { twice } from './helper.ts'; import data from './data.json'; [twice(), data.n]",
      `await new Promise((r) => setTimeout(r, 20)); ${edit}`,
      "import { twice } from './helper'; twice()",
    ];
    const { outputs } = await run(sources, { cwd: folder });
    expect(shown(outputs[0])).toBe("[ 2, 5 ]");
    expect(shown(outputs[2])).toBe("42");
  });
});

describe("outputs", () => {
  test("a hundred thousand lines arrive whole and in order, as one stream", async () => {
    const { outputs } = await run(["for (let i = 0; i < 100000; i++) console.log(i)"]);
    expect(outputs[0]).toHaveLength(1);
    expect(shown(outputs[0]).split("\n").slice(0, -1)).toEqual(
      Array.from({ length: 100_000 }, (_, i) => String(i)),
    );
  });

  test("late output stays with its cell", async () => {
    const { outputs } = await run([
      "setTimeout(() => console.log('late'), 60)",
      "await new Promise((r) => setTimeout(r, 200)); console.log('own')",
    ]);
    expect(shown(outputs[0])).toContain("late\n");
    expect(shown(outputs[1])).toBe("own\n");
  });

  test("a table is paged HTML with units, its cells escaped", async () => {
    const { outputs } = await run([
      "import * as aq from 'arquero'; aq.table({ dur_ns: Array.from({ length: 25 }, (_, i) => i), name: new Array(25).fill('<img src=x>') })",
    ]);
    const data = (outputs[0][0] as { data: Record<string, string> }).data;
    expect(data["text/html"]).toContain("25 rows × 2 columns");
    expect(data["text/html"].match(/<details>/g)).toHaveLength(2);
    expect(data["text/html"]).not.toContain("<img");
    expect(data["text/plain"]).toMatch(/^dur_ns {2}name/);
  });

  test("a chart goes out as specification, SVG and a sentence, without HTML", async () => {
    const spec = {
      $schema: "https://vega.github.io/schema/vega-lite/v5.json",
      description: "one bar",
      data: { values: [{ a: 1 }] },
      mark: "bar",
      encoding: { x: { field: "a", type: "quantitative" } },
    };
    const { outputs } = await run([`(${JSON.stringify(spec)})`]);
    const data = (outputs[0][0] as { data: Record<string, string> }).data;
    expect(Object.keys(data)).toEqual(["application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"]);
    expect(data["image/svg+xml"]).toMatch(/^<svg xmlns=/);
    expect(data["text/plain"]).toBe("one bar");
  });

  test("Symbol.for('Jupyter.display') is honoured, display comes in the middle and is updated", async () => {
    const { outputs } = await run([
      "await display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'own' }) }, { id: 'a' }); console.log('then'); await display('new', { id: 'a', update: true }); 'last'",
    ]);
    expect(outputs[0].map((output) => output.output_type)).toEqual([
      "display_data",
      "stream",
      "execute_result",
    ]);
    expect(shown(outputs[0])).toBe("'new'then\n'last'");
  });

  test("a capture is its summary, its names escaped", async () => {
    const trace = resolve(import.meta.dirname, "../fixtures/go-trace/go1.22.12-generations.trace");
    const { outputs } = await run([
      `import { load } from 'tracebook'; load(${JSON.stringify(trace)}, { name: 'x' })`,
      "Object.defineProperty(await load(Buffer.from('BenchmarkA 1 2 ns/op\\n')), 'source', { value: { name: '<img src=x>' } })",
    ]);
    const data = (outputs[0][0] as { data: Record<string, string> }).data;
    expect(Object.keys(data)).toEqual(["text/html", "text/plain"]);
    expect(data["text/plain"]).toMatch(/generations\.trace \(go-trace\)\n {2}format: go-trace\n/);
    expect(data["text/plain"]).toContain("\n  events: 1,795\n");
    expect(data["text/html"]).toMatch(/<summary>state_ns <span[^>]*>4<\/span>/);
    const named = (outputs[1][0] as { data: Record<string, string> }).data["text/html"];
    expect(named).toContain("<strong>&lt;img src=x&gt; (go-bench)</strong>");
    expect(named).not.toContain("<img");
  });

  test("a verdict is a card", async () => {
    const { outputs } = await run([
      "import { verdict } from 'tracebook'; verdict(52, { verdict: 'holds', measured: { value: '1' }, reading: 'r' })",
    ]);
    const data = (outputs[0][0] as { data: Record<string, unknown> }).data;
    expect(data["application/vnd.tracebook.verdict+json"]).toMatchObject({ claim: 52 });
  });
});

describe("progress", () => {
  test("a bar leaves one line, with or without being ended, and without times", async () => {
    const { outputs } = await run([
      "const bar = progress('runs <b>', 3); bar.step(); await new Promise((r) => setTimeout(r, 150)); bar.update(3); bar.done('3 runs read'); bar.update(1)",
      "progress('steps', 1200).update(1000); throw new Error('half way')",
      "progress('many').update(2)",
    ]);
    expect(outputs[0].map((one) => one.output_type === "display_data" && one.data)).toEqual([
      { "text/plain": "3 runs read" },
    ]);
    expect(shown(outputs[1])).toBe("steps: 1,000 of 1,200Error: half way");
    expect(shown(outputs[2])).toBe("many: 2");
  });

  test("a long read shows itself, a short one does not", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tracebook-long-"));
    const line =
      "SCHED 1ms: gomaxprocs=2 idleprocs=1 threads=5 spinningthreads=0 idlethreads=1 runqueue=0 [0 0]\n";
    writeFileSync(join(folder, "short.log"), line);
    writeFileSync(
      join(folder, "long.log"),
      line +
        "x"
          .repeat(1023)
          .concat("\n")
          .repeat(65 << 10),
    );
    const { outputs } = await run(
      [
        "import { load } from 'tracebook'; const short = await load('short.log')",
        "const long = await load('long.log')",
        "await load('long.log', { onProgress() {} }); undefined",
      ],
      { cwd: folder },
    );
    rmSync(folder, { recursive: true });
    const bytes = (line.length + (65 << 20)).toLocaleString("en-US");
    expect(outputs.map(shown)).toEqual(["", `long.log: ${bytes} bytes read`, ""]);
  });
});

describe("parameters", () => {
  const withParameters = notebook("let file = 'a.trace'; let n = 1", "`${file} ${n}`");
  withParameters.cells[0].metadata.tags = ["parameters"];

  test("given values override the tagged cell's", async () => {
    const { notebook: done } = await runNotebook(withParameters, {
      cwd: import.meta.dirname,
      params: { file: "b.trace" },
    });
    expect(done.cells).toHaveLength(3);
    expect(shown(done.cells[2].outputs ?? [])).toBe("'b.trace 1'");
  });

  test("the notebook given stays as it is", () => {
    expect(withParameters.cells).toHaveLength(2);
    expect(withParameters.cells[0].outputs).toBeUndefined();
  });
});

test("a file that is no notebook is refused by name", async () => {
  const path = resolve(import.meta.dirname, "../../package.json");
  await expect(runNotebook(path)).rejects.toThrow("package.json: is not a notebook of format 4");
});
