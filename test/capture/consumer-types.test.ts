import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LoadedCapture, load, topFunctions } from "#lib/index.js";
import { full } from "../full.js";
import { examples } from "../support/example-of-kind.js";

// What the compiler says of a cell or a program that loads captures. `npm run types` checks this file itself.
test("a loaded capture is narrowed by its kind", async () => {
  const loaded = await load(examples.pprof);
  expect(loaded.kind).toBe("pprof");
  if (loaded.kind === "pprof") {
    expect(topFunctions(loaded).numRows()).toBeGreaterThan(0);
    // @ts-expect-error a misspelled getter
    expect(loaded.sampleLabel).toBeUndefined();
  }
  // @ts-expect-error a kind there is not
  expect(loaded.kind === "pproof").toBe(false);
  // @ts-expect-error a getter that not every kind has
  expect(loaded.gcCycles).toBeUndefined();
  const named = await load(examples.pprof, { kind: "pprof" });
  expect(named.sampleLabels).toBe(named.table("sample_labels"));
  // @ts-expect-error what captures are made of
  expect(named.build ?? named.define ?? named.data).toBeUndefined();
});

test("a switch over the kinds is exhaustive", async () => {
  const clockOf = (capture: LoadedCapture): string => ("clock" in capture ? capture.clock : "none");
  expect(clockOf(await load(examples.operations))).toBe("monotonic");
  expect(clockOf(await load(examples.redis))).toBe("unix");
  expect(clockOf(await load(examples.godebug))).toBe("none");
});

const program = `
import { load, readPprof, readPrometheus, topFunctions, type LoadedCapture, type TraceCapture } from "tracebook";

export async function main(path: string): Promise<unknown[]> {
  const c = await load(path);
  if (c.kind === "pprof") return [topFunctions(c), c.header, c.sampleLabels];
  if (c.kind === "go-trace") return [c.goroutineStates, c.startNs, c.footprint];
  if ("clock" in c) return [c.clock, c.originNs];
  const trace = await load<TraceCapture>(path);
  const named = await load(path, { kind: "redis" });
  return [trace.events, named.slowlog, (await readPrometheus(path)).metricSeries, (await readPprof(path)).profile];
}

export function kindOf(c: LoadedCapture): string {
  return c.kind;
}
`;
const typos: [string, string][] = [
  ["getter", program.replace("c.sampleLabels", "c.sampleLabel")],
  ["kind", program.replace('=== "go-trace"', '=== "gotrace"')],
  ["table of another kind", program.replace("named.slowlog", "named.gcCycles")],
  ["member that is private", program.replace("c.header", "c.build")],
];
const settings = [
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
];

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "consumer-"));
  mkdirSync(join(folder, "node_modules"));
  const library = resolve(import.meta.dirname, "../../kernel-lib");
  symlinkSync(library, join(folder, "node_modules/tracebook"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(join(folder, "program.ts"), program);
  for (const [what, text] of typos) writeFileSync(join(folder, `${what.replaceAll(" ", "-")}.ts`), text);
});
afterAll(() => rm(folder, { recursive: true }));

const compile = (files: string[], module: string, resolution: string) =>
  spawnSync(
    process.execPath,
    [
      resolve(import.meta.dirname, "../../node_modules/typescript/bin/tsc"),
      ...["--noEmit", "--strict", "--skipLibCheck", "--target", "es2023", "--types", "node"],
      ...["--typeRoots", resolve(import.meta.dirname, "../../node_modules/@types")],
      ...["--module", module, "--moduleResolution", resolution, ...files],
    ],
    { cwd: folder, encoding: "utf8" },
  );

describe.runIf(full).each(settings)("a program with module %s and resolution %s", (module, resolution) => {
  test("compiles against the built types", () => {
    const { stdout, status } = compile(["program.ts"], module, resolution);
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  test("does not with a misspelled name", () => {
    const files = typos.map(([what]) => `${what.replaceAll(" ", "-")}.ts`);
    const { stdout } = compile(files, module, resolution);
    for (const file of files) expect(stdout).toContain(`${file}(`);
  });
});
