// The session's process: takes requests from the process that started it and answers with events.

import type { SessionEvent, SessionRequest } from "./messages.js";
import { OutputStreams } from "./output-streams.js";
import { Session } from "./session.js";

const send = (event: SessionEvent): void => {
  process.send?.(event);
};
const streams = new OutputStreams(send);
let session: Session | undefined;
let queue: Promise<void> = Promise.resolve();

function emit(event: SessionEvent): void {
  streams.flush();
  send(event);
}

process.on("message", (request: SessionRequest) => {
  queue = queue.then(() => handle(request));
});

async function handle(request: SessionRequest): Promise<void> {
  if (request.type === "start") start(request.cwd);
  else if (request.type === "execute") await execute(request);
  else {
    streams.flush();
    exit(0);
  }
}

const exit = process.exit.bind(process);

function start(cwd: string): void {
  process.chdir(cwd);
  const started = new Session(cwd, emit);
  session = started;
  streams.capture(process.stdout, "stdout", () => started.currentCell);
  streams.capture(process.stderr, "stderr", () => started.currentCell);
  process.on("uncaughtException", (error) => started.fail(started.currentCell, error));
  process.on("unhandledRejection", (reason) => started.fail(started.currentCell, reason));
  // A cell that calls process.exit means to stop itself, not to lose everybody's state.
  process.exit = ((code?: number) => {
    throw new Error(`process.exit(${code ?? ""}) was called; the session goes on`);
  }) as typeof process.exit;
  emit({ type: "ready" });
}

async function execute({ cell, code, silent }: SessionRequest & { type: "execute" }): Promise<void> {
  const ok = (await session?.execute(cell, code, silent)) ?? false;
  emit({ type: "done", cell, ok });
}
