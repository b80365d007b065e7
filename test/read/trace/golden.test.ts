import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { readTrace } from "#lib/capture/formats.js";
import { eventLines } from "../../support/event-lines.js";
import { captureRecipes, writeCapture } from "../../support/go-capture.js";
import { runOracle } from "../../support/go-oracle.js";
import { figuresOf, isV1, settledFigures, settledLines } from "../../support/trace-against-oracle.js";
import { hashedLines, type TraceGolden } from "../../support/trace-golden.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures/go-trace");

const largestFixture = 80_000;
// TRACEBOOK_UPDATE_TRACES=all makes every fixture anew, =new those that are not there; both need Go.
const update = process.env.TRACEBOOK_UPDATE_TRACES;
if (update) {
  const there = new Set(readdirSync(fixtures));
  for (const recipe of captureRecipes) {
    const file = join(fixtures, `${recipe.name}.trace`);
    if (update === "new" && there.has(`${recipe.name}.trace`)) continue;
    // A background sweeper that finds no idle processor can fill a trace with nothing but its yielding.
    do writeCapture(recipe, file);
    while (statSync(file).size > largestFixture);
    writeGolden(file);
  }
}

function writeGolden(file: string): void {
  const lines = runOracle("events", file).out.split("\n").slice(0, -1);
  const golden: TraceGolden = {
    figures: JSON.parse(runOracle("summary", file).out),
    ...hashedLines(/go1\.(19|21)\./.test(file) ? settledLines(lines) : lines),
  };
  writeFileSync(file.replace(/trace$/, "golden.json"), `${JSON.stringify(golden)}\n`);
}

const captures = readdirSync(fixtures).filter((name) => name.endsWith(".trace"));

test("there is a fixture for every recipe", () => {
  expect(captures.sort()).toEqual(captureRecipes.map(({ name }) => `${name}.trace`).sort());
});

test.each(captures)("%s is read as x/exp/trace reads it", async (name) => {
  const file = join(fixtures, name);
  const golden = JSON.parse(readFileSync(file.replace(/trace$/, "golden.json"), "utf8")) as TraceGolden;
  const trace = await readTrace(file, { strict: true });
  const figures = isV1(trace) ? settledFigures(golden.figures) : golden.figures;
  expect(figuresOf(trace)).toEqual(figures);
  const alone = await readTrace(file, { summaryOnly: true, strict: true });
  expect(figuresOf(alone)).toEqual(figures);
  expect(trace.diagnostics.numRows()).toBe(0);
  const lines = eventLines(trace);
  expect(hashedLines(isV1(trace) ? settledLines(lines) : lines)).toEqual({
    lines: golden.lines,
    blocks: golden.blocks,
  });
});
