import { spawnSync } from "node:child_process";
import { hasTool } from "./has-tool.js";

/** Whether Go may be asked, by tests that compare with its own tools. */
export const hasGo: boolean = hasTool("go", "version");

/** What `go tool NAME ARGS...` prints; throws what it complains of. */
export function goTool(...args: string[]): string {
  return goToolBytes(...args).toString();
}

/** The same for tools that write profiles. */
export function goToolBytes(...args: string[]): Buffer {
  const run = spawnSync("go", ["tool", ...args], {
    maxBuffer: 1 << 28,
    env: { ...process.env, TZ: "UTC", PPROF_BINARY_PATH: "/nonexistent" },
  });
  if (run.status !== 0) throw new Error(`go tool ${args.join(" ")}: ${run.stderr}`);
  return run.stdout;
}
