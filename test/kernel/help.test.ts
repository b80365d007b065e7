import { table } from "arquero";
import { describe, expect, test } from "vitest";
import { load } from "#lib/capture/load.js";
import { completeCell } from "#lib/kernel/help/complete-cell.js";
import { inspectCell } from "#lib/kernel/help/inspect-cell.js";

const waits = table({ g: [1, 2], cause: ["wakeup", "created"], wait_ns: [10, 20] });
const capture = await load(Buffer.from('# TYPE m counter\nm{a="1"} 1\n'));
const names = new Map<string, unknown>([
  ["waits", waits],
  ["metrics", capture],
  ["schedLatency", () => undefined],
  ["__tb_import", () => undefined],
]);

/** Completions where the bar stands. */
function complete(code: string): string[] {
  const at = code.indexOf("|");
  return completeCell(names, code.replace("|", ""), at).matches;
}

describe("completion", () => {
  test.each([
    ["waits.filter(d => d.|)"],
    ["waits.derive({ x: d => op.abs(d.|) })"],
    ["waits.filter((d) => d.g > 1).groupby('cause').rollup({ n: (d) => d.| })"],
    ["const t = waits.orderby((row) => row.|"],
  ])("%s offers the table's own columns", (code) => {
    expect(complete(code)).toEqual(["g", "cause", "wait_ns"]);
  });

  test("a column in quotes, and a part of its name", () => {
    expect(complete("waits.groupby('ca|')")).toEqual(["cause"]);
    expect(complete("waits.filter(d => d.w|)")).toEqual(["wait_ns"]);
  });

  test("a capture's table getter has that table's columns, with unit and meaning", () => {
    const code = "metrics.metricSamples.filter(d => d.un";
    const { items, start } = completeCell(names, code, code.length);
    expect(items).toMatchObject([
      { text: "unix_ms", type: "float64, ms", detail: expect.stringMatching(/^ms: /) },
    ]);
    expect(start).toBe(code.length - 2);
  });

  test("a capture's getters and methods", () => {
    expect(complete("metrics.metric|")).toEqual(["metricFamilies", "metricSamples", "metricSeries"]);
  });

  test("names of the session, JavaScript's own and keywords; not the session's inner ones", () => {
    expect(complete("sched|")).toEqual(["schedLatency"]);
    expect(complete("consol|")).toEqual(["console"]);
    expect(complete("awai|")).toEqual(["await"]);
    expect(complete("__tb|")).toEqual([]);
  });

  test("no getter is run", () => {
    const trap = {
      get boom(): never {
        throw new Error("ran");
      },
    };
    const { matches } = completeCell(new Map([["trap", trap]]), "trap.", 5);
    expect(matches).toEqual(["boom"]);
  });
});

describe("inspection", () => {
  test("a table shows its columns with units", () => {
    const { found, bundle } = inspectCell(names, "waits", 3);
    expect(found).toBe(true);
    expect(bundle["text/plain"]).toBe(
      "waits: table of 2 rows\n  g        number\n  cause    string\n  wait_ns  ns",
    );
  });

  test("a function shows its signature and docstring", () => {
    const { bundle } = inspectCell(names, "schedLatency(", 13);
    expect(bundle["text/plain"]).toMatch(/^schedLatency\n\nfunction schedLatency\(/);
    expect(bundle["text/plain"]).toContain("wait_ns");
  });

  test("what is not there is not found", () => {
    expect(inspectCell(names, "nothingLikeThis", 4)).toEqual({ found: false, bundle: {} });
  });
});
