import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const reporter = join(import.meta.dirname, "report-usage.mjs");

/**
 * Runs a process from start to end: its wall time, what it printed (unless dropped), and for a Node process the
 * greatest memory it held and the processor time it took.
 */
export async function runProcess(command, args, { env = {}, dropOutput = false, timeoutSeconds = 550 } = {}) {
  const isNode = command === process.execPath;
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const usageFile = join(folder, "usage.json");
  try {
    const started = performance.now();
    const child = spawn(command, isNode ? ["--import", reporter, ...args] : args, {
      env: { ...process.env, ...env, BENCH_USAGE: usageFile },
      stdio: ["ignore", dropOutput ? "ignore" : "pipe", "pipe"],
      timeout: timeoutSeconds * 1000,
    });
    const stdout = [];
    const stderr = [];
    child.stdout?.on("data", (piece) => stdout.push(piece));
    child.stderr.on("data", (piece) => stderr.push(piece));
    const code = await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const seconds = (performance.now() - started) / 1000;
    if (code !== 0) throw new Error(`${command} ${args.join(" ")}: exit ${code}: ${Buffer.concat(stderr)}`);
    const usage = isNode ? JSON.parse(readFileSync(usageFile, "utf8")) : {};
    return { seconds, stdout: Buffer.concat(stdout).toString(), ...usage };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs each contender once in every round, so that what else the machine does meets all of them alike.
 * @param {Record<string, () => ReturnType<typeof runProcess>>} contenders
 * @returns by contender: the median of its seconds, its fastest, and its last run
 */
export async function alternate(contenders, rounds) {
  const runs = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, start] of Object.entries(contenders)) runs.get(name).push(await start());
  }
  const results = {};
  for (const [name, done] of runs) {
    const seconds = done.map((run) => run.seconds).sort((a, b) => a - b);
    results[name] = { ...done.at(-1), seconds: median(seconds), fastest: seconds[0] };
  }
  return results;
}

function median(sorted) {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A number to so many significant digits. */
export function rounded(value, digits = 3) {
  return Number(value.toPrecision(digits));
}
