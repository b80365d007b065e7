import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load, readTrace } from "#lib/index.js";
import { full } from "../full.js";

const bin = resolve(import.meta.dirname, "../../kernel-lib/bin/tracebook.js");
const source = resolve(import.meta.dirname, "../fixtures/live-service");
const hasGo = full && spawnSync("go", ["version"]).status === 0;
const folder = mkdtempSync(join(tmpdir(), "tracebook-capture-"));

interface Provenance {
  command: string;
  clock: { before: { service_date: string | null } };
  files: { file: string; bytes: number; sha256: string; whole: boolean; about: string }[];
}

function provenanceOf(out: string): Provenance {
  return JSON.parse(readFileSync(join(out, "dataset.json"), "utf8"));
}

describe("what is asked wrongly", () => {
  const refused = (...args: string[]): string => {
    const { status, stderr } = spawnSync(process.execPath, [bin, "capture", ...args], { encoding: "utf8" });
    expect(status).toBe(2);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    return stderr;
  };

  test("is one line", () => {
    const out = join(folder, "refused");
    expect(refused("http://user:secret@localhost:1", "--out", out)).toContain("TRACEBOOK_AUTHORIZATION");
    expect(refused("localhost:1", "--out", out)).toContain("http://localhost:1/: nothing listens there");
    expect(refused("localhost:1", "--out", out, "--trace", "5")).toContain("has no unit");
    expect(refused("localhost:1", "--out", out, "--keep", "5")).toContain("is not a size");
    expect(refused("::", "--out", out)).toContain("is no address");
    expect(refused("localhost:1", "--out", folder.replace(/[^/]+$/, ""))).toContain("is not empty");
    expect(existsSync(out) || existsSync(`${out}.partial`)).toBe(false);
  });
});

describe.skipIf(!hasGo)("a live service", () => {
  let service: ChildProcess;
  let address = "";

  beforeAll(async () => {
    const program = join(folder, "live-service");
    execFileSync("go", ["build", "-trimpath", "-o", program, "."], { cwd: source });
    service = spawn(program, { stdio: ["ignore", "pipe", "inherit"] });
    if (!service.stdout) throw new Error("the service has no output");
    address = `http://${String((await once(service.stdout, "data"))[0]).trim()}`;
  });

  afterAll(() => {
    service?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (
    path: string,
    out: string,
    ...args: string[]
  ): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [bin, "capture", `${address}${path}`, "--out", out, ...args], {
      encoding: "utf8",
    });

  test("gives a trace and profiles that are read, with their provenance", async () => {
    const out = join(folder, "whole");
    const asked = [
      "--trace",
      "1s",
      "--cpu",
      "1s",
      "--heap",
      "--goroutine",
      "--mutex",
      "--block",
      "--metrics",
      "/metrics",
    ];
    const { status, stdout, stderr } = run("", out, ...asked);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("tracebook diagnose ");
    const { command, clock, files } = provenanceOf(out);
    expect(command).toContain("live-service");
    expect(Date.parse(clock.before.service_date ?? "")).toBeGreaterThan(0);
    expect(files.map(({ file }) => file).sort()).toEqual(
      readdirSync(out).filter((name) => name !== "dataset.json"),
    );
    for (const { file, bytes, sha256, whole } of files) {
      const content = readFileSync(join(out, file));
      expect([content.length, createHash("sha256").update(content).digest("hex"), whole]).toEqual([
        bytes,
        sha256,
        true,
      ]);
      expect((await load(join(out, file), { strict: true })).findings).toEqual([]);
    }
    const trace = await readTrace(join(out, "go.trace"));
    expect(trace.summary().span_ns).toBeGreaterThan(0.9e9);
    // The program waits for its lock all the time.
    const mutex = await load(join(out, "mutex.pprof"), { kind: "pprof" });
    expect(JSON.stringify(mutex.summary().totals)).not.toContain(":0");

    const again = run("", out, "--heap");
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining("is not empty")]);
    const diagnosis = spawnSync(process.execPath, [bin, "diagnose", out], { encoding: "utf8" });
    expect([diagnosis.status, diagnosis.stderr]).toEqual([0, ""]);
  });

  test("keeps what arrived when one thing is not to be had", () => {
    const out = join(folder, "no-leak");
    const { status, stderr } = run("", out, "--heap", "--leak");
    // A service built with the leak profile has both.
    expect(status === 0 || stderr.includes("need Go 1.27")).toBe(true);
    expect(readdirSync(out)).toContain("heap.pprof");
  });

  test.each([
    ["/html", "an HTML page instead of a profile"],
    ["/hangs", "nothing came for 1 s"],
    ["/away", "another host"],
    ["/guarded", "answers 401 (who are you?)"],
    ["/order", "404"],
  ])("%s is one line, and leaves nothing", (path, message) => {
    const out = join(folder, `bad${path.replace("/", "-")}`);
    const { status, stderr } = run(path, out, "--heap", "--timeout", "1s");
    expect([status, stderr.trim().split("\n").length]).toEqual([2, 1]);
    expect(stderr).toContain(message);
    expect(existsSync(out) || existsSync(`${out}.partial`)).toBe(false);
  });

  test("credentials come from the environment", () => {
    const out = join(folder, "guarded");
    const env = { ...process.env, TRACEBOOK_AUTHORIZATION: "Bearer open" };
    const args = [bin, "capture", `${address}/guarded`, "--out", out, "--heap"];
    expect(spawnSync(process.execPath, args, { env, encoding: "utf8" }).stderr).toBe("");
    expect(readFileSync(join(out, "dataset.json"), "utf8")).not.toContain("Bearer");
  });

  test("a service that dies in the middle leaves a part that says so, and can be read", async () => {
    const out = join(folder, "dies");
    const { status, stderr } = run("/dies", out, "--trace", "1s");
    expect([status, stderr.trim()]).toEqual([
      2,
      expect.stringMatching(/go\.trace\.partial: was cut after \d+ bytes/),
    ]);
    expect(provenanceOf(out).files).toMatchObject([{ file: "go.trace.partial", whole: false }]);
    const trace = await readTrace(join(out, "go.trace.partial"));
    expect(trace.events.numRows()).toBeGreaterThan(100);
  });

  test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "%s loses nothing that had arrived",
    async (signal) => {
      const out = join(folder, signal);
      const args = [bin, "capture", address, "--out", out, "--trace", "20s", "--heap"];
      const child = spawn(process.execPath, args, { stdio: "ignore" });
      const partial = `${out}.partial`;
      while (!existsSync(join(partial, "heap.pprof")) || !existsSync(join(partial, "go.trace.partial")))
        await delay(20);
      await delay(300);
      child.kill(signal);
      await once(child, "exit");
      const left = signal === "SIGKILL" ? partial : out;
      expect(existsSync(signal === "SIGKILL" ? out : partial)).toBe(false);
      expect((await load(join(left, "heap.pprof"), { strict: true })).kind).toBe("pprof");
      expect(readdirSync(left)).not.toContain("go.trace");
    },
  );

  test("a series keeps each capture whole, and the newest within the bound", () => {
    const out = join(folder, "series");
    const { status, stderr } = run("", out, "--heap", "--every", "1s", "--count", "3", "--keep", "6kB");
    expect([status, stderr]).toEqual([0, expect.stringContaining("oldest captures removed")]);
    const rounds = readdirSync(out);
    expect(rounds.length).toBeLessThan(3);
    expect(readdirSync(join(out, rounds[rounds.length - 1])).sort()).toEqual(["dataset.json", "heap.pprof"]);
  });

  test("a full disk leaves the part that fitted, under another name", ({ skip }) => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=96k", "tmpfs", disk]).status !== 0)
      skip("no right to mount");
    try {
      const { status, stderr } = run("", join(disk, "out"), "--trace", "3s", "--heap");
      expect([status, stderr.trim().split("\n").length]).toEqual([2, 1]);
      expect(stderr).toMatch(/disk is full|no space left/);
      const found = readdirSync(disk).flatMap((name) => readdirSync(join(disk, name)));
      expect(found).toContain("heap.pprof");
      expect(found).not.toContain("go.trace");
    } finally {
      spawnSync("umount", [disk]);
    }
  });
});
