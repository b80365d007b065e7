import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PerfDataCapture, PerfScriptCapture } from "#lib/capture/formats.js";
import { load } from "#lib/index.js";
import { sampleRows } from "../../support/perf-rows.js";

const folder = join(import.meta.dirname, "../../fixtures/simpleperf");
const recordings = ["go", "cxx", "dwarf", "sched"];

const data = async (name: string): Promise<PerfDataCapture> =>
  (await load(readFileSync(join(folder, `${name}.data`)))) as PerfDataCapture;
const text = async (name: string): Promise<PerfScriptCapture> =>
  (await load(readFileSync(join(folder, `${name}.txt`)))) as PerfScriptCapture;

/** A frame as function and binary, in one spelling for both. */
function shown(frame: string): string {
  const [, name, binary] = /^\S+ (.*) (\S*)$/.exec(frame) ?? [];
  // simpleperf names what it does not know by its place, and C++ functions with their parameters, as perf does not.
  if (/^unknown\[\+|\[\+[0-9a-f]+\]$/.test(name)) return "[unknown]";
  const plain = /cxxwork$|stdc\+\+/.test(binary)
    ? name.replace(/\(.*/s, "").replace(/main::'?\{?lambda.*/s, "main::")
    : name;
  return `${plain} ${name === "[unknown]" ? "" : binary}`.trim();
}

test.each(recordings)(
  "%s: the recording gives the samples that report_sample.py prints of it",
  async (name) => {
    const [own, golden] = [await data(name), await text(name)];
    expect(own.findings).toEqual([]);
    const [mine, theirs] = [sampleRows(own), sampleRows(golden)];
    expect(mine.length).toBeGreaterThanOrEqual(20);
    expect(mine.map(({ head }) => head)).toEqual(theirs.map(({ head }) => head));
    expect(mine.map(({ frames }) => frames.map(shown))).toEqual(
      theirs.map(({ frames }) => frames.map(shown)),
    );
    expect(own.samples.array("pid")).toEqual(golden.samples.array("pid"));
    expect(own.samples.array("cpu")).toEqual(golden.samples.array("cpu"));
    for (let row = 0; row < mine.length; row++) {
      const apart = own.samples.get("time_ns", row) - golden.samples.get("time_ns", row);
      // The text has microseconds, cut off.
      expect(Math.abs(apart)).toBeLessThanOrEqual(1000);
    }
  },
);

test.each(recordings)("%s: each line of the text is understood", async (name) => {
  expect((await text(name)).unparsed.numRows()).toBe(0);
});

test("functions are named by the recording alone, the kernel's too", async () => {
  const names = (await data("go")).functions.array("func");
  expect(names).toEqual(expect.arrayContaining(["main.words", "runtime.mallocgcSmallScanHeader"]));
  expect(names).toEqual(expect.arrayContaining(["do_syscall_64", "load_elf_binary"]));
});

test("tracepoints have their fields, in the recording and in the text", async () => {
  const [own, golden] = [await data("sched"), await text("sched")];
  expect(own.samples.get("event", 0)).toBe("sched:sched_switch");
  const pid = /prev_pid=(\d+)/.exec(own.samples.get("detail", 0) as string)?.[1];
  expect(Number(pid)).toBe(own.samples.get("pid", 0));
  expect(golden.samples.get("detail", 0)).toContain(`prev_pid=${pid}`);
});

test("a recording whose symbols are cut is read without them", async () => {
  const bytes = readFileSync(join(folder, "go.data"));
  const whole = await data("go");
  const place = bytes.indexOf("main.words");
  // The length before the name claims more than the file has.
  bytes[place - 1] = 0xff;
  bytes[place] = 0x7f;
  const capture = (await load(bytes)) as PerfDataCapture;
  expect(capture.samples.numRows()).toBe(whole.samples.numRows());
  expect(capture.findings.map(({ code }) => code)).toContain("feature");
});
