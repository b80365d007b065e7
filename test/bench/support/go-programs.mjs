import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";

/** Kept between runs, outside what is committed. */
export const cache = join(import.meta.dirname, "../../../.cache/bench");
mkdirSync(cache, { recursive: true });

/** The installed Go's version; undefined without Go. */
export function goVersion() {
  const run = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8" });
  return run.status === 0 ? run.stdout.trim() : undefined;
}

/** Builds the module in a folder once per version of its sources; returns the program. */
export function buildGo(folder) {
  const hash = createHash("sha256").update(goVersion() ?? "");
  for (const name of readdirSync(folder).filter((name) => /\.go$|^go\.(mod|sum)$/.test(name))) {
    hash.update(readFileSync(join(folder, name)));
  }
  const program = join(cache, `program-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(program)) return program;
  execFileSync("go", ["build", "-trimpath", "-o", `${program}.new`, "."], { cwd: folder, stdio: "pipe" });
  renameSync(`${program}.new`, program);
  return program;
}

/** Installs a Go tool into the cache; a sentence saying why not when it cannot be had. */
export function installGo(module) {
  const program = join(cache, "bin", module.split("/").at(-1));
  if (existsSync(program)) return { program };
  const run = spawnSync("go", ["install", `${module}@latest`], {
    encoding: "utf8",
    timeout: 300_000,
    env: { ...process.env, GOBIN: join(cache, "bin") },
  });
  if (run.status === 0) return { program };
  return { missing: `${module} cannot be had: ${run.stderr.trim().split("\n").at(-1)}` };
}
