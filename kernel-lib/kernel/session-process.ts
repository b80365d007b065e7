import { type ChildProcess, fork } from "node:child_process";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type {
  Completions,
  Inspection,
  SessionEvent,
  SessionMethod,
  SessionRequest,
} from "./session/messages.js";

const entry = fileURLToPath(new URL("./session/session-main.js", import.meta.url));

/** Options of {@link SessionProcess}. */
export interface SessionOptions {
  /** The folder that relative paths and packages are looked up from. */
  cwd: string;
  onEvent: (event: SessionEvent) => void;
}

/**
 * A session in a process of its own. What the processes that cells start print comes through the session's pipes and
 * goes to the cell that runs, or ran last.
 */
export class SessionProcess {
  private readonly child: ChildProcess;
  private readonly onEvent: (event: SessionEvent) => void;
  private readonly waiting = new Map<number, (ok: boolean) => void>();
  private readonly calls = new Map<number, (value: unknown) => void>();
  private lastCall = 0;
  private lastCell = 0;
  /** Settles when the session can take cells. */
  readonly ready: Promise<void>;

  constructor({ cwd, onEvent }: SessionOptions) {
    this.onEvent = onEvent;
    this.child = fork(entry, [], {
      execArgv: [
        "--experimental-import-meta-resolve",
        "--no-warnings=ExperimentalWarning",
        "--stack-trace-limit=50",
      ],
      serialization: "advanced",
      // The last one wakes the thread that interrupts cells.
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      cwd,
    });
    this.ready = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.on("message", (event: SessionEvent) => {
        if (event.type === "ready") resolve();
        else this.receive(event);
      });
      this.child.once("exit", (code, signal) => {
        reject(new Error("the session ended before it was ready"));
        this.ended(code, signal);
      });
    });
    this.forward("stdout");
    this.forward("stderr");
    this.send({ type: "start", cwd });
  }

  /** Runs a cell; false when it failed. Its outputs arrive through `onEvent` before the promise settles. */
  async execute(cell: number, code: string, silent = false): Promise<boolean> {
    await this.ready;
    this.lastCell = cell;
    return new Promise((resolve) => {
      this.waiting.set(cell, resolve);
      this.send({ type: "execute", cell, code, silent });
    });
  }

  /** Stops the cell that runs, whatever it is doing; the session and its names live on. */
  async interrupt(): Promise<void> {
    this.send({ type: "interrupt" });
    (this.child.stdio[4] as Writable | null)?.write("!");
  }

  /** Completions at a place in some code. */
  complete(code: string, offset: number): Promise<Completions> {
    return this.call("complete", code, offset) as Promise<Completions>;
  }

  /** What there is to say of the name at a place in some code. */
  inspect(code: string, offset: number): Promise<Inspection> {
    return this.call("inspect", code, offset) as Promise<Inspection>;
  }

  /** An expression's value as a bundle with status, as `user_expressions` wants it. */
  evaluate(code: string): Promise<unknown> {
    return this.call("evaluate", code, 0);
  }

  private async call(method: SessionMethod, code: string, offset: number): Promise<unknown> {
    await this.ready;
    return new Promise((resolve) => {
      const call = ++this.lastCall;
      this.calls.set(call, resolve);
      this.send({ type: "call", call, method, code, offset });
    });
  }

  /** Ends the session. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.send({ type: "shutdown" });
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 2000);
    await gone;
    clearTimeout(timer);
  }

  private send(request: SessionRequest): void {
    if (this.child.connected) this.child.send(request);
  }

  private receive(event: SessionEvent): void {
    if (event.type === "answer") {
      this.calls.get(event.call)?.(event.value);
      this.calls.delete(event.call);
      return;
    }
    this.onEvent(event);
    if (event.type !== "done") return;
    this.waiting.get(event.cell)?.(event.ok);
    this.waiting.delete(event.cell);
  }

  private forward(name: "stdout" | "stderr"): void {
    this.child[name]?.setEncoding("utf8").on("data", (text: string) => {
      this.onEvent({ type: "stream", cell: this.lastCell, name, text });
    });
  }

  private ended(code: number | null, signal: string | null): void {
    for (const [cell, resolve] of this.waiting) {
      const evalue = `the session's process ended (${signal ?? `exit code ${code}`}); its variables are lost`;
      const failure = { ename: "SessionEnded", evalue, traceback: [evalue] };
      this.onEvent({ type: "error", cell, failure });
      resolve(false);
    }
    this.waiting.clear();
  }
}
