import { spawnSync } from "node:child_process";
import { full } from "../full.js";

/** Whether a test may ask a tool: everything is to be tested, and the tool answers, as `hasTool("go", "version")`. */
export function hasTool(command: string, ...args: string[]): boolean {
  return full && spawnSync(command, args).error === undefined;
}
