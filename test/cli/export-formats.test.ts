import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { load } from "#lib/capture/load.js";
import { chromeEvents } from "#lib/cli/export/chrome-events.js";
import { foldedLines, type StackExportOptions } from "#lib/cli/export/folded-lines.js";
import { pprofBytes } from "#lib/cli/export/pprof-bytes.js";
import { goTool, goToolBytes, hasGo } from "../support/go-tool.js";

const fixtures = resolve(import.meta.dirname, "../fixtures");
const bin = resolve(import.meta.dirname, "../../kernel-lib/bin/tracebook.js");
const trace = await load(join(fixtures, "go-trace/go1.26.8-generations.trace"));
const folder = mkdtempSync(join(tmpdir(), "tracebook-formats-"));

async function pprofOf(
  capture: Parameters<typeof pprofBytes>[0],
  options: StackExportOptions,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of pprofBytes(capture, options)) pieces.push(piece);
  return Buffer.concat(pieces);
}

// Labels, inlined frames, drop_frames, bytes, names in angle brackets, other languages.
const profiles = [
  "go1.26.8-cpu.pb.gz",
  "go1.26.8-heap.pb.gz",
  "go1.19.13-goroutine.pb.gz",
  "node-heap.pb.gz",
  "python-cpu.pb.gz",
];

describe.each(profiles)("pprof, written again: %s", (name) => {
  const path = join(fixtures, "pprof", name);

  test("reads back as the same samples, labels and frames", async () => {
    const before = await load(path);
    const after = await load(await pprofOf(before, {}));
    for (const table of ["samples", "sample_labels"]) {
      const [a, b] = [before, after].map((capture) => capture.table(table).objects().map(withoutIds));
      expect(b).toEqual(a);
    }
    const [a, b] = [before, after].map((capture) => [...foldedLines(capture, {})]);
    expect(b).toEqual(a);
    expect(after.summary()).toEqual({ ...before.summary(), diagnostics: after.findings });
  });

  test.skipIf(!hasGo)("go tool pprof sees no difference (skipped without Go)", async () => {
    const again = join(folder, name);
    writeFileSync(again, await pprofOf(await load(path), {}));
    const traces = goTool("pprof", "-traces", path);
    expect(traces.length).toBeGreaterThan(100);
    expect(goTool("pprof", "-traces", again)).toBe(traces);
  });
});

// Stacks are numbered as they come; what they are is compared as folded lines.
function withoutIds(row: object): object {
  return { ...row, stack_id: 0 };
}

describe("a trace's block profiles", () => {
  test.skipIf(!hasGo).each(["net", "sync", "syscall", "sched"])(
    "%s is what go tool trace writes (skipped without Go)",
    async (kind) => {
      const path = join(fixtures, "go-trace/go1.26.8-generations.trace");
      const theirs = await load(goToolBytes("trace", `-pprof=${kind}`, path));
      const ours = await load(await pprofOf(trace, { table: `${kind}_profile` }));
      expect(ours.summary().sample_types).toEqual(theirs.summary().sample_types);
      for (const value of ["contentions", "delay"]) {
        const lines = [...foldedLines(ours, { value })];
        expect(lines.length).toBeGreaterThan(0);
        expect(lines).toEqual([...foldedLines(theirs, { value })]);
      }
    },
  );

  test("folded lines add up to the table's total", () => {
    const lines = [...foldedLines(trace, { table: "sync_profile" })];
    const sum = lines.reduce((all, line) => all + Number(/ (\d+)\n$/.exec(line)?.[1]), 0);
    const total = (trace.table("sync_profile").array("total_ns") as Float64Array).reduce((a, b) => a + b, 0);
    expect(sum).toBe(total);
    expect(lines.find((line) => line.includes("main.locks"))).toMatch(
      /^main\.main;main\.work;main\.locks;sync\./,
    );
  });

  test("of one goroutine is less than of all", () => {
    const waits = (goroutines?: ReadonlySet<number>) =>
      [...foldedLines(trace, { table: "sched_latency", value: "sched_latency", goroutines })]
        .map((line) => Number(line.slice(line.lastIndexOf(" "))))
        .reduce((a, b) => a + b, 0);
    const all = trace.table("sched_latency").array("g") as Float64Array;
    expect(waits()).toBe(all.length);
    expect(waits(new Set([all[0]]))).toBe(all.filter((g) => g === all[0]).length);
  });
});

interface ChromeEvent {
  ph: string;
  name: string;
  cat?: string;
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  id?: number;
}

function chrome(goroutines?: ReadonlySet<number>): ChromeEvent[] {
  const text = [...chromeEvents(trace, { goroutines })].join("");
  return (JSON.parse(text) as { traceEvents: ChromeEvent[] }).traceEvents;
}

describe("the timeline for Perfetto and chrome://tracing", () => {
  const events = chrome();
  const slices = events.filter(({ ph }) => ph === "X");
  const ns = (us: number) => Math.round(us * 1000);

  test("slices of one track follow each other or nest, as the format demands", () => {
    const tracks = new Map<string, ChromeEvent[]>();
    for (const slice of slices) {
      const key = `${slice.pid}:${slice.tid}`;
      tracks.set(key, [...(tracks.get(key) ?? []), slice]);
    }
    expect(tracks.size).toBeGreaterThan(10);
    for (const track of tracks.values()) {
      const open: number[] = [];
      const sorted = [...track].sort((a, b) => a.ts - b.ts || b.dur - a.dur);
      for (const { ts, dur } of sorted) {
        while (open.length > 0 && (open.at(-1) as number) <= ns(ts)) open.pop();
        if (open.length > 0) expect(ns(ts) + ns(dur)).toBeLessThanOrEqual(open.at(-1) as number);
        open.push(ns(ts) + ns(dur));
      }
    }
  });

  test("states last as long as in the table", () => {
    const running = slices.filter(({ pid, cat }) => pid === 2 && cat === "Running");
    const rows = trace.table("goroutine_states").objects() as { state: string; dur_ns: number }[];
    const expected = rows
      .filter(({ state }) => state === "Running")
      .reduce((all, row) => all + row.dur_ns, 0);
    expect(running.reduce((all, { dur }) => all + ns(dur), 0)).toBe(expected);
  });

  test("an arrow leaves where the waker is drawn and arrives where the woken one is", () => {
    const starts = events.filter(({ ph }) => ph === "s");
    const ends = new Map(events.filter(({ ph }) => ph === "f").map((event) => [event.id, event]));
    expect(starts.length).toBeGreaterThan(100);
    const drawn = (event: ChromeEvent) =>
      slices.some(
        ({ pid, tid, ts, dur }) =>
          pid === event.pid &&
          tid === event.tid &&
          ns(ts) <= ns(event.ts) &&
          ns(event.ts) <= ns(ts) + ns(dur),
      );
    for (const start of starts) {
      const end = ends.get(start.id) as ChromeEvent;
      expect(end.ts).toBe(start.ts);
      expect(drawn(start) && drawn(end)).toBe(true);
    }
  });

  test("only the goroutines asked for", () => {
    const goroutines = new Set(
      chrome(new Set([1]))
        .filter(({ ph, pid }) => ph === "X" && pid === 2)
        .map(({ tid }) => tid),
    );
    expect([...goroutines]).toEqual([1]);
  });
});

describe("the command", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [bin, "export", ...args], { encoding: "utf8" });
  const path = join(fixtures, "go-trace/go1.26.8-generations.trace");

  test("the raw events of a goroutine", () => {
    const { stdout } = run(path, "--table", "events", "--format", "ndjson", "--g", "1");
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.every((row) => row.g === 1 || row.resource_id === 1)).toBe(true);
    expect(rows.some((row) => row.g === 1) && rows.some((row) => row.g !== 1)).toBe(true);
  });

  test("a window of a trace, to the nanosecond", () => {
    const whole = run(path, "--table", "events", "--format", "ndjson");
    const all = whole.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).time_ns as number);
    const [from, to] = [all[Math.floor(all.length / 3)], all[Math.floor(all.length / 2)]];
    const window = ["--from", `${from}ns`, "--to", `${to}ns`];
    const times = (...args: string[]) =>
      run(path, "--format", "ndjson", ...window, ...args)
        .stdout.trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    expect(times("--table", "events").map(({ time_ns }) => time_ns)).toEqual(
      all.filter((time) => time >= from && time <= to),
    );
    for (const { start_ns, end_ns } of times("--table", "goroutine_states")) {
      expect(start_ns <= to && end_ns >= from).toBe(true);
    }
    const { stdout } = run(path, "--format", "chrome", ...window);
    const drawn = (JSON.parse(stdout).traceEvents as ChromeEvent[]).filter(({ ph }) => ph === "X");
    expect(drawn.length).toBeGreaterThan(0);
    for (const { ts, dur } of drawn)
      expect(ts * 1000 <= to && Math.round((ts + dur) * 1000) >= from).toBe(true);
  });

  test.each([
    [["--format", "pprof"], /which stacks\? Tables with stacks, for --table: .*sync_profile/],
    [["--format", "folded", "--table", "metrics"], /the table metrics has no stacks/],
    [
      ["--format", "folded", "--table", "sync_profile", "--value", "x"],
      /no sample type "x"; there are: contentions, delay/,
    ],
    [["--table", "metrics", "--g", "1"], /the table metrics does not say which goroutine/],
    [["--table", "events", "--g", "one"], /"one" is not a goroutine; write 7, or 7,12/],
    [["--format", "csv"], /which table\? Name it with --table/],
  ])("%j is exit 2 and one line", (args, message) => {
    const { status, stdout, stderr } = run(path, ...args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test("what cannot be exported leaves the file named with --out as it was", () => {
    const folder = mkdtempSync(join(tmpdir(), "export-"));
    const out = join(folder, "profile.pb.gz");
    writeFileSync(out, "of before");
    expect(run(path, "--format", "pprof", "--out", out).status).toBe(2);
    expect(readFileSync(out, "utf8")).toBe("of before");
    const table = ["--table", "sync_profile", "--format", "folded"];
    expect(run(path, ...table, "--out", out).status).toBe(0);
    expect(readFileSync(out, "utf8")).toBe(run(path, ...table).stdout);
    rmSync(folder, { recursive: true });
  });
});
