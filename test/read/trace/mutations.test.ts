import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CaptureError } from "#lib/bytes/capture-error.js";
import { readTrace } from "#lib/capture/trace-capture.js";
import { goOracle, runOracle } from "../../support/go-oracle.js";
import { mutations, seededNumbers } from "../../support/mutations.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures/go-trace");
const captures = readdirSync(fixtures).filter((name) => /^go1\.2[2-9].*\.trace$/.test(name));
const folder = mkdtempSync(join(tmpdir(), "mutations-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const oracle = goOracle();
const without = "missing" in oracle ? `: ${oracle.missing}` : "";

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(fixtures, name)));
}

test.each(captures)("%s with bytes changed ends in tables or in one error", async (name) => {
  for (const bytes of mutations(bytesOf(name), 16, 12)) {
    for (const strict of [false, true]) {
      try {
        const trace = await readTrace(bytes, { strict });
        expect(trace.summary().events).toBe(trace.events.numRows());
        if (strict) expect(trace.findings.filter(({ severity }) => severity === "loss")).toEqual([]);
      } catch (error) {
        expect(error).toBeInstanceOf(CaptureError);
        expect((error as Error).message).not.toMatch(/\n/);
      }
    }
  }
});

test.skipIf("missing" in oracle).each(captures)(
  `of %s cut short, what is beyond Go's reader is counted as salvaged${without}`,
  async (name) => {
    const whole = bytesOf(name);
    const file = join(folder, name);
    const random = seededNumbers(whole.length);
    for (let round = 0; round < 4; round++) {
      const bytes = whole.slice(0, 64 + random(whole.length - 64));
      writeFileSync(file, bytes);
      const { out, error } = runOracle("readloop", file);
      const theirs = Number(/events (\d+)/.exec(out)?.[1] ?? 0);
      const { events, salvaged_events = 0 } = (await readTrace(bytes)).summary();
      // Where a generation's tables are missing, Go's reader may or may not hand out its first two events.
      const difference = Math.abs(events - salvaged_events - theirs);
      expect(difference, `${bytes.length} bytes: ${error}`).toBeLessThanOrEqual(2);
      expect(events).toBeGreaterThanOrEqual(theirs);
    }
  },
);
