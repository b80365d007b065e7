import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import vm from "node:vm";
import { type ReadingObserver, readingObserverKey } from "../../capture/reading-observer.js";
import { mimeBundle } from "../display/mime-bundle.js";
import { askedName } from "../help/asked-name.js";
import { completeCell } from "../help/complete-cell.js";
import { inspectCell } from "../help/inspect-cell.js";
import { CellContext } from "./cell-context.js";
import { type CellSource, syntaxFailure, thrownFailure } from "./cell-failure.js";
import { compileCell, sessionNames } from "./compile-cell.js";
import { importModule, importNamed, resolvePackage } from "./import-module.js";
import { interruptSeen } from "./interrupts.js";
import type { Completions, Inspection, MimeBundle, SessionEvent, SessionMethod } from "./messages.js";
import type { OutputOrder } from "./output-order.js";
import { Progress } from "./progress.js";
import { Scope } from "./scope.js";

/** What a cell that was interrupted ends with. */
class Interrupted extends Error {
  override readonly name: string = "Interrupted";

  constructor() {
    super("the cell was interrupted");
    this.stack = "";
  }
}

/** Options of `display`. */
export interface DisplayOptions {
  /** A name under which a later `display` with `update` replaces this output. */
  id?: string;
  update?: boolean;
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
  private readonly cells = new Map<string, CellSource>();
  private readonly context = new CellContext();
  private stop: (() => void) | undefined;
  private readonly bars = new Map<number, Progress[]>();
  // Cells that were interrupted: what they still do is not heard.
  private readonly stopped = new Set<number>();
  readonly cwd: string;

  constructor(cwd: string, outputs: SessionOutputs) {
    this.cwd = cwd;
    this.outputs = outputs;
    this.context.install();
    this.observeReads();
    const require = createRequire(`${cwd}/notebook.cjs`);
    this.scope = new Scope({
      require,
      display: (value: unknown, options?: DisplayOptions) => this.display(value, options),
      clearOutput: ({ wait = false }: { wait?: boolean } = {}) =>
        this.emit({ type: "clear", cell: this.currentCell, wait }),
      progress: (label: unknown, total?: number) => this.progress(String(label), total),
      [sessionNames.import]: (specifier: string) => importModule(String(specifier), cwd),
      [sessionNames.named]: (specifier: string, names: string[]) => importNamed(specifier, names, cwd),
      [sessionNames.meta]: {
        url: pathToFileURL(`${cwd}/notebook.ts`).href,
        dirname: cwd,
        filename: `${cwd}/notebook.ts`,
        resolve: (specifier: string) => resolvePackage(specifier, cwd),
      },
    });
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

  /** Runs a cell; false when it failed. What it printed, drew or threw has been emitted before the promise settles. */
  async execute(cell: number, source: string, silent: boolean): Promise<boolean> {
    const ok = await this.run(cell, source, silent);
    return (await this.drawn(cell)) && ok;
  }

  // What a cell shows without waiting for it is the cell's all the same; an interrupt gives it up.
  private async drawn(cell: number): Promise<boolean> {
    try {
      if (!this.stopped.has(cell)) await this.orInterrupted(this.outputs.settled(cell));
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

  private async run(cell: number, source: string, silent: boolean): Promise<boolean> {
    this.context.enter(cell);
    const asked = askedName(source);
    if (asked !== undefined) return this.help(cell, asked);
    const file = `cell-${cell}.ts`;
    const compiled = compileCell(source);
    if ("message" in compiled) {
      this.emit({ type: "error", cell, failure: syntaxFailure(file, source, compiled) });
      return false;
    }
    const lines = compiled.code.trimEnd().split("\n").length;
    this.cells.set(file, { file, source, map: compiled.map, lines, moved: compiled.moved });
    const result: { value?: unknown } = {};
    this.scope.begin(compiled.declares);
    try {
      const start = this.body(compiled.code, file);
      const value = await this.orInterrupted(
        (async () => {
          // A cell starts in a continuation: only there can a busy loop be stopped and the process live on.
          await null;
          await start(this.scope.proxy, result);
          return result.value;
        })(),
      );
      if (value !== undefined && !silent) {
        this.emit({ type: "result", cell, bundle: await this.bundle(value) });
      }
      return true;
    } catch (thrown) {
      this.endBars(cell);
      this.fail(cell, thrown);
      if (thrown instanceof Interrupted) this.stopped.add(cell);
      return false;
    } finally {
      this.stop = undefined;
      this.scope.end();
      this.endBars(cell);
    }
  }

  private help(cell: number, name: string): true {
    const { found, bundle } = inspectCell(this.scope.values, name, name.length);
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
    this.stop?.();
  }

  private orInterrupted<T>(work: Promise<T>): Promise<T> {
    const interrupted = new Promise<never>((_resolve, reject) => {
      this.stop = () => reject(new Interrupted());
    });
    return Promise.race([work, interrupted]);
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
    if (method === "inspect") return inspectCell(this.scope.values, code, offset);
    return this.evaluate(code);
  }

  private async evaluate(code: string): Promise<object> {
    const compiled = compileCell(`(${code}\n)`);
    try {
      if ("message" in compiled) throw new SyntaxError(compiled.message);
      const result: { value?: unknown } = {};
      await this.body(compiled.code, "expression.ts")(this.scope.proxy, result);
      const data: MimeBundle = await mimeBundle(await result.value);
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

  private body(code: string, file: string): (scope: object, result: { value?: unknown }) => Promise<void> {
    // `with` needs sloppy code around the strict code of the cell. One line, so that the cell's lines stay its own.
    const head = `(function (__tb_scope, ${sessionNames.result}) { with (__tb_scope) { return (async () => { "use strict"; `;
    const script = new vm.Script(`${head}\n${code}\n})(); } })`, { filename: file, lineOffset: -1 });
    return script.runInThisContext({ breakOnSigint: false });
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
