import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { ownFile } from "../bytes/own-file.js";
import { allocatorSettings } from "./session/allocator-settings.js";
import type {
  Completions,
  Inspection,
  SessionEvent,
  SessionMethod,
  SessionRequest,
} from "./session/messages.js";

const entry = fileURLToPath(ownFile("kernel/session/session-main.js"));

/** From telling the session of an interrupt to telling its children. */
const beforeSignal_ms = 50;

const hasGroups = process.platform !== "win32";

/**
 * V8 allows itself less than a megabyte of stack, which the compiler uses up on what is nested some hundred deep. Where
 * the system says that it gives the main thread eight, V8 is told to use four.
 */
function stackSettings(): string[] {
  try {
    const soft = /^Max stack size\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === "unlimited" || Number(soft) >= 8 * 2 ** 20 ? ["--stack-size=3900"] : [];
  } catch {
    return [];
  }
}

interface Call {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** Options of {@link SessionProcess}. */
export interface SessionOptions {
  /** The folder that relative paths and packages are looked up from. */
  cwd: string;
  onEvent: (event: SessionEvent) => void;
  /** Asks for a line of text, to be given to `input`; false where nobody can be asked. */
  onInput?: (cell: number, prompt: string) => boolean;
  /** How long a cell may wait for what nothing can bring about any more; nobody can stop it unless given. */
  patience_ms?: number;
}

/**
 * A session in a process of its own. What the processes that cells start print comes through the session's pipes and
 * goes to the cell that runs, or ran last. A session that dies takes its cell's success and its variables with it; the
 * next cell gets a new one.
 */
export class SessionProcess {
  private readonly cwd: string;
  private readonly onEvent: (event: SessionEvent) => void;
  private readonly patience_ms: number;
  private readonly onInput: SessionOptions["onInput"];
  private readonly waiting = new Map<number, (ok: boolean) => void>();
  private readonly calls = new Map<number, Call>();
  private lastCall = 0;
  private lastCell = 0;
  private child: ChildProcess;
  private ready: Promise<void>;

  constructor({ cwd, onEvent, onInput, patience_ms = 0 }: SessionOptions) {
    this.onInput = onInput;
    this.cwd = cwd;
    this.patience_ms = patience_ms;
    this.onEvent = onEvent;
    this.child = this.fork();
    this.ready = this.readiness(this.child);
  }

  private fork(): ChildProcess {
    return fork(entry, [], {
      execArgv: [
        "--experimental-import-meta-resolve",
        "--no-warnings=ExperimentalWarning",
        "--stack-trace-limit=50",
        ...stackSettings(),
      ],
      serialization: "advanced",
      // The last one wakes the thread that interrupts cells.
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      cwd: this.cwd,
      // In a group of its own, so that an interrupt reaches what cells have started, as Ctrl-C in a terminal does.
      detached: hasGroups,
      env: { ...allocatorSettings, ...process.env },
    });
  }

  private readiness(child: ChildProcess): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.on("message", (event: SessionEvent) => {
        if (event.type === "ready") resolve();
        else this.receive(event);
      });
      child.once("exit", (code, signal) => {
        reject(new Error("the session ended before it was ready"));
        this.ended(code, signal);
      });
    });
    // Said to whoever waits for it; nobody may.
    ready.catch(() => undefined);
    this.forward(child, "stdout");
    this.forward(child, "stderr");
    this.send({ type: "start", cwd: this.cwd, patience_ms: this.patience_ms });
    return ready;
  }

  /** Settles when the session can take cells; one that has ended is replaced by an empty one. */
  private async started(): Promise<void> {
    if (this.hasEnded()) {
      this.child = this.fork();
      this.ready = this.readiness(this.child);
    }
    await this.ready;
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /**
   * Runs a cell; false when it failed. Its outputs arrive through `onEvent` before the promise settles.
   *
   * @param count the cell's number as people see it; `undefined` for one that is not counted
   */
  async execute(
    cell: number,
    code: string,
    silent: boolean = false,
    count: number | undefined = cell,
  ): Promise<boolean> {
    await this.started();
    this.lastCell = cell;
    return new Promise((resolve) => {
      this.waiting.set(cell, resolve);
      this.send({ type: "execute", cell, count, code, silent });
    });
  }

  /** Stops the cell that runs, whatever it is doing; the session and its names live on. */
  async interrupt(): Promise<void> {
    // One that comes while the session starts must not overtake the cell it is meant for.
    await this.ready.catch(() => undefined);
    this.send({ type: "interrupt" });
    (this.child.stdio[4] as Writable | null)?.write("!\n");
    // The session knows by then why a child of its own was stopped.
    setTimeout(() => this.signal("SIGINT"), beforeSignal_ms);
  }

  /** Answers a session that waits for a line of text; null for none. */
  input(text: string | null): void {
    (this.child.stdio[4] as Writable | null)?.write(`${JSON.stringify(text)}\n`);
  }

  // To the session, which takes no notice, and to the processes that its cells have started.
  private signal(signal: NodeJS.Signals): void {
    if (!hasGroups || this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // All of them have gone.
    }
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
    await this.started();
    return new Promise((resolve, reject) => {
      const call = ++this.lastCall;
      this.calls.set(call, { resolve, reject });
      this.send({ type: "call", call, method, code, offset });
    });
  }

  /** Ends the session. */
  async close(): Promise<void> {
    if (this.hasEnded()) return;
    // "close" comes when its pipes are read to their end, "exit" may come before.
    const gone = new Promise((resolve) => this.child.once("close", resolve));
    this.send({ type: "shutdown" });
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 2000);
    await gone;
    clearTimeout(timer);
    this.signal("SIGTERM");
  }

  private send(request: SessionRequest): void {
    if (this.child.connected) this.child.send(request);
  }

  private receive(event: SessionEvent): void {
    if (event.type === "answer") {
      this.calls.get(event.call)?.resolve(event.value);
      this.calls.delete(event.call);
      return;
    }
    if (event.type === "input" && !this.onInput?.(event.cell, event.prompt)) this.input(null);
    this.onEvent(event);
    if (event.type !== "done") return;
    const settle = this.waiting.get(event.cell);
    this.waiting.delete(event.cell);
    // What the cell's own child processes wrote stands in the pipes by now: two turns of the loop read them.
    setImmediate(() => setImmediate(() => settle?.(event.ok)));
  }

  private forward(child: ChildProcess, name: "stdout" | "stderr"): void {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
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
    for (const { reject } of this.calls.values()) reject(new Error("the session's process ended"));
    this.calls.clear();
  }
}
