import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PprofCapture } from "#lib/capture/formats.js";
import { callEdges, callees, callers, callTree, labelTotals, load, topFunctions } from "#lib/index.js";
import { goTool, hasGo } from "../support/go-tool.js";

const folder = join(import.meta.dirname, "../fixtures/pprof");
const profiles = readdirSync(folder).filter((name) => name.endsWith(".pb.gz"));
const open = async (name: string): Promise<PprofCapture> => (await load(join(folder, name))) as PprofCapture;
const untrimmed = [
  "-symbolize=none",
  "-nodecount=1000000",
  "-nodefraction=0",
  "-edgefraction=0",
  "-compact_labels=false",
];

interface Edge {
  caller: string;
  callee: string;
  weight: number;
}

/** The calls that `go tool pprof -peek` prints, in the profile's own unit. */
function peeked(name: string, unit: string): Set<string> {
  const text = goTool("pprof", "-peek=.", ...untrimmed, `-unit=${unit}`, join(folder, name));
  const edges = new Set<string>();
  for (const block of text.split(/^-+\+-+$/m).slice(2)) {
    const lines = block.split("\n").filter((line) => line.trim() !== "");
    // The function itself stands one blank after the bar, its callers above and callees below it three.
    const own = lines.findIndex((line) => /^[^|]*\| \S/.test(line));
    const func = lines[own]?.slice(lines[own].indexOf("|") + 2).replace(/ \((partial-)?inline\)$/, "");
    lines.forEach((line, i) => {
      const cells = /^\s+(\S+)\s+\S+ \| {3}(\S.*)$/.exec(line);
      if (!cells) return;
      const other = cells[2].replace(/ \((partial-)?inline\)$/, "");
      const [caller, callee] = i < own ? [other, func] : [func, other];
      edges.add(`${Number.parseFloat(cells[1])} ${caller} -> ${callee}`);
    });
  }
  return edges;
}

// Each comparison starts the tool; the older versions' profiles have nothing else.
const live = profiles.filter((name) => !/^go1\.(19|22)/.test(name));
test.skipIf(!hasGo).each(live)("%s: call_edges equal go tool pprof -peek", async (name) => {
  const capture = await open(name);
  const { unit } = capture.profile.valueTypes[capture.profile.defaultValue];
  const edges = callEdges(capture).objects() as Edge[];
  const own = edges.map(({ caller, callee, weight }) => `${weight} ${caller} -> ${callee}`);
  expect(new Set(own)).toEqual(peeked(name, unit));
});

test.skipIf(!hasGo)(
  "every sample is one of go tool pprof -traces: value, stack and inlined calls",
  async () => {
    const { profile } = await open("go1.26.8-cpu.pb.gz");
    const text = goTool(
      "pprof",
      "-traces",
      ...untrimmed,
      "-unit=nanoseconds",
      join(folder, "go1.26.8-cpu.pb.gz"),
    );
    const traces = text
      .split(/^-+\+-+$/m)
      .slice(1)
      .map((block) =>
        block
          .split("\n")
          .map((line) => line.trim())
          // A sample's labels stand before its stack.
          .filter((line) => line !== "" && !/^\w+: {2}/.test(line))
          .map((line) => line.replace(/^(\d+)ns\s+/, "$1 ")),
      )
      .filter((lines) => lines.length > 0);
    const values = profile.values[profile.defaultValue];
    const own = Array.from(profile.sampleStack, (stack, sample) => {
      const frames = Array.from(
        profile.stackFrame.subarray(profile.stackStart[stack], profile.stackStart[stack + 1]),
        (frame) => profile.names[profile.frameName[frame]] + (profile.frameInlined[frame] ? " (inline)" : ""),
      );
      frames[0] = `${values[sample]} ${frames[0]}`;
      return frames;
    });
    expect(own.length).toBeGreaterThan(10);
    expect(own.map((lines) => lines.join("\n")).sort()).toEqual(
      traces.map((lines) => lines.join("\n")).sort(),
    );
  },
);

test.skipIf(!hasGo)("label_totals equal go tool pprof -tags", async () => {
  const capture = await open("go1.26.8-cpu.pb.gz");
  const text = goTool("pprof", "-tags", "-unit=nanoseconds", join(folder, "go1.26.8-cpu.pb.gz"));
  const tags: string[] = [];
  let key = "";
  for (const line of text.split("\n")) {
    key = /^ (\S+): Total/.exec(line)?.[1] ?? key;
    const row = /^ +(\d+)ns \([ \d.]+%\): (.*)$/.exec(line);
    if (row) tags.push(`${key} ${row[2]} ${row[1]}`);
  }
  const own = labelTotals(capture).objects() as { key: string; value: string; total: number }[];
  expect(tags.length).toBeGreaterThan(2);
  expect(own.map(({ key, value, total }) => `${key} ${value} ${total}`).sort()).toEqual(tags.sort());
});

test.each(profiles)("%s: the call tree adds up to the top functions", async (name) => {
  const capture = await open(name);
  const tree = callTree(capture).objects() as {
    node_id: number;
    parent_id: number;
    depth: number;
    func: string;
    self: number;
    total: number;
    start: number;
  }[];
  const childTotal = new Map<number, number>();
  const flat = new Map<string, number>();
  for (const node of tree) {
    childTotal.set(node.parent_id, (childTotal.get(node.parent_id) ?? 0) + node.total);
    flat.set(node.func, (flat.get(node.func) ?? 0) + node.self);
    if (node.node_id === 0) continue;
    const parent = tree[node.parent_id];
    expect(node.depth).toBe(parent.depth + 1);
    expect(node.start).toBeGreaterThanOrEqual(parent.start);
    expect(node.start + node.total).toBeLessThanOrEqual(parent.start + parent.total);
  }
  for (const node of tree) expect(node.self + (childTotal.get(node.node_id) ?? 0)).toBe(node.total);
  const top = topFunctions(capture).objects() as { func: string; flat: number }[];
  for (const { func, flat: value } of top) expect(flat.get(func)).toBe(value);
});

test("callers and callees of a function, and a sample type that is not there", async () => {
  const capture = await open("go1.26.8-cpu.pb.gz");
  expect(new Set(callers(capture, "main.hash").array("caller"))).toEqual(new Set(["main.work"]));
  expect(callees(capture, "main.hash").array("callee")).toContain("crypto/sha256.Sum256");
  expect(() => topFunctions(capture, { sampleType: "heap" })).toThrow(
    'no sample type "heap" in this profile; there are: samples, cpu',
  );
});

test("the README's example runs as it stands", async () => {
  const { readPprof } = await import("#lib/index.js");
  const cpu = await readPprof(join(folder, "go1.26.8-cpu.pb.gz"));
  expect(topFunctions(cpu, { sampleType: "cpu" }).slice(0, 10).numRows()).toBe(10);
  expect(callers(cpu, "runtime.mallocgc").numRows()).toBeGreaterThan(0);
});
