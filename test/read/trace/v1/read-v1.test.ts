import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { CaptureError } from "#lib/bytes/capture-error.js";
import { readTrace } from "#lib/capture/formats.js";
import { goOracle } from "../../../support/go-oracle.js";
import { filesIn, goTracePackage } from "../../../support/go-root.js";
import { mutations } from "../../../support/mutations.js";
import { expectAsOracle } from "../../../support/trace-against-oracle.js";

const fixture = resolve(import.meta.dirname, "../../../fixtures/go-trace/go1.21.13.trace");
const bytes = new Uint8Array(readFileSync(fixture));
const oracle = goOracle();
const go = goTracePackage();
const missing = "missing" in oracle ? oracle.missing : "missing" in go ? go.missing : undefined;

describe.skipIf(missing)(
  `Go's own traces before 1.22 are read as it reads them${missing ? `: ${missing}` : ""}`,
  () => {
    const found = "path" in go ? filesIn(join(go.path, "internal/tracev1/testdata"), "_good") : [];

    test("they are there", () => {
      expect(found.length).toBeGreaterThan(0);
    });

    test.each(found.map((file) => [basename(file), file]))("%s", (_, file) => expectAsOracle(file));
  },
);

/** The fixture with a header of another version. */
function withVersion(minor: number): Uint8Array {
  const copy = bytes.slice();
  copy.fill(0, 0, 16);
  copy.set(new TextEncoder().encode(`go 1.${minor} trace`));
  return copy;
}

test.each([
  [5, "1.5 or 1.6"],
  [7, "1.7"],
  [8, "1.8"],
  [9, "1.9"],
  [10, "1.10"],
])("a trace with header 1.%i is refused with the Go that wrote it", async (minor, version) => {
  await expect(readTrace(withVersion(minor), { name: "old.trace" })).rejects.toThrow(
    `old.trace:0x0: was written by Go ${version}; traces before Go 1.11 are not read; open it with the go tool trace of Go ${version}`,
  );
});

test("versions that never had a header of their own are refused", async () => {
  await expect(readTrace(withVersion(12))).rejects.toThrow("there is no such version of the format");
});

test("a system call that blocked, and one that did not", async () => {
  const { transitions } = (await readTrace(bytes)).summary();
  // The program's read of a pipe blocks; looking at a folder does not, and takes 1 ns.
  expect(transitions["Syscall->Runnable"]).toBeGreaterThan(0);
  expect(transitions["Syscall->Running"]).toBeGreaterThan(0);
});

test("a window is told of, and the one piece that such a trace is stays whole", async () => {
  const whole = await readTrace(bytes);
  const part = await readTrace(bytes, { from: 1e6, to: 2e6 });
  expect(part.summary().events).toBe(whole.summary().events);
  expect(part.findings.map(({ severity, code }) => [severity, code])).toEqual([["info", "part"]]);
});

test("a read can be stopped", async () => {
  const controller = new AbortController();
  const onProgress = (): void => controller.abort(new Error("enough"));
  await expect(readTrace(bytes, { signal: controller.signal, onProgress })).rejects.toThrow("enough");
});

test("a cut trace gives what could be read, and says what was lost", async () => {
  const whole = (await readTrace(bytes)).summary();
  const cut = await readTrace(bytes.subarray(0, bytes.length / 2));
  const summary = cut.summary();
  expect(summary.truncated).toBe(true);
  expect(summary.events).toBeGreaterThan(100);
  expect(summary.events).toBeLessThan(whole.events);
  expect(summary.salvaged_events).toBe(summary.events);
  expect(cut.findings.map(({ code }) => code)).toContain("truncated");
  await expect(readTrace(bytes.subarray(0, bytes.length / 2), { strict: true })).rejects.toThrow(
    CaptureError,
  );
});

test("bytes that are changed anywhere end in tables or in one error", async () => {
  const ends = { tables: 0, errors: 0 };
  for (const copy of mutations(bytes, 16, 100)) {
    for (const strict of [false, true]) {
      try {
        const trace = await readTrace(copy, { strict });
        expect(trace.summary().events).toBe(trace.events.numRows());
        ends.tables++;
      } catch (error) {
        expect(error).toBeInstanceOf(CaptureError);
        ends.errors++;
      }
    }
  }
  expect(ends.tables).toBeGreaterThan(30);
  expect(ends.errors).toBeGreaterThan(20);
});
