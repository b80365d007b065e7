import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadDataset } from "#lib/capture/load-dataset.js";

/** A dataset whose one file is what `make` puts at its path. */
async function dataset(make: (path: string, outside: string) => void) {
  const root = mkdtempSync(join(tmpdir(), "tracebook-links-"));
  const folder = join(root, "set");
  mkdirSync(folder);
  const outside = join(root, "outside.txt");
  writeFileSync(outside, "secret");
  make(join(folder, "a.txt"), outside);
  const sha256 = createHash("sha256").update("secret").digest("hex");
  const file = { file: "a.txt", role: "notes", command: "c", about: "a", bytes: 6, sha256 };
  const told = { name: "n", about: "a", licence: "l", make: "m", date: "2026-01-01", files: [file] };
  writeFileSync(join(folder, "dataset.json"), JSON.stringify(told));
  return loadDataset(folder);
}

test("a link out of the folder is not followed, one inside it is", async () => {
  const out = await dataset((path, outside) => symlinkSync(outside, path));
  await expect(out.text("a.txt")).rejects.toThrow(/a\.txt: is a link that leads out of its dataset's folder/);
  const inside = await dataset((path) => {
    writeFileSync(`${path}.real`, "secret");
    symlinkSync("a.txt.real", path);
  });
  expect(await inside.text("a.txt")).toBe("secret");
});

test("a device is no file, and a file has a largest size", async () => {
  const folder = await dataset((path) => mkdirSync(path));
  await expect(folder.text("a.txt")).rejects.toThrow(/a\.txt: is not a file/);
  const large = await dataset((path) => {
    writeFileSync(path, "");
    truncateSync(path, 5 * 2 ** 30);
  });
  await expect(large.text("a.txt")).rejects.toThrow(
    /has 5368709120 bytes; a dataset's file may have 4294967296/,
  );
});
