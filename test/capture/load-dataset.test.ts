import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { loadDataset } from "#lib/capture/load-dataset.js";

const dir = mkdtempSync(join(tmpdir(), "dataset-"));
afterAll(() => rmSync(dir, { recursive: true }));

const slots = "count,slots\n1,8\n9,16\n";
const entry = (file: string, bytes: Uint8Array, more: object = {}): object => ({
  file,
  role: "slots",
  command: "growth",
  about: "slots",
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
  ...more,
});

function write(files: object[], more: object = {}): void {
  const record = {
    name: "growth",
    about: "how maps grow",
    chapters: ["2.2"],
    licence: "MIT",
    make: "make growth",
    program: [],
    commit: "0".repeat(40),
    date: "2026-01-01",
    machine: {},
    files,
    ...more,
  };
  writeFileSync(join(dir, "dataset.json"), JSON.stringify(record));
}

beforeEach(() => {
  const plain = Buffer.from(slots);
  const packed = gzipSync(slots);
  writeFileSync(join(dir, "old.csv"), plain);
  writeFileSync(join(dir, "new.csv.gz"), packed);
  write([entry("old.csv", plain, { go: "1.9.7" }), entry("new.csv.gz", packed, { go: "1.26.8" })]);
});

describe("loadDataset", () => {
  test("finds files by role and release, packed or not", async () => {
    const data = await loadDataset(dir);
    expect(data.releases("slots")).toEqual(["1.9", "1.26"]);
    expect(data.entry({ role: "slots", go: "1.26" }).file).toBe("new.csv.gz");
    for (const go of data.releases()) {
      expect((await data.csv({ role: "slots", go })).objects()).toEqual([
        { count: 1, slots: 8 },
        { count: 9, slots: 16 },
      ]);
    }
  });

  test("a release is not found by the beginning of its digits", async () => {
    const data = await loadDataset(dir);
    expect(() => data.entry({ role: "slots", go: "1.2" })).toThrow(
      /has no slots of Go 1\.2; there are old\.csv/,
    );
  });

  test("refuses a file that is not the one described, and one that is missing", async () => {
    const data = await loadDataset(dir);
    writeFileSync(join(dir, "old.csv"), slots.replace("16", "32"));
    await expect(data.text("old.csv")).rejects.toThrow(
      /old\.csv: is not the file that dataset\.json describes; restore it, or make the set again: make growth/,
    );
    rmSync(join(dir, "old.csv"));
    await expect(data.text("old.csv")).rejects.toThrow(/cannot be read/);
  });

  test.each([
    ["not JSON", "{", /is not JSON/],
    ["no object", "null", /is not an object/],
    ["a file outside the folder", undefined, /names a file outside its folder: "\.\.\/x"/],
    ["no files", '{"name":"a","about":"b","licence":"c","make":"d","date":"e"}', /lacks files/],
  ])("refuses a dataset.json: %s", async (_, text, message) => {
    if (text === undefined) write([entry("../x", Buffer.from(""))]);
    else writeFileSync(join(dir, "dataset.json"), text);
    await expect(loadDataset(dir)).rejects.toThrow(message);
  });

  test("says what to do about a folder that is none, or has no dataset.json", async () => {
    await expect(loadDataset(join(dir, "old.csv"))).rejects.toThrow(
      /is a file, not a dataset folder; use load/,
    );
    await expect(loadDataset(join(dir, "none"))).rejects.toThrow(/there is no such folder/);
    rmSync(join(dir, "dataset.json"));
    await expect(loadDataset(dir)).rejects.toThrow(/there is no dataset\.json; use load/);
  });
});
