import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";

const source = resolve(import.meta.dirname, "../oracle/capture");
const cache = resolve(import.meta.dirname, "../../.cache/capture");

/** A trace that test/oracle/capture can write. */
export interface CaptureRecipe {
  /** File name without `.trace`. */
  readonly name: string;
  /** The Go version that builds and runs it. */
  readonly go: string;
  /** Flags of the program. */
  readonly flags: readonly string[];
  /** Build tags. */
  readonly tags?: string;
  /** GODEBUG of the run. */
  readonly godebug?: string;
}

const everything = ["-cpu"];
const generations = ["-small", "-rounds", "3", "-pause", "600ms"];

/** What the fixtures of test/fixtures/go-trace hold, and fresh captures repeat. */
export const captureRecipes: readonly CaptureRecipe[] = [
  { name: "go1.19.13", go: "1.19.13", flags: everything },
  { name: "go1.21.13", go: "1.21.13", flags: everything },
  { name: "go1.22.12", go: "1.22.12", flags: everything },
  { name: "go1.22.12-generations", go: "1.22.12", flags: generations },
  { name: "go1.22.12-cgo", go: "1.22.12", flags: ["-small"], tags: "callbacks" },
  { name: "go1.23.12", go: "1.23.12", flags: everything },
  { name: "go1.23.12-generations", go: "1.23.12", flags: generations },
  { name: "go1.23.12-allocfree", go: "1.23.12", flags: ["-small"], godebug: "traceallocfree=1" },
  { name: "go1.25.3", go: "1.25.3", flags: everything },
  { name: "go1.25.3-generations", go: "1.25.3", flags: generations },
  { name: "go1.25.3-flight", go: "1.25.3", flags: ["-flight"] },
  { name: "go1.26.8", go: "1.26.8", flags: everything },
  { name: "go1.26.8-generations", go: "1.26.8", flags: generations },
  { name: "go1.26.8-flight", go: "1.26.8", flags: ["-flight"] },
  { name: "go1.26.8-cgo", go: "1.26.8", flags: ["-small", "-cpu"], tags: "callbacks" },
  { name: "go1.26.8-allocfree", go: "1.26.8", flags: ["-small"], godebug: "traceallocfree=1" },
];

const toolchains = new Map<string, string | undefined>();

/**
 * Why a Go version cannot be had; undefined when it can. Go fetches a toolchain that it does not have, unless
 * GOTOOLCHAIN or GOPROXY forbid it. TRACEBOOK_GO_VERSIONS, a list like `1.22.12,1.26.8`, restricts which are tried.
 */
export function missingToolchain(version: string): string | undefined {
  if (!toolchains.has(version)) toolchains.set(version, probe(version));
  return toolchains.get(version);
}

function probe(version: string): string | undefined {
  const wanted = process.env.TRACEBOOK_GO_VERSIONS?.split(",");
  if (wanted && !wanted.includes(version)) return `TRACEBOOK_GO_VERSIONS does not name ${version}`;
  const run = spawnSync("go", ["version"], { encoding: "utf8", timeout: 120_000, env: environment(version) });
  if (run.error) return "Go is not installed";
  if (run.stdout.includes(`go${version} `)) return undefined;
  return `the toolchain of Go ${version} cannot be had: ${run.stderr.trim().split("\n").at(-1) ?? run.stdout}`;
}

function environment(version: string): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: `go${version}` };
}

/** Builds the recipe's program, once per version of its sources, runs it and leaves the trace in `file`. */
export function writeCapture(recipe: CaptureRecipe, file: string): void {
  const program = buildProgram(recipe);
  const env = { ...process.env, GODEBUG: recipe.godebug ?? "" };
  execFileSync(program, [...recipe.flags, "-out", file], { stdio: "pipe", env });
}

function buildProgram({ go, tags }: CaptureRecipe): string {
  const hash = createHash("sha256").update(`${go} ${tags}`);
  for (const name of readdirSync(source).sort()) hash.update(readFileSync(join(source, name)));
  const program = join(cache, `capture-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const building = `${program}.${process.pid}`;
  const options = tags ? ["-tags", tags] : [];
  execFileSync("go", ["build", "-trimpath", ...options, "-o", building, "."], {
    cwd: source,
    stdio: "pipe",
    env: environment(go),
  });
  renameSync(building, program);
  return program;
}
