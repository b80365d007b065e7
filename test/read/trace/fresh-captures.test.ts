import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readTrace } from "#lib/capture/formats.js";
import { captureRecipes, missingToolchain, writeCapture } from "../../support/go-capture.js";
import { goOracle } from "../../support/go-oracle.js";
import { goTool } from "../../support/go-tool.js";
import { expectAsOracle } from "../../support/trace-against-oracle.js";

const folder = mkdtempSync(join(tmpdir(), "fresh-captures-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const oracle = goOracle();
const without = "missing" in oracle ? `: ${oracle.missing}` : "";

describe.skipIf("missing" in oracle)(`fresh captures are read as x/exp/trace reads them${without}`, () => {
  test.for(captureRecipes)("$name", { timeout: 240_000 }, async (recipe, { skip }) => {
    const missing = missingToolchain(recipe.go);
    if (missing) skip(missing);
    const file = join(folder, `${recipe.name}.trace`);
    writeCapture(recipe, file);
    await expectAsOracle(file);
    await expectAsTool(file);
  });
});

/** The toolchain's own reader prints a line per event, with indented lines for its stack. */
async function expectAsTool(file: string): Promise<void> {
  const printed: Record<string, number> = {};
  for (const [, kind] of goTool("trace", "-d=parsed", file).matchAll(/^M=\S+ P=\S+ G=\S+ (\w+)/gm)) {
    printed[kind] = (printed[kind] ?? 0) + 1;
  }
  const { kinds } = (await readTrace(file, { summaryOnly: true })).summary();
  expect(kinds).toEqual(printed);
}
