// Stopping a cell whose loop never gives way: a thread of its own hears of the interrupt on a pipe, gives the main
// thread a moment to react by itself, and else ends what it is running through the inspector. The cell's promise
// then never settles, which the session's own race against the interrupt takes care of.

import { Session as Inspector } from "node:inspector";
import { Socket } from "node:net";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const pipe = 4;
const graceMs = 150;

/** Counts the interrupts that the main thread has seen. */
const seen = new Int32Array(isMainThread ? new SharedArrayBuffer(4) : (workerData as SharedArrayBuffer));

/** Starts the watching thread. */
export function watchForInterrupts(): void {
  new Worker(new URL(import.meta.url), { workerData: seen.buffer, stdout: false, stderr: false }).unref();
}

/** Says that the main thread has taken note of an interrupt by itself. */
export function interruptSeen(): void {
  Atomics.add(seen, 0, 1);
}

function watch(): void {
  let asked = 0;
  const socket = new Socket({ fd: pipe, writable: false });
  // The other process is gone without a word. A main thread in a busy loop would never see it and run for ever.
  socket.once("close", () => setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs));
  socket.on("data", (bytes) => {
    asked += bytes.length;
    const wanted = asked;
    setTimeout(() => {
      if (Atomics.load(seen, 0) < wanted) endMainThreadsWork();
    }, graceMs);
  });
}

// Connected for this moment only: Node waits at its end for an inspector that stays.
function endMainThreadsWork(): void {
  const inspector = new Inspector();
  inspector.connectToMainThread();
  inspector.post("Runtime.terminateExecution", () => inspector.disconnect());
}

if (!isMainThread) watch();
