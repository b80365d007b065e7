import type { SessionEvent } from "./messages.js";

const flushBytes = 1 << 16;
const flushMs = 40;

/**
 * Gathers what cells print and hands it on in pieces: a hundred thousand lines are some dozens of messages, in order.
 * What comes first, or after a pause, goes out at once, and a piece when it is large or old enough, also in the middle of a busy
 * loop; and always before anything else is said.
 */
export class OutputStreams {
  private readonly emit: (event: SessionEvent) => void;
  private text = "";
  private cell = 0;
  private name: "stdout" | "stderr" = "stdout";
  private flushed = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(emit: (event: SessionEvent) => void) {
    this.emit = emit;
  }

  write(cell: number, name: "stdout" | "stderr", text: string): void {
    if (this.text !== "" && (cell !== this.cell || name !== this.name)) this.flush();
    if (cell !== this.cell) this.flushed = 0;
    this.cell = cell;
    this.name = name;
    this.text += text;
    if (this.text.length >= flushBytes || Date.now() - this.flushed >= flushMs) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), flushMs).unref();
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.text === "") return;
    const event: SessionEvent = { type: "stream", cell: this.cell, name: this.name, text: this.text };
    this.text = "";
    this.flushed = Date.now();
    this.emit(event);
  }

  /** Sends everything that is written to `stream` here instead of to the process's own output. */
  capture(stream: NodeJS.WriteStream, name: "stdout" | "stderr", currentCell: () => number): void {
    const utf8 = new TextDecoder();
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      this.write(
        currentCell(),
        name,
        typeof chunk === "string" ? chunk : utf8.decode(chunk, { stream: true }),
      );
      const callback = rest.find((one): one is () => void => typeof one === "function");
      if (callback) queueMicrotask(callback);
      return true;
    }) as typeof stream.write;
  }
}
