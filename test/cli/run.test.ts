import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const bin = resolve(import.meta.dirname, "../../kernel-lib/bin/tracebook.js");
const root = resolve(import.meta.dirname, "../..");

function tracebook(args: string[], cwd = root): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [bin, ...args], { encoding: "utf8", cwd });
}

function notebookFile(folder: string, name: string, ...sources: string[]): string {
  const path = join(folder, name);
  const cells = sources.map((source, index) => ({
    cell_type: "code",
    source,
    metadata: index === 0 ? { tags: ["parameters"] } : {},
    execution_count: null,
    outputs: [],
  }));
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  return path;
}

test("run executes with parameters and writes every form", () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-run-"));
  const path = notebookFile(folder, "a.ipynb", "let n = 1", "n + 1");
  const { status, stdout } = tracebook([
    "run",
    path,
    "--out",
    join(folder, "o"),
    "--to",
    "ipynb,md,html",
    "--param",
    "n=41",
  ]);
  expect(status).toBe(0);
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split(".").at(-1)),
  ).toEqual(["ipynb", "md", "html"]);
  const executed = JSON.parse(readFileSync(join(folder, "o/a.ipynb"), "utf8"));
  expect(executed.cells.at(-1).outputs[0].data["text/plain"]).toBe("42");
  expect(readFileSync(join(folder, "o/a.md"), "utf8")).toContain("42");
});

test("a cell that fails is exit 1, its error readable, the page written all the same", () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-run-"));
  const path = notebookFile(folder, "bad.ipynb", "1", "throw new RangeError('no such thing')");
  const { status, stdout, stderr } = tracebook(["run", path, "--out", join(folder, "o")]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/bad\.ipynb: cell 2 failed: RangeError: no such thing/);
  expect(stderr).toMatch(/1 \| throw new RangeError/);
  expect(readFileSync(stdout.trim(), "utf8")).toContain("RangeError");
});

test.each([
  [["run", "none.ipynb"], /none\.ipynb: there is no such file; check the path/],
  [["run", "package.json"], /package\.json: is not a notebook of format 4/],
  [["run", "README.md"], /README\.md: is not a notebook/],
  [["run", "x.ipynb", "--to", "pdf"], /"pdf" is not a format; formats are html, md, ipynb/],
  [["run", "x.ipynb", "--param", "novalue"], /"novalue" is not name=value/],
  [["start", "--notebooks", "nowhere"], /nowhere: there is no such folder/],
  [["start", "nothing.trace"], /nothing\.trace: there is no such file/],
])("%j is exit 2 and one line", (args, message) => {
  const { status, stderr } = tracebook(args);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("start writes the pages of the notebooks there are, and prints the verdicts and where", () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-start-"));
  mkdirSync(join(folder, "notebooks"));
  const judge = `import { verdict } from "tracebook"; verdict(52, { verdict: "holds", measured: { value: "1" }, reading: "r" })`;
  notebookFile(join(folder, "notebooks"), "b.ipynb", "1", judge);
  const { status, stdout } = tracebook(["start", "--out", "pages"], folder);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^claim 52 {2}holds/);
  expect(stdout.trim().split("\n").at(-1)).toBe(join(folder, "pages/index.html"));
});

test("start judges anybody's claims, by the list beside the notebooks", () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-own-"));
  const notebooks = join(folder, "notebooks");
  mkdirSync(notebooks);
  const claims = [
    { id: "pool", chapter: "2", says: "The pool of 8 connections was full" },
    { id: 7, says: "Retries doubled the load" },
  ];
  writeFileSync(join(notebooks, "claims.json"), JSON.stringify({ title: "Checkout, 3 May", claims }));
  const judge = `import { claimsOf } from "tracebook"; import { readFileSync } from "node:fs";
const { verdict } = claimsOf(JSON.parse(readFileSync("claims.json", "utf8")));
verdict("pool", { verdict: "partly", measured: { value: "8 of 8 in 31 % of the minutes" }, reading: "Not all day." })`;
  notebookFile(notebooks, "own.ipynb", "1", judge);
  const { status, stdout, stderr } = tracebook(["start"], folder);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toContain("claim pool  holds in part");
  expect(stdout).toContain("1 of 2 claims have a verdict\n");
  const index = readFileSync(join(folder, "out/index.html"), "utf8");
  expect(index).toContain("<h1>Checkout, 3 May</h1>");
  expect(index).toContain("<b>Claim pool</b> ");
  expect(index).toContain("1 of 2 claims have a verdict: 1 holds in part.");
  const [entry] = JSON.parse(readFileSync(join(folder, "out/ledger.json"), "utf8"));
  expect(entry).toMatchObject({ claim: "pool", chapter: "2", says: claims[0].says, notebook: "own.ipynb" });
});

test("a list of claims that is none is one line and exit 2", () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-list-"));
  mkdirSync(join(folder, "notebooks"));
  writeFileSync(join(folder, "notebooks/claims.json"), '[{ "id": 1 }]');
  const { status, stderr } = tracebook(["start"], folder);
  expect(stderr).toBe(
    'tracebook: notebooks/claims.json: claim 1 does not say anything; give it a sentence under "says"\n',
  );
  expect(status).toBe(2);
});

test("a verdict that changes fails start, by claim, until it is accepted", () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-accept-"));
  mkdirSync(join(folder, "notebooks"));
  const judge = (kind: string) =>
    `import { verdict } from "tracebook"; verdict(52, { verdict: "${kind}", measured: { value: "1" }, reading: "r" })`;
  notebookFile(join(folder, "notebooks"), "b.ipynb", "1", judge("holds"));
  expect(tracebook(["start", "--accept"], folder).status).toBe(0);
  notebookFile(join(folder, "notebooks"), "b.ipynb", "1", judge("false"));
  const { status, stderr } = tracebook(["start"], folder);
  expect(stderr).toBe(
    "tracebook: claim 52: the verdict was holds and is false (b.ipynb); --accept keeps it\n",
  );
  expect(status).toBe(1);
  expect(tracebook(["start", "--accept"], folder).stderr).toBe("");
  expect(readFileSync(join(folder, "notebooks/ledger.json"), "utf8")).toBe('{\n "52": "false"\n}\n');
});

test("refresh writes outputs into stale notebooks, and leaves one that fails as it is", () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-refresh-"));
  mkdirSync(join(folder, "notebooks/more"), { recursive: true });
  const good = notebookFile(join(folder, "notebooks/more"), "good.ipynb", "1", "41 + 1");
  const bad = notebookFile(join(folder, "notebooks"), "bad.ipynb", "1", "throw new Error('no')");
  const before = readFileSync(bad, "utf8");
  expect(tracebook(["refresh", "--check"], folder).status).toBe(1);
  expect(tracebook(["refresh"], folder).status).toBe(1);
  expect(readFileSync(bad, "utf8")).toBe(before);
  expect(JSON.parse(readFileSync(good, "utf8")).cells[1].outputs[0].data["text/plain"]).toBe("42");
  const check = tracebook(["refresh", "--check"], folder);
  expect(check.stdout).toBe("notebooks/bad.ipynb: it does not say what its outputs were made from\n");
});

test("start with captures of one's own writes the latency report", () => {
  const out = mkdtempSync(join(tmpdir(), "tracebook-latency-"));
  const captures = ["go1.26.trace", "go1.26.gctrace.log", "go1.26.operations.csv.gz"].map((name) =>
    resolve(root, "datasets/spikes", name),
  );
  const { status, stderr } = tracebook([
    "start",
    ...captures,
    resolve(root, "test/fixtures/go-asm/go1.26.8-S.txt"),
    "--out",
    out,
  ]);
  // On a busy machine a run is long enough to say where it is.
  expect(stderr.replace(/^tracebook: .*: cell \d+ of \d+\n/gm, "")).toBe("");
  expect(status).toBe(0);
  const html = readFileSync(join(out, "latency/latency.html"), "utf8");
  expect(html).not.toContain('class="error"');
  expect(html.match(/<figure class="chart">/g)?.length).toBeGreaterThanOrEqual(7);
  expect(html).toContain("no profile was given");
});
