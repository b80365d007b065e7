import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { relatedGoroutines } from "#lib/analyze/related-goroutines.js";
import { CaptureError } from "#lib/bytes/capture-error.js";
import { readTrace } from "#lib/capture/formats.js";
import type { TraceCapture } from "#lib/capture/trace-capture.js";
import { goOracle, runOracle } from "../../support/go-oracle.js";
import { filesIn, goTracePackage } from "../../support/go-root.js";
import { expectAsOracle } from "../../support/trace-against-oracle.js";
import { fuzzSeed, traceCase } from "../../support/trace-text.js";

const folder = mkdtempSync(join(tmpdir(), "go-corpus-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const go = goTracePackage();
const oracle = goOracle();
const missing = "missing" in go ? go.missing : "missing" in oracle ? oracle.missing : undefined;
const root = "path" in go ? go.path : "";
const cases = filesIn(join(root, "testdata/tests"), ".test").map((file) => [basename(file), file]);
const seeds = filesIn(join(root, "testdata/fuzz/FuzzReader")).map((file) => [basename(file), file]);

function written(name: string, bytes: Uint8Array): string {
  const file = join(folder, `${name}.trace`);
  writeFileSync(file, bytes);
  return file;
}

function textCase(name: string): Promise<TraceCapture> {
  return readTrace(traceCase(readFileSync(join(root, "testdata/tests", name), "utf8")).bytes, {
    strict: true,
  });
}

/** How reading ends: `refused` in one error, `damaged` in tables with findings, or `whole`. */
async function outcome(file: string, strict: boolean): Promise<"refused" | "damaged" | "whole"> {
  try {
    const trace = await readTrace(file, { strict });
    return trace.diagnostics.numRows() > 0 ? "damaged" : "whole";
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureError);
    return "refused";
  }
}

describe.skipIf(missing)(`the test cases of Go's own reader${missing ? `: ${missing}` : ""}`, () => {
  test("they are there", () => {
    expect(cases.length).toBeGreaterThan(0);
    expect(seeds.length).toBeGreaterThan(0);
  });

  test.each(cases)("%s", async (name, file) => {
    const { refusal, bytes } = traceCase(readFileSync(file, "utf8"));
    const trace = written(name, bytes);
    if (!refusal) return expectAsOracle(trace);
    expect(runOracle("summary", trace).error).toMatch(refusal);
    await expect(readTrace(trace, { strict: true })).rejects.toThrow(refusal);
    await expect(readTrace(trace, { strict: true })).rejects.toThrow(CaptureError);
    return undefined;
  });

  test.each(seeds)(
    "seed %s is refused under strict where Go refuses it, and else read as Go does",
    async (name, file) => {
      const trace = written(name, fuzzSeed(readFileSync(file, "utf8")));
      const { error } = runOracle("summary", trace);
      if (error === "") return expectAsOracle(trace);
      expect(await outcome(trace, true), error).toBe("refused");
      // Without strict it ends in tables that say what was lost, or in one error, whatever stands in it.
      expect(["refused", "damaged"]).toContain(await outcome(trace, false));
      return undefined;
    },
  );

  // What follows is what summary_test.go of the same package expects of three of the cases.
  test("goroutines of a program that collects all the time", async () => {
    const trace = await textCase("go122-gc-stress.test");
    const names = new Set(trace.goroutines.array("name"));
    expect(names).toContain("runtime.gcBgMarkWorker");
    expect(names).toContain("main.main.func1");
    const { block_reasons, ranges, state_ns } = trace.summary();
    expect(state_ns.Runnable).toBeGreaterThan(0);
    expect(block_reasons.sync).toBeGreaterThan(0);
    expect(ranges["GC mark assist"].total_ns).toBeGreaterThan(0);
  });

  test("goroutines that had to do with one", async () => {
    const related = relatedGoroutines(await textCase("go122-gc-stress.test"), 86);
    expect([...related.array("g")].sort((a, b) => a - b)).toEqual([25, 71, 86, 122]);
    expect(related.get("g", 0)).toBe(86);
  });

  test("regions, ended and not", async () => {
    const { regions } = (await textCase("go122-annotations.test")).summary();
    for (const name of ["task0 region", "region0", "region1", "unended region", "post-existing region"]) {
      expect(regions[name], name).toBeGreaterThan(0);
    }
  });

  test("tasks with parents, logs and children", async () => {
    const trace = await textCase("go122-annotations-stress.test");
    const tasks = trace.events.objects().filter((row) => (row as { kind: string }).kind === "TaskBegin");
    const parents = new Map(
      tasks
        .map((row) => row as { resource_id: number; value2: number })
        .map((row) => [row.resource_id, row.value2]),
    );
    expect(parents.get(3)).toBe(1);
    expect(parents.get(12)).toBe(4);
    expect(parents.get(13)).toBe(12);
    const children = (id: number) =>
      [...parents].filter(([, parent]) => parent === id).map(([child]) => child);
    expect(children(1).sort((a, b) => a - b)).toEqual([3, 7, 16]);
    expect(children(2).sort((a, b) => a - b)).toEqual([8, 17]);
    expect(children(4).sort((a, b) => a - b)).toEqual([12, 21]);
    const logs = trace.logs.objects() as { task: number; category: string; message: string }[];
    expect(
      logs.filter(({ task }) => task === 13).map(({ category, message }) => [category, message]),
    ).toEqual([["log2", "do"]]);
    expect(logs.filter(({ task }) => task === 12)).toHaveLength(7);
  });
});
