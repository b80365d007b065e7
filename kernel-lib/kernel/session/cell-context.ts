// Which cell's code is running, also in callbacks and continuations that come after it ended. AsyncLocalStorage would
// know, but on Node 20 and 22 it keeps a stack of async ids that ending a busy loop from outside leaves unbalanced, upon
// which Node aborts the process. V8's own hooks for promises keep no such stack; callbacks carry their cell along.
import { promiseHooks } from "node:v8";
import { carryCallbacks } from "./carry-callbacks.js";
import { CellMark } from "./cell-mark.js";

/** Knows the cell that output belongs to. */
export class CellContext {
  private cell = 0;
  private wake: number | undefined;
  /** What a carried callback threw last. */
  private thrown: { error: unknown; cell: number } | undefined;

  /** The cell whose code runs now: that of the callback or continuation at work, else the one that was started last. */
  get current(): number {
    return this.wake ?? this.cell;
  }

  /** The cell that an error belongs to that nothing caught: of the callback that threw it, or the promise rejected. */
  cellOfError(error: unknown, promise?: object): number {
    const marked = promise && CellMark.of(promise);
    return marked ?? (this.thrown?.error === error ? this.thrown?.cell : undefined) ?? this.current;
  }

  /** A cell has been started. */
  enter(cell: number): void {
    this.cell = cell;
    this.wake = undefined;
  }

  /** Makes what cells leave to be called later carry their cell. */
  install(): void {
    const outer: (number | undefined)[] = [];
    promiseHooks.createHook({
      init: (promise) => {
        CellMark.put(promise, this.current);
      },
      before: (promise) => {
        outer.push(this.wake);
        this.wake = CellMark.of(promise);
      },
      // A continuation that was ended from outside has no end of its own: nothing may rest on them being paired.
      after: () => {
        this.wake = outer.pop();
      },
    });
    carryCallbacks((callback) => this.carry(callback));
  }

  /** The callback, run as what the cell that is current now does. */
  private carry<F extends (...args: never[]) => unknown>(callback: F): F {
    const cell = this.current;
    const context = this;
    return function (this: unknown, ...args: never[]) {
      const before = context.wake;
      context.wake = cell;
      try {
        return callback.apply(this, args);
      } catch (error) {
        context.thrown = { error, cell };
        throw error;
      } finally {
        context.wake = before;
      }
    } as F;
  }
}
