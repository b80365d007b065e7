import { rm } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import { formatNs } from "../chart/units.js";
import {
  beginFolder,
  type Circumstances,
  type ClockReading,
  endFolder,
  keepWithin,
} from "./capture/capture-folder.js";
import { type Downloaded, type DownloadOptions, download } from "./capture/download.js";
import { type CaptureRequest, type Planned, planned, profileUrl, serviceUrl } from "./capture/planned.js";
import { parseDuration } from "./load-options.js";
import { note, print, printable } from "./output.js";
import { parseSize } from "./parse-size.js";
import { UsageError } from "./usage-error.js";

interface CaptureFlags extends CaptureRequest {
  out: string;
  timeout: number;
  maxSize: number;
  every?: number;
  count?: number;
  keep?: number;
}

/** `tracebook capture URL --out DIR`: the trace and profiles of a live Go service, with where they came from. */
export function captureCommand(): Command {
  return new Command("capture")
    .description("the trace and profiles of a live Go service (net/http/pprof)")
    .argument("<url>", "the service: http://host:6060, or the folder that its profiles are under")
    .requiredOption("--out <dir>", "folder to write, which must not be there yet")
    .option("--trace <time>", "an execution trace of this length", parseDuration)
    .option("--cpu <time>", "a CPU profile of this length, in whole seconds", parseDuration)
    .option("--heap", "the heap profile")
    .option("--goroutine", "the goroutine profile")
    .option("--mutex", "the mutex profile; empty unless the service sets runtime.SetMutexProfileFraction")
    .option("--block", "the block profile; empty unless the service sets runtime.SetBlockProfileRate")
    .option("--leak", "the goroutine leak profile (Go 1.27)")
    .option("--metrics <url>", "Prometheus metrics, as /metrics or a whole address")
    .option("--timeout <time>", "how long the service may stay silent beyond that", parseDuration, 30e9)
    .option("--max-size <size>", "the most bytes of one file", parseSize, 2 ** 30)
    .option("--every <time>", "again and again, each capture in a folder of its own", parseDuration)
    .option("--count <n>", "how many captures", parseCount)
    .option("--keep <size>", "remove the oldest of them beyond this many bytes", parseSize)
    .addHelpText(
      "after",
      "\nWithout a choice: 5 s of trace and CPU, and the profiles that are there anyway. The environment's\n" +
        "TRACEBOOK_AUTHORIZATION is sent as Authorization header.\n\n" +
        "Example: tracebook capture http://localhost:6060 --out slow-checkout --trace 5s --goroutine",
    )
    .action(async (address: string, flags: CaptureFlags) => {
      const service = serviceUrl(address);
      const plan = planned(service, requestOf(flags));
      const stop = stopOnSignals();
      try {
        const failures = await captureSeries(service, plan, flags, stop.signal);
        // What arrived is there; what did not is said in one line.
        if (failures.length > 0) throw new UsageError(failures.join("; "));
      } finally {
        stop.end();
      }
    });
}

function requestOf({
  trace,
  cpu,
  heap,
  goroutine,
  mutex,
  block,
  leak,
  metrics,
}: CaptureFlags): CaptureRequest {
  return { trace, cpu, heap, goroutine, mutex, block, leak, metrics };
}

function parseCount(text: string): number {
  if (!/^[1-9]\d*$/.test(text))
    throw new UsageError(`--count ${JSON.stringify(text)} is not a number of captures`);
  return Number(text);
}

/** A signal that aborts when the user or the system wants the program to end: what has arrived is then kept. */
function stopOnSignals(): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const end = (): void => {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  };
  return { signal: controller.signal, end };
}

/** One capture, or one after the other; returns what did not arrive. */
async function captureSeries(
  service: URL,
  plan: readonly Planned[],
  flags: CaptureFlags,
  signal: AbortSignal,
): Promise<string[]> {
  const { out, every, count = every === undefined ? 1 : Number.POSITIVE_INFINITY, keep } = flags;
  if (every === undefined && count === 1) return captureOnce(service, plan, resolve(out), flags, signal);
  const failures: string[] = [];
  for (let done = 0; done < count && !signal.aborted; done++) {
    const began = Date.now();
    const name = new Date(began).toISOString().replace(/[-:]/g, "");
    // A service that is away for one round may be back for the next.
    failures.push(
      ...(await captureOnce(service, plan, join(resolve(out), name), flags, signal).catch(oneLine)),
    );
    if (keep !== undefined) {
      const gone = await keepWithin(resolve(out), keep);
      if (gone > 0) note(`tracebook: ${gone} of the oldest captures removed, as --keep asks`);
    }
    if (done + 1 >= count) break;
    const rest = began + (every ?? 0) / 1e6 - Date.now();
    await delay(Math.max(0, rest), undefined, { signal }).catch(() => undefined);
  }
  return failures;
}

function oneLine(error: unknown): string[] {
  if (error instanceof UsageError) return [error.message];
  throw error;
}

async function captureOnce(
  service: URL,
  plan: readonly Planned[],
  out: string,
  flags: CaptureFlags,
  signal: AbortSignal,
): Promise<string[]> {
  const partial = await beginFolder(out);
  const progress = new CaptureProgress();
  const authorization = process.env.TRACEBOOK_AUTHORIZATION;
  const options = { timeoutNs: flags.timeout, maxBytes: flags.maxSize, signal, authorization, service };
  const before = await askClock(service, options);
  const results = await Promise.allSettled(
    plan.map(async (what) => {
      const onBytes = (bytes: number): void => progress.at(what.name, bytes);
      return { ...(await download(what, partial, { ...options, onBytes })), what };
    }),
  );
  const after = await askClock(service, options);
  progress.end();
  const files = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failures = results.flatMap((result) => failureOf(result, out));
  if (files.length === 0) {
    await rm(partial, { recursive: true });
    throw new UsageError(commonFailure(service, failures));
  }
  const circumstances: Circumstances = {
    service,
    command: before.command,
    before: before.clock,
    after: after.clock,
  };
  await endFolder(partial, out, circumstances, files);
  const shown = relative(process.cwd(), out) || ".";
  await print(`${listing(files)}\n${printable(shown)}: tracebook diagnose ${shellWord(shown)}\n`);
  return failures;
}

/** What is wrong with a service that gave nothing: once, where it is the same for all. */
function commonFailure(service: URL, failures: readonly string[]): string {
  const reasons = new Set(failures.map((failure) => failure.replace(/^\S+: /, "")));
  return reasons.size === 1 ? `${service}: ${[...reasons][0]}` : failures.join("; ");
}

function failureOf(result: PromiseSettledResult<Downloaded>, out: string): string[] {
  if (result.status === "fulfilled") {
    const { file, problem } = result.value;
    return problem === undefined ? [] : [`${join(basename(out), file)}: ${problem}`];
  }
  if (result.reason instanceof UsageError) return [result.reason.message];
  throw result.reason;
}

/** The service's command line, and what clocks show while it is asked. A service without it is no failure. */
async function askClock(
  service: URL,
  { timeoutNs, authorization }: Pick<DownloadOptions, "timeoutNs" | "authorization">,
): Promise<{ command: string; clock: ClockReading }> {
  const unix = BigInt(Date.now()) * 1_000_000n;
  const began = process.hrtime.bigint();
  const answer = await fetch(profileUrl(service, "cmdline"), {
    redirect: "manual",
    signal: AbortSignal.timeout(Math.min(timeoutNs / 1e6, 5000)),
    headers: authorization === undefined ? {} : { authorization },
  }).catch(() => undefined);
  const text = answer?.status === 200 ? (await answer.text().catch(() => "")).slice(0, 4096) : "";
  const clock: ClockReading = {
    unix_ns: String(unix),
    monotonic_ns: String(began),
    service_date: answer?.headers.get("date") ?? null,
    round_trip_ns: Number(process.hrtime.bigint() - began),
  };
  const isPage = answer?.headers.get("content-type")?.includes("html") ?? false;
  return { command: isPage ? "" : text.replaceAll("\0", " ").trim(), clock };
}

/** One line on a terminal that says how far each download is; elsewhere nothing until all is there. */
class CaptureProgress {
  private readonly bytes = new Map<string, number>();
  private readonly began = Date.now();

  at(name: string, bytes: number): void {
    this.bytes.set(name, bytes);
    if (!process.stderr.isTTY) return;
    const parts = [...this.bytes].map(([key, value]) => `${key} ${(value / 1e6).toFixed(1)} MB`);
    process.stderr.write(`\r\x1b[K${formatNs((Date.now() - this.began) * 1e6)}  ${parts.join("  ")}`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }
}

function listing(files: readonly Downloaded[]): string {
  const width = Math.max(...files.map(({ file }) => file.length));
  return files
    .map(({ file, bytes }) => `${file.padEnd(width)}  ${bytes.toLocaleString("en-US")} bytes`)
    .join("\n");
}

/** A path as a shell takes it. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`;
}
