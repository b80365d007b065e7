import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const hasShell = existsSync("/bin/sh");
const reporter = join(import.meta.dirname, "report-usage.mjs");

/** Runs a command and then has the shell say what processor time it took. */
const timed = '"$@"; status=$?; times >&2; exit $status';

/**
 * Runs a process from start to end: its wall time, the processor time it took (on systems with a shell), what it
 * printed (unless dropped), and for a Node process the greatest memory it held.
 */
export async function runProcess(command, args, { env = {}, dropOutput = false, timeoutSeconds = 550 } = {}) {
  const isNode = command === process.execPath;
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const usageFile = join(folder, "usage.json");
  try {
    const started = performance.now();
    const whole = [command, ...(isNode ? ["--import", reporter] : []), ...args];
    const [program, ...rest] = hasShell ? ["/bin/sh", "-c", timed, "sh", ...whole] : whole;
    const child = spawn(program, rest, {
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
    const cpuSeconds = childrenSeconds(Buffer.concat(stderr).toString());
    return { seconds, cpuSeconds, stdout: Buffer.concat(stdout).toString(), ...usage };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The second line of `times` is the children's user and system time: `0m1.250s 0m0.210s`. */
function childrenSeconds(stderr) {
  const found = stderr
    .trimEnd()
    .split("\n")
    .at(-1)
    ?.match(/^(\d+)m([\d.]+)s (\d+)m([\d.]+)s$/);
  if (!found) return Number.NaN;
  const [minutes, seconds, systemMinutes, systemSeconds] = found.slice(1).map(Number);
  return (minutes + systemMinutes) * 60 + seconds + systemSeconds;
}

/**
 * Runs each contender once in every round, so that what else the machine does meets all of them alike.
 * @param {Record<string, () => ReturnType<typeof runProcess>>} contenders
 * @returns by contender: its last run, with the medians of its wall and processor time, and its fastest
 */
export async function alternate(contenders, rounds) {
  const runs = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, start] of Object.entries(contenders)) runs.get(name).push(await start());
  }
  const results = {};
  for (const [name, done] of runs) {
    const wall = done.map((run) => run.seconds);
    const cpuSeconds = median(done.map((run) => run.cpuSeconds));
    results[name] = { ...done.at(-1), seconds: median(wall), fastest: Math.min(...wall), cpuSeconds };
  }
  return results;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A number to so many significant digits. */
export function rounded(value, digits = 3) {
  return Number(value.toPrecision(digits));
}
