import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { CaptureError } from "#lib/bytes/capture-error.js";
import { type Kind, kinds } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";

const run = resolve(import.meta.dirname, "run.mjs");

// A short run of what `npm run fuzz` does at length, always from the same seed.
test("broken copies of the fixtures are read, or refused in one line", { timeout: 60_000 }, () => {
  const said = execFileSync(process.execPath, [run, "--seconds", "2", "--cuts", "200", "--seed", "1"], {
    encoding: "utf8",
  });
  expect(said).toMatch(/^\d+ broken copies of \d{2,} captures read, seed 1: 0 kinds of faults\n$/);
});

test("a read that does not end in its time is a fault", () => {
  const args = [run, "--seconds", "1", "--cuts", "0", "--only", "hey", "--limit-ms", "0"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toMatch(/hey: takes longer than 0 ms/);
});

const found = resolve(import.meta.dirname, "../fixtures/fuzz");
test.each(readdirSync(found).filter((name) => !name.endsWith(".md")))(
  "%s, which it found, says what is wrong",
  async (name) => {
    const kind = kinds.find((one) => name.startsWith(`${one}-`)) as Kind;
    const read = await load(resolve(found, name), { kind }).catch((error: unknown) => error);
    if (!(read instanceof CaptureError)) {
      const { findings } = read as Awaited<ReturnType<typeof load>>;
      expect(findings.map(({ severity }) => severity)).not.toEqual([]);
      return;
    }
    expect(read.message).not.toContain("\n");
  },
);
