import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import type { GoTestJsonCapture } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { readGoTestJson } from "#lib/read/go-test-json/read-go-test-json.js";
import { openInput } from "#lib/read/open-input.js";
import { countLines } from "../../support/count-lines.js";

const path = resolve(import.meta.dirname, "../../fixtures/go-test-json/go-test.json");

test("is recognised, with an event a line", async () => {
  const run = (await load(path)) as GoTestJsonCapture;
  expect(run.kind).toBe("go-test-json");
  expect(run.testEvents.numRows()).toBe(countLines("", path));
  expect(run.unparsed.numRows()).toBe(0);
});

test("tests end as go test says", async () => {
  const run = (await load(path)) as GoTestJsonCapture;
  const rows = run.tests.objects() as { test: string; result: string; output: string }[];
  const result = Object.fromEntries(rows.map((row) => [row.test, row.result]));
  expect(result).toMatchObject({
    TestAdds: "pass",
    TestTable: "pass",
    "TestTable/small": "pass",
    "TestTable/large": "pass",
    TestSkipped: "skip",
    TestFails: "fail",
  });
  expect(rows.find((row) => row.test === "TestFails")?.output).toContain("got 3, want 4");
  expect(run.summary().packages).toMatchObject([{ package: "example.com/runtimedump", result: "fail" }]);
});

test("a run that was cut leaves its test unfinished and the cut line in unparsed", async () => {
  const lines = readFileSync(path, "utf8").split("\n");
  const bytes = Buffer.from(`# example.com/x\n${lines[0]}\n${lines[1]}\n${lines[2].slice(0, 40)}`);
  const run = await readGoTestJson(await openInput(bytes));
  expect(run.tests).toMatchObject([{ test: "TestAdds", result: "unfinished", elapsed_ns: null }]);
  expect([...run.unparsed.line]).toEqual([1, 4]);
});
