import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openInput } from "#lib/read/open-input.js";

const folder = mkdtempSync(join(tmpdir(), "tracebook-"));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("a directory, a missing and an empty file are refused in one line with a remedy", async () => {
  await expect(openInput(folder)).rejects.toThrow(`${folder}: is a directory, not a capture; name one file`);
  await expect(openInput(join(folder, "none"))).rejects.toThrow("there is no such file; check the path");
  await expect(openInput(file("empty", ""))).rejects.toThrow("is empty; capture it again");
});

test("gzip is opened, whole and in pieces", async () => {
  const text = "a line\n".repeat(300_000);
  const input = await openInput(file("log.gz", gzipSync(text)));
  expect(input.gzip).toBe(true);
  expect(input.head.length).toBe(1 << 20);
  expect(Buffer.from(await input.bytes()).toString()).toBe(text);
  let total = 0;
  for await (const chunk of input.chunks()) total += chunk.length;
  expect(total).toBe(text.length);
});

test("a broken gzip is named as one", async () => {
  const broken = gzipSync(Buffer.alloc(5000, "abc")).subarray(0, 20);
  await expect(openInput(file("broken.gz", broken))).rejects.toThrow(
    /broken\.gz: broken gzip \(.+\); copy the file again/,
  );
});

test("a gzip bomb stops at the cap", async () => {
  const bomb = file("bomb.gz", gzipSync(Buffer.alloc(20 << 20)));
  const input = await openInput(bomb, { maxUnpackedBytes: 1 << 20 });
  await expect(input.bytes()).rejects.toThrow("unpacks to more than 1048576 bytes; raise maxUnpackedBytes");
  const drain = async () => {
    for await (const chunk of input.chunks()) expect(chunk.length).toBeGreaterThan(0);
  };
  await expect(drain()).rejects.toThrow("unpacks to more than 1048576 bytes");
});

test.skipIf(!existsSync("/proc/self/fd"))(
  "a gzipped file that nobody reads on is closed (by /proc)",
  async () => {
    const path = file("large.gz", gzipSync(randomBytes(4 << 20), { level: 1 }));
    const held = () =>
      readdirSync("/proc/self/fd").some((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`) === realpathSync(path);
        } catch {
          return false;
        }
      });
    const input = await openInput(path);
    for await (const chunk of input.chunks()) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await expect.poll(held).toBe(false);
  },
);
