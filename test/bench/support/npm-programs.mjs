import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache } from "./go-programs.mjs";

/** Installs an npm package into the cache, once per version; a sentence saying why not when it cannot be had. */
export function installNpm(name, version) {
  const folder = join(cache, `npm-${name}-${version}`);
  const home = join(folder, "node_modules", name);
  const file = (path) => join(home, path);
  if (existsSync(join(folder, "done"))) return { file };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const args = ["install", "--no-audit", "--no-fund", "--no-save", "--prefix", folder, `${name}@${version}`];
  // Its scripts are wanted: Deno's puts the program into place.
  const run = spawnSync("npm", args, { cwd: folder, encoding: "utf8", timeout: 300_000 });
  if (run.status !== 0) {
    const reason = `${run.error?.message ?? ""} ${run.stderr ?? ""}`.trim().split("\n").at(-1);
    return { missing: `npm install ${name}@${version}: ${reason}` };
  }
  writeFileSync(join(folder, "done"), "");
  return { file };
}
