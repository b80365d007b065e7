import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ownFile } from "../../bytes/own-file.js";
import type { Completions } from "../session/messages.js";
import type { Described, LanguageAnswer, LanguageRequest, TypeNote } from "./messages.js";

const entry = fileURLToPath(ownFile("kernel/language/language-main.js"));

/** A first answer takes as long as the library's and Node's types take to be read. */
const patience_ms = 20_000;

/** A request before it has its number. */
type Question = LanguageRequest extends infer Each
  ? Each extends { call: number }
    ? Omit<Each, "call">
    : never
  : never;

/**
 * TypeScript's language service in a process of its own, started with the first question. It knows the cells that ran, in
 * their order; one that has ended is started anew with them.
 */
export class LanguageProcess {
  private readonly cwd: string;
  private readonly cells: { number: number; code: string }[] = [];
  private readonly calls = new Map<number, (value: LanguageAnswer["value"]) => void>();
  private lastCall = 0;
  private child: ChildProcess | undefined;
  private strict = false;
  private ends = false;

  constructor(cwd: string) {
    this.cwd = cwd;
  }

  /** Whether it has been needed yet. */
  get isStarted(): boolean {
    return this.child !== undefined;
  }

  /** Takes note of a cell that ran. */
  add(number: number, code: string): void {
    this.cells.push({ number, code });
    this.child?.send({ type: "cell", number, code } satisfies LanguageRequest);
  }

  /** Checks as strictly as TypeScript can, or leniently, where no tsconfig.json says. */
  setStrict(strict: boolean): void {
    if (strict === this.strict) return;
    this.strict = strict;
    this.close();
  }

  /** Starts the process, if it is not there. */
  start(): ChildProcess {
    if (this.child) return this.child;
    const child = fork(entry, [], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    child.on("message", ({ call, value }: LanguageAnswer) => {
      this.calls.get(call)?.(value);
      this.calls.delete(call);
    });
    child.once("exit", () => this.ended(child));
    child.once("error", () => this.ended(child));
    child.unref();
    child.channel?.unref();
    this.child = child;
    this.send({ type: "start", cwd: this.cwd, strict: this.strict });
    for (const cell of this.cells) this.send({ type: "cell", ...cell });
    return child;
  }

  private ended(child: ChildProcess): void {
    // One that was replaced has nothing to answer any more.
    if (this.child !== child) return;
    this.child = undefined;
    this.answerNothing();
  }

  private answerNothing(): void {
    for (const resolve of this.calls.values()) resolve(null);
    this.calls.clear();
  }

  private send(request: LanguageRequest): void {
    const { child } = this;
    if (child?.connected) child.send(request, () => undefined);
  }

  /** What can stand at a place in some code; undefined when there is no answer in time. */
  async complete(code: string, offset: number): Promise<Completions | undefined> {
    return ((await this.call({ type: "complete", code, offset })) ?? undefined) as Completions | undefined;
  }

  /** What stands at a place in some code. */
  async inspect(code: string, offset: number): Promise<Described | undefined> {
    return ((await this.call({ type: "inspect", code, offset })) ?? undefined) as Described | undefined;
  }

  /** The type errors of code that has not run. */
  async check(code: string): Promise<TypeNote[]> {
    return ((await this.call({ type: "check", code })) ?? []) as TypeNote[];
  }

  /** The type errors of a cell that ran; it is taken note of, too. */
  async checkCell(number: number, code: string): Promise<TypeNote[]> {
    if (!this.ends) this.start();
    this.cells.push({ number, code });
    return ((await this.call({ type: "checkCell", number, code })) ?? []) as TypeNote[];
  }

  private async call(question: Question): Promise<LanguageAnswer["value"]> {
    if (this.ends) return null;
    this.start();
    return new Promise((resolve) => {
      const call = ++this.lastCall;
      const timer = setTimeout(() => {
        this.calls.delete(call);
        resolve(null);
      }, patience_ms);
      this.calls.set(call, (value) => {
        clearTimeout(timer);
        resolve(value);
      });
      this.send({ ...question, call } as LanguageRequest);
    });
  }

  /** Ends the process for good: what is asked from now on has no answer. */
  end(): void {
    this.ends = true;
    this.close();
  }

  /** Ends the process; the next question starts one again. */
  private close(): void {
    const { child } = this;
    this.child = undefined;
    this.answerNothing();
    child?.kill("SIGKILL");
  }
}
