import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CaptureError } from "#lib/bytes/capture-error.js";
import type { PprofCapture } from "#lib/capture/formats.js";
import { load } from "#lib/index.js";
import { goTool, hasGo } from "../../support/go-tool.js";
import { pprofRaw } from "../../support/pprof-raw.js";

const folder = join(import.meta.dirname, "../../fixtures/pprof");
const legacy = ["gperftools.prof", "gperftools.heap"];
const open = async (input: string | Uint8Array): Promise<PprofCapture> => (await load(input)) as PprofCapture;
const lines = (text: string): string[] =>
  text
    .slice(text.indexOf("Samples:\n"))
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd());
const own = async (name: string): Promise<string[]> =>
  pprofRaw(await open(join(folder, name))).map((line) => line.trimEnd());

test.each(legacy)(
  "%s is told by its content and equals its golden, written by go tool pprof -raw",
  async (name) => {
    const capture = await open(readFileSync(join(folder, name)));
    expect(capture.kind).toBe("pprof");
    expect(capture.findings).toEqual([]);
    expect(await own(name)).toEqual(lines(readFileSync(join(folder, "golden", `${name}.raw.txt`), "utf8")));
  },
);

test.skipIf(!hasGo).each(legacy)("%s equals go tool pprof -raw (skipped without Go)", async (name) => {
  expect(await own(name)).toEqual(lines(goTool("pprof", "-raw", "-symbolize=none", join(folder, name))));
});

test("frames without a function are named for their file", async () => {
  const top = (await open(join(folder, "gperftools.prof"))).topFunctions.objects() as {
    func: string;
    flat: number;
  }[];
  expect(top[0]).toMatchObject({ func: "[cxxwork]" });
  expect(top.map(({ func }) => func)).toContain("[libc.so.6]");
});

/** The same profile in words of another size and order. */
function rewritten(size: 4 | 8, little: boolean): Buffer {
  const bytes = readFileSync(join(folder, "gperftools.prof"));
  const mark = bytes.indexOf(
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    40,
  );
  const end = mark + 24;
  const words = Array.from({ length: end / 8 }, (_, at) => bytes.readBigUInt64LE(at * 8));
  const out = Buffer.alloc(words.length * size);
  words.forEach((word, at) => {
    if (size === 8) out.writeBigUInt64BE(word, at * 8);
    else if (little) out.writeUInt32LE(Number(word & 0xffffffffn), at * 4);
    else out.writeUInt32BE(Number(word & 0xffffffffn), at * 4);
  });
  return Buffer.concat([out, bytes.subarray(end)]);
}

test("words of either size and order", async () => {
  const whole = (await open(join(folder, "gperftools.prof"))).summary();
  for (const bytes of [rewritten(8, false), rewritten(4, true), rewritten(4, false)]) {
    expect((await open(bytes)).summary()).toMatchObject({ samples: whole.samples, totals: whole.totals });
  }
});

test("a cut profile keeps its stacks and says so; strict refuses it; damage is never more than a CaptureError", async () => {
  const bytes = readFileSync(join(folder, "gperftools.prof"));
  const cut = bytes.subarray(0, 300);
  const capture = await open(cut);
  expect(capture.findings.map(({ code }) => code)).toEqual(["truncated"]);
  expect(capture.summary().samples).toBeGreaterThan(2);
  await expect(load(cut, { strict: true })).rejects.toThrow(CaptureError);
  for (let at = 40; at < bytes.length; at += 7) {
    const damaged = Buffer.from(bytes);
    damaged[at] ^= 0xff;
    try {
      const read = await load(damaged, { kind: "pprof" });
      for (const { name } of read.tables()) read.table(name);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
    }
  }
});
