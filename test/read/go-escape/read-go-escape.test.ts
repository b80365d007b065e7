import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { GoEscapeCapture } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { readGoEscape } from "#lib/read/go-escape/read-go-escape.js";
import { openInput } from "#lib/read/open-input.js";
import { countLines } from "../../support/count-lines.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures/go-escape");
const reports = ["go1.19.13-m.txt", "go1.26.8-m.txt", "go1.19.13-m2.txt", "go1.26.8-m2.txt"];

// What grep counts in the same file, phrase by phrase.
const phrases: [verdict: string, pattern: string][] = [
  ["escapes", "escapes to heap$"],
  ["does-not-escape", "does not escape$"],
  ["moved-to-heap", ": moved to heap: "],
  ["leaking-param", ": leaking param: "],
  ["can-inline", ": can inline "],
  ["cannot-inline", ": cannot inline "],
  ["inlining-call", ": inlining call to "],
  ["explanation", "(escapes to heap|leaks to) .*:$|escapes to heap:$"],
];

describe.each(reports)("%s", (name) => {
  const path = resolve(fixtures, name);

  test("is recognised and nothing in it is lost", async () => {
    const report = (await load(path)) as GoEscapeCapture;
    expect(report.kind).toBe("go-escape");
    expect(report.unparsed.numRows()).toBe(0);
    expect(report.summary().lines).toBe(countLines("", path));
  });

  test.each(phrases)("%s lines are as many as grep counts", async (verdict, pattern) => {
    const { rows } = await readGoEscape(await openInput(readFileSync(path)));
    expect(rows.filter((row) => row.verdict === verdict)).toHaveLength(countLines(pattern, path));
  });
});

test("a heading keeps its reasons, every flow line of the report included", async () => {
  const path = resolve(fixtures, "go1.26.8-m2.txt");
  const { rows } = await readGoEscape(await openInput(readFileSync(path)));
  const steps = rows.flatMap((row) => row.flow?.split("\n") ?? []);
  expect(steps).toHaveLength(countLines(":  +(flow: |from )", path));
  const copied = rows.find((row) => row.verdict === "explanation" && row.subject === "copied");
  expect(copied).toMatchObject({ in_function: "fill", line: 33, column: 2 });
  expect(copied?.flow).toContain("from &copied (address-of) at example.com/escape/escape.go:35:9");
});

test("inlining carries its cost and its reason", async () => {
  const { rows } = await readGoEscape(await openInput(readFileSync(resolve(fixtures, "go1.26.8-m2.txt"))));
  expect(rows.find((row) => row.subject === "small" && row.verdict === "can-inline")).toMatchObject({
    cost: 4,
    detail: "func(int) int { return n + 1 }",
    package: "example.com/escape",
  });
  expect(rows.find((row) => row.subject === "spin")).toMatchObject({
    verdict: "cannot-inline",
    detail: "unhandled op DEFER",
  });
});

test("other output of a build comes back as unparsed, with its line", async () => {
  const text = "go: downloading example.com/x v1.0.0\n./a.go:1:2: moved to heap: x\r\n\ngarbage\u0000\n";
  const { rows, unparsed } = await readGoEscape(await openInput(new TextEncoder().encode(text)));
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ file: "./a.go", line: 1, column: 2, subject: "x", report_line: 2 });
  expect(unparsed).toEqual([
    { line: 1, text: "go: downloading example.com/x v1.0.0" },
    { line: 4, text: "garbage\u0000" },
  ]);
});
