import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CaptureError } from "#lib/bytes/capture-error.js";
import { readTrace } from "#lib/capture/formats.js";
import { indexBatches } from "#lib/read/trace/batch-index.js";
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

/** Lengths to cut a file to: any, and where one batch ends or the next one has its header. */
function cutLengths(bytes: Uint8Array, version: number): number[] {
  const random = seededNumbers(bytes.length);
  const anywhere = Array.from({ length: 14 }, () => 17 + random(bytes.length - 17));
  const { end } = indexBatches(bytes, 16, version).batches;
  const atBatches = Array.from({ length: 6 }, (_, at) => end.get(random(end.length)) + (at % 4));
  return [16, ...anywhere, ...atBatches].filter((length) => length <= bytes.length);
}

test.skipIf("missing" in oracle).each(captures)(
  `of %s cut short, what is beyond Go's reader is counted as salvaged${without}`,
  async (name) => {
    const whole = bytesOf(name);
    const lengths = cutLengths(whole, versionOf(name));
    const lines = runOracle("cuts", join(fixtures, name), lengths.join("\n")).out.trimEnd().split("\n");
    const theirs = lines.map((line) => Number(line.split(" ")[0]));
    const ours: number[] = [];
    for (const [at, length] of lengths.entries()) {
      const { events, salvaged_events = 0, truncated } = (await readTrace(whole.slice(0, length))).summary();
      ours.push(events - salvaged_events);
      if (lines[at].endsWith("true")) expect(truncated, `${length} bytes`).toBe(true);
    }
    expect(ours).toEqual(theirs);
  },
);

test.skipIf("missing" in oracle).each(captures)(
  `of %s with bytes changed, what is beyond Go's reader is counted as salvaged${without}`,
  async (name) => {
    const file = join(folder, name);
    for (const bytes of mutations(bytesOf(name), 16, 6)) {
      writeFileSync(file, bytes);
      const theirs = Number(/events (\d+)/.exec(runOracle("readloop", file).out)?.[1] ?? 0);
      const trace = await readTrace(bytes).catch((error) => {
        expect(error).toBeInstanceOf(CaptureError);
      });
      // Go's reader gives a Sync event before it says that there is no generation.
      if (!trace) expect(theirs).toBe(1);
      else expect(trace.summary().events - trace.salvagedEvents).toBe(theirs);
    }
  },
);

/** The N of the header `go 1.N trace` that the Go which wrote a capture gives it. */
function versionOf(name: string): number {
  return Number(/^go1\.(\d+)/.exec(name)?.[1]);
}
