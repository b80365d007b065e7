import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CaptureError } from "#lib/bytes/capture-error.js";
import type { Capture } from "#lib/capture/capture.js";
import { formats, kinds, readPerfData } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { captureOf } from "#lib/capture/table-capture.js";
import * as tracebook from "#lib/index.js";
import { openInput } from "#lib/read/open-input.js";
import type { TableSchema } from "#lib/table/schema.js";
import { examples } from "../support/example-of-kind.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "formats-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The readers as the library exports them: every exported name that begins with read. */
const readers = Object.entries(tracebook).filter(([name]) => /^read[A-Z]/.test(name)) as [
  string,
  (input: string, options?: object) => Promise<Capture>,
][];

test("every kind has a reader", async () => {
  const read = new Set<string>();
  for (const [, reader] of readers) {
    for (const kind of kinds) {
      const capture = await reader(examples[kind]).catch(() => undefined);
      if (capture) read.add(capture.kind);
    }
  }
  expect([...read].sort()).toEqual([...kinds].sort());
});

describe.each(kinds)("%s", (kind) => {
  const format = formats[kind];
  const path = examples[kind];

  test("is told by its content, and by no format before it", async () => {
    expect((await load(path)).kind).toBe(kind);
  });

  test("has a getter for each of its tables, which gives that table", async () => {
    const capture = await load(path, { kind });
    const tables: Readonly<Record<string, TableSchema | string>> = format.tables;
    const names = new Set(["diagnostics"]);
    for (const [accessor, schema] of Object.entries(tables)) {
      const name = typeof schema === "string" ? schema : schema.name;
      names.add(name);
      expect((capture as unknown as Record<string, unknown>)[accessor]).toBe(capture.table(name));
    }
    // A table that is made of others, by name alone, has its function for a getter.
    const ofAnalyses = tracebook.analyses.map(({ schema }) => schema.name);
    const own = capture.schemas().map(({ name }) => name);
    expect(own.filter((name) => !names.has(name) && !ofAnalyses.includes(name))).toEqual([]);
    const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
    for (const name of names) expect(Object.keys({ ...tables, diagnostics: "" })).toContain(camel(name));
  });

  test("shows of itself what it says and nothing else", async () => {
    const capture = await load(path, { kind });
    const inner = Object.keys(capture).filter((name) => /^_|build|define|built|contents|raw/i.test(name));
    expect(inner).toEqual([]);
    if ("clock" in capture) expect(format.clock).toContain(capture.clock);
    else expect(format.clock.filter((clock) => clock !== "monotonic")).toEqual([]);
  });

  test("a window is kept, or refused in one line that says what to do", async () => {
    const reading = load(path, { kind, from: 0, to: 1e15 });
    if (format.window === "none") {
      await expect(reading).rejects.toThrow(
        `${path}: ${format.name} cannot be cut by time; leave from and to out`,
      );
    } else expect((await reading).kind).toBe(kind);
  });

  test.each([{ from: 2, to: 1 }, { from: 5, to: 5 }, { from: -1 }, { to: Number.NaN }, { from: Number.NaN }])(
    "the window %o is a RangeError",
    async (window) => {
      await expect(load(path, { kind, ...window })).rejects.toThrow(RangeError);
    },
  );

  test("onProgress is told of the end", async () => {
    const told: [number, number][] = [];
    await load(path, { kind, onProgress: (done, total) => told.push([done, total]) });
    const [done, total] = told.at(-1) ?? [0, -1];
    expect(done).toBeGreaterThanOrEqual(total);
  });

  test("a signal that is aborted stops it, before it begins and while it reads", async () => {
    const reason = new Error("enough");
    await expect(load(path, { kind, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const reading = load(path, { kind, signal: controller.signal });
    queueMicrotask(() => controller.abort(reason));
    await expect(reading).rejects.toBe(reason);
  });

  test("an error of its reader names the file", async () => {
    const broken = join(folder, `${kind}.broken`);
    writeFileSync(broken, Buffer.concat([Buffer.from("\x00\x01 no capture\n"), Buffer.alloc(300, 7)]));
    const error: CaptureError = await load(broken, { kind }).catch((cause) => cause);
    expect(error).toBeInstanceOf(CaptureError);
    expect(error.message).toContain(broken);
    expect(error.message).not.toContain("<bytes>");
  });

  test("strict refuses what is a loss without it", async () => {
    const bytes = readFileSync(path);
    for (const share of [0.25, 0.5, 0.9]) {
      const part = bytes.subarray(0, Math.floor(bytes.length * share));
      const lenient = await load(part, { kind }).catch(() => undefined);
      const isLoss = lenient?.findings.some(({ severity }) => severity === "loss");
      const strict = load(part, { kind, strict: true });
      if (isLoss || !lenient) await expect(strict).rejects.toThrow(CaptureError);
      else await strict.catch((error) => expect(error).toBeInstanceOf(CaptureError));
    }
  });
});

test.each([0.1, 0.3, 0.5, 0.7, 0.9])("%d of a perf.data is refused under strict", async (share) => {
  const bytes = readFileSync(examples["perf-data"]);
  const part = bytes.subarray(0, Math.floor(bytes.length * share));
  await expect(readPerfData(part, { strict: true })).rejects.toThrow(CaptureError);
});

test.each([
  ["prometheus", '{"status":"success","data":{"resultType":"vector","result":[]}}\n'],
  ["redis", "127.0.0.1:6379> SLOWLOG GET\n(empty array)\n"],
  ["runtime-metrics", "nothing of it\n"],
  ["perf-sched", "nothing of it\n"],
] as const)("%s without a row says so, in its findings and in the summary", async (kind, text) => {
  const capture = await formats[kind]
    .read(await openInput(Buffer.from(text)), {})
    .then(async (contents) =>
      captureOf(formats[kind] as never, await openInput(Buffer.from(text)), contents as never),
    );
  expect(capture.findings.map(({ code }) => code)).toContain("no-rows");
  expect(capture.summary().diagnostics).toEqual(capture.findings);
});
