import { pathToFileURL } from "node:url";
import { inspect, stripVTControlCharacters } from "node:util";
import vm from "node:vm";
import { type ReadingObserver, readingObserverKey } from "../../capture/reading-observer.js";
import { type DisplayOptions, sessionDisplay } from "../display/display.js";
import { mimeBundle } from "../display/mime-bundle.js";
import { askedName } from "../help/asked-name.js";
import { completeCell } from "../help/complete-cell.js";
import { inspectCell } from "../help/inspect-cell.js";
import { CellContext } from "./cell-context.js";
import { type CellSource, placeStacks, syntaxFailure, thrownFailure } from "./cell-failure.js";
import { type CellSyntaxError, type CompiledCell, compileCell } from "./compile-cell.js";
import { drawingHelpers } from "./drawing-helpers.js";
import { hideBoxes, wordPlainly } from "./hide-boxes.js";
import { importModule, importNamed, resolvePackage } from "./import-module.js";
import { forgetEndedContinuations, interruptSeen, isInterruptDue, waitForInput } from "./interrupts.js";
import type { Completions, Inspection, MimeBundle, SessionEvent, SessionMethod } from "./messages.js";
import type { OutputOrder } from "./output-order.js";
import { Progress } from "./progress.js";
import { cellOptions } from "./project.js";
import { requireTypescript } from "./require-typescript.js";
import { type Box, Scope } from "./scope.js";
import { boxName, sessionNames } from "./session-names.js";

/** What a cell that was interrupted ends with. */
class Interrupted extends Error {
  override readonly name: string = "Interrupted";

  constructor() {
    super("the cell was interrupted");
    this.stack = "";
  }
}

/** What a cell ends with that waits for what cannot come: no timer, file, socket or process is left to bring it. */
class NothingLeft extends Error {
  override readonly name: string = "NothingLeft";

  constructor() {
    super("the cell waits for something that nothing can bring about any more");
    this.stack = "";
  }
}

// What a cell throws may be a proxy that lets nobody ask what it is.
function isA(thrown: unknown, kind: typeof Interrupted | typeof NothingLeft): boolean {
  try {
    return thrown instanceof kind;
  } catch {
    return false;
  }
}

/** Where a session says what comes of its cells, in their order. */
export type SessionOutputs = Pick<OutputOrder, "emit" | "hold" | "settled" | "release">;

/**
 * One notebook's state: compiles cells, runs them, and says what came of it through its outputs. Lives in a process of its
 * own, so that the process that speaks to the front end stays answerable whatever a cell does.
 */
export class Session {
  private readonly outputs: SessionOutputs;
  private readonly scope: Scope;
  private readonly provided: Readonly<Record<string, unknown>>;
  private readonly cells = new Map<string, CellSource>();
  private readonly context = new CellContext();
  private stop: ((why: Error) => void) | undefined;
  // A last value is waited for.
  private showing = false;
  private readonly bars = new Map<number, Progress[]>();
  // Cells that were interrupted: what they still do is not heard.
  private readonly stopped = new Set<number>();
  readonly cwd: string;

  constructor(cwd: string, outputs: SessionOutputs) {
    this.cwd = cwd;
    this.outputs = outputs;
    this.context.install();
    this.observeReads();
    hideBoxes();
    placeStacks(this.cells);
    const display = (value: unknown, options?: DisplayOptions) => this.display(value, options);
    Object.assign(globalThis, { [sessionDisplay]: display });
    const require = requireTypescript(cwd);
    this.scope = new Scope({
      require,
      display,
      clearOutput: ({ wait = false }: { wait?: boolean } = {}) =>
        this.emit({ type: "clear", cell: this.currentCell, wait }),
      ...drawingHelpers,
      prompt: (message = "", initial = "") =>
        this.ask(String(message)) ?? (initial === "" ? null : String(initial)),
      confirm: (message = "") => /^\s*y(?:es)?\s*$/i.test(this.ask(`${message} [y/N]`) ?? ""),
      alert: (message = "") => void this.ask(`${message} [Enter]`),
      progress: (label: unknown, total?: number) => this.progress(String(label), total),
    });
    this.provided = {
      [sessionNames.import]: (specifier: string) => importModule(String(specifier), cwd),
      [sessionNames.named]: (specifier: string, bound: [string, Box][]) => this.bindImports(specifier, bound),
      [sessionNames.meta]: {
        url: pathToFileURL(`${cwd}/notebook.ts`).href,
        dirname: cwd,
        filename: `${cwd}/notebook.ts`,
        resolve: (specifier: string) => resolvePackage(specifier, cwd),
      },
      [sessionNames.caught]: wordPlainly,
    };
  }

  // As in a browser: the cell waits, and everything else with it.
  private ask(prompt: string): string | null {
    return waitForInput(() => this.outputs.emit({ type: "input", cell: this.currentCell, prompt }));
  }

  private emit(event: SessionEvent): void {
    if (!("cell" in event && this.stopped.has(event.cell))) this.outputs.emit(event);
  }

  // Long reads show themselves; the library looks for this, since it does not import the kernel.
  private observeReads(): void {
    const observer: ReadingObserver = (name) => this.progress(name);
    (globalThis as unknown as Record<symbol, ReadingObserver>)[readingObserverKey] = observer;
  }

  private progress(label: string, total?: number): Progress {
    const cell = this.currentCell;
    const bar = new Progress(label, total, (bundle, displayId, update) =>
      this.emit({ type: "display", cell, bundle, displayId, update }),
    );
    this.bars.set(cell, [...(this.bars.get(cell) ?? []), bar]);
    return bar;
  }

  /** The cell whose code is running, also in callbacks that run after it ended. */
  get currentCell(): number {
    return this.context.current;
  }

  /**
   * Runs a cell; false when it failed. What it printed, drew or threw has been emitted before the promise settles, which
   * it does whatever the cell is.
   *
   * @param count the cell's number as people see it; undefined when it is not counted
   */
  async execute(cell: number, source: string, silent: boolean, count?: number): Promise<boolean> {
    try {
      const ok = await this.run(cell, source, silent, count);
      return (await this.drawn(cell)) && ok;
    } catch (fault) {
      this.fail(cell, fault);
      return false;
    }
  }

  // What a cell shows without waiting for it is the cell's all the same; an interrupt gives it up.
  private async drawn(cell: number): Promise<boolean> {
    try {
      if (!this.stopped.has(cell)) await this.orGivenUp(this.outputs.settled(cell));
      return true;
    } catch (interrupted) {
      this.fail(cell, interrupted);
      this.stopped.add(cell);
      return false;
    } finally {
      this.stop = undefined;
      if (this.stopped.has(cell)) this.outputs.release(cell);
    }
  }

  private async run(cell: number, source: string, silent: boolean, count?: number): Promise<boolean> {
    this.context.enter(cell);
    const asked = askedName(source);
    if (asked !== undefined) return this.help(cell, asked);
    const label = count === undefined ? "uncounted cell" : `cell ${count}`;
    const file = count === undefined ? `uncounted-${cell}.ts` : `cell-${count}.ts`;
    const compiled = this.compile(source);
    if ("message" in compiled) {
      this.emit({ type: "error", cell, failure: syntaxFailure(label, source, compiled) });
      return false;
    }
    const lines = compiled.code.trimEnd().split("\n").length;
    this.cells.set(file, { label, source, map: compiled.map, lines, moved: compiled.moved });
    const result: { value?: unknown } = {};
    this.scope.begin(compiled.declares);
    try {
      const start = this.body(compiled, file);
      await this.orGivenUp(inContinuation(() => start(result)));
      if (result.value !== undefined) await this.show(cell, result.value, silent);
      return true;
    } catch (thrown) {
      this.endBars(cell);
      // A child that the interrupt has stopped makes the call that waits for it throw, before the message is here.
      const why = isInterruptDue() ? await this.interrupted() : thrown;
      this.fail(cell, why);
      if (isA(why, Interrupted)) this.stopped.add(cell);
      return false;
    } finally {
      this.stop = undefined;
      this.scope.end();
      this.endBars(cell);
    }
  }

  // A promise is waited for, until it is clear that it will never settle: then it is shown as what it is.
  private async show(cell: number, value: unknown, silent: boolean): Promise<void> {
    let shown = value;
    this.showing = true;
    try {
      shown = await this.orGivenUp(inContinuation(async () => value));
      if (shown !== undefined && !silent) {
        this.showing = false;
        const bundle = await this.orGivenUp(inContinuation(() => this.bundle(shown)));
        this.emit({ type: "result", cell, bundle });
      }
    } catch (why) {
      const pending = this.showing && (isA(why, NothingLeft) || isA(why, Interrupted));
      if (pending && !silent) this.emit({ type: "result", cell, bundle: { "text/plain": inspect(value) } });
      if (!pending || isA(why, Interrupted)) throw why;
    } finally {
      this.showing = false;
    }
  }

  // The compiler goes down what is nested by recursion.
  private compile(source: string): CompiledCell | CellSyntaxError {
    try {
      return compileCell(source, cellOptions(this.cwd));
    } catch (fault) {
      if (!(fault instanceof RangeError)) throw fault;
      return { message: "the cell is nested too deeply to be compiled", line: 1, column: 1 };
    }
  }

  private async help(cell: number, name: string): Promise<true> {
    const { found, bundle } = inspectCell(this.scope.values, name, name.length, await library());
    if (found) this.emit({ type: "page", cell, bundle });
    else this.emit({ type: "stream", cell, name: "stderr", text: `nothing is known of ${name}\n` });
    return true;
  }

  // A bar that its cell did not end stays as far as it came.
  private endBars(cell: number): void {
    for (const bar of this.bars.get(cell) ?? []) bar.done();
    this.bars.delete(cell);
  }

  // An error that is a cell's value, and not thrown, shows the same places as a thrown one, without a terminal's colours.
  private async bundle(value: unknown): Promise<MimeBundle> {
    if (!(value instanceof Error)) return mimeBundle(value);
    return { "text/plain": stripVTControlCharacters(thrownFailure(value, this.cells).traceback.join("\n")) };
  }

  /** Stops waiting for the cell that runs; a busy loop is ended by the thread that watches. */
  interrupt(): void {
    interruptSeen();
    forgetEndedContinuations();
    this.stop?.(new Interrupted());
  }

  private async interrupted(): Promise<unknown> {
    return this.orGivenUp(new Promise<never>(() => undefined)).catch((why) => why);
  }

  /** Whether the cell that runs is done but for its value, which is not there yet. */
  get isShowing(): boolean {
    return this.showing;
  }

  /** Ends the wait of the cell that runs, since nothing is left that could. */
  nothingLeft(): void {
    this.stop?.(new NothingLeft());
  }

  private orGivenUp<T>(work: Promise<T>): Promise<T> {
    const givenUp = new Promise<never>((_resolve, reject) => {
      this.stop = reject;
    });
    return Promise.race([work, givenUp]);
  }

  /** Whether what a cell prints is still to be heard. */
  isStopped(cell: number): boolean {
    return this.stopped.has(cell);
  }

  /** Answers what a front end asks beside running cells. */
  async answer(
    method: SessionMethod,
    code: string,
    offset: number,
  ): Promise<Completions | Inspection | object> {
    if (method === "complete") return completeCell(this.scope.values, code, offset);
    if (method === "inspect") return inspectCell(this.scope.values, code, offset, await library());
    return this.evaluate(code);
  }

  private async evaluate(code: string): Promise<object> {
    try {
      const compiled = this.compile(`(${code}\n)`);
      if ("message" in compiled) throw new SyntaxError(compiled.message);
      const result: { value?: unknown } = {};
      await this.body(compiled, "expression.ts")(result);
      const data: MimeBundle = await mimeBundle(await settledSoon(result.value));
      return { status: "ok", data, metadata: {} };
    } catch (thrown) {
      return { status: "error", ...thrownFailure(thrown, this.cells) };
    }
  }

  /** Reports what was thrown where nothing caught it, or a promise was rejected with, on the cell it belongs to. */
  failLate(thrown: unknown, promise?: object): void {
    this.fail(this.context.cellOfError(thrown, promise), thrown);
  }

  private fail(cell: number, thrown: unknown): void {
    this.emit({ type: "error", cell, failure: thrownFailure(thrown, this.cells) });
  }

  private async bindImports(specifier: string, bound: readonly [string, Box][]): Promise<void> {
    const names = bound.map(([name]) => name);
    const values = await importNamed(specifier, names, this.cwd);
    for (const [index, [, box]] of bound.entries()) this.scope.give(box, values[index]);
  }

  private body({ code, uses }: CompiledCell, file: string): (result: { value?: unknown }) => Promise<void> {
    const names = [...Object.keys(this.provided), ...[...uses].map(boxName)];
    const values = [...Object.values(this.provided), ...this.scope.boxesOf(uses)];
    // One line, so that the cell's lines stay its own.
    const head = `((${[sessionNames.result, ...names].join(", ")}) => (async () => { "use strict"; `;
    const script = new vm.Script(`${head}\n${code}\n})())`, { filename: file, lineOffset: -1 });
    const run = script.runInThisContext({ breakOnSigint: false }) as (...given: unknown[]) => Promise<void>;
    return (result) => run(result, ...values);
  }

  private async display(value: unknown, { id, update }: DisplayOptions = {}): Promise<void> {
    const cell = this.currentCell;
    const fill = this.outputs.hold(cell);
    try {
      const bundle = await mimeBundle(value);
      const named = { ...(id !== undefined && { displayId: id }), ...(update && { update }) };
      fill(this.stopped.has(cell) ? undefined : { type: "display", cell, bundle, ...named });
    } catch (error) {
      fill();
      throw error;
    }
  }
}

// A cell starts in a continuation: only there can a busy loop be stopped and the process live on.
async function inContinuation<T>(work: () => Promise<T>): Promise<T> {
  await null;
  return work();
}

// Loaded ahead of the first cells.
function library(): Promise<Readonly<Record<string, unknown>>> {
  return import("../../index.js");
}

const soon_ms = 1000;

/** What a promise settles to, or the promise itself when it does not soon. */
async function settledSoon(value: unknown): Promise<unknown> {
  const late = Symbol("late");
  const later = new Promise((resolve) => setTimeout(resolve, soon_ms, late));
  const first = await Promise.race([value, later]);
  return first === late ? inspect(value) : first;
}
