import { Publisher, Reply, Router } from "zeromq";
import { packageVersion } from "../../bytes/package-version.js";
import { CellHelp } from "../help/cell-help.js";
import { LanguageProcess } from "../language/language-process.js";
import type { MimeBundle, SessionEvent } from "../session/messages.js";
import { SessionProcess } from "../session-process.js";
import { codePointOffset, utf16Offset } from "./code-points.js";
import { address, type Connection, readConnection } from "./connection-file.js";
import { History } from "./history.js";
import { TypeNotes, typesModeOf } from "./type-notes.js";
import { type Header, type Message, protocolVersion, Wire } from "./wire.js";

const kernelInfo = {
  status: "ok",
  protocol_version: protocolVersion,
  implementation: "tracebook",
  implementation_version: packageVersion,
  banner: `Tracebook ${packageVersion}: Go latency postmortems in TypeScript, on Node ${process.versions.node}`,
  language_info: {
    name: "typescript",
    version: "6.0",
    mimetype: "text/x-typescript",
    file_extension: ".ts",
    codemirror_mode: { name: "javascript", typescript: true },
    pygments_lexer: "typescript",
    nbconvert_exporter: "script",
  },
  help_links: [],
};

/** Somebody may be about to stop a cell that waits in vain. */
const patience_ms = 5000;

/** Answers a request's content; what it returns becomes the reply's. */
type Answer = (message: Message) => Promise<Record<string, unknown>> | Record<string, unknown>;

interface Execution {
  message: Message;
  socket: Router;
}

/** The kernel for Jupyter front ends: listens on what the connection file says, and runs cells in a session. */
export class KernelServer {
  private readonly connection: Connection;
  private readonly wire: Wire;
  private readonly shell = new Router();
  private readonly control = new Router();
  private readonly stdin = new Router();
  private readonly iopub = new Publisher();
  private readonly heartbeat = new Reply();
  private readonly history = new History();
  private readonly session: SessionProcess;
  private readonly language: LanguageProcess;
  private readonly help: CellHelp;
  private readonly types: TypeNotes;
  private executionCount = 0;
  private nextCell = 1;
  private readonly parents = new Map<number, Header>();
  private readonly counts = new Map<number, number>();
  private readonly failures = new Map<number, { ename: string; evalue: string; traceback: string[] }>();
  /** Requests of running cells whose front ends can be asked for input. */
  private readonly askers = new Map<number, Message>();
  private readonly pages = new Map<number, MimeBundle>();
  private queue: Execution[] = [];
  private running = false;
  // Sockets take one message at a time.
  private sending: Promise<void> = Promise.resolve();
  private closed: (() => void) | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    this.wire = new Wire(connection.key, connection.signature_scheme);
    this.session = new SessionProcess({
      cwd: process.cwd(),
      onEvent: (event) => this.publishEvent(event),
      onInput: (cell, prompt) => this.askFor(cell, prompt),
      patience_ms,
    });
    this.language = new LanguageProcess(process.cwd());
    this.help = new CellHelp(this.session, this.language);
    this.types = new TypeNotes(this.language, typesModeOf(process.env.TRACEBOOK_TYPES));
  }

  /** Listens until it is told to shut down. */
  async run(): Promise<void> {
    const { shell_port, control_port, stdin_port, iopub_port, hb_port } = this.connection;
    await this.shell.bind(address(this.connection, shell_port));
    await this.control.bind(address(this.connection, control_port));
    await this.stdin.bind(address(this.connection, stdin_port));
    await this.iopub.bind(address(this.connection, iopub_port));
    await this.heartbeat.bind(address(this.connection, hb_port));
    this.publish("status", { execution_state: "starting" }, {});
    const done = new Promise<void>((resolve) => {
      this.closed = resolve;
    });
    void this.echoHeartbeat();
    void this.listen(this.shell);
    void this.listen(this.control);
    void this.listen(this.stdin);
    await done;
    this.language.end();
    await this.session.close();
    await this.sending;
    for (const socket of [this.shell, this.control, this.stdin, this.iopub, this.heartbeat]) socket.close();
  }

  /** Stops the cell that runs. */
  interrupt(): Promise<void> {
    return this.session.interrupt();
  }

  private async echoHeartbeat(): Promise<void> {
    for await (const frames of this.heartbeat) await this.heartbeat.send(frames);
  }

  private async listen(socket: Router): Promise<void> {
    for await (const frames of socket) {
      const message = this.wire.decode(frames);
      if (message) this.receive(socket, message);
    }
  }

  private askFor(cell: number, prompt: string): boolean {
    const asker = this.askers.get(cell);
    if (!asker) return false;
    const { header, identities } = asker;
    const content = { prompt, password: false };
    this.send(this.stdin, this.wire.encode("input_request", content, header, identities));
    return true;
  }

  private async runCell(cell: number, given: string, silent: boolean, count?: number): Promise<boolean> {
    try {
      const code = this.types.withoutMagic(given);
      const refusal = silent ? undefined : await this.types.refusal(code, count ?? cell);
      if (refusal) {
        this.publishEvent({ type: "error", cell, failure: refusal });
        return false;
      }
      const ok = await this.session.execute(cell, code, silent, count);
      if (ok && !silent)
        this.types.ran(count ?? cell, code, (bundle) => this.publishEvent({ type: "display", cell, bundle }));
      return ok;
    } catch (error) {
      const { name, message } = error as Error;
      this.publishEvent({
        type: "error",
        cell,
        failure: { ename: name, evalue: message, traceback: [message] },
      });
      return false;
    }
  }

  private receive(socket: Router, message: Message): void {
    if (message.header.msg_type === "execute_request") {
      this.queue.push({ message, socket });
      void this.drain();
      return;
    }
    void this.answer(socket, message);
  }

  private readonly answers: Readonly<Record<string, Answer>> = {
    kernel_info_request: () => kernelInfo,
    // Loaded when a console asks: it brings the compiler along.
    is_complete_request: async ({ content }) =>
      (await import("./is-complete.js")).isComplete(String(content.code ?? "")),
    history_request: ({ content }) => ({ status: "ok", history: this.history.find(content) }),
    comm_info_request: () => ({ status: "ok", comms: {} }),
    complete_request: (message) => this.complete(message),
    inspect_request: (message) => this.inspect(message),
    interrupt_request: async () => {
      await this.interrupt();
      return { status: "ok" };
    },
    shutdown_request: ({ content }) => ({ status: "ok", restart: content.restart === true }),
  };

  private async answer(socket: Router, message: Message): Promise<void> {
    const type = message.header.msg_type;
    this.status("busy", message.header);
    if (type === "input_reply") this.session.input(String(message.content.value ?? ""));
    if (type === "comm_open") this.refuseComm(message);
    const answer = Object.hasOwn(this.answers, type) ? this.answers[type] : undefined;
    if (answer) {
      const content = await (async () => answer(message))().catch((error: Error) => failure(error));
      this.reply(socket, message, type.replace(/_request$/, "_reply"), content);
    }
    this.status("idle", message.header);
    if (type === "shutdown_request") this.sending.then(() => setTimeout(() => this.closed?.(), 20));
  }

  // No widget of a notebook of ours opens a comm: a front end that does is told that nobody listens.
  private refuseComm({ header, content }: Message): void {
    this.publish("comm_close", { comm_id: content.comm_id, data: {} }, header);
  }

  private async complete({ content }: Message): Promise<Record<string, unknown>> {
    this.types.catchUp();
    const code = String(content.code ?? "");
    const cursor = Number(content.cursor_pos ?? code.length);
    const { matches, start, end, items } = await this.help.complete(code, utf16Offset(code, cursor));
    const [cursor_start, cursor_end] = [codePointOffset(code, start), codePointOffset(code, end)];
    const types = items.map(({ text, type, detail }) => {
      return { text, type, signature: detail, start: cursor_start, end: cursor_end };
    });
    return {
      status: "ok",
      matches,
      cursor_start,
      cursor_end,
      metadata: { _jupyter_types_experimental: types },
    };
  }

  private async inspect({ content }: Message): Promise<Record<string, unknown>> {
    this.types.catchUp();
    const code = String(content.code ?? "");
    const cursor = utf16Offset(code, Number(content.cursor_pos ?? code.length));
    const { found, bundle } = await this.help.inspect(code, cursor);
    return { status: "ok", found, data: bundle, metadata: {} };
  }

  private async drain(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) await this.execute(next);
    this.running = false;
  }

  private async execute({ message, socket }: Execution): Promise<void> {
    const { header, content } = message;
    const code = String(content.code ?? "");
    const silent = content.silent === true;
    const stored = !silent && content.store_history !== false;
    this.status("busy", header);
    if (stored) this.history.add(++this.executionCount, code);
    const execution_count = this.executionCount;
    const cell = this.nextCell++;
    this.remember(cell, header, execution_count);
    if (!silent) this.publish("execute_input", { code, execution_count }, header);
    if (content.allow_stdin === true) this.askers.set(cell, message);
    const ok = await this.runCell(cell, code, silent, stored ? execution_count : undefined);
    this.askers.delete(cell);
    const expressions = ok ? await this.userExpressions(content.user_expressions) : {};
    const reply = ok
      ? { status: "ok", execution_count, user_expressions: expressions, payload: this.payload(cell) }
      : {
          status: "error",
          execution_count,
          ...(this.failures.get(cell) ?? failure(new Error("the cell failed"))),
        };
    this.reply(socket, message, "execute_reply", reply);
    this.status("idle", header);
    if (!ok && content.stop_on_error !== false && !silent) this.abortQueued();
  }

  private payload(cell: number): Record<string, unknown>[] {
    const data = this.pages.get(cell);
    this.pages.delete(cell);
    return data ? [{ source: "page", data, start: 0 }] : [];
  }

  // Cells that wait when one fails are answered as aborted, in order, and not run.
  private abortQueued(): void {
    const aborted = this.queue;
    this.queue = [];
    for (const { message, socket } of aborted) {
      this.status("busy", message.header);
      this.reply(socket, message, "execute_reply", {
        status: "aborted",
        execution_count: this.executionCount,
      });
      this.status("idle", message.header);
    }
  }

  private async userExpressions(expressions: unknown): Promise<Record<string, unknown>> {
    const results: Record<string, unknown> = {};
    for (const [name, code] of Object.entries((expressions ?? {}) as Record<string, unknown>)) {
      results[name] = await this.session.evaluate(String(code)).catch((error: Error) => failure(error));
    }
    return results;
  }

  private remember(cell: number, header: Header, count: number): void {
    this.parents.set(cell, header);
    this.counts.set(cell, count);
    this.failures.delete(cell - 100);
    // Late output finds its cell among the last thousand.
    this.parents.delete(cell - 1000);
    this.counts.delete(cell - 1000);
  }

  private publishEvent(event: SessionEvent): void {
    if (!("cell" in event)) return;
    const parent = this.parents.get(event.cell);
    if (!parent) return;
    if (event.type === "stream") this.publish("stream", { name: event.name, text: event.text }, parent);
    else if (event.type === "error") {
      this.failures.set(event.cell, event.failure);
      this.publish("error", { ...event.failure }, parent);
    } else if (event.type === "result") {
      const content = { execution_count: this.counts.get(event.cell), data: event.bundle, metadata: {} };
      this.publish("execute_result", content, parent);
    } else if (event.type === "clear") this.publish("clear_output", { wait: event.wait }, parent);
    else if (event.type === "page") this.pages.set(event.cell, event.bundle);
    else if (event.type === "display") {
      const transient = event.displayId === undefined ? {} : { display_id: event.displayId };
      const content = { data: event.bundle, metadata: {}, transient };
      this.publish(event.update ? "update_display_data" : "display_data", content, parent);
    }
  }

  private status(execution_state: "busy" | "idle", parent: Header): void {
    this.publish("status", { execution_state }, parent);
  }

  private publish(
    type: string,
    content: Record<string, unknown>,
    parent: Header | Record<string, never>,
  ): void {
    this.send(this.iopub, this.wire.encode(type, content, parent, [Buffer.from(type)]));
  }

  private reply(socket: Router, message: Message, type: string, content: Record<string, unknown>): void {
    this.send(socket, this.wire.encode(type, content, message.header, message.identities));
  }

  private send(socket: Router | Publisher, frames: Uint8Array[]): void {
    // A front end that has gone is no reason to stop.
    this.sending = this.sending.then(() => socket.send(frames as never).catch(() => undefined));
  }
}

function failure(error: Error): Record<string, unknown> {
  return { status: "error", ename: error.name, evalue: error.message, traceback: [error.message] };
}

/** Runs a kernel as a connection file says, until a front end shuts it down. */
export async function startKernel(connectionFile: string): Promise<void> {
  const server = new KernelServer(await readConnection(connectionFile));
  // An interrupt comes as a message, or from a terminal as a signal, which must not end the kernel.
  process.on("SIGINT", () => void server.interrupt());
  await server.run();
}
