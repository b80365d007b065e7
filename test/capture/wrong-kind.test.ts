import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CaptureError } from "#lib/bytes/capture-error.js";
import { formats, type Kind, kinds } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import {
  readGodebugLog,
  readGoroutineDump,
  readOperations,
  readPerf,
  readPprof,
  readTrace,
} from "#lib/index.js";
import { examples } from "../support/example-of-kind.js";

/** A real capture of each kind. */
const captures = Object.fromEntries(kinds.map((kind) => [kind, readFileSync(examples[kind])])) as Record<
  Kind,
  Buffer
>;
const strangers: Record<string, Buffer> = {
  "binary data of an unknown kind": Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 251)),
  "text of an unknown kind": Buffer.from("hello world\nthis is text\n".repeat(20)),
  "an ELF binary": Buffer.from(`\x7fELF${"\0".repeat(200)}`),
  "JSON of an unknown shape": Buffer.from('{"hello": "world"}'),
};

describe.each(kinds)("read as %s", (kind) => {
  test.each(kinds.filter((other) => other !== kind))("%s is refused for what it is", async (other) => {
    const error = await load(captures[other], { kind }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(CaptureError);
    const { message } = error as CaptureError;
    expect(message).toBe(
      `<bytes>: is not ${formats[kind].name}; it looks like ${formats[other].name}; leave its kind out, or name it: ${other}`,
    );
  });

  test.each(Object.keys(strangers))("%s is refused", async (what) => {
    const error = await load(strangers[what], { kind }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(CaptureError);
    expect((error as CaptureError).message).toContain(`it looks like ${what}`);
    expect((error as CaptureError).message.split("\n")).toHaveLength(1);
  });

  test("its own captures are read", async () => {
    expect((await load(captures[kind], { kind })).kind).toBe(kind);
  });
});

const readers = { readTrace, readGodebugLog, readPprof, readGoroutineDump, readOperations, readPerf };

test.each(Object.entries(readers))("%s refuses another kind's capture the same way", async (_, read) => {
  await expect(read(captures.prometheus)).rejects.toThrow("it looks like Prometheus metrics");
});

test("a log whose runtime lines come late is read as one when it is said to be one", async () => {
  const bytes = Buffer.concat([Buffer.from("request done\n".repeat(100_000)), captures.godebug]);
  await expect(load(bytes)).rejects.toThrow("looks like text of an unknown kind");
  expect((await load(bytes, { kind: "godebug" })).kind).toBe("godebug");
  // Even where its beginning is another kind's.
  const mixed = Buffer.concat([captures["go-bench"], Buffer.from("x\n".repeat(600_000)), captures.godebug]);
  expect((await load(mixed, { kind: "godebug" })).table("gc_cycles").numRows()).toBeGreaterThan(5);
});
