import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { type Notebook, sourceText } from "#lib/kernel/notebook.js";
import { full } from "../full.js";
import { type Exchange, KernelClient } from "../support/kernel-client.js";

const root = resolve(import.meta.dirname, "../..");

const tslab = (file: string): string[] => [
  process.execPath,
  join(root, "node_modules/tslab/bin/tslab"),
  "kernel",
  `--config-path=${file}`,
];

/** What tslab's own kernel makes of cells, over Jupyter's wire. */
async function runPlain(cells: readonly string[], folder = "notebooks"): Promise<Exchange[]> {
  const kernel = await KernelClient.start(undefined, {
    command: tslab,
    cwd: join(root, folder),
    quiet: true,
  });
  try {
    const exchanges: Exchange[] = [];
    for (const cell of cells) exchanges.push(await kernel.outcome(kernel.sendCell(cell), 120_000));
    return exchanges;
  } finally {
    await kernel.stop();
  }
}

const textOf = ({ outputs }: Exchange): string => outputs.map(({ content }) => content.text ?? "").join("");

/** The cells of a notebook that tslab does not run, with what it says of them. */
async function refused(path: string): Promise<{ cell: string; text: string }[]> {
  const notebook = JSON.parse(readFileSync(join(root, path), "utf8")) as Notebook;
  const cells = notebook.cells.filter(({ cell_type }) => cell_type === "code").map(sourceText);
  const exchanges = await runPlain(cells, dirname(path));
  expect(cells.length).toBeGreaterThan(1);
  return exchanges.flatMap((exchange, at) =>
    exchange.reply.content.status === "ok" ? [] : [{ cell: cells[at], text: textOf(exchange) }],
  );
}

// Types are checked there: a cell that asks rows for columns without saying their type is refused. And one thing tslab
// 1.0.22 itself cannot: a cell with `await (` at its top, whose value's type the cell does not import by name, ends its
// process with a failed assertion (TypeScript 5.0 reparses such a cell into a file without a path).
test.skipIf(!full).each(["00-tour", "templates/latency", "gallery", "gallery-cost"])(
  "%s runs whole in a plain tslab kernel, type checks and all",
  async (notebook) => {
    expect(await refused(`notebooks/${notebook}.ipynb`)).toEqual([]);
  },
);

test.skipIf(!full)("display hands tslab a value's richest form", async () => {
  const [, chart, table] = await runPlain([
    'import * as aq from "arquero"; import { display, figure } from "tracebook"; const rows = aq.table({ n: [1, 2] });',
    'await display(figure({ title: "n", description: "n", data: { values: rows.objects() }, mark: "point", encoding: { x: { field: "n", type: "quantitative" } } }))',
    "await display(rows)",
  ]);
  const types = ({ outputs }: Exchange) => outputs.flatMap(({ content }) => Object.keys(content.data ?? {}));
  expect(types(chart)).toEqual(["application/vnd.vegalite.v5+json"]);
  expect(types(table)).toEqual(["text/html"]);
});

test.skipIf(!full)("the library's declarations hold under the TypeScript that tslab brings", () => {
  const folder = mkdtempSync(join(root, "node_modules/.tracebook-types-"));
  writeFileSync(join(folder, "a.mts"), 'export * from "tracebook";\n');
  const compilerOptions = {
    module: "nodenext",
    target: "es2022",
    lib: ["es2022", "dom"],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["a.mts"] }));
  const compiler = join(root, "node_modules/@tslab/typescript-for-tslab/lib/tsc.js");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8", cwd: root });
  rmSync(folder, { recursive: true });
  // Arquero's and flechette's own declarations ask for a newer one; what they get wrong is not ours.
  const ours = stdout
    .split("\n")
    .filter((line) => /^\S/.test(line) && !/^node_modules\/(@uwdata|arquero)\//.test(line));
  expect(stdout).toContain("node_modules/@uwdata/flechette");
  expect(ours).toEqual([]);
});

test.skipIf(!full)("a wrong type is refused there: the library's types are really seen", async () => {
  const [good, bad] = await runPlain([
    'import { readTrace } from "tracebook"; readTrace.length',
    'import { readTrace } from "tracebook"; const n: number = readTrace("x");',
  ]);
  expect(good.reply.content.status).toBe("ok");
  expect(bad.reply.content.status).toBe("error");
  expect(textOf(bad)).toMatch(/Type 'Promise<TraceCapture>' is not assignable to type 'number'/);
});
