// Which cell's code is running, also in callbacks that come after it ended. AsyncLocalStorage would know exactly, but
// on Node 20 and 22 it keeps a stack of async ids that ending a busy loop from outside leaves unbalanced, upon which
// Node aborts the process. So timers carry their cell along, and what runs in their wake belongs to it.

type Callback = (...args: unknown[]) => unknown;

const timers = ["setTimeout", "setInterval", "setImmediate"] as const;

/** Knows the cell that output belongs to. */
export class CellContext {
  private cell = 0;
  private wake: number | undefined;
  private readonly setImmediate = globalThis.setImmediate;

  /** The cell whose code runs now: that of the timer whose wake this is, else the one that was started last. */
  get current(): number {
    return this.wake ?? this.cell;
  }

  /** A cell has been started. */
  enter(cell: number): void {
    this.cell = cell;
    this.wake = undefined;
  }

  /** Makes timers that cells set carry their cell. */
  install(): void {
    const globals = globalThis as unknown as Record<
      string,
      (callback: Callback, ...rest: unknown[]) => unknown
    >;
    for (const name of timers) {
      const plain = globals[name];
      const carrying = (callback: Callback, ...rest: unknown[]) =>
        plain(typeof callback === "function" ? this.carry(callback) : callback, ...rest);
      // promisify() and other properties of the timer functions stay what they are.
      globals[name] = Object.defineProperties(carrying, Object.getOwnPropertyDescriptors(plain));
    }
  }

  private carry(callback: Callback): Callback {
    const cell = this.current;
    const context = this;
    return function (this: unknown, ...args: unknown[]) {
      context.wake = cell;
      // Promises that the callback settles go on in microtasks; an immediate comes after all of them.
      context.setImmediate(() => {
        if (context.wake === cell) context.wake = undefined;
      });
      // As a microtask, because a busy loop in the timer's own call could not be ended without ending the process.
      queueMicrotask(() => callback.apply(this, args));
    };
  }
}
