import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Dealer, Request, Subscriber } from "zeromq";

/** A message as the front end sees it. */
export interface Received {
  type: string;
  parent: string | undefined;
  content: Record<string, unknown>;
}

/** What one request brought: its reply, and what was published under its name until the kernel was idle. */
export interface Exchange {
  id: string;
  reply: Received;
  outputs: Received[];
}

export type Channel = "shell" | "control" | "stdin";

const delimiter = Buffer.from("<IDS|MSG>");
const bin = resolve(import.meta.dirname, "../../kernel-lib/bin/tracebook.js");

/** Options of {@link KernelClient}. */
export interface ClientOptions {
  /** The kernel's program and its arguments for a connection file; Tracebook's own unless given. */
  command?: (connectionFile: string) => string[];
  /** The folder it is started in. */
  cwd?: string;
  /** Drops what the kernel itself writes on its stderr. */
  quiet?: boolean;
}

// Short, so that a kernel's start is not measured in steps of ZeroMQ's own tenth of a second.
const reconnect_ms = 5;

const ourKernel = (file: string): string[] => [process.execPath, bin, "kernel", "start", file];

/** A front end of Jupyter's wire protocol, small enough to say exactly what is sent. */
export class KernelClient {
  readonly child: ChildProcess;
  readonly ports: Readonly<Record<string, number>>;
  private readonly key: string;
  private readonly folder: string;
  private readonly session = randomUUID();
  private readonly sockets: Readonly<Record<Channel, Dealer>> = {
    shell: new Dealer({ reconnectInterval: reconnect_ms }),
    control: new Dealer({ reconnectInterval: reconnect_ms }),
    stdin: new Dealer({ reconnectInterval: reconnect_ms }),
  };
  private answer: ((prompt: string) => string) | undefined;
  private readonly iopub = new Subscriber({ reconnectInterval: reconnect_ms });
  /** Everything published since the start. */
  readonly published: Received[] = [];
  // By request, because a kernel may publish a message for each of a hundred thousand lines.
  private readonly outputs = new Map<string | undefined, Received[]>();
  private readonly idle = new Set<string | undefined>();
  private readonly replies = new Map<string | undefined, Received>();
  private readonly watchers = new Set<() => void>();

  private constructor(
    key: string,
    ports: Readonly<Record<string, number>>,
    { command = ourKernel, cwd = import.meta.dirname, quiet = false }: ClientOptions,
  ) {
    this.key = key;
    this.ports = ports;
    this.folder = mkdtempSync(join(tmpdir(), "tracebook-kernel-"));
    const file = join(this.folder, "connection.json");
    const connection = { transport: "tcp", ip: "127.0.0.1", key, signature_scheme: "hmac-sha256", ...ports };
    writeFileSync(file, JSON.stringify(connection));
    const [program, ...args] = command(file);
    // A kernel answers the front end that asked: by its identity, which is one on all channels.
    for (const socket of Object.values(this.sockets)) socket.routingId = this.session;
    this.child = spawn(program, args, { cwd, stdio: ["ignore", "ignore", quiet ? "ignore" : "inherit"] });
    for (const channel of ["shell", "control"] as const) {
      this.sockets[channel].connect(`tcp://127.0.0.1:${ports[`${channel}_port`]}`);
      void this.listen(this.sockets[channel], (reply) => this.replies.set(reply.parent, reply));
    }
    this.sockets.stdin.connect(`tcp://127.0.0.1:${ports.stdin_port}`);
    void this.listen(this.sockets.stdin, ({ type, content }) => {
      if (type === "input_request" && this.answer)
        this.send("stdin", "input_reply", { value: this.answer(String(content.prompt)) });
    });
    this.iopub.connect(`tcp://127.0.0.1:${ports.iopub_port}`);
    this.iopub.subscribe();
    void this.listen(this.iopub, (message) => this.hear(message));
  }

  private hear(message: Received): void {
    const { type, parent, content } = message;
    this.published.push(message);
    if (type === "status") {
      if (content.execution_state === "idle") this.idle.add(parent);
    } else if (type !== "execute_input") {
      const outputs = this.outputs.get(parent);
      if (outputs) outputs.push(message);
      else this.outputs.set(parent, [message]);
    }
  }

  /** Starts a kernel. What is sent to it waits until it listens; what it publishes before that is lost. */
  static async launch(key: string = randomUUID(), options: ClientOptions = {}): Promise<KernelClient> {
    const names = ["shell_port", "control_port", "stdin_port", "iopub_port", "hb_port"];
    const free = await freePorts(names.length);
    return new KernelClient(key, Object.fromEntries(names.map((name, i) => [name, free[i]])), options);
  }

  /** Starts a kernel and waits until what it publishes arrives. */
  static async start(key?: string, options?: ClientOptions): Promise<KernelClient> {
    const client = await KernelClient.launch(key, options);
    for (let tries = 0; tries < 120; tries++) {
      client.send("shell", "kernel_info_request", {});
      await client.until(() => client.published.length > 0, 250).catch(() => undefined);
      if (client.published.length > 0) return client;
    }
    await client.stop();
    throw new Error("the kernel publishes nothing");
  }

  /** Answers what cells ask for; what it returns stops that. */
  answerInput(answer: (prompt: string) => string): () => void {
    this.answer = answer;
    return () => {
      this.answer = undefined;
    };
  }

  /** Waits for a request's reply alone. */
  async replyTo(id: string): Promise<Received> {
    await this.until(() => this.replies.has(id));
    return this.replies.get(id) as Received;
  }

  /** Sends a request and returns its id; the signature is the right one unless given. */
  send(channel: Channel, type: string, content: Record<string, unknown>, signature?: string): string {
    const id = randomUUID();
    const date = new Date().toISOString();
    const header = {
      msg_id: id,
      session: this.session,
      username: "test",
      date,
      msg_type: type,
      version: "5.3",
    };
    const parts = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    void this.sockets[channel].send([delimiter, signature ?? this.sign(parts), ...parts]);
    return id;
  }

  /** Sends a request and waits for its reply and for the kernel to be idle again. */
  async request(channel: Channel, type: string, content: Record<string, unknown>): Promise<Exchange> {
    return this.outcome(this.send(channel, type, content));
  }

  /** Sends a cell. */
  sendCell(code: string, more: Record<string, unknown> = {}): string {
    const usual = {
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    };
    return this.send("shell", "execute_request", { code, ...usual, ...more });
  }

  /** Runs a cell. */
  async execute(code: string, more: Record<string, unknown> = {}): Promise<Exchange> {
    return this.outcome(this.sendCell(code, more));
  }

  /** Waits for what a request sent brings. */
  async outcome(id: string, timeout_ms: number = 30_000): Promise<Exchange> {
    await this.until(() => this.replies.has(id) && this.idle.has(id), timeout_ms);
    return { id, reply: this.replies.get(id) as Received, outputs: this.of(id) };
  }

  /** What was published under a request's name, without states and the echo of its input. */
  of(id: string): Received[] {
    return [...(this.outputs.get(id) ?? [])];
  }

  /** Waits until something holds, looking again whenever a message arrives. */
  async until(holds: () => boolean, timeout_ms: number = 30_000): Promise<void> {
    if (holds()) return;
    await new Promise<void>((done, fail) => {
      const look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.watchers.delete(look);
        done();
      };
      const timer = setTimeout(() => {
        this.watchers.delete(look);
        fail(new Error(`nothing came of it in ${timeout_ms} ms`));
      }, timeout_ms);
      this.watchers.add(look);
    });
  }

  /** What the kernel's heartbeat answers. */
  async beat(text: string): Promise<string> {
    const socket = new Request();
    socket.connect(`tcp://127.0.0.1:${this.ports.hb_port}`);
    await socket.send(text);
    const [answer] = await socket.receive();
    socket.close();
    return answer.toString();
  }

  /** Shuts the kernel down and returns its exit code. */
  async stop(): Promise<number | null> {
    const gone = new Promise<number | null>((done) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) done(this.child.exitCode);
      else this.child.once("exit", done);
    });
    this.send("control", "shutdown_request", { restart: false });
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 5000);
    const code = await gone;
    clearTimeout(timer);
    for (const socket of [this.iopub, ...Object.values(this.sockets)]) socket.close();
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }

  private sign(parts: readonly Uint8Array[]): string {
    if (this.key === "") return "";
    const hmac = createHmac("sha256", this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  private async listen(socket: Dealer | Subscriber, receive: (message: Received) => void): Promise<void> {
    for await (const frames of socket) {
      const at = frames.findIndex((frame) => delimiter.equals(frame));
      const parts = frames.slice(at + 2, at + 6);
      if (this.sign(parts) !== frames[at + 1].toString()) throw new Error("the kernel signed wrongly");
      const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString()));
      receive({ type: header.msg_type, parent: parent.msg_id, content });
      for (const look of [...this.watchers]) look();
    }
  }
}

/** Numbers of ports that nobody listens on. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((done) => {
          server.listen(0, "127.0.0.1", () => done((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
