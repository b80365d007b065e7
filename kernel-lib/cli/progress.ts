import { printable } from "./output.js";

// A log wants few lines: none for what is quick.
const quiet_ms = 15_000;

/** Says where long work is. */
export interface Progress {
  /** What is being done now: `go.trace: reading 40 %`. */
  at(text: string): void;
  /** Takes the line away. */
  end(): void;
}

/**
 * Progress on stderr: one line that changes where a person watches, and on a pipe a line of its own every quarter of a
 * minute, so that a log shows where long work is.
 */
export function progress(stream: NodeJS.WriteStream = process.stderr, every_ms: number = quiet_ms): Progress {
  if (stream.isTTY) {
    return {
      at: (text: string) =>
        void stream.write(`\r\x1b[K${printable(text).slice(0, Math.max(20, stream.columns - 1))}`),
      end: () => void stream.write("\r\x1b[K"),
    };
  }
  let now = "";
  let told = Date.now();
  const tell = () => {
    if (now === "" || Date.now() - told < every_ms) return;
    told = Date.now();
    stream.write(`tracebook: ${printable(now)}\n`);
  };
  // Work that does not report by itself is asked; work that keeps the thread reports when it does.
  const timer = setInterval(tell, every_ms / 4).unref();
  return {
    at: (text: string) => {
      now = text;
      tell();
    },
    end: () => clearInterval(timer),
  };
}
