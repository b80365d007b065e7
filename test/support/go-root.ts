import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { full } from "../full.js";

/** Where the trace package of the installed Go is, or why its tests cannot be had. */
export function goTracePackage(): { path: string } | { missing: string } {
  if (!full) return { missing: "TRACEBOOK_FULL is not 1" };
  const go = spawnSync("go", ["env", "GOROOT"], { encoding: "utf8" });
  if (go.status !== 0) return { missing: "Go is not installed" };
  const path = join(go.stdout.trim(), "src/internal/trace");
  return existsSync(path) ? { path } : { missing: "the installed Go comes without its tests" };
}

/** Files of a folder, by name; none when there is no such folder. */
export function filesIn(folder: string, suffix = ""): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(folder, name));
}
