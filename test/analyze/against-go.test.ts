import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { ColumnTable } from "arquero";
import { afterAll, expect, test } from "vitest";
import { type BlockKind, blockProfile, regionProfile } from "#lib/analyze/block-profile.js";
import { mmu } from "#lib/analyze/mmu.js";
import { mutatorUtilization } from "#lib/analyze/mutator-utilization.js";
import type { TableSource } from "#lib/analyze/table-source.js";
import type { Capture } from "#lib/capture/capture.js";
import { load } from "#lib/capture/load.js";
import { full } from "../full.js";
import { withGoTracePages } from "../support/go-trace-pages.js";

const fixture = resolve(import.meta.dirname, "../fixtures/go-trace-load");
const kinds: readonly BlockKind[] = ["net", "sync", "syscall", "sched"];
// Before Go 1.23 the curve is in another package.
const hasGo =
  full && /go1\.(2[3-9]|[3-9]\d)/.test(spawnSync("go", ["version"], { encoding: "utf8" }).stdout ?? "");
const folder = mkdtempSync(join(tmpdir(), "against-go-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Sample = [leaf: string | null, count: number, ns: number];

interface Golden {
  mmu: { window_ns: number; utilization: number }[];
  profiles: Record<BlockKind, Sample[]>;
  /** By region type. */
  regions: Record<string, Record<BlockKind, Sample[]>>;
  footprint: [event: string, bytes: number, count: number][];
}

const golden = JSON.parse(readFileSync(join(fixture, "golden.json"), "utf8")) as Golden;

test.each(kinds)("the %s profile equals that of go tool trace, sample for sample", async (kind) => {
  const trace = await load(join(fixture, "load.trace"));
  expect(ours(trace, kind)).toEqual(sorted(golden.profiles[kind]));
  expect(trace.table(`${kind}_profile`).numRows()).toBe(golden.profiles[kind].length);
});

test("the minimum mutator utilization equals Go's to the last bit", async () => {
  const trace = await load(join(fixture, "load.trace"));
  expect(goCurve(trace)).toEqual(golden.mmu);
});

test("Go's curve takes marking for more than it is, the exact one does not", async () => {
  const trace = await load(join(fixture, "load.trace"));
  const whole = mmu(trace, { windows_ns: [1e9] });
  // Over the whole capture Go's own curve leaves the program under 2 % of the processors; marking and pauses took
  // a fraction of that, as the ranges of the mark phases bound it.
  expect(whole.get("go_utilization", 0)).toBeLessThan(0.02);
  const ranges = trace.table("ranges").objects() as { name: string; dur_ns: number }[];
  const gcNs = ranges
    .filter(({ name }) => name === "GC concurrent mark phase" || name.startsWith("stop-the-world"))
    .reduce((sum, { dur_ns }) => sum + dur_ns, 0);
  const steps = mutatorUtilization(trace).objects() as { time_ns: number }[];
  const span = steps[steps.length - 1].time_ns - steps[0].time_ns;
  expect(whole.get("utilization", 0)).toBeGreaterThan(1 - gcNs / span);
});

test("the profiles of regions equal those of go tool trace's region pages", async () => {
  const trace = await load(join(fixture, "load.trace"));
  const types = Object.keys(golden.regions);
  expect(types.length).toBeGreaterThan(1);
  for (const type of types) {
    for (const kind of kinds) {
      expect(sorted(samplesOf(regionProfile(trace, kind, { type }))), `${type} ${kind}`).toEqual(
        sorted(golden.regions[type][kind]),
      );
    }
  }
});

test("a region that is not there: the error names those that are", async () => {
  const trace = await load(join(fixture, "load.trace"));
  const types = Object.keys(golden.regions);
  expect(() => regionProfile(trace, "net", { type: "nothing" })).toThrow(types[0]);
});

test("the footprint equals that of go tool trace, and sums to the file", async () => {
  const file = join(fixture, "load.trace");
  expect(footprintOf(await load(file))).toEqual(golden.footprint);
});

test.skipIf(!hasGo)("equals the Go that is installed, on a fresh trace", async () => {
  const program = join(folder, "load");
  const file = join(folder, "fresh.trace");
  execFileSync("go", ["build", "-trimpath", "-o", program, "."], { cwd: join(fixture, "load") });
  execFileSync(program, [file]);
  const trace = await load(file);
  for (const kind of kinds) {
    const pprof = execFileSync("go", ["tool", "trace", `-pprof=${kind}`, file], { maxBuffer: 1e9 });
    const theirs = await profileSamples(new Uint8Array(pprof));
    expect(ours(trace, kind), kind).toEqual(sorted(theirs));
  }
  const types = [...new Set(trace.table("regions").array("type") as string[])];
  const pages = await withGoTracePages(file, (url) => regionPages(url, types));
  for (const type of types) {
    for (const kind of kinds) {
      const ours = sorted(samplesOf(regionProfile(trace, kind, { type })));
      expect(ours, `${type} ${kind}`).toEqual(sorted(pages[type][kind]));
    }
  }
  expect(footprintOf(trace)).toEqual(goFootprint(file));
  const theirs = JSON.parse(execFileSync(buildMmu(), [file], { encoding: "utf8" })) as Golden;
  expect(goCurve(trace)).toEqual(theirs.mmu);
});

function goCurve(trace: Capture): object[] {
  return mmu(trace).select({ window_ns: "window_ns", go_utilization: "utilization" }).objects();
}

// Go's internal packages are importable from Go's own tree alone: an overlay puts the program there.
function buildMmu(): string {
  const root = execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim();
  const overlay = join(folder, "overlay.json");
  const target = join(root, "src/cmd/mmu/main.go");
  writeFileSync(overlay, JSON.stringify({ Replace: { [target]: join(fixture, "mmu/main.go") } }));
  const program = join(folder, "mmu");
  execFileSync("go", ["build", "-overlay", overlay, "-o", program, "cmd/mmu"], { cwd: join(root, "src") });
  return program;
}

const pageOf: Readonly<Record<BlockKind, string>> = {
  net: "regionio",
  sync: "regionblock",
  syscall: "regionsyscall",
  sched: "regionsched",
};

async function regionPages(url: string, types: readonly string[]): Promise<Golden["regions"]> {
  const regions: Golden["regions"] = {};
  for (const type of types) {
    regions[type] = {} as Record<BlockKind, Sample[]>;
    for (const kind of kinds) {
      const page = await fetch(`${url}/${pageOf[kind]}?type=${encodeURIComponent(type)}&raw=1`);
      regions[type][kind] = await profileSamples(new Uint8Array(await page.arrayBuffer()));
    }
  }
  return regions;
}

async function profileSamples(pprof: Uint8Array): Promise<Sample[]> {
  const rows = (await load(pprof)).table("samples").objects() as Record<string, never>[];
  return rows.map((row): Sample => [row.leaf, Number(row.contentions_count), Number(row.delay_ns)]);
}

/** The events of the `footprint` table, those in parentheses left out; they sum to the file with those. */
function footprintOf(trace: Capture): Golden["footprint"] {
  const rows = trace.table("footprint").objects() as { event: string; bytes: number; count: number }[];
  expect(rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(trace.source.bytes);
  return rows
    .filter(({ event }) => !event.startsWith("("))
    .map(({ event, bytes, count }): [string, number, number] => [event, bytes, count])
    .sort(byName);
}

function goFootprint(file: string): Golden["footprint"] {
  const lines = execFileSync("go", ["tool", "trace", "-d=footprint", file], { encoding: "utf8" }).split("\n");
  return lines
    .slice(2)
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => cells.length === 5 && cells[3] !== "0")
    .map(([event, bytes, , count]): [string, number, number] => [event, Number(bytes), Number(count)])
    .sort(byName);
}

function byName(a: readonly [string, ...unknown[]], b: readonly [string, ...unknown[]]): number {
  return a[0] < b[0] ? -1 : 1;
}

function ours(trace: TableSource, kind: BlockKind): Sample[] {
  return sorted(samplesOf(blockProfile(trace, kind)));
}

function samplesOf(profile: ColumnTable): Sample[] {
  const rows = profile.objects() as { leaf: string | null; count: number; total_ns: number }[];
  return rows.map(({ leaf, count, total_ns }): Sample => [leaf, count, total_ns]);
}

function sorted(samples: readonly Sample[]): Sample[] {
  const named = samples.map(([leaf, count, ns]): Sample => [leaf || null, count, ns]);
  return named.sort((a, b) => b[2] - a[2] || b[1] - a[1] || String(a[0]).localeCompare(String(b[0])));
}
