import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { full } from "../full.js";
import { charts } from "./catalogue.js";

// JupyterLab 4 draws with Vega-Lite 5, whose package will not be installed beside Vega 6: a folder of its own has it,
// made by npm install --prefix FOLDER vega@5 vega-lite@5.6.1 (.ci/run does).
const folder = process.env.TRACEBOOK_VEGA_LITE_5 ?? "";
const there = full && folder !== "" && existsSync(join(folder, "node_modules/vega-lite/package.json"));

test.skipIf(!there)("every chart compiles without a warning under Vega-Lite 5.6", async () => {
  const require = createRequire(join(folder, "package.json"));
  const { compile, version } = require("vega-lite") as {
    version: string;
    compile: (spec: object, options: object) => { spec: { marks: unknown[] } };
  };
  expect(version).toMatch(/^5\.6\./);
  for (const [name, make] of Object.entries(charts)) {
    const warnings: string[] = [];
    const { spec } = compile(await make(), { logger: loggerInto(warnings) });
    expect.soft(warnings, name).toEqual([]);
    expect.soft(spec.marks.length, name).toBeGreaterThan(0);
  }
});

/** A logger that keeps errors and warnings. */
function loggerInto(warnings: string[]): object {
  const note = (...message: unknown[]): unknown => {
    warnings.push(message.map(String).join(" "));
    return logger;
  };
  const quiet = (): unknown => logger;
  const logger = { level: () => 1, error: note, warn: note, info: quiet, debug: quiet };
  return logger;
}
