import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import { full } from "../full.js";

const source = resolve(import.meta.dirname, "../oracle");
const cache = resolve(import.meta.dirname, "../../.cache/oracle");

export type OracleCommand = "summary" | "sums" | "readloop" | "events" | "heap" | "prove" | "cuts";

/** The oracle of test/oracle, or why it cannot be had. */
export type Oracle = { readonly path: string } | { readonly missing: string };

let found: Oracle | undefined;

/**
 * Builds the programs of test/oracle, which read traces through golang.org/x/exp/trace, once per version of their
 * sources. Without Go, or without the module, says why not.
 */
export function goOracle(): Oracle {
  found ??= buildOracle();
  return found;
}

/** What `oracle COMMAND FILE` prints, given some input, and what it complains of. */
export function runOracle(
  command: OracleCommand,
  file: string,
  input?: string,
): { out: string; error: string } {
  const oracle = goOracle();
  if ("missing" in oracle) throw new Error(oracle.missing);
  const run = spawnSync(oracle.path, [command, file], { input, encoding: "utf8", maxBuffer: 1 << 29 });
  if (run.error) throw run.error;
  return { out: run.stdout, error: run.stderr };
}

function buildOracle(): Oracle {
  if (!full) return { missing: "TRACEBOOK_FULL is not 1" };
  const go = spawnSync("go", ["version"], { encoding: "utf8" });
  if (go.status !== 0) return { missing: "Go is not installed" };
  const minor = Number(/go1\.(\d+)/.exec(go.stdout)?.[1]);
  if (!(minor >= 21)) return { missing: `${go.stdout.trim()} is too old to build test/oracle` };
  const hash = createHash("sha256").update(go.stdout);
  const sources = readdirSync(source).filter((name) => /\.go$|^go\.(mod|sum)$/.test(name));
  for (const name of sources.sort()) hash.update(readFileSync(join(source, name)));
  const path = join(cache, `oracle-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(path)) return { path };
  mkdirSync(cache, { recursive: true });
  const building = `${path}.${process.pid}`;
  try {
    execFileSync("go", ["build", "-trimpath", "-o", building, "."], { cwd: source, stdio: "pipe" });
  } catch (error) {
    return {
      missing: `test/oracle does not build: ${String((error as { stderr?: Buffer }).stderr ?? error)}`,
    };
  }
  renameSync(building, path);
  return { path };
}
