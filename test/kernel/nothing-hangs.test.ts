import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { full } from "../full.js";
import { KernelClient, type Received } from "../support/kernel-client.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(async () => {
  expect(await kernel.stop()).toBe(0);
});

function text(outputs: readonly Received[]): string {
  return outputs
    .map(({ type, content }) => {
      if (type === "stream") return String(content.text);
      if (type === "error") return `${content.ename}: ${content.evalue}`;
      return String((content.data as Record<string, unknown>)?.["text/plain"]);
    })
    .join("");
}

const custom = `[Symbol.for("nodejs.util.inspect.custom")]`;

describe("a cell ends whatever it is, and the next one runs", () => {
  const ends: [string, string, string][] = [
    ["a sum of ten thousand terms", `(${Array(10_000).fill("'a'").join(" +\n")}).length`, "10000"],
    ["arrays nested a thousand deep", `${"[".repeat(1000)}${"]".repeat(1000)}; 'done'`, "'done'"],
    ["arrays nested too deep", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, "SyntaxError: "],
    ["parentheses that never close", "(".repeat(20_000), "SyntaxError: "],
    [
      "errors that are each other's cause",
      "const a = new Error('a'); const b = new Error('b', { cause: a }); a.cause = b; throw b",
      "Error: b",
    ],
    [
      "a long chain of causes",
      "let e = new Error('0'); for (let i = 1; i < 1e4; i++) e = new Error(String(i), { cause: e }); throw e",
      "Error: 9999",
    ],
    [
      "an aggregate that holds itself",
      "const all = new AggregateError([], 'all'); all.errors.push(all); throw all",
      "AggregateError: all",
    ],
    [
      "an error whose message throws",
      "throw Object.defineProperty(new Error(), 'message', { get() { throw 1 } })",
      "Error: ",
    ],
    [
      "an error whose stack throws",
      "throw Object.defineProperty(new Error('m'), 'stack', { get() { throw 1 } })",
      "Error: m",
    ],
    [
      "a proxy that refuses everything",
      "throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 }, has() { throw 3 }, ownKeys() { throw 4 } })",
      "Error: ",
    ],
    [
      "a revoked proxy",
      "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy",
      "Error: ",
    ],
    ["an inspection that throws", `throw { ${custom}() { throw 1 } }`, "Error: "],
    ["a rejection with nothing", "await Promise.reject()", "Error: undefined"],
    [
      "a stack formatter of the cell's own",
      "Error.prepareStackTrace = () => { throw 7 }; setTimeout(() => { delete Error.prepareStackTrace; }, 50); throw new Error('own')",
      "Error: own",
    ],
  ];
  // Without the others some of each kind: too deep, and errors that are their own causes.
  test.each(full ? ends : ends.slice(1, 5))("%s", async (_what, code, shows) => {
    const { reply, outputs } = await kernel.execute(code);
    expect(text(outputs).startsWith(shows), text(outputs).slice(0, 200)).toBe(true);
    expect(reply.content.status).toBe(shows.includes(":") ? "error" : "ok");
    expect(text((await kernel.execute("6 * 7")).outputs)).toBe("42");
  });

  test("a value that never settles is shown as pending", async () => {
    expect(text((await kernel.execute("new Promise(() => {})")).outputs)).toBe("Promise { <pending> }");
    expect(text((await kernel.execute("new Promise((r) => setTimeout(r, 300, 'in time'))")).outputs)).toBe(
      "'in time'",
    );
  });

  test.skipIf(!full)(
    "with a timer of an earlier cell at work it is shown so when the cell is stopped",
    async () => {
      await kernel.execute("const beat = setInterval(() => {}, 50)");
      const id = kernel.sendCell("new Promise(() => {})");
      await new Promise((done) => setTimeout(done, 300));
      await kernel.request("control", "interrupt_request", {});
      const { reply, outputs } = await kernel.outcome(id);
      expect(text(outputs)).toBe("Promise { <pending> }Interrupted: the cell was interrupted");
      expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" });
      await kernel.execute("clearInterval(beat)");
    },
  );

  test.skipIf(!full)(
    "a wait that nothing can end is an error, after a while in which somebody could stop it",
    async () => {
      for (const code of [
        "await new Promise(() => {})",
        "display({ [Symbol.for('Jupyter.display')]: () => new Promise(() => {}) })",
      ]) {
        const { reply } = await kernel.execute(code);
        expect(reply.content).toMatchObject({ status: "error", ename: "NothingLeft" });
      }
      expect(text((await kernel.execute("await new Promise((r) => setTimeout(r, 20)); 'on'")).outputs)).toBe(
        "'on'",
      );
    },
  );

  test("signed messages that mean nothing do not end the kernel", async () => {
    const types = [
      "execute_request",
      "complete_request",
      "inspect_request",
      "history_request",
      "comm_open",
      "comm_msg",
      "constructor",
      "__proto__",
      "",
    ];
    const contents = [
      null,
      [],
      "text",
      7,
      { code: null },
      { code: { a: 1 }, cursor_pos: "x" },
      { hist_access_type: "search", pattern: {} },
      { user_expressions: "abc", code: "1" },
    ];
    for (const type of types)
      for (const content of contents) kernel.send("shell", type, content as Record<string, unknown>);
    // One that stands behind a cell that fails is not run.
    await kernel.execute("'first'");
    expect(text((await kernel.execute("'alive'")).outputs)).toBe("'alive'");
  });
});

describe.skipIf(!full)("an interrupt always works", () => {
  beforeAll(async () => {
    await kernel.execute("const kept = 'kept'");
  });

  const stop = async (code: string, begun = 500) => {
    const id = kernel.sendCell(code);
    await new Promise((done) => setTimeout(done, begun));
    await kernel.request("control", "interrupt_request", {});
    const { reply } = await kernel.outcome(id, 8000);
    expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" });
    expect(text((await kernel.execute("kept")).outputs)).toBe("'kept'");
  };

  test("with async hooks at work", async () => {
    await kernel.execute(
      "import { AsyncLocalStorage, createHook } from 'node:async_hooks'; const als = new AsyncLocalStorage(); als.run({ id: 1 }, () => 1)",
    );
    await stop("while (true) {}");
    await stop("await als.run({ id: 2 }, async () => { await null; for (;;) {} })");
    await stop("setTimeout(() => { for (;;) {} }, 10); await new Promise(() => {})");
    await kernel.execute("const hook = createHook({ init() {} }).enable()");
    await stop("await null; for (;;) {}");
    await kernel.execute("hook.disable()");
    await stop("for (;;) {}");
    const seen = await kernel.execute(
      "await als.run({ id: 3 }, async () => { await null; return als.getStore() })",
    );
    expect(text(seen.outputs)).toBe("{ id: 3 }");
  });

  test.skipIf(process.platform === "win32")("in a child that blocks, which gets the signal", async () => {
    await kernel.execute("import { execSync, spawn } from 'node:child_process'");
    await stop("execSync('sleep 30')");
    await stop("await new Promise((r) => spawn('sleep', ['31']).on('close', r))");
    await expect.poll(() => running("sleep 31"), { timeout: 3000 }).toBe(false);
  });

  test("in a worker that is busy", async () => {
    await stop(
      "const { Worker } = require('node:worker_threads'); await new Promise((r) => new Worker('for (;;) {}', { eval: true }).on('exit', r))",
    );
  });
});

function running(command: string): boolean {
  return readdirSync("/proc").some((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() === command
      );
    } catch {
      return false; // gone meanwhile
    }
  });
}
