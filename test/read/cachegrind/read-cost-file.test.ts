import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CostCapture } from "#lib/capture/cost-capture.js";
import { load, topFunctions } from "#lib/index.js";
import { goTool, hasGo } from "../../support/go-tool.js";
import { hasTool } from "../../support/has-tool.js";

const fixtures = join(import.meta.dirname, "../../fixtures");
const files = ["cachegrind", "callgrind"].flatMap((kind) =>
  readdirSync(join(fixtures, kind))
    .filter((name) => name.includes(".out"))
    .map((name) => [kind, name] as const),
);
const valgrinds = files.filter(([, name]) => name.endsWith(".gz"));
// The annotators answer --version with a failure, but they answer.
const hasValgrind = ["cg_annotate", "callgrind_annotate"].every((tool) => hasTool(tool, "--version"));
const open = async (input: string | Uint8Array): Promise<CostCapture> => (await load(input)) as CostCapture;

/** What cg_annotate or callgrind_annotate lists: the costs of each `file:function`. */
function annotated(kind: string, name: string, events: readonly string[], inclusive: boolean): string[] {
  const path = join(mkdtempSync(join(tmpdir(), "tracebook-")), `${kind}.out`);
  writeFileSync(path, gunzipSync(readFileSync(join(fixtures, kind, name))));
  const all =
    kind === "cachegrind"
      ? ["--threshold=0"]
      : ["--threshold=100", `--inclusive=${inclusive ? "yes" : "no"}`];
  const tool = kind === "cachegrind" ? "cg_annotate" : "callgrind_annotate";
  const { stdout } = spawnSync(tool, [...all, "--auto=no", "--show-percs=no", path], { encoding: "utf8" });
  const [, list] = /file:function\n-+\n([\s\S]*?)(?:\n\n|\n?$)/.exec(stdout) ?? [];
  const row = new RegExp(`^((?: *(?:[\\d,]+|\\.) +){${events.length}})(\\S.*)$`);
  return list.split("\n").map((line) => {
    const [, counts, fn] = row.exec(line) ?? [];
    const plain = counts
      .trim()
      .split(/ +/)
      .map((count) => (count === "." ? "0" : count.replaceAll(",", "")));
    return `${plain.join(" ")} ${fn.replace(/ \[[^\]]*\]$/, "")}`;
  });
}

/** The same from function_costs. */
function listed(capture: CostCapture, prefix: string): string[] {
  const events = capture.summary().events as string[];
  return (capture.functionCosts.objects() as Record<string, unknown>[]).map((row) => {
    const counts = events.map((event) => row[`${prefix}${event}`]);
    return `${counts.join(" ")} ${row.file}:${row.func}`;
  });
}

test.each(files)("%s/%s is told by its content; its lines add up to its totals", async (kind, name) => {
  const stored = readFileSync(join(fixtures, kind, name));
  const capture = await open(stored);
  expect(capture.kind).toBe(kind);
  expect(capture.unparsed.numRows()).toBe(0);
  // Only valgrind writes totals; that they differ would be a finding.
  expect(capture.findings.map(({ code }) => code)).toEqual(name.endsWith(".gz") ? [] : ["no-totals"]);
  const text = (name.endsWith(".gz") ? gunzipSync(stored) : stored).toString();
  const totals = /^(?:totals|summary): *(.*)$/gm;
  const last = [...text.matchAll(totals)].at(-1)?.[1].trim().split(/\s+/).map(Number);
  if (last) expect(Object.values(capture.summary().totals as object)).toEqual(last);
});

test.skipIf(!hasValgrind).each(valgrinds)(
  "%s/%s has the self costs that valgrind's tool lists",
  async (kind, name) => {
    const capture = await open(join(fixtures, kind, name));
    const events = capture.summary().events as string[];
    const own = listed(capture, "").filter((row) => !/^(0 )+/.test(row));
    const tool = annotated(kind, name, events, false).filter((row) => !/^(0 )+/.test(row));
    expect(tool.length).toBeGreaterThan(100);
    const nonzero = (row: string): boolean =>
      row
        .split(" ")
        .slice(0, events.length)
        .some((count) => count !== "0");
    expect(own.filter(nonzero).sort()).toEqual(tool.filter(nonzero).sort());
  },
);

const callgrinds = valgrinds.filter(([kind]) => kind === "callgrind");
test.skipIf(!hasValgrind).each(callgrinds)(
  "%s/%s has the inclusive costs of callgrind_annotate",
  async (kind, name) => {
    const capture = await open(join(fixtures, kind, name));
    const events = capture.summary().events as string[];
    const own = new Set(listed(capture, "inclusive_"));
    const tool = annotated(kind, name, events, true);
    expect(tool.length).toBeGreaterThan(100);
    expect(tool.filter((row) => !own.has(row))).toEqual([]);
  },
);

test("names with and without compression, positions by line and by instruction give the same costs", async () => {
  const captures = await Promise.all(
    ["calls", "inline", "plain"].map((name) => open(join(fixtures, "callgrind", `${name}.out.gz`))),
  );
  const costs = captures.map((capture) =>
    (capture.functionCosts.objects() as { func: string; file: string; Ir: number }[])
      .map(({ func, file, Ir }) => `${file}:${func} ${Ir}`)
      .sort(),
  );
  expect(costs[1]).toEqual(costs[0]);
  expect(costs[2]).toEqual(costs[0]);
});

test("code inlined from another file is a row of its own, and belongs to the function in the top", async () => {
  const capture = await open(join(fixtures, "callgrind/calls.out.gz"));
  const rows = capture.functionCosts.objects() as {
    func: string;
    file: string;
    Ir: number;
    inclusive_Ir: number;
  }[];
  const sums = rows.filter(({ func }) => func === "sum");
  expect(sums.map(({ file }) => file.replace(/.*\//, "")).sort()).toEqual(["calls.c", "inline.h"]);
  const top = capture.topFunctions.objects() as { func: string; flat: number; cum: number }[];
  const sum = top.find(({ func }) => func === "sum");
  expect(sum?.flat).toBe(sums[0].Ir + sums[1].Ir);
  // It calls nothing, and its calls' cost includes what was inlined.
  expect(sum?.cum).toBe(sum?.flat);
  const calls = capture.table("calls").objects() as { caller: string; callee: string; count: number }[];
  expect(calls.filter(({ callee }) => callee === "sum")).toMatchObject([{ caller: "main", count: 1 }]);
  // fib(12) makes 465 calls, 464 of them to itself; callgrind names the recursive ones fib'2.
  const fib = calls.filter(({ callee, caller }) => callee.startsWith("fib") && caller.startsWith("fib"));
  expect(fib.reduce((all, { count }) => all + count, 0)).toBe(464);
});

test.skipIf(!hasGo)("the callgrind form of a pprof profile has the profile's flat values", async () => {
  const capture = await open(join(fixtures, "callgrind/pprof-cpu.out"));
  const profile = await load(join(fixtures, "pprof/go1.26.8-cpu.pb.gz"));
  const flat = (table: ReturnType<typeof topFunctions>, unit: number): string[] =>
    (table.objects() as { func: string; flat: number }[])
      .filter((row) => row.flat > 0)
      .map((row) => `${row.func} ${row.flat / unit}`)
      .sort();
  expect(flat(capture.topFunctions, 1)).toEqual(flat(topFunctions(profile as never), 1e6));
  expect(goTool("pprof", "-raw", join(fixtures, "pprof/go1.26.8-cpu.pb.gz"))).toContain("cpu/nanoseconds");
});

test("relative positions, dots, missing counts, calls without a file, several parts and lines that are none of it", async () => {
  const text = [
    "# callgrind format",
    "version: 1",
    "cmd: a b",
    "positions: instr line",
    "events: Ir Dr",
    "ob=(1) /bin/a",
    "fl=(1) a.c",
    "fn=(1) main",
    "0x10 5 7 2",
    "+4 +1 3 .",
    "* -2 1",
    "cfn=(2) f",
    "calls=3 0x40 9",
    "* * 30 12",
    "jcnd=1/2 +8 +1",
    "+0x8 *",
    "fn=(2)",
    "0x40 9 30 12",
    "what is this",
    "part: 2",
    "events: Ir Dr",
    "fl=(1)",
    "fn=(1)",
    "0x10 5 100",
    "totals: 141 14",
    "",
  ].join("\n");
  const capture = await open(Buffer.from(text));
  expect(capture.functionCosts.objects()).toEqual([
    {
      function_id: 0,
      func: "main",
      file: "a.c",
      binary: "/bin/a",
      Ir: 111,
      Dr: 2,
      inclusive_Ir: 141,
      inclusive_Dr: 14,
    },
    {
      function_id: 1,
      func: "f",
      file: "a.c",
      binary: "/bin/a",
      Ir: 30,
      Dr: 12,
      inclusive_Ir: 30,
      inclusive_Dr: 12,
    },
  ]);
  expect(capture.table("calls").objects()).toEqual([
    { caller_id: 0, caller: "main", callee_id: 1, callee: "f", line: 4, count: 3, Ir: 30, Dr: 12 },
  ]);
  expect(capture.frames.select("pc", "func", "line").objects().slice(0, 3)).toEqual([
    { pc: "0x10", func: "main", line: 5 },
    { pc: "0x14", func: "main", line: 6 },
    { pc: "0x14", func: "main", line: 4 },
  ]);
  expect(capture.unparsed.select("line", "text").objects()).toEqual([{ line: 19, text: "what is this" }]);
  expect(capture.findings).toEqual([]);
});

test("a cut file says that its lines do not add up; strict refuses foreign lines; other events are refused", async () => {
  const whole = gunzipSync(readFileSync(join(fixtures, "cachegrind/calls.out.gz"))).toString();
  const summary = whole.slice(whole.indexOf("summary:"));
  const cut = whole.slice(0, 20_000).replace(/\n[^\n]*$/, "\n");
  expect((await open(Buffer.from(cut))).findings).toMatchObject([{ code: "no-totals" }]);
  expect((await open(Buffer.from(cut + summary))).findings).toMatchObject([{ code: "totals-differ" }]);
  await expect(load(Buffer.from(`${cut}junk\n`), { strict: true })).rejects.toThrow(
    "the line is none of a cost file's",
  );
  const other = "# callgrind format\nevents: Ir\nfn=a\n1 2\nevents: Dr\nfn=a\n1 2\n";
  await expect(load(Buffer.from(other))).rejects.toThrow(
    "<bytes>:5: parts of the file count different events",
  );
});

test("damaged text gives a capture, never an error", async () => {
  const start = "# callgrind format\nevents: Ir\nfl=a.c\nfn=f\n1 2\n";
  const word = fc.constantFrom(
    "1",
    "+",
    "-",
    "*",
    "0x",
    " ",
    "\n",
    "fn=",
    "(1)",
    "calls=",
    "cfn=",
    "\0",
    "99999999999999999999",
    "=",
    ":",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 60 }), async (words) => {
      const capture = await open(Buffer.from(start + words.join("")));
      for (const { name } of capture.tables())
        expect(capture.table(name).numRows()).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 300 },
  );
});

test("the summaries of a dump's parts add up where there are no totals, which go first", async () => {
  const part = (cost: number): string => `part: 1\nsummary: ${cost}\nfl=a.c\nfn=f\n1 ${cost}\n`;
  const read = async (text: string) =>
    (await load(Buffer.from(`# callgrind format\nversion: 1\nevents: Ir\n${text}`))).findings.map(
      ({ code }) => code,
    );
  expect(await read(`${part(3)}${part(4)}`)).toEqual([]);
  expect(await read(`${part(3)}${part(4)}totals: 7\n`)).toEqual([]);
  // As real files have it: what belongs to no function is in the summary alone.
  expect(await read("summary: 9\nfl=a.c\nfn=f\n1 7\ntotals: 7\n")).toEqual([]);
  expect(await read("summary: 9\nfl=a.c\nfn=f\n1 7\n")).toEqual(["totals-differ"]);
  expect(await read(`${part(3)}totals: 7\n`)).toEqual(["totals-differ"]);
});
