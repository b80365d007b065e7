import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTrace } from "#lib/capture/formats.js";
import { goTracePackage } from "../../support/go-root.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures/go-trace");
const captures = readdirSync(fixtures).filter((name) => name.endsWith(".trace"));
const go = goTracePackage();
const folder = mkdtempSync(join(tmpdir(), "goroutine-totals-"));
const program = join(folder, "toolchain");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const figures = [
  "g",
  "name",
  "created_ns",
  "ended_ns",
  "running_ns",
  "runnable_ns",
  "waiting_ns",
  "syscall_ns",
];

const without = "missing" in go ? `: ${go.missing}` : "";
describe.skipIf("missing" in go)(
  `goroutines' totals and names are those of Go's own summary${without}`,
  () => {
    beforeAll(() => {
      const root = join((go as { path: string }).path, "../..");
      const overlay = join(folder, "overlay.json");
      const target = join(root, "cmd/toolchain/main.go");
      const source = resolve(import.meta.dirname, "../../oracle/toolchain/main.go");
      writeFileSync(overlay, JSON.stringify({ Replace: { [target]: source } }));
      const options = { cwd: root, stdio: "pipe" } as const;
      execFileSync("go", ["build", "-overlay", overlay, "-o", program, "cmd/toolchain"], options);
    });

    test.each(captures)("%s", async (name) => {
      const file = join(fixtures, name);
      const lines = execFileSync(program, [file], { encoding: "utf8" }).trimEnd().split("\n");
      const theirs = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const rows = (await readTrace(file)).goroutines.objects() as Record<string, unknown>[];
      // Go's summary knows the last life of an id alone.
      const last = new Map(rows.map((row) => [row.g as number, row]));
      const ours = [...last.values()]
        .sort((a, b) => (a.g as number) - (b.g as number))
        .map((row) => Object.fromEntries(figures.map((key) => [key, comparable(key, row[key])])));
      expect(ours).toEqual(theirs);
    });
  },
);

/** As Go's JSON has it: no name is empty, no end is null. */
function comparable(key: string, value: unknown): unknown {
  if (key === "name") return value ?? "";
  return Number.isNaN(value) ? null : value;
}
