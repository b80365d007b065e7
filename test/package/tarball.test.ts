import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { full } from "../full.js";
import { KernelClient } from "../support/kernel-client.js";

const root = resolve(import.meta.dirname, "../..");
const trace = join(root, "test/fixtures/go-trace-load/load.trace");

describe.skipIf(!full)("npm pack's tarball, alone in an empty folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-package-"));
  const bin = join(folder, "node_modules/tracebook/bin/tracebook.js");
  const npm = (...args: string[]) =>
    execFileSync("npm", [...args, "--silent", "--no-audit", "--no-fund"], { cwd: folder, encoding: "utf8" });
  const node = (...args: string[]) =>
    spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env: withoutTests() });

  beforeAll(() => {
    const packed = npm("pack", join(root, "kernel-lib"), "--pack-destination", folder)
      .trim()
      .split("\n")
      .at(-1);
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    npm("install", `./${packed}`, "@types/node@20");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("brings the program and its types, and neither tslab nor tests", () => {
    const files = execFileSync("ls", ["-R", join(folder, "node_modules/tracebook")], { encoding: "utf8" });
    expect(files).toContain("index.d.ts");
    expect(files).toContain("LICENSE");
    expect(files).not.toMatch(/\.test\.|\.ipynb|claims\.json/);
    expect(execFileSync("ls", [join(folder, "node_modules")], { encoding: "utf8" })).not.toContain("tslab");
  });

  test("its command line reads a capture", () => {
    const { status, stdout } = node(bin, "summary", trace, "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ format: "go-trace" });
  });

  test("its kernel runs cells", async () => {
    const command = (file: string) => [process.execPath, bin, "kernel", "start", file];
    const kernel = await KernelClient.start(undefined, { command, cwd: folder });
    const { reply, outputs } = await kernel.execute(
      `import { readTrace, schedLatency } from "tracebook"; schedLatency(await readTrace(${JSON.stringify(trace)}))`,
    );
    await kernel.stop();
    expect(reply.content.status).toBe("ok");
    expect(JSON.stringify(outputs)).toContain("wait_ns");
  });

  const events = "(await readTrace(process.argv[1])).events.numRows()";
  test.each([
    [
      "an ES module",
      ["--input-type=module", "-e", `import { readTrace } from "tracebook"; console.log(${events})`],
    ],
    [
      "a CommonJS module",
      [
        "--input-type=commonjs",
        "-e",
        `const { readTrace } = require("tracebook"); (async () => console.log(${events}))()`,
      ],
    ],
  ])("is used from %s", (_, args) => {
    const { stdout, stderr } = node(...args, trace);
    expect(Number(stdout), stderr).toBeGreaterThan(1000);
  });

  test.each([
    ["node16", "node16", "mts"],
    ["node16", "node16", "cts"],
    ["nodenext", "nodenext", "mts"],
    ["nodenext", "nodenext", "cts"],
    ["bundler", "esnext", "ts"],
  ])(
    "strict TypeScript sees its types with moduleResolution %s (%s, .%s)",
    (moduleResolution, module, ending) => {
      const name = `${moduleResolution}-${ending}`;
      mkdirSync(join(folder, name), { recursive: true });
      const file = join(folder, name, `use.${ending}`);
      const use = `
import { readTrace, schedLatency, type TraceCapture } from "tracebook";
export async function longest(path: string): Promise<number> {
  const trace: TraceCapture = await readTrace(path);
  return Math.max(...(schedLatency(trace).array("wait_ns") as number[]));
}
// @ts-expect-error a wrong type is refused: the types are really seen
export const wrong: number = readTrace("x");
`;
      writeFileSync(file, module === "node16" && ending === "cts" ? dynamicImport : use);
      const compilerOptions = {
        module,
        moduleResolution,
        target: "es2022",
        strict: true,
        noEmit: true,
        types: ["node"],
      };
      writeFileSync(join(folder, name, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
      const tsc = join(folder, "node_modules/typescript/bin/tsc");
      const { stdout } = node(tsc, "-p", join(folder, name));
      // Arquero's own declarations are not the package's to mend.
      const ours = stdout
        .split("\n")
        .filter((line) => /^\S/.test(line) && !/node_modules\/(@uwdata|arquero)\//.test(line));
      expect(ours).toEqual([]);
    },
  );
});

// node16 does not let CommonJS require an ES module; it imports it.
const dynamicImport = `
export async function kind(path: string): Promise<string> {
  const { load } = await import("tracebook");
  // @ts-expect-error a wrong type is refused: the types are really seen
  const wrong: number = load;
  return (await load(path)).kind + String(wrong);
}
`;

// Vitest's own settings are none of the package's.
function withoutTests(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_OPTIONS|NODE_ENV)/.test(name)),
  );
}
