import { execFileSync } from "node:child_process";

/** How many lines of a file match an extended regular expression, counted by grep. */
export function countLines(pattern: string, path: string): number {
  try {
    return Number(execFileSync("grep", ["-cE", pattern, path], { encoding: "utf8" }));
  } catch (error) {
    // grep answers 1 when no line matches, and prints 0.
    if ((error as { status?: number }).status === 1) return 0;
    throw error;
  }
}
