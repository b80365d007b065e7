// Stopping a cell whose loop never gives way: a thread of its own hears of the interrupt on a pipe, gives the main
// thread a moment to react by itself, and else ends what it is running through the inspector. The cell's promise
// then never settles, which the session's own race against the interrupt takes care of.

import { createHook } from "node:async_hooks";
import { Session as Inspector } from "node:inspector";
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const pipe = 4;
const graceMs = 150;

/** The kinds of hooks that Node counts, one by one and in total. */
const kinds = ["kInit", "kBefore", "kAfter", "kDestroy", "kPromiseResolve"] as const;

/** What Node keeps of asynchronous contexts, where it can be had. */
interface AsyncWrap {
  async_hook_fields: Uint32Array;
  constants: Readonly<Record<"kCheck" | "kTotals" | (typeof kinds)[number], number>>;
  clearAsyncIdStack?: () => void;
}

const asyncWrap = isMainThread ? asyncContexts() : undefined;

function asyncContexts(): AsyncWrap | undefined {
  try {
    const { binding } = process as unknown as { binding: (name: string) => AsyncWrap };
    const wrap = binding("async_wrap");
    return wrap.async_hook_fields && wrap.constants.kCheck !== undefined ? wrap : undefined;
  } catch {
    return undefined; // a later Node, whose AsyncLocalStorage keeps no such stack
  }
}

/**
 * Keeps Node from ending the process when a continuation is ended from outside while hooks are on, as they are with
 * AsyncLocalStorage on Node 20 and 22: such a continuation never leaves the stack of contexts, and Node's checks of that
 * stack abort. They are turned on by every hook, so they are turned off after each: one has a field of its own, the other
 * is made where there are hooks in total, which Node itself looks at only when it counts them anew.
 */
export function tolerateEndedContinuations(): void {
  if (!asyncWrap) return;
  const { async_hook_fields: fields, constants } = asyncWrap;
  const unchecked = () => {
    fields[constants.kCheck] = 0;
    fields[constants.kTotals] = 0;
  };
  const prototype = Object.getPrototypeOf(createHook({})) as Record<"enable" | "disable", () => unknown>;
  for (const name of ["enable", "disable"] as const) {
    const plain = prototype[name];
    prototype[name] = function (this: unknown) {
      fields[constants.kTotals] = kinds.reduce((sum, kind) => sum + fields[constants[kind]], 0);
      const result = plain.call(this);
      unchecked();
      return result;
    };
  }
  unchecked();
}

/** Takes what ended continuations have left off the stack of contexts. */
export function forgetEndedContinuations(): void {
  asyncWrap?.clearAsyncIdStack?.();
}

/** How many interrupts the main thread has seen, and how many were asked for. */
const counts = new Int32Array(
  isMainThread ? new SharedArrayBuffer(1 << 16) : (workerData as SharedArrayBuffer),
);
const seen = 0;
const asked = 1;

// What was typed in, for a main thread that waits for it: a state, the text's length in bytes (-1 for no answer), the text.
const state = 2;
const answerLength = 3;
const answerStart = 16;
const waitingForInput = 1;
const answered = 2;
const inputInterrupted = 3;

/** Waits for a line of text that the process asked for by `ask`; null when there is none. Nothing else runs meanwhile. */
export function waitForInput(ask: () => void): string | null {
  Atomics.store(counts, state, waitingForInput);
  ask();
  Atomics.wait(counts, state, waitingForInput);
  const how = Atomics.exchange(counts, state, 0);
  if (how === inputInterrupted) throw new Error("the wait for input was interrupted");
  const length = Atomics.load(counts, answerLength);
  return length < 0
    ? null
    : Buffer.from(counts.buffer.slice(answerStart, answerStart + length)).toString("utf8");
}

function handOver(answer: string | null): void {
  const bytes = Buffer.from(answer ?? "", "utf8").subarray(0, counts.buffer.byteLength - answerStart);
  new Uint8Array(counts.buffer).set(bytes, answerStart);
  Atomics.store(counts, answerLength, answer === null ? -1 : bytes.length);
  wakeInput(answered);
}

function wakeInput(how: number): void {
  if (Atomics.compareExchange(counts, state, waitingForInput, how) === waitingForInput)
    Atomics.notify(counts, state);
}

/** Starts the watching thread. */
export function watchForInterrupts(): void {
  new Worker(new URL(import.meta.url), { workerData: counts.buffer, stdout: false, stderr: false }).unref();
}

/** Says that the main thread has taken note of an interrupt by itself. */
export function interruptSeen(): void {
  Atomics.add(counts, seen, 1);
}

/** Whether an interrupt was asked for that the main thread has not been told of yet. */
export function isInterruptDue(): boolean {
  return Atomics.load(counts, asked) > Atomics.load(counts, seen);
}

function watch(): void {
  const socket = new Socket({ fd: pipe, writable: false });
  // The other process is gone without a word. A main thread in a busy loop would never see it and run for ever.
  socket.once("close", () => setTimeout(endFamily, graceMs));
  // A line each: an exclamation mark for an interrupt, or what was typed in as JSON.
  createInterface({ input: socket }).on("line", (line) => {
    if (line === "!") interruptAsked();
    else handOver(JSON.parse(line) as string | null);
  });
}

function interruptAsked(): void {
  const wanted = Atomics.add(counts, asked, 1) + 1;
  wakeInput(inputInterrupted);
  setTimeout(() => {
    if (Atomics.load(counts, seen) < wanted) endMainThreadsWork();
  }, graceMs);
}

// What cells have started goes with the session; where there are groups of processes it leads its own.
function endFamily(): void {
  process.kill(process.platform === "win32" ? process.pid : -process.pid, "SIGKILL");
}

// Connected for this moment only: Node waits at its end for an inspector that stays.
function endMainThreadsWork(): void {
  const inspector = new Inspector();
  inspector.connectToMainThread();
  inspector.post("Runtime.terminateExecution", () => inspector.disconnect());
}

if (!isMainThread) watch();
