import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const bin = join(root, "kernel-lib/bin/tracebook.js");
const equal = join(root, "test/fixtures/equal-runs");
const folder = mkdtempSync(join(tmpdir(), "tracebook-diff-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function diff(...args: string[]) {
  return spawnSync(process.execPath, [bin, "diff", ...args], { encoding: "utf8" });
}

function diffJson(before: string, after: string) {
  const { status, stdout, stderr } = diff(before, after, "--json");
  expect([status, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

/** A folder with some of the equal runs, their durations as they are or all of them longer by a factor. */
function repeats(name: string, runs: readonly number[], factor = 1): string {
  const out = join(folder, name);
  mkdirSync(out);
  for (const run of runs) {
    const text = gunzipSync(readFileSync(join(equal, `run-${run}.operations.csv.gz`))).toString();
    const [clock, header, ...rows] = text.trimEnd().split("\n");
    const at = header.split(",").indexOf("dur_ns");
    const longer = rows.map((row) => {
      const cells = row.split(",");
      cells[at] = String(Math.round(Number(cells[at]) * factor));
      return cells.join(",");
    });
    writeFileSync(join(out, `run-${run}.csv`), `${[clock, header, ...longer].join("\n")}\n`);
  }
  return out;
}

const every = [1, 2, 3, 4, 5, 6, 7, 8];

describe("operations logs", () => {
  test.each([1, 3, 5, 7])("equal run %i is not called different from the next one", (run) => {
    const [before, after] = [run, run + 1].map((one) => join(equal, `run-${one}.operations.csv.gz`));
    const { verdict, changes } = diffJson(before, after);
    expect(verdict).not.toBe("changed");
    expect(changes).toEqual([]);
  });

  test("every request twice and a half as long is called higher, the ratio inside its interval", () => {
    const { verdict, changes } = diffJson(repeats("as-it-was", every), repeats("longer", every, 2.5));
    expect(verdict).toBe("changed");
    expect(changes[0]).toMatchObject({ direction: "higher" });
    for (const { ratio, low, high } of changes) {
      expect(low ?? Number.NEGATIVE_INFINITY).toBeLessThanOrEqual(ratio);
      expect(high ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(ratio);
    }
    const effects = changes.map(({ ratio }: { ratio: number }) => Math.abs(Math.log(ratio)));
    expect(effects).toEqual([...effects].sort((a, b) => b - a));
  });
});

describe("traces", () => {
  const trace = join(root, "test/fixtures/go-trace-load/load.trace");

  test("one run against itself cannot tell, and says what would", () => {
    const { verdict, changes, why } = diffJson(trace, trace);
    expect([verdict, changes]).toEqual(["cannot-tell", []]);
    expect(why).toMatch(/^1 against 1 runs, .* runs a side would tell/);
  });

  test("the page has one sentence first", () => {
    expect(diff(trace, trace).stdout).toMatch(/^Cannot tell whether anything changed\.\n/);
  });
});

test("captures of two kinds are refused in one line", () => {
  const { status, stderr } = diff(
    join(equal, "run-1.operations.csv.gz"),
    join(root, "datasets/spikes-short/go1.26.trace"),
  );
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^tracebook: .*hold captures of several kinds or of none that is compared \(operations, go-trace\); give traces or operations logs on both sides\n$/,
  );
});
