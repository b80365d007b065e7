import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { Notebook, NotebookOutput } from "#lib/kernel/notebook.js";
import { type RunOptions, type RunResult, runNotebook } from "#lib/kernel/run-notebook.js";
import { full } from "../full.js";

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

test("a cell can take back what it has shown, at once or when it shows the next thing", async () => {
  const { outputs } = await run([
    "console.log('a'); clearOutput(); console.log('b')",
    "console.log('a'); clearOutput({ wait: true }); console.log('b')",
    "console.log('a'); clearOutput({ wait: true })",
  ]);
  expect(outputs.map(shown)).toEqual(["b\n", "b\n", "a\n"]);
});

test("a question mark asks for help", async () => {
  const { outputs } = await run(['import { load } from "tracebook"', "load?", "?load", "nothingOfThatName?"]);
  expect(shown(outputs[1])).toContain("CaptureError");
  expect(outputs[2]).toEqual(outputs[1]);
  expect(shown(outputs[3])).toBe("nothing is known of nothingOfThatName\n");
});

describe("failures", () => {
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

describe("outputs", () => {
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
});

test.skipIf(!full)(
  "cells leave no memory behind: 300 of them, less than a tenth of what a session holds",
  async () => {
    const collect =
      "require('node:v8').setFlagsFromString('--expose-gc'); const collect = require('node:vm').runInNewContext('gc')";
    // What two collections leave, once the compiler has warmed up.
    const live =
      "collect(); await new Promise((r) => setTimeout(r, 50)); collect(); process.memoryUsage().heapUsed";
    const cells = Array.from({ length: 320 }, (_, n) => `const kept_${n % 5} = ${n}; kept_${n % 5} + 1`);
    // The library, because an idle session loads it ahead, and the pause for the compiler's code to be kept.
    const ready = "import 'tracebook'; await new Promise((r) => setTimeout(r, 3500))";
    const { outputs } = await run([ready, collect, ...cells.slice(0, 20), live, ...cells.slice(20), live]);
    const [before, after] = [outputs[22], outputs[323]].map((one) => Number(shown(one)));
    expect(before).toBeGreaterThan(1e6);
    expect(after - before).toBeLessThan(before / 10);
  },
);

test("what a cell shows without waiting for it keeps its place", async () => {
  const chart = {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description: "a chart",
    mark: "bar",
  };
  const { outputs } = await run([
    `console.log("one"); display(${JSON.stringify({ ...chart, data: { values: [{}] } })}); console.log("two"); display(3); progress("bar").done("bar"); "last"`,
    `display(${JSON.stringify({ ...chart, data: { values: [{}] } })}); throw new Error("the end")`,
  ]);
  expect(outputs[0].map((one) => shown([one]))).toEqual(["one\n", "a chart", "two\n", "3", "bar", "'last'"]);
  expect(outputs[1].map((one) => shown([one]))).toEqual(["a chart", "Error: the end"]);
});

test("cells see the environment that the session was started in", async () => {
  const { outputs } = await run([
    "JSON.stringify(Object.keys(process.env).filter((name) => name !== '_').sort())",
  ]);
  const own = JSON.stringify(
    Object.keys(process.env)
      .filter((name) => name !== "_")
      .sort(),
  );
  expect(shown(outputs[0])).toBe(`'${own}'`);
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
