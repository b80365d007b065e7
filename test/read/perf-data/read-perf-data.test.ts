import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PerfDataCapture, PerfScriptCapture } from "#lib/capture/formats.js";
import { CaptureError, load, type PerfDataOptions, readPerf } from "#lib/index.js";
import { Diagnostics } from "#lib/read/diagnostics.js";
import { readAttr } from "#lib/read/perf-data/event-attr.js";
import type { ByteParts } from "#lib/read/perf-data/perf-bytes.js";
import { readPerfData } from "#lib/read/perf-data/read-perf-data.js";
import { hasTool } from "../../support/has-tool.js";
import { sampleRows } from "../../support/perf-rows.js";

const folder = join(import.meta.dirname, "../../fixtures/perf");
const recordings = readdirSync(folder).filter((name) => name.endsWith(".data"));
const hasPerf = hasTool("perf", "--version");

const open = async (input: string | Uint8Array, options: PerfDataOptions = {}): Promise<PerfDataCapture> =>
  (await readPerf(input, options)) as PerfDataCapture;

/** Frames without names, for recordings whose binaries are not here. */
const places = (frames: string[]): string[] =>
  frames.map((frame) => frame.replace(/^(\S+) .* (\S*)$/, "$1 $2"));

const address = (frame: string): string => frame.split(" ")[0];

test.each(recordings)("%s is told by its content, unlabelled too, and read without loss", async (name) => {
  const capture = await load(readFileSync(join(folder, name)));
  expect(capture.kind).toBe("perf-data");
  expect(capture.findings.filter(({ severity }) => severity !== "info")).toEqual([]);
});

test.each(recordings)(
  "%s has the samples and addresses of its golden, printed by perf script",
  async (name) => {
    const own = await open(join(folder, name), { symbols: false });
    const golden = (await load(join(folder, "script", name.replace(".data", ".txt")))) as PerfScriptCapture;
    const [mine, perfs] = [sampleRows(own), sampleRows(golden)];
    expect(mine.length).toBe(perfs.length);
    mine.forEach((row, i) => {
      const isTracepoint = row.head.startsWith("sched:");
      // perf does not print the period of a tracepoint unless asked to.
      const head = (text: string): string => (isTracepoint ? text.replace(/ \d+$/, "") : text);
      expect(head(row.head)).toBe(head(perfs[i].head));
      expect(row.detail).toBe(perfs[i].detail);
      // perf prints neither a tracepoint's only address nor the binaries of its call chain unless asked to.
      if (!isTracepoint) expect(places(row.frames)).toEqual(places(perfs[i].frames));
      else if (perfs[i].frames.length > 0)
        expect(row.frames.map(address)).toEqual(perfs[i].frames.map(address));
      const apart = own.samples.get("time_ns", i) - golden.samples.get("time_ns", i);
      expect(Math.abs(apart)).toBeLessThanOrEqual(1000);
    });
  },
);

test.each(recordings)("%s reads the same in small windows as held whole", async (name) => {
  const bytes = readFileSync(join(folder, name));
  const reading = (input: Uint8Array | ByteParts) => {
    const diagnostics = new Diagnostics();
    const { startNs, ...data } = readPerfData(input, diagnostics, { symbols: false });
    return { ...data, findings: diagnostics.all() };
  };
  const slice = (start: number, end: number) => bytes.subarray(start, end);
  const whole = reading(bytes);
  for (const windowBytes of [1, 100, 4096]) {
    expect(reading({ length: bytes.length, slice, windowBytes })).toEqual(whole);
  }
});

test.each(["tiny", "tiny-pipe"])(
  "%s.data: functions are named from the binary's symbol table and its PLT",
  async (name) => {
    const own = await open(join(folder, `${name}.data`), { symbolRoot: join(folder, "root") });
    const golden = (await load(join(folder, "script", `${name}.txt`))) as PerfScriptCapture;
    const ofBinary = (capture: PerfDataCapture | PerfScriptCapture): string[] =>
      sampleRows(capture)
        .flatMap(({ head, frames }) => (head.startsWith("sched:") ? [] : frames))
        .filter((frame) => frame.endsWith("/tiny"));
    expect(ofBinary(own).length).toBeGreaterThanOrEqual(40);
    expect(ofBinary(own)).toEqual(ofBinary(golden));
    expect(own.findings.map(({ message }) => message).join()).toContain("libc.so.6 is not on this machine");
  },
);

test("functions are named from the copy in perf's cache, also where the binary itself is gone", async () => {
  const path = join(folder, "tiny.data");
  const named = await open(path, { symbolRoot: join(folder, "root") });
  const binary = readFileSync(join(folder, "root/srv/app/perf/tiny"));
  // The note's sizes of name and id, its type, its owner; then the id.
  const note = Buffer.from("040000001400000003000000474e5500", "hex");
  const id = binary.subarray(binary.indexOf(note)).toString("hex", 16, 36);
  const root = mkdtempSync(join(tmpdir(), "perf-cache-"));
  const cache = join(root, ".debug/.build-id", id.slice(0, 2), id.slice(2));
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, "elf"), binary);
  const own = await open(path, { symbolRoot: root });
  expect(own.functions.array("func")).toEqual(named.functions.array("func"));
  expect(own.functions.array("func")).toContain("main");
});

test.skipIf(!hasPerf).each(recordings)(
  "%s equals perf script on this machine, names that can be told included",
  async (name) => {
    const path = join(folder, name);
    const options = ["-i", path, "--ns", "--no-inline", "-F"];
    const isPlain = !/sched|pipe/.test(name);
    const fields = `comm,pid,tid,time,event,ip,sym,dso,period${isPlain ? "" : ",trace"}`;
    const text = execFileSync("perf", ["script", ...options, fields], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const golden = (await load(text)) as PerfScriptCapture;
    const own = await open(path);
    expect(own.startNs).toBe(golden.startNs);
    expect(own.samples.array("time_ns")).toEqual(golden.samples.array("time_ns"));
    expect(own.samples.array("pid")).toEqual(golden.samples.array("pid"));
    const rows = sampleRows(own);
    const perfs = sampleRows(golden);
    // Without a call chain perf prints a tracepoint's fields and its address on one line.
    perfs.forEach((row, i) => {
      expect(rows[i].head).toBe(row.head);
      // perf names from whatever lies at a binary's path where there is no build id to compare; the reader does not.
      const unnamed = (frame: string, at: number): string =>
        rows[i].frames[at]?.split(" ")[1] === "[unknown]" ? frame.replace(/ .* /, " [unknown] ") : frame;
      if (row.frames.length > 0) expect(rows[i].frames).toEqual(row.frames.map(unnamed));
      else expect(row.detail).toMatch(/ ffffffff[0-9a-f]{8} .* \(\[kernel\.kallsyms\]\)$|^[0-9a-f]+ /);
    });
  },
);

test.skipIf(!hasPerf)("the top functions equal perf report's", async () => {
  const path = join(folder, "tiny.data");
  const args = ["report", "-i", path, "--no-children", "--stdio", "-F", "period,sym", "-g", "none"];
  const text = execFileSync("perf", [...args, `--symfs=${join(folder, "root")}`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const rows = [...text.matchAll(/^ *(\d+) +\[[.k]\] (.*?) *$/gm)].map(
    ([, period, name]) => `${period} ${name}`,
  );
  const top = (await open(path, { symbolRoot: join(folder, "root") })).topFunctions;
  const own = (top.objects() as { flat: number; func: string }[]).map((row) => `${row.flat} ${row.func}`);
  // perf shows functions it cannot name one by one, by address.
  const named = (list: string[]): string[] =>
    list.filter((row) => /^\d+ (mix|measure|main)$/.test(row)).sort();
  expect(named(rows).length).toBeGreaterThan(1);
  expect(named(own).filter((row) => !row.startsWith("0 "))).toEqual(named(rows));
});

test("from and to keep the samples between, in both forms", async () => {
  const files = ["cxx.data", "script/cxx.txt"].map((name) => join(folder, name));
  for (const file of files) {
    const whole = Array.from((await readPerf(file)).samples.array("time_ns")) as number[];
    const part = await readPerf(file, { from: 20e6, to: 60e6 });
    const kept = Array.from(part.samples.array("time_ns")) as number[];
    expect(kept.length).toBeGreaterThan(10);
    expect(kept).toEqual(whole.filter((time) => time >= 20e6 && time <= 60e6));
  }
});

test("a cut recording keeps what is whole and says so; strict refuses it", async () => {
  const bytes = readFileSync(join(folder, "go.data"));
  // The header tells where the records begin and how long they are; the cut is in the middle of them.
  const [start, size] = [bytes.readBigUInt64LE(40), bytes.readBigUInt64LE(48)].map(Number);
  const cut = bytes.subarray(0, start + Math.floor(size * 0.6) + 3);
  const capture = await open(cut, { symbols: false });
  expect(capture.samples.numRows()).toBeLessThan(27);
  expect(capture.samples.numRows()).toBeGreaterThan(5);
  expect(capture.findings.map(({ code }) => code)).toContain("truncated");
  await expect(open(cut, { symbols: false, strict: true })).rejects.toThrow(CaptureError);
});

test("stacks to be unwound from DWARF are named as what is missing", async () => {
  const bytes = Buffer.from(readFileSync(join(folder, "tiny.data")));
  // The first attribute's sample_type stands 24 bytes in; bit 13 is PERF_SAMPLE_STACK_USER, which comes after the rest.
  const attr = Number(bytes.readBigUInt64LE(24));
  bytes.writeBigUInt64LE(bytes.readBigUInt64LE(attr + 24) | (1n << 13n), attr + 24);
  const capture = await open(bytes, { symbols: false });
  expect(capture.findings.map(({ code }) => code)).toContain("dwarf-stacks");
  expect(capture.samples.numRows()).toBe(41);
});

test("binaries are only opened when they are regular files", async () => {
  // The recording's binary is made a pipe, which would block whoever opens it.
  const root = mkdtempSync(join(tmpdir(), "tracebook-"));
  mkdirSync(join(root, "srv/app/perf"), { recursive: true });
  const made = spawnSync("mkfifo", [join(root, "srv/app/perf/tiny")]);
  if (made.status !== 0) mkdirSync(join(root, "srv/app/perf/tiny"));
  const capture = await open(join(folder, "tiny.data"), { symbolRoot: root });
  expect(capture.samples.numRows()).toBe(41);
  expect(capture.findings.map(({ code }) => code)).toContain("no-symbols");
});

test("another build of a binary does not name functions", async () => {
  const bytes = Buffer.from(readFileSync(join(folder, "tiny.data")));
  const binary = readFileSync(join(folder, "root/srv/app/perf/tiny"));
  // The note: name of 4 bytes, description of 20, type 3, the name GNU, and the 20 bytes themselves.
  const note = Buffer.from("040000001400000003000000474e5500", "hex");
  const at20 = binary.indexOf(note) + note.length;
  const id = binary.subarray(at20, at20 + 20);
  expect(bytes.indexOf(id)).toBeGreaterThan(0);
  for (let at = bytes.indexOf(id); at >= 0; at = bytes.indexOf(id)) bytes.fill(0xee, at, at + 20);
  const capture = await open(bytes, { symbolRoot: join(folder, "root") });
  expect(capture.functions.array("func")).not.toContain("mix");
});

test("damaged bytes give a recording or a CaptureError, never anything else", async () => {
  const originals = ["go.data", "sched.data", "tiny-pipe.data"].map((name) =>
    readFileSync(join(folder, name)),
  );
  const edit = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.nat(2), fc.array(edit, { minLength: 1, maxLength: 10 }), async (which, edits) => {
      const bytes = Uint8Array.from(originals[which]);
      for (const [where, value] of edits) bytes[Math.floor(where * (bytes.length - 1))] = value;
      bytes.set(originals[which].subarray(0, 8));
      try {
        const capture = await open(bytes, { symbols: false });
        for (const { name } of capture.tables())
          expect(capture.table(name).numRows()).toBeGreaterThanOrEqual(0);
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
      }
    }),
    { numRuns: 200 },
  );
});

test.skipIf(!hasPerf)("a binary is only named where the recording's build id is its own", async () => {
  const made = mkdtempSync(join(tmpdir(), "tracebook-"));
  // Node itself is at its path all the while, and could be another build for all that the recording says.
  const record = (name: string, ...flags: string[]): string => {
    const path = join(made, name);
    const work = ["-e", "const end = Date.now() + 200; while (Date.now() < end) Math.random();"];
    execFileSync("perf", [
      "record",
      "-q",
      "-F",
      "499",
      "-e",
      "cpu-clock",
      ...flags,
      "-o",
      path,
      process.execPath,
      ...work,
    ]);
    return path;
  };
  const known = await open(record("known.data", "--buildid-all"));
  const capture = await open(record("unknown.data", "-B"));
  const names = (one: PerfDataCapture): string[] =>
    (one.functions.array("func") as string[]).filter((name) => !/^(?:\[.*\]|<unknown>|)$/.test(name));
  expect(names(known).length).toBeGreaterThan(0);
  expect(names(capture)).toEqual([]);
  expect(capture.findings.map(({ message }) => message).join()).toContain(
    `no build id of ${process.execPath}`,
  );
});

test("an event that the recording does not name has its modifiers all the same", () => {
  // struct perf_event_attr of linux/perf_event.h: type, config and the bits behind read_format; 1 << 15 is precise_ip.
  const nameOf = (type: number, config: number, ...bits: number[]): string => {
    const flags = bits.reduce((all, bit) => all | (1 << bit), 0);
    const at = (place: number): number => ({ 0: type, 8: config, 40: flags })[place] ?? 0;
    return readAttr({ u32: at, u64: at, lo: at } as unknown as Parameters<typeof readAttr>[0], 0).name;
  };
  const [user, kernel, hv, host, guest] = [4, 5, 6, 19, 20];
  expect(nameOf(1, 0)).toBe("cpu-clock");
  expect(nameOf(1, 0, guest)).toBe("cpu-clock");
  expect(nameOf(1, 0, kernel, hv, guest)).toBe("cpu-clock:u");
  expect(nameOf(0, 1, user, hv)).toBe("instructions:k");
  expect(nameOf(0, 0, 15, 16)).toBe("cycles:ppp");
  expect(nameOf(0, 0, kernel, hv, 16, host)).toBe("cycles:uppG");
  expect(nameOf(4, 0x1a4, kernel)).toBe("raw 0x1a4");
});
