import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readTrace } from "#lib/capture/formats.js";
import type { TraceCapture } from "#lib/capture/trace-capture.js";
import { captureRecipes, missingToolchain, writeCapture } from "../../support/go-capture.js";
import { goOracle, runOracle } from "../../support/go-oracle.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures/go-trace");
const captures = readdirSync(fixtures).filter((name) => name.endsWith("allocfree.trace"));
const recipes = captureRecipes.filter(({ godebug }) => godebug === "traceallocfree=1");
const folder = mkdtempSync(join(tmpdir(), "heap-objects-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const oracle = goOracle();
const without = "missing" in oracle ? `: ${oracle.missing}` : "";

interface HeapRow {
  what: string;
  address: string;
  type: string | null;
  bytes: number;
  start_ns: number;
  end_ns: number;
  g: number;
}

/** The clock snapshots and heap objects as `oracle heap` prints them. */
function heapLines(trace: TraceCapture): string[] {
  const known = (value: number): number => (Number.isNaN(value) ? -1 : value);
  const clocks = (
    trace.clockSnapshots.objects() as { time_ns: number; mono_ns: bigint; wall_ns: bigint }[]
  ).map((row) => ["clock", row.time_ns, row.mono_ns, row.wall_ns].join("\t"));
  const rows = (trace.heapObjects.objects() as HeapRow[]).map((row) =>
    [
      row.what,
      row.address,
      row.type ?? "",
      known(row.bytes),
      known(row.start_ns),
      known(row.end_ns),
      row.g,
    ].join("\t"),
  );
  return [...clocks, ...rows];
}

async function expectHeapAsOracle(file: string): Promise<void> {
  const { out, error } = runOracle("heap", file);
  expect(error).toBe("");
  expect(heapLines(await readTrace(file))).toEqual(out.trimEnd().split("\n"));
}

describe.skipIf("missing" in oracle)(
  `heap objects are those of x/exp/trace's experimental batches${without}`,
  () => {
    test.each(captures)("%s", (name) => expectHeapAsOracle(join(fixtures, name)));

    test.for(recipes)("a fresh capture, $name", { timeout: 240_000 }, async (recipe, { skip }) => {
      const missing = missingToolchain(recipe.go);
      if (missing) skip(missing);
      const file = join(folder, `${recipe.name}.trace`);
      writeCapture(recipe, file);
      await expectHeapAsOracle(file);
    });
  },
);

test.each(captures)("%s has objects with types, spans and stacks that end after they begin", async (name) => {
  const rows = (await readTrace(join(fixtures, name))).heapObjects.objects() as HeapRow[];
  expect(new Set(rows.map(({ what }) => what))).toEqual(new Set(["object", "span", "stack"]));
  expect(rows.filter(({ what, type }) => what === "object" && type).length).toBeGreaterThan(10);
  for (const { start_ns, end_ns, bytes, what } of rows) {
    expect(end_ns < start_ns).toBe(false);
    if (what !== "object") expect(bytes).toBeGreaterThan(0);
  }
});
