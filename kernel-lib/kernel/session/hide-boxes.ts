import { withoutBoxes } from "./session-names.js";

/**
 * Makes functions of cells read as they were written. Arquero takes the text of `(d) => op.mean(d.x)` for its meaning,
 * and a function's text is what people print.
 */
export function hideBoxes(): void {
  const prototype = Function.prototype;
  const plain = prototype.toString;
  const { toString: asWritten } = {
    toString(this: unknown): string {
      return withoutBoxes(plain.call(this));
    },
  };
  Object.defineProperty(prototype, "toString", { value: asWritten, writable: true, configurable: true });
}

/** Words what V8 said of an error as the cell was written; called with what a cell catches. */
export function wordPlainly(thrown: unknown): void {
  if (!(thrown instanceof Error)) return;
  const message = Object.getOwnPropertyDescriptor(thrown, "message");
  if (typeof message?.value !== "string" || !message.value.includes("$tb")) return;
  Object.defineProperty(thrown, "message", { ...message, value: withoutBoxes(message.value) });
}
