// The session's process: takes requests from the process that started it and answers with events.

import codeCache from "../code-cache.cjs";
import { hideAllocatorSettings } from "./allocator-settings.js";
import { CellGarbage } from "./cell-garbage.js";
import { tolerateEndedContinuations, watchForInterrupts } from "./interrupts.js";
import type { SessionEvent, SessionRequest } from "./messages.js";
import { OutputOrder } from "./output-order.js";
import { OutputStreams } from "./output-streams.js";
import { Session } from "./session.js";

const send = (event: SessionEvent): void => {
  process.send?.(event);
};
const order = new OutputOrder(send);
const streams = new OutputStreams((event) => {
  if (!("cell" in event && session?.isStopped(event.cell))) order.emit(event);
});
const garbage = new CellGarbage();
let session: Session | undefined;
const waiting: SessionRequest[] = [];
let busy = false;
/** Since when nothing is left that could end the wait of the cell that runs. */
let stalledAt: number | undefined;
let patience_ms = 0;

/** Compiled code is kept when the first cells have shown which functions of the compiler are used. */
const savedAfter_ms = 3000;
/** How long nothing runs before the library is loaded ahead. */
const idle_ms = 150;

function emit(event: SessionEvent): void {
  streams.flush();
  order.emit(event);
}

function hold(cell: number): (event?: SessionEvent) => void {
  streams.flush();
  return order.hold(cell);
}

process.on("message", (request: SessionRequest) => {
  if (request.type === "interrupt") session?.interrupt();
  else if (request.type === "call") void answer(request);
  else {
    waiting.push(request);
    next();
  }
});

async function answer({ call, method, code, offset }: SessionRequest & { type: "call" }): Promise<void> {
  const value = await session?.answer(method, code, offset).catch(() => undefined);
  emit({ type: "answer", call, value });
}

// Not a chain of promises: what is left of one after a busy loop was ended from outside does not go on.
function next(): void {
  const request = busy ? undefined : waiting.shift();
  if (!request) return;
  if (request.type === "start") start(request);
  else if (request.type === "execute") void execute(request);
  else if (request.type === "shutdown") {
    streams.flush();
    codeCache.saveCodeCache();
    exit(0);
  }
}

const exit = process.exit.bind(process);

// Whoever started the session decides when a cell is to stop; Ctrl-C reaches the whole group of processes.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => exit(0));

function start({ cwd, patience_ms: patience }: SessionRequest & { type: "start" }): void {
  process.chdir(cwd);
  patience_ms = patience;
  tolerateEndedContinuations();
  hideAllocatorSettings();
  watchForInterrupts();
  // Before there is a session: its listeners would belong to a cell.
  process.on("uncaughtException", (error) => started.failLate(error));
  process.on("unhandledRejection", (reason, promise) => started.failLate(reason, promise));
  const started = new Session(cwd, {
    emit,
    hold,
    settled: (cell) => order.settled(cell),
    release: (cell) => order.release(cell),
  });
  session = started;
  streams.capture(process.stdout, "stdout", () => started.currentCell);
  streams.capture(process.stderr, "stderr", () => started.currentCell);
  // A cell that calls process.exit means to stop itself, not to lose everybody's state.
  process.exit = ((code?: number) => {
    throw new Error(`process.exit(${code ?? ""}) was called; the session goes on`);
  }) as typeof process.exit;
  emit({ type: "ready" });
  next();
  setTimeout(codeCache.saveCodeCache, savedAfter_ms).unref();
  setTimeout(preload, idle_ms).unref();
}

// What a notebook's first cells want, while nobody waits: a person reads before the first cell is run.
function preload(): void {
  if (busy) setTimeout(preload, idle_ms).unref();
  else void import("../../index.js").catch(() => undefined);
}

async function execute(request: SessionRequest & { type: "execute" }): Promise<void> {
  const { cell, count, code, silent } = request;
  busy = true;
  // While a cell runs, requests alone do not keep the process alive: when nothing else does, nothing is left to wait for.
  process.channel?.unref();
  const ok = (await session?.execute(cell, code, silent, count)) ?? false;
  process.channel?.ref();
  stalledAt = undefined;
  emit({ type: "done", cell, ok });
  busy = false;
  next();
  // After the answer is out, and not before what is waiting.
  setImmediate(() => !busy && garbage.afterCell());
}

process.on("beforeExit", () => {
  process.channel?.ref();
  if (!busy) return;
  const now = performance.now();
  stalledAt ??= now;
  const left_ms = stalledAt + (session?.isShowing ? 0 : patience_ms) - now;
  if (left_ms <= 0) session?.nothingLeft();
  // What the cell does with that may be to wait again.
  setTimeout(() => busy && process.channel?.unref(), Math.max(left_ms, 0));
});
