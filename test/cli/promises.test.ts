import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { progress } from "#lib/cli/progress.js";
import { full } from "../full.js";
import { hasTool } from "../support/has-tool.js";

const bin = resolve(import.meta.dirname, "../../kernel-lib/bin/tracebook.js");
const root = resolve(import.meta.dirname, "../..");
const fixtures = resolve(import.meta.dirname, "../fixtures");
const prometheus = join(fixtures, "prometheus/openmetrics.txt");
const trace = join(fixtures, "go-trace/go1.26.8.trace");
const fresh = () => realpathSync(mkdtempSync(join(tmpdir(), "tracebook-promises-")));

function tracebook(args: string[], cwd = root, input?: string | Uint8Array) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    encoding: "utf8",
    cwd,
    ...(input !== undefined && { input }),
  });
  return { status, stdout, stderr };
}

/** A notebook whose first cell is tagged `parameters`. */
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

/** Exit 2 and one line that fits. */
function refused({ status, stdout, stderr }: ReturnType<typeof tracebook>, message: RegExp): void {
  expect(stderr).toMatch(/^tracebook: [^\n]+\n$/);
  expect(stderr).toMatch(message);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
}

describe("--param", () => {
  const folder = fresh();
  writeFileSync(join(folder, "here.csv"), "# clock=unix\nstart_ns,dur_ns,kind\n1,2,get\n");
  mkdirSync(join(folder, "nb"));
  writeFileSync(join(folder, "nb/shipped.csv"), "x\n");
  const path = notebookFile(
    join(folder, "nb"),
    "a.ipynb",
    `let n = 1; let word = "x"; let mode: "fast" | "slow" = "fast"; const list: readonly number[] = []; let on = false;
     let limit: number | null = null; let file = "shipped.csv"; let files = ["./shipped.csv"];`,
    `JSON.stringify([n, word, mode, list, on, limit, file, files])`,
  );
  const run = (...params: string[]) =>
    tracebook(["run", path, "--to", "ipynb", ...params.flatMap((one) => ["--param", one])], folder);
  const shown = () => {
    const { cells } = JSON.parse(readFileSync(join(folder, "out/a.ipynb"), "utf8"));
    return JSON.parse(cells.at(-1).outputs[0].data["text/plain"].slice(1, -1));
  };

  test("values of every type arrive", () => {
    const given = ["n=-2.5", "word=41", "mode=slow", "list=[1,2]", "on=true", "limit=7"];
    const files = ["file=here.csv", 'files=["here.csv","nb/shipped.csv"]'];
    expect(run(...given, ...files)).toMatchObject({ status: 0, stderr: "" });
    const here = join(folder, "here.csv");
    expect(shown()).toEqual([
      -2.5,
      "41",
      "slow",
      [1, 2],
      true,
      7,
      here,
      [here, join(folder, "nb/shipped.csv")],
    ]);
  });

  test.each([
    ["nn=2", /a\.ipynb: has no parameter "nn"; there are n, word, mode, list, on, limit, file, files/],
    ["toString=2", /has no parameter "toString"/],
    ["n=two", /--param n: "two" is not a number/],
    ['n="2"', /--param n: .* is not a number/],
    ["mode=medium", /"medium" is not "fast" or "slow"/],
    ["list=3", /"3" is not a list of numbers; write --param 'list=\[\.\.\.\]'/],
    ['list=["a"]', /is not a list of numbers/],
    ["on=yes", /"yes" is not true or false/],
    ["limit=none", /"none" is not a number or null/],
    [
      "file=gone.csv",
      /there is no gone\.csv; looked for .*gone\.csv: paths are relative to the working directory/,
    ],
    ['files=["shipped.csv"]', /there is no shipped\.csv/],
  ])("%s is refused before anything runs", (param, message) => {
    refused(run(param), message);
  });

  test("a notebook without such a cell has none", () => {
    const plain = join(folder, "plain.ipynb");
    writeFileSync(plain, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] }));
    refused(tracebook(["run", plain, "--param", "n=1"], folder), /it has no cell tagged parameters/);
  });
});

describe("one file of several that cannot be read", () => {
  const folder = fresh();
  writeFileSync(join(folder, "bad.trace"), "Dear diary,\nnothing happened.\n");

  test("diagnose reports on the others, says so and exits with 2", () => {
    const { status, stdout, stderr } = tracebook(
      ["diagnose", trace, "bad.trace", "gone.log", "--json"],
      folder,
    );
    expect(status).toBe(2);
    expect(stderr.trim().split("\n")).toHaveLength(2);
    expect(stderr).toMatch(
      /^tracebook: bad\.trace: looks like text[^\n]*\ntracebook: gone\.log: there is no such file/,
    );
    expect(JSON.parse(stdout).missing.join("\n")).toMatch(/bad\.trace[\s\S]*gone\.log/);
    expect(tracebook(["diagnose", trace, "bad.trace"], folder).stdout).toMatch(/Not known:.*bad\.trace/);
  });

  test("diagnose with none left says each", () => {
    refused(tracebook(["diagnose", "bad.trace"], folder), /bad\.trace: looks like text/);
  });

  test("a notebook's page shows it, and run and start exit with 2", () => {
    mkdirSync(join(folder, "notebooks/templates"), { recursive: true });
    notebookFile(
      join(folder, "notebooks/templates"),
      "latency.ipynb",
      `let files: string[] = ["../../bad.trace"]`,
      `import { loadEach } from "tracebook"; const { captures, unread } = await loadEach(files); unread`,
      `captures.map((one) => one.kind).join()`,
    );
    const { status, stdout, stderr } = tracebook(["start", prometheus, "bad.trace"], folder);
    expect(stderr).toMatch(/^tracebook: .*bad\.trace: looks like text[^\n]*\n$/);
    expect(status).toBe(2);
    expect(stdout.trim()).toBe(join(folder, "out/index.html"));
    const page = readFileSync(join(folder, "out/latency/latency.html"), "utf8");
    expect(page).toMatch(/1 of 2 files could not be read[^<]*\n[^<]*bad\.trace: looks like text/);
    expect(page).toContain("prometheus");
  });
});

describe.skipIf(!full)("start", () => {
  const folder = fresh();
  mkdirSync(join(folder, "notebooks/templates"), { recursive: true });
  mkdirSync(join(folder, "notebooks/more"));
  const judge = `import { verdict } from "tracebook"; verdict("a", { says: "s", verdict: "holds", measured: { value: "1" }, reading: "r" })`;
  notebookFile(join(folder, "notebooks"), "a.ipynb", "1", judge);
  notebookFile(join(folder, "notebooks/more"), "a.ipynb", "'another'");
  notebookFile(join(folder, "notebooks"), "index.ipynb", "'not the contents'");
  notebookFile(
    join(folder, "notebooks/templates"),
    "latency.ipynb",
    `let files: string[] = []`,
    "files.length",
  );
  const text = (name: string) => readFileSync(join(folder, "out", name), "utf8");

  test("notebooks of one name get pages of their own, and none is the contents page", () => {
    expect(tracebook(["start"], folder)).toMatchObject({ status: 0, stderr: "" });
    expect(text("a.html")).toContain("holds");
    expect(text("more-a.html")).toContain("another");
    expect(text("index-2.html")).toContain("not the contents");
    expect(text("index.html")).toMatch(/href="a\.html"[\s\S]*href="index-2\.html"[\s\S]*href="more-a\.html"/);
  });

  test("a report on captures has its own folder, and the contents page links to it", () => {
    const [index, ledger] = [text("index.html"), text("ledger.json")];
    expect(tracebook(["start", prometheus], folder)).toMatchObject({ status: 0, stderr: "" });
    expect(text("ledger.json")).toBe(ledger);
    const link =
      '<p class="reports"><a href="latency/index.html">Latency report on your own captures</a></p>';
    expect(text("index.html").replace(link, "")).toBe(index);
    expect(text("latency/index.html")).toContain('href="../index.html"');
    // Again: one link; and the chapters' next run keeps it.
    tracebook(["start", prometheus], folder);
    expect(text("index.html").split(link)).toHaveLength(2);
    tracebook(["start"], folder);
    expect(text("index.html")).toContain(link);
  });

  test("run too", () => {
    const paths = ["notebooks/a.ipynb", "notebooks/more/a.ipynb"];
    const { stdout } = tracebook(["run", ...paths, "--out", "both"], folder);
    expect(stdout).toBe("both/a.html\nboth/more-a.html\n");
  });
});

describe("nothing is written over", () => {
  test("export, run and start refuse an output that is an input, by any link", () => {
    const folder = fresh();
    const copy = join(folder, "m.prom");
    writeFileSync(copy, readFileSync(prometheus));
    symlinkSync("m.prom", join(folder, "link"));
    const exported = (out: string) =>
      tracebook(["export", "m.prom", "--table", "diagnostics", "--out", out], folder);
    refused(exported("m.prom"), /m\.prom: is what is read; name another file/);
    refused(exported("link"), /link: is m\.prom, which is read/);
    expect(readFileSync(copy)).toEqual(readFileSync(prometheus));
    const path = notebookFile(folder, "a.ipynb", "1");
    const before = readFileSync(path, "utf8");
    refused(tracebook(["run", path, "--out", ".", "--to", "ipynb"], folder), /a\.ipynb, which is read/);
    expect(readFileSync(path, "utf8")).toBe(before);
    mkdirSync(join(folder, "notebooks"));
    notebookFile(join(folder, "notebooks"), "a.ipynb", "1");
    writeFileSync(join(folder, "notebooks/ledger.json"), "{}");
    refused(tracebook(["start", "--out", "notebooks"], folder), /ledger\.json: is what is read/);
  });

  test("an export that cannot be made leaves the file that was there", () => {
    const out = join(fresh(), "x.csv");
    writeFileSync(out, "old");
    refused(tracebook(["export", prometheus, "--table", "nope", "--out", out]), /no table "nope"/);
    expect(readFileSync(out, "utf8")).toBe("old");
  });

  const edited = async (args: string[], folder: string, path: string, change: string) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    const ended = new Promise((done) => child.once("exit", done));
    // The cell says when it runs, and waits for the edit.
    while (!existsSync(join(folder, "runs"))) await new Promise((done) => setTimeout(done, 20));
    writeFileSync(path, change);
    writeFileSync(join(folder, "edited"), "");
    return { status: await ended, stderr };
  };
  const waits = `import { existsSync, writeFileSync } from "node:fs"; writeFileSync("runs", "");
    while (!existsSync("edited")) await new Promise((done) => setTimeout(done, 20));`;

  test("refresh keeps an edit made meanwhile, and says so", async () => {
    const folder = fresh();
    const path = notebookFile(folder, "a.ipynb", waits);
    const change = `${readFileSync(path, "utf8")}\n`;
    const { status, stderr } = await edited(["refresh", "a.ipynb"], folder, path, change);
    expect(stderr).toBe(
      "tracebook: a.ipynb: was changed meanwhile; it is left as it is; run the command again\n",
    );
    expect(status).toBe(1);
    expect(readFileSync(path, "utf8")).toBe(change);
  });

  test.skipIf(!full)("run --to ipynb keeps one made in its last outputs", async () => {
    const folder = fresh();
    notebookFile(folder, "a.ipynb", waits);
    mkdirSync(join(folder, "out"));
    const out = join(folder, "out/a.ipynb");
    writeFileSync(out, "before");
    const { status, stderr } = await edited(["run", "a.ipynb", "--to", "ipynb"], folder, out, "an edit");
    expect(stderr).toMatch(/^tracebook: out\/a\.ipynb: was changed meanwhile[^\n]*\n$/);
    expect(status).toBe(2);
    expect(readFileSync(out, "utf8")).toBe("an edit");
  });

  test.skipIf(!full)("a failed run does not take the place of a good one", () => {
    const folder = fresh();
    notebookFile(folder, "a.ipynb", "let fails = false", "if (fails) throw new Error('no'); 'good'");
    const run = (value: string) =>
      tracebook(["run", "a.ipynb", "--to", "ipynb", "--param", `fails=${value}`], folder);
    expect(run("false").status).toBe(0);
    const good = readFileSync(join(folder, "out/a.ipynb"), "utf8");
    const { status, stdout, stderr } = run("true");
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /out\/a\.ipynb: keeps the outputs it had, for this run failed; it is in a\.failed\.ipynb/,
    );
    expect(stdout).toBe("out/a.failed.ipynb\n");
    expect(readFileSync(join(folder, "out/a.ipynb"), "utf8")).toBe(good);
    // refresh: the same, in place.
    const stale = notebookFile(folder, "b.ipynb", "throw new Error('no')");
    const before = readFileSync(stale, "utf8");
    expect(tracebook(["refresh", "b.ipynb"], folder).stderr).toMatch(/b\.ipynb: keeps the outputs it had/);
    expect(readFileSync(stale, "utf8")).toBe(before);
  });
});

describe("usage", () => {
  test.each([
    [["summary"], /missing required argument 'file'; tracebook summary --help shows how/],
    [["export", prometheus, "--format", "xml"], /argument 'xml' is invalid\. Allowed choices are csv/],
    [
      ["kernel", "install", "--prefux"],
      /unknown option '--prefux' \(Did you mean --prefix\?\); tracebook kernel install --help/,
    ],
    [["completion", "tcsh"], /Allowed choices are bash, zsh, fish/],
    [["summary", trace, "--from", "1000"], /"1000" has no unit; write 1s/],
    [
      ["summary", trace, "--from", "2s", "--to", "1.5s"],
      /the window from 2 s to 1\.5 s is empty; --from must be before --to/,
    ],
    [["tables", trace, "--from", "1ms", "--to", "1ms"], /the window from 1 ms to 1 ms is empty/],
    [["diagnose", "-", "-"], /standard input can be read once/],
  ])("%j is one line", (args, message) => {
    const { status, stderr } = tracebook(args, root, readFileSync(trace));
    expect(stderr).toMatch(/^tracebook: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });

  const commands = tracebook(["--help"]).stdout.match(/^ {2}(?!help)[a-z]+(?= )/gm) as string[];

  test.skipIf(!full).each(commands.map((name) => name.trim()))("%s --help has an example", (name) => {
    const { stdout } = tracebook([name, "--help"]);
    expect(stdout).toMatch(name === "kernel" ? /install/ : new RegExp(`^Example: .*tracebook ${name}`, "m"));
  });

  test("- reads standard input", () => {
    const summary = (args: string[], input?: Uint8Array) =>
      JSON.parse(tracebook(["summary", ...args, "--json"], root, input).stdout);
    for (const file of [trace, prometheus])
      expect(summary(["-"], readFileSync(file))).toEqual(summary([file]));
    refused(tracebook(["summary", "-"], root, ""), /<stdin>: is empty/);
  });

  test.skipIf(spawnSync("bash", ["--version"]).status !== 0)(
    "completion of bash offers commands, options and choices",
    () => {
      const script = `eval "$(${process.execPath} ${bin} completion bash)"
      ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _tracebook; echo "\${COMPREPLY[*]}"; }
      ask tracebook su; ask tracebook kernel un; ask tracebook export f --form; ask tracebook export f --format fo
      ask tracebook completion z`;
      const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
      expect(stderr).toBe("");
      expect(stdout).toBe("summary\nuninstall\n--format\nfolded\nzsh\n");
    },
  );

  test.each(["zsh", "fish"])("completion of %s is a script of the shell", (shell) => {
    const { status, stdout } = tracebook(["completion", shell]);
    expect(status).toBe(0);
    for (const name of commands) expect(stdout).toContain(name.trim());
    if (!hasTool(shell)) return;
    const checked = spawnSync(shell, ["-n"], { input: stdout, encoding: "utf8" });
    expect(checked.stderr).toBe("");
  });

  test("on a pipe long work says where it is, a line each, and short work nothing", () => {
    const lines: string[] = [];
    const stream = { isTTY: false, write: (text: string) => lines.push(text) } as never;
    const slow = progress(stream, 0);
    slow.at("a: reading 10 %");
    slow.at("a: \x1b[31m 20 %");
    slow.end();
    expect(lines).toEqual(["tracebook: a: reading 10 %\n", "tracebook: a: \\x1b[31m 20 %\n"]);
    const quick = progress(stream);
    quick.at("b: reading 10 %");
    quick.end();
    expect(lines).toHaveLength(2);
  });
});

test("tables of a damaged trace lists what cannot be made, with why", () => {
  const folder = fresh();
  // So short that no processor's count is in it.
  const whole = readFileSync(join(fixtures, "go-trace/go1.19.13.trace"));
  writeFileSync(join(folder, "cut.trace"), whole.subarray(0, 3000));
  const { status, stdout } = tracebook(["tables", "cut.trace", "--json"], folder);
  expect(status).toBe(0);
  const tables = JSON.parse(stdout) as { name: string; rows: number | null; why?: string }[];
  expect(tables.find(({ name }) => name === "events")?.rows).toBeGreaterThan(0);
  expect(tables.find(({ name }) => name === "mmu")).toMatchObject({
    rows: null,
    why: expect.stringMatching(/needs the metric .*gomaxprocs/),
  });
  for (const { rows, why } of tables) expect(why === undefined).toBe(rows !== null);
  expect(tracebook(["tables", "cut.trace"], folder).stdout).toMatch(
    /^mmu {2}cannot be made: mmu needs the metric/m,
  );
});
