import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PprofCapture } from "#lib/capture/formats.js";
import { load } from "#lib/index.js";
import { goTool, hasGo } from "../../support/go-tool.js";
import { pprofRaw } from "../../support/pprof-raw.js";

const folder = join(import.meta.dirname, "../../fixtures/pprof");
const binaries = readdirSync(folder).filter((name) => name.endsWith(".pb.gz"));

// Each comparison starts the tool; the goldens already cover the older versions.
const live = binaries.filter((name) => !/^go1\.(19|22)/.test(name));

const open = async (name: string): Promise<PprofCapture> => (await load(join(folder, name))) as PprofCapture;

function fromSamples(raw: string): string[] {
  return raw
    .slice(raw.indexOf("Samples:\n"))
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd());
}

test.each(binaries)("%s is told by its content and read without findings", async (name) => {
  const capture = await load(readFileSync(join(folder, name)));
  expect(capture.kind).toBe("pprof");
  expect(capture.findings).toEqual([]);
});

test.each(binaries)("%s equals its golden, written by go tool pprof -raw", async (name) => {
  const golden = readFileSync(join(folder, "golden", `${name}.raw.txt`), "utf8");
  expect(pprofRaw(await open(name)).map((line) => line.trimEnd())).toEqual(fromSamples(golden));
});

test.skipIf(!hasGo).each(live)("%s equals go tool pprof -raw", async (name) => {
  const raw = goTool("pprof", "-raw", "-symbolize=none", join(folder, name));
  expect(pprofRaw(await open(name)).map((line) => line.trimEnd())).toEqual(fromSamples(raw));
});

test.skipIf(!hasGo).each(live)("%s has the top of go tool pprof -top for every sample type", async (name) => {
  const capture = await open(name);
  const { topFunctions } = await import("#lib/index.js");
  for (const { type, unit } of capture.profile.valueTypes) {
    const table = topFunctions(capture, { sampleType: type });
    const rows = Array.from({ length: table.numRows() }, (_, row) =>
      [table.get("flat", row), table.get("cum", row), table.get("func", row)].join(" "),
    );
    expect(rows).toEqual(goTop(join(folder, name), type, unit));
  }
});

/** The rows of `go tool pprof -top`: `flat cum function`, untrimmed and in the sample type's own unit. */
function goTop(path: string, type: string, unit: string): string[] {
  const all = [
    "-nodecount=1000000",
    "-nodefraction=0",
    "-edgefraction=0",
    "-symbolize=none",
    "-compact_labels=false",
  ];
  const text = goTool("pprof", "-top", ...all, `-sample_index=${type}`, `-unit=${unit}`, path);
  const lines = text.trimEnd().split("\n");
  const head = lines.findIndex((line) => line.includes("flat%"));
  return lines.slice(head + 1).map((line) => {
    const cells = /^\s*(\S+)\s+\S+\s+\S+\s+(\S+)\s+\S+\s{2}(.*)$/.exec(line);
    if (!cells) throw new Error(`not a row of -top: ${line}`);
    return `${Number.parseFloat(cells[1])} ${Number.parseFloat(cells[2])} ${cells[3].replace(/ \((partial-)?inline\)$/, "")}`;
  });
}
