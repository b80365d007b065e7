import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type DatasetProvenance, loadDataset } from "#lib/capture/load-dataset.js";

const root = join(import.meta.dirname, "../../datasets");
const sets = readdirSync(root).filter(
  (name) => name !== "capture" && statSync(join(root, name)).isDirectory(),
);
const { folderHash } = (await import(pathToFileURL(join(root, "capture/kit.mjs")).href)) as {
  folderHash: (folder: string) => string;
};

function provenance(set: string): DatasetProvenance {
  return JSON.parse(readFileSync(join(root, set, "dataset.json"), "utf8"));
}

function content(path: string): Buffer {
  const bytes = readFileSync(path);
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}

function git(...args: string[]): { status: number | null; stdout: string } {
  return spawnSync("git", ["-C", root, ...args], { encoding: "utf8" });
}

/** Whether the whole history is at hand: neither an archive nor a shallow clone. */
const history = git("rev-parse", "--is-shallow-repository").stdout?.trim() === "false";

test("there are datasets, and a capture program for each", () => {
  expect(sets.length).toBeGreaterThan(0);
  const programs = readdirSync(join(root, "capture/sets")).map((file) => file.replace(/\.mjs$/, ""));
  for (const set of sets) expect(programs).toContain(set);
});

test("all sets together stay under 48 MB", () => {
  const files = sets.flatMap((set) => readdirSync(join(root, set)).map((file) => join(root, set, file)));
  const total = files.reduce((sum, file) => sum + statSync(file).size, 0);
  expect(total).toBeLessThanOrEqual(48e6);
});

describe.each(sets)("%s", (set) => {
  const record = provenance(set);

  test("says what made it, where and when", () => {
    expect(record.name).toBe(set);
    expect(record.licence).toBe("MIT");
    expect(record.make).toContain(set);
    expect(record.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(record.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(record.chapters.length).toBeGreaterThan(0);
    const { cpu, cores, memory_gib, kernel, virtual } = record.machine;
    expect([typeof cpu, typeof cores, typeof memory_gib, typeof kernel, typeof virtual]).toEqual([
      "string",
      "number",
      "number",
      "string",
      "boolean",
    ]);
    expect(record.machine).not.toHaveProperty("host");
  });

  test.skipIf(!history)(`names a commit of this history${history ? "" : ": there is none here"}`, () => {
    expect(git("merge-base", "--is-ancestor", record.commit, "HEAD").status).toBe(0);
    for (const { path } of record.program) {
      expect(git("cat-file", "-e", `${record.commit}:${path}`).status, path).toBe(0);
    }
  });

  test("lists every file with its command and sha256", () => {
    const listed = record.files.map((entry) => entry.file).sort();
    expect(listed).toEqual(
      readdirSync(join(root, set))
        .filter((file) => file !== "dataset.json")
        .sort(),
    );
    for (const entry of record.files) {
      const bytes = readFileSync(join(root, set, entry.file));
      expect(createHash("sha256").update(bytes).digest("hex"), entry.file).toBe(entry.sha256);
      expect(bytes.length, entry.file).toBe(entry.bytes);
      expect(entry.command.length, entry.file).toBeGreaterThan(0);
      expect(entry.about.length, entry.file).toBeGreaterThan(0);
    }
  });

  test("was made by the program as it stands", () => {
    for (const { path, sha256 } of record.program) {
      const folder = join(root, "..", path);
      expect(existsSync(folder), path).toBe(true);
      expect(folderHash(folder), `${path} has changed since the capture`).toBe(sha256);
    }
  });

  test("holds no path of the machine it was made on", () => {
    for (const file of readdirSync(join(root, set))) {
      const text = content(join(root, set, file)).toString("latin1");
      const found = /\/(?:root|home|tmp|work|Users)\/[\w./-]*/.exec(text);
      expect(found?.[0], file).toBeUndefined();
    }
  });

  test("opens with loadDataset", async () => {
    const data = await loadDataset(join(root, set));
    expect(data.files.numRows()).toBe(record.files.length);
    expect((await data.text(record.files[0].file)).length).toBeGreaterThan(0);
  });
});
