import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { openInput } from "#lib/read/open-input.js";
import { readRawTrace } from "#lib/read/trace/read-trace.js";
import { sumsOfKept, sumsResult } from "#lib/read/trace/sums-result.js";

const root = resolve(import.meta.dirname, "../../..");
const fixtures = join(root, "test/fixtures/go-trace");
const captures = [
  ...readdirSync(fixtures)
    .filter((name) => /^go1\.2[2-9].*\.trace$/.test(name))
    .map((name) => join(fixtures, name)),
  // Many windows, several generations.
  join(root, "datasets/spikes/go1.26.trace"),
  join(root, "datasets/malloc/go1.26-allocfree.trace.gz"),
];

test.each(captures)("a thread of its own adds %s up to the same sums", async (path) => {
  const sums = async (apartBytes: number): Promise<unknown> => {
    const raw = await readRawTrace(await openInput(path), { summaryOnly: true }, apartBytes);
    if (!raw.sums) throw new Error("no sums");
    return sumsResult(raw.sums, raw.store);
  };
  const apart = await sums(0);
  expect(apart).toEqual(await sums(Number.POSITIVE_INFINITY));
  const { store } = await readRawTrace(await openInput(path));
  expect(apart).toEqual(sumsResult(sumsOfKept(store), store));
});

const permission = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";

// What keeps a thread from being started, or would, were it inherited.
test.each([[permission, "--allow-fs-read=*"], ["--input-type=module"]])(
  "under %s a trace is summed up all the same",
  async (...flags) => {
    const path = captures[captures.length - 2];
    const module = (name: string) =>
      JSON.stringify(pathToFileURL(join(root, "kernel-lib/dist/read", name)).href);
    const code = `(async () => {
    const { openInput } = await import(${module("open-input.js")});
    const { readRawTrace } = await import(${module("trace/read-trace.js")});
    const { sumsResult } = await import(${module("trace/sums-result.js")});
    const { sums, store } = await readRawTrace(await openInput(${JSON.stringify(path)}), { summaryOnly: true }, 0);
    console.log(JSON.stringify(sumsResult(sums, store)));
  })()`;
    const { stdout } = spawnSync(process.execPath, [...flags, "-e", code], {
      encoding: "utf8",
      timeout: 60_000,
    });
    const here = await readRawTrace(await openInput(path), { summaryOnly: true }, Number.POSITIVE_INFINITY);
    if (!here.sums) throw new Error("no sums");
    expect(stdout.trim()).toBe(JSON.stringify(sumsResult(here.sums, here.store)));
  },
);

test("a trace that cannot be read leaves no thread behind", async () => {
  const input = await openInput(captures[0]);
  const bytes = async (): Promise<Uint8Array> => (await input.bytes()).subarray(0, 20);
  const ports = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
  const before = ports();
  await expect(readRawTrace({ ...input, bytes }, { summaryOnly: true, strict: true }, 0)).rejects.toThrow();
  await expect.poll(ports).toBe(before);
});
