import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { refuseInputs, writeWhole } from "#lib/capture/write-whole.js";

const fresh = () => mkdtempSync(join(tmpdir(), "tracebook-write-"));
const module = resolve(import.meta.dirname, "../../kernel-lib/dist/capture/write-whole.js");

/** What stands in a file's folder beside it. */
const beside = (path: string) => readdirSync(resolve(path, "..")).filter((name) => !path.endsWith(name));

test("a file is made, and replaced with its mode; nothing stays beside it", async () => {
  const path = join(fresh(), "a.txt");
  await writeWhole(path, "one");
  chmodSync(path, 0o640);
  await writeWhole(
    path,
    (async function* () {
      yield "two ";
      yield Buffer.from("pieces");
    })(),
  );
  expect(readFileSync(path, "utf8")).toBe("two pieces");
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(beside(path)).toEqual([]);
});

test("a failure in the middle leaves what was there, and nothing beside it", async () => {
  const path = join(fresh(), "a.txt");
  writeFileSync(path, "old");
  const broken = function* () {
    yield "new";
    throw new Error("half way");
  };
  await expect(writeWhole(path, broken())).rejects.toThrow("half way");
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(beside(path)).toEqual([]);
});

test("a link stays a link, also one to a file that is not there yet", async () => {
  const folder = fresh();
  mkdirSync(join(folder, "real"));
  symlinkSync("real/file", join(folder, "link"));
  for (const text of ["made", "replaced"]) {
    await writeWhole(join(folder, "link"), text);
    expect(readFileSync(join(folder, "real/file"), "utf8")).toBe(text);
    expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
  }
});

test("what is no file is written to directly", async () => {
  await writeWhole("/dev/null", "gone");
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

test("a change made meanwhile is kept", async () => {
  const path = join(fresh(), "a.txt");
  await expect(writeWhole(path, "x", { replaces: "old" })).rejects.toThrow(/a\.txt: was removed meanwhile/);
  writeFileSync(path, "edited");
  await expect(writeWhole(path, "x", { replaces: "old" })).rejects.toThrow(
    /a\.txt: was changed meanwhile; it is left/,
  );
  await expect(writeWhole(path, "x", { replaces: null })).rejects.toThrow(/was changed meanwhile/);
  expect(readFileSync(path, "utf8")).toBe("edited");
  await writeWhole(path, "x", { replaces: "edited" });
  expect(readFileSync(path, "utf8")).toBe("x");
});

test("an input is not written over, by whatever name", async () => {
  const folder = fresh();
  const input = join(folder, "in.trace");
  writeFileSync(input, "precious");
  symlinkSync("in.trace", join(folder, "soft"));
  linkSync(input, join(folder, "hard"));
  symlinkSync(folder, join(folder, "self"));
  for (const name of ["in.trace", "soft", "hard", "self/in.trace", "self/self/soft"]) {
    const output = join(folder, name);
    await expect(writeWhole(output, "x", { inputs: [input] })).rejects.toThrow(/which is read|what is read/);
    await expect(refuseInputs(output, [input])).rejects.toThrow(/name another file to write to/);
  }
  await refuseInputs(join(folder, "other"), [input]);
  expect(readFileSync(input, "utf8")).toBe("precious");
});

describe("a process that is stopped while it writes", () => {
  const writing = `import { writeWhole } from ${JSON.stringify(module)};
    async function* pieces() { for (let n = 0; ; n++) { yield "x".repeat(1 << 16); if (n === 3) console.log("half"); await new Promise((r) => setTimeout(r, 1)); } }
    await writeWhole(process.argv[1], pieces());`;
  test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("%s leaves the old file whole", async (signal) => {
    const path = join(fresh(), "a.txt");
    writeFileSync(path, "old");
    const child = spawn(process.execPath, ["--input-type=module", "-e", writing, path]);
    await new Promise((done) => child.stdout.once("data", done));
    const ended = new Promise((done) => child.once("exit", (_code, by) => done(by)));
    child.kill(signal);
    expect(await ended).toBe(signal);
    expect(readFileSync(path, "utf8")).toBe("old");
    // Nothing can be cleaned up after SIGKILL.
    if (signal !== "SIGKILL") expect(beside(path)).toEqual([]);
  });
});

// A file system of a few pages, where one can be made.
const small = join(fresh(), "small");
mkdirSync(small);
const mounted =
  spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small], { stdio: "ignore" }).status === 0;

describe.skipIf(!mounted)("a disk that is full", () => {
  test("leaves the old file whole and nothing beside it, and the error names the file", async () => {
    const path = join(small, "a.txt");
    await writeWhole(path, "old");
    await expect(writeWhole(path, "x".repeat(1 << 20))).rejects.toMatchObject({ code: "ENOSPC", path });
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(small)).toEqual(["a.txt"]);
    spawnSync("umount", ["-l", small]);
    expect(existsSync(path)).toBe(false);
  });
});

test.skipIf(!existsSync("/dev/full"))("a device that is full is an error", async () => {
  await expect(writeWhole("/dev/full", "x")).rejects.toMatchObject({ code: "ENOSPC", path: "/dev/full" });
});
