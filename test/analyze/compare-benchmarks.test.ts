import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import {
  commonScale,
  formatDelta,
  formatEvidence,
  formatRange,
  formatScaled,
  goFixed,
  signedPercent,
} from "#lib/analyze/benchstat-format.js";
import {
  type BenchmarkComparison,
  type CompareOptions,
  compareBenchmarks,
} from "#lib/analyze/compare-benchmarks.js";
import { load } from "#lib/capture/load.js";
import { isBinaryUnit } from "#lib/read/go-bench/tidy-unit.js";
import { hasTool } from "../support/has-tool.js";

const folder = resolve(import.meta.dirname, "../fixtures/go-bench");
const fixture = (name: string): string => resolve(folder, name);

async function compare(paths: string[], labels: string[], options: CompareOptions = {}) {
  const sides = await Promise.all(
    paths.map(async (path, at) => ({
      label: labels[at],
      benchmarks: await load(path, { kind: "go-bench" }),
    })),
  );
  return compareBenchmarks(sides, options).objects() as unknown as BenchmarkComparison[];
}

/** The cells of a comparison in the order and form in which benchstat prints them. */
function cellsOf(rows: BenchmarkComparison[]): { key: string; center: number; cells: string[] }[] {
  return rows.map((row) => {
    const key = `${row.unit} ${row.benchmark} ${row.side}`;
    if (row.benchmark !== "geomean") {
      const cells = [formatRange(row), formatDelta(row), formatEvidence(row)].filter(Boolean);
      return { key, center: row.center, cells };
    }
    const ratio = Number.isNaN(row.ratio) ? [] : [signedPercent((row.ratio - 1) * 100)];
    return { key, center: row.center, cells: ratio };
  });
}

/** benchstat -format csv as the same; geometric means of a single benchmark left out, as its text does. */
function cellsOfCsv(csv: string): ReturnType<typeof cellsOf> {
  const found: ReturnType<typeof cellsOf> = [];
  for (const block of csv.split("\n\n")) {
    const lines = block.split("\n").filter((line) => /^[^:]*,/.test(line));
    if (lines.length < 3) continue;
    const sides = lines[0].split(",").filter(Boolean);
    const unit = lines[1].split(",")[1];
    const bodies = lines.slice(2);
    for (const body of bodies) {
      const [name, ...fields] = body.split(",");
      if (name === "geomean" && bodies.length === 2) continue;
      sides.forEach((side, at) => {
        const start = at === 0 ? 0 : 2 + (at - 1) * 4;
        const [center, range, delta, evidence] = fields.slice(start, start + (at === 0 ? 2 : 4));
        // A benchmark that this side lacks.
        if (name !== "geomean" && !center) return;
        const cells = [range, delta, evidence].filter(
          (cell) => cell && !(name === "geomean" && cell === "?"),
        );
        found.push({ key: `${unit} ${name} ${side}`, center: center ? Number(center) : Number.NaN, cells });
      });
    }
  }
  return found;
}

function expectSame(own: ReturnType<typeof cellsOf>, theirs: ReturnType<typeof cellsOf>): void {
  expect(own.length).toBeGreaterThan(0);
  expect(own.map(({ key, cells }) => ({ key, cells }))).toEqual(
    theirs.map(({ key, cells }) => ({ key, cells })),
  );
  own.forEach(({ key, center }, at) => {
    // Medians to the last bit; Go's Exp and Log under the geometric mean differ in it.
    if (key.includes(" geomean ") && !Number.isNaN(center)) {
      expect(Math.abs(center / theirs[at].center - 1)).toBeLessThan(1e-13);
    } else expect(center).toBe(theirs[at].center);
  });
}

const goldens: [string, string[], CompareOptions][] = [
  ["old-new", ["old.txt", "new.txt"], {}],
  ["odd-odd2", ["odd.txt", "odd2.txt"], {}],
  ["four", ["odd.txt", "old.txt", "new.txt", "odd2.txt"], { alpha: 0.2, confidence: 0.5 }],
];

describe.each(goldens)("%s", (name, files, options) => {
  test("every figure is benchstat's", async () => {
    const rows = await compare(files.map(fixture), files, options);
    expectSame(cellsOf(rows), cellsOfCsv(readFileSync(fixture(`${name}.csv`), "utf8")));
  });

  test("printed, every digit is benchstat's", async () => {
    const rows = await compare(files.map(fixture), files, options);
    const text = readFileSync(fixture(`${name}.text`), "utf8").replace(
      /[\u00b9\u00b2\u00b3\u2070-\u2079]/g,
      " ",
    );
    const printed = text.split("\n").map((line) => line.replace(/\s+/g, " ").trim());
    const lines = new Map<string, BenchmarkComparison[]>();
    for (const row of rows) {
      const key = `${row.config} ${row.unit} ${row.benchmark}`;
      lines.set(key, [...(lines.get(key) ?? []), row]);
    }
    for (const line of lines.values()) {
      const geomean = line[0].benchmark === "geomean";
      const shared = commonScale(
        line.map(({ center }) => center),
        isBinaryUnit(line[0].unit),
      );
      const cells = line.map((row, at) => {
        const scale = geomean ? commonScale([row.center], isBinaryUnit(row.unit)) : shared;
        const center = Number.isNaN(row.center) ? "" : formatScaled(row.center, scale);
        if (geomean) {
          const delta = Number.isNaN(row.ratio) ? "?" : signedPercent((row.ratio - 1) * 100);
          return [center, at > 0 ? delta : ""].filter(Boolean).join(" ");
        }
        const evidence = formatEvidence(row);
        const own = [center, "\u00b1", formatRange(row), formatDelta(row), evidence && `(${evidence})`];
        return own.filter(Boolean).join(" ");
      });
      expect(printed).toContain(`${line[0].benchmark} ${cells.filter(Boolean).join(" ")}`);
    }
  });

  test("every warning is benchstat's", async () => {
    const rows = await compare(files.map(fixture), files, options);
    const own = new Set(rows.flatMap(({ warnings }) => warnings.split("; ").filter(Boolean)));
    // `a; b` in one warning: put together again what benchstat prints as one.
    const text = readFileSync(fixture(`${name}.text`), "utf8");
    const theirs = [...text.matchAll(/^[\u00b9\u00b2\u00b3\u2070-\u2079]+ (.*)$/gm)].flatMap(([, warning]) =>
      warning.split("; "),
    );
    expect([...own].sort()).toEqual([...new Set(theirs)].sort());
  });
});

test("numbers are rounded as Go rounds them: an exact half to even", () => {
  // Each expected text is what fmt.Sprintf("%.Nf") prints.
  expect([0.5, 1.5, 2.5, -0.5, -2.5, 0.49999].map((value) => goFixed(value, 0))).toEqual([
    "0",
    "2",
    "2",
    "-0",
    "-2",
    "0",
  ]);
  expect([0.125, 0.375, 1.005, 2.675].map((value) => goFixed(value, 2))).toEqual([
    "0.12",
    "0.38",
    "1.00",
    "2.67",
  ]);
  expect(goFixed(1e300, 2)).toBe(`${BigInt(1e300)}.00`);
});

test("a side without the table is refused by name", () => {
  const source = { kind: "godebug", schemas: () => [{ name: "gc_cycles" }], table: () => ({}) as never };
  expect(() => compareBenchmarks([{ label: "x", benchmarks: source }])).toThrow(
    "compareBenchmarks needs the table benchmarks",
  );
});

const hasBenchstat = hasTool("benchstat", "-h");

test.skipIf(!hasBenchstat)("random benchmarks: every figure is the installed benchstat's", async () => {
  const random = mulberry(7);
  const dir = mkdtempSync(join(tmpdir(), "tracebook-"));
  for (let round = 0; round < 40; round++) {
    const paths = ["a.txt", "b.txt"].map((name) => {
      const path = join(dir, `${round}-${name}`);
      const lines: string[] = ["goos: linux", "pkg: example.com/random"];
      for (let bench = 0; bench < 6; bench++) {
        const runs = 1 + Math.floor(random() * (round % 4 === 0 ? 60 : 14));
        const base = 10 ** (random() * 12 - 3);
        const steps = random() < 0.5 ? 4 : 1e6;
        for (let run = 0; run < runs; run++) {
          const value = base * (1 + Math.floor(random() * steps) / steps / 3);
          const bytes = Math.floor(random() * 3) * 1024;
          lines.push(`BenchmarkX${bench}-8 ${run + 1} ${value.toPrecision(4)} ns/op ${bytes} B/op`);
        }
      }
      writeFileSync(path, `${lines.join("\n")}\n`);
      return path;
    });
    const run = spawnSync("benchstat", ["-format", "csv", ...paths], { encoding: "utf8" });
    const rows = await compare(paths, paths);
    expectSame(cellsOf(rows), cellsOfCsv(run.stdout));
  }
});

/** A small seeded generator, so that a failing round can be run again. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

test("a measurement printed as NaN stays one, and has no p", async () => {
  const text = "BenchmarkA-2 1 NaN ns/op\nBenchmarkA-2 1 3 ns/op\n";
  const run = await load(Buffer.from(text));
  expect([...run.table("benchmarks").array("printed_value")]).toEqual([Number.NaN, 3]);
  const sides = ["old", "new"].map((label) => ({ label, benchmarks: run }));
  const compared = compareBenchmarks(sides).objects() as { p: number; significant: boolean | null }[];
  expect(compared[1].p).toBeNaN();
  expect(compared[1].significant).toBe(false);
});
