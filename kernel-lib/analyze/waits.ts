import type { Frame } from "./stack-frames.js";

/**
 * What a goroutine that is Waiting waits for. `file` is a pipe or another file that the network poller watches;
 * `collector` covers the collector's own waits, whatever reason they carry: the semaphores with which one goroutine starts
 * or ends a cycle read "sync".
 */
export type WaitKind = "lock" | "channel" | "network" | "file" | "sleep" | "collector" | "world" | "other";

const collectorCall =
  /^runtime\.(gcStart|gcMarkDone|gcMarkTermination|gcParkAssist|gcAssistAlloc\d?|gcWaitOnMark|GC|bgsweep|gcBgMarkWorker|gcBgMarkStartWorkers)$/;
const worldCall = /^runtime\.(stopTheWorld|stopTheWorldGC|semacquire1?World)/;

/** What a wait with this reason and this stack (innermost frame first) is for. */
export function waitKind(reason: string | null, frames: readonly Frame[]): WaitKind {
  if (frames.some(({ func }) => collectorCall.test(func))) return "collector";
  if (frames.some(({ func }) => worldCall.test(func))) return "world";
  if (reason === null) return "other";
  if (reason === "network") return isFile(frames) ? "file" : "network";
  if (reason === "sleep") return "sleep";
  if (/chan|select/.test(reason)) return "channel";
  if (/sync/.test(reason)) return "lock";
  if (/GC|sweep|mark/.test(reason)) return "collector";
  return "other";
}

function isFile(frames: readonly Frame[]): boolean {
  return (
    frames.some(({ func }) => func.startsWith("os.(*File).")) &&
    !frames.some(({ func }) => func.startsWith("net."))
  );
}

/**
 * Whether the runtime ended a wait although a goroutine stood in the event's context: the network poller and the timers run
 * in whatever goroutine starts the world again or looks for work. A goroutine ends a wait for the network only by a
 * deadline or by closing (internal/poll), and no goroutine ends a sleep.
 *
 * @param stack the frames of the event that ended the wait, innermost first
 */
export function endedByRuntime(reason: string | null, stack: readonly Frame[]): boolean {
  if (reason === "sleep") return true;
  if (reason === "network") return !stack.some(({ func }) => func.startsWith("internal/poll."));
  return stack.some(({ func }) => func === "time.sendTime" || func === "runtime.injectglist");
}

/** Whether an event's stack is that of a timer's own function: the wait ended because time had passed. */
export function isTimerStack(stack: readonly Frame[]): boolean {
  return stack.some(({ func }) => func === "time.sendTime" || func === "time.goFunc");
}
