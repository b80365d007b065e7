import { resolve } from "node:path";
import { expect, test } from "vitest";
import type { GoBenchCapture } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { readGoBench } from "#lib/read/go-bench/read-go-bench.js";
import { isBinaryUnit, tidyUnit } from "#lib/read/go-bench/tidy-unit.js";
import { openInput } from "#lib/read/open-input.js";
import { countLines } from "../../support/count-lines.js";

const fixture = (name: string): string => resolve(import.meta.dirname, "../../fixtures/go-bench", name);

test("is recognised; every result and unit is a row", async () => {
  const run = (await load(fixture("old.txt"))) as GoBenchCapture;
  expect(run.kind).toBe("go-bench");
  const rows = run.benchmarks.objects() as Record<string, unknown>[];
  for (const unit of ["ns/op", "MB/s", "B/op", "allocs/op", "record-bytes", "misses/op", "wait-ns"]) {
    const count = countLines(`^Benchmark.*[0-9] ${unit}(\t|$)`, fixture("old.txt"));
    expect(count).toBeGreaterThan(0);
    expect(rows.filter((row) => row.printed_unit === unit)).toHaveLength(count);
  }
  expect(run.unparsed.numRows()).toBe(0);
  expect(rows.find((row) => row.base === "Copy")).toMatchObject({
    keys: '{"size":"64"}',
    gomaxprocs: 2,
    unit: "sec/op",
    pkg: "example.com/benchmarks",
    goos: "linux",
  });
});

test("configuration changes and ends; broken results and noise stay", async () => {
  const run = (await load(fixture("odd.txt"))) as GoBenchCapture;
  const rows = run.benchmarks.objects() as Record<string, unknown>[];
  expect(rows.map(({ pkg }) => pkg)).toContain("example.com/b");
  expect(run.unparsed.objects()).toEqual([
    { line: 10, text: "BenchmarkBroken-4 some output of the program" },
    { line: 11, text: "BenchmarkShort-4 \t10" },
  ]);
  expect(run.table("benchmark_units").objects()).toMatchObject([
    { unit: "text-bytes", key: "assume", value: "exact" },
    { unit: "text-bytes", key: "better", value: "lower" },
  ]);
});

test("units are tidied as golang.org/x/perf/benchunit does", () => {
  // From its tidy_test.go and parse_test.go.
  const cases: [string, string, number][] = [
    ["ns/op", "sec/op", 1e-9],
    ["x-ns/op", "x-sec/op", 1 / 1e9],
    ["MB/s", "B/s", 1e6],
    ["MB*MB", "B*B", 1e12],
    ["B/op", "B/op", 1],
    ["op/ns", "op/ns", 1],
    ["ns/MB", "sec/MB", 1 / 1e9],
  ];
  for (const [unit, tidied, factor] of cases) expect(tidyUnit(unit)).toEqual({ unit: tidied, factor });
  expect(["B/op", "MB", "x-bytes", "op/B", "sec/op"].map(isBinaryUnit)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test("a file without results is refused in one line, hostile ones are read", async () => {
  const opened = await openInput(Buffer.from("hello\n"), { name: "x.txt" });
  await expect(readGoBench(opened)).rejects.toThrow(
    'x.txt: none of its 1 lines is a benchmark\'s result; it begins with "hello\\n"',
  );
  const hostile = [
    `BenchmarkA 1 ${"9".repeat(400)} ns/op`,
    "BenchmarkB 99999999999999999999 1 ns/op",
    "BenchmarkC\u0000 1 1 ns/op",
    "BenchmarkD 1 NaN x -Inf y 1e400 z",
    "BenchmarkE 1 1 ns/op",
    `BenchmarkF 1 1 ${"u".repeat(1 << 21)}`,
  ];
  const bytes = Buffer.concat([Buffer.from(`${hostile.join("\n")}\n`), Buffer.from([0xff, 0xfe])]);
  const run = await readGoBench(await openInput(bytes));
  expect([...run.measurements].map(({ name }) => name)).toEqual(["C\u0000", "E"]);
  expect(run.unparsed.map(({ line }) => line)).toEqual([1, 2, 4, 6, 7]);
});

test("a benchmark's line that cannot be read is a loss with its place; other lines are none", async () => {
  const lines = [
    "goos: linux",
    "BenchmarkA-8 100 12 ns/op",
    "BenchmarkB-8 100 abc ns/op",
    "noise",
    "BenchmarkC",
    "BenchmarkD-8 100 7",
  ];
  const run = await load(Buffer.from(`${lines.join("\n")}\n`));
  expect(run.findings).toMatchObject([
    { code: "unparsed-result", severity: "loss", place: { line: 3 }, lost: 1 },
    { code: "unparsed-result", place: { line: 6 } },
  ]);
});

test("0 ns/op keeps its unit, as in benchfmt, and so stands apart from sec/op in comparisons", async () => {
  const run = (await load(
    Buffer.from("BenchmarkA 1 0 ns/op 0 MB/s\nBenchmarkB 1 5 ns/op 2 MB/s\n"),
  )) as GoBenchCapture;
  expect(run.benchmarks.array("unit")).toEqual(["ns/op", "MB/s", "sec/op", "B/s"]);
});
