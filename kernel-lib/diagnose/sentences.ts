import type { Frame } from "../analyze/stack-frames.js";
import { shortFunction } from "./code-names.js";
import type { Cause } from "./diagnosis.js";
import type { Share } from "./excess.js";

/** `154 ms`, `1.2 s`: three digits at most. */
export function plainNs(ns: number): string {
  const [value, unit] =
    ns >= 1e9 ? [ns / 1e9, "s"] : ns >= 1e6 ? [ns / 1e6, "ms"] : ns >= 1e3 ? [ns / 1e3, "us"] : [ns, "ns"];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

/** `93 %`. */
export function plainShare(share: number): string {
  return share > 0 && share < 0.01 ? "less than 1 %" : `${Math.round(100 * share)} %`;
}

/** What is waited for, as the standard library's functions in the stack say. */
export function resourceName(cause: Cause, frames: readonly Frame[]): string {
  const has = (pattern: RegExp): boolean => frames.some(({ func }) => pattern.test(func));
  if (has(/^database\/sql\.\(\*DB\)\.conn$/)) return "a connection of the database/sql pool";
  if (has(/semaphore\.\(\*Weighted\)\.Acquire/)) return "a semaphore";
  if (cause === "lock") {
    if (has(/^sync\.\(\*Map\)\./)) return "a sync.Map's mutex";
    if (has(/^sync\.\(\*RWMutex\)\.RLock/)) return "the read lock of an RWMutex";
    if (has(/^sync\.\(\*RWMutex\)\.Lock/)) return "the write lock of an RWMutex";
    if (has(/^sync\.\(\*Cond\)/)) return "a sync.Cond";
    if (has(/^sync\.\(\*WaitGroup\)/)) return "a WaitGroup";
    if (has(/^sync\.\(\*Once\)/)) return "a sync.Once";
    return "a mutex";
  }
  if (has(/^runtime\.chansend/)) return "a channel to take what it sent";
  if (has(/^runtime\.selectgo/)) return "a select";
  return "a channel";
}

/** What the slow requests did in this share of their time: `waited for a mutex in (*stock).reserve`. */
export function verb(share: Share, frames: readonly Frame[]): string {
  const at = share.where === "" ? "" : ` in ${shortFunction(share.where)}`;
  switch (share.cause) {
    case "cpu":
      return `computed${at}`;
    case "lock":
    case "channel":
      return `waited for ${resourceName(share.cause, frames)}${at}`;
    case "network":
      return `waited for the network${at}`;
    case "syscall":
      return `were in a system call${at}${share.behind === "" ? "" : ` (${shortFunction(share.behind)})`}`;
    case "sleep":
      return `slept or waited for a timer${at}`;
    case "scheduler":
      return "were ready and waited for a processor";
    case "gc-assist":
      return `had to help the collector to mark (mark assist)${at}`;
    case "gc-sweep":
      return `had to sweep before they could allocate${at}`;
    case "gc-mark":
      return "waited while mark workers had the processors";
    case "stop-the-world":
      return "were stopped with the whole program";
    case "queue":
      return `were queued behind an earlier request of the same worker${at}`;
    default:
      return "did what the trace does not say";
  }
}

/** The ns that whoever is behind took, in the request it held up longest. */
export function longestPart(share: Share): number {
  return Math.max(...share.parts.map((own) => Math.max(0, ...own.map(({ ns }) => ns))));
}

/** Who held them up, as the second half of a sentence; "" where that is not known. */
export function culprit(share: Share): string {
  const name = shortFunction(share.behind);
  const took = plainNs(longestPart(share));
  const inner = share.chain[share.chain.length - 1];
  const inside = inner !== undefined && inner !== share.behind ? ` in ${shortFunction(inner)}` : "";
  if (share.behind === "") return "";
  switch (share.cause) {
    case "lock":
      return `its holder ${name} ${did(share.doing, took, inside)}`;
    case "channel":
      return `the other side, ${name}, ${did(share.doing, took, inside)}`;
    case "queue":
      return `the worker was in ${name} for ${took}`;
    case "scheduler":
      return `${name} kept the processors for up to ${took}`;
    case "stop-the-world":
      return /stop-the-world/.test(share.behind)
        ? `the pause was ${share.behind}, up to ${took}`
        : `${name} asked for it (${/\((.*)\)/.exec(share.doing)?.[1] ?? share.doing}), up to ${took}`;
    default:
      return "";
  }
}

function did(doing: string, took: string, inside: string): string {
  switch (doing) {
    case "Running":
      return `ran ${took}${inside}`;
    case "Syscall":
      return `was in a system call for ${took}${inside}`;
    case "Runnable":
      return `was ready for ${took} and got no processor`;
    case "Waiting:sleep":
      return `slept ${took}${inside}`;
    case "Waiting:network":
      return `waited ${took} for the network${inside}`;
    case "Waiting:file":
      return `waited ${took} for a file or pipe${inside}`;
    case "Waiting:collector":
      return `waited ${took} for the collector`;
    default:
      return `held it up for ${took}${inside}`;
  }
}

/** What to capture, or where to look, next. */
export function nextStep(share: Share, hasSamples: boolean): string {
  const behind = shortFunction(share.behind);
  const where = shortFunction(share.where);
  switch (share.cause) {
    case "cpu":
      return hasSamples
        ? `Read ${where} in the CPU samples (table cpu_samples).`
        : `Record a CPU profile while tracing (pprof.StartCPUProfile before trace.Start): without samples a host that is busy with others looks the same.`;
    case "lock":
      return `Take what ${behind || "the holder"} does out from under the lock, or make it short; a mutex profile (runtime.SetMutexProfileFraction) confirms it.`;
    case "channel":
      return `Make ${behind || "the other side"} faster, or have more of them; a block profile (runtime.SetBlockProfileRate) confirms it.`;
    case "network":
      return `Measure the peer that ${where || "the request"} asks: the trace ends at the connection. Its own trace or log at these times shows why.`;
    case "syscall":
      return `Look at what ${where} asks of the kernel: strace -f -T, or perf trace, at these times.`;
    case "sleep":
      return `Look at what ${where} waits for by the clock: a limiter, a back-off, a time-out.`;
    case "scheduler":
      return share.behind === ""
        ? "The processors were idle meanwhile: look at the host (perf sched, steal time)."
        : `Run ${behind} in smaller pieces, at another time or elsewhere, or give the program more processors.`;
    case "gc-assist":
    case "gc-sweep":
    case "gc-mark":
      return "Capture a heap profile (alloc_space): a trace does not say who allocates. More room (GOGC, GOMEMLIMIT) makes collections rarer.";
    case "stop-the-world":
      return `Ask for it less often, or where nobody waits: the stack of the range says who asked.`;
    case "queue":
      return `Give ${behind || "the long request"} a worker of its own, or more workers.`;
    default:
      return "Capture a longer trace, with stacks.";
  }
}
