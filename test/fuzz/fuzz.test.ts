import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";

// A short run of what `npm run fuzz` does at length, always from the same seed.
test("broken copies of the fixtures are read, or refused in one line", { timeout: 60_000 }, () => {
  const run = resolve(import.meta.dirname, "run.mjs");
  const said = execFileSync(process.execPath, [run, "--seconds", "2", "--seed", "1"], { encoding: "utf8" });
  expect(said).toMatch(/^\d+ broken copies of \d{2,} captures read, seed 1: 0 kinds of faults\n$/);
});
