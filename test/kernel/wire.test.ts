import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Exchange, KernelClient, type Received } from "../support/kernel-client.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(async () => {
  expect(await kernel.stop()).toBe(0);
});

/** What a person reads of a cell's outputs. */
function shown(outputs: readonly Received[]): string {
  return outputs
    .map(({ type, content }) => {
      if (type === "stream") return String(content.text);
      if (type === "error") return `${content.ename}: ${content.evalue}`;
      return String((content.data as Record<string, unknown>)?.["text/plain"]);
    })
    .join("");
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

describe("who is heard", () => {
  test("a message with a wrong signature is dropped, and one without", async () => {
    const forged = kernel.send("shell", "execute_request", { code: "globalThis.forged = 1" }, "0".repeat(64));
    const bare = kernel.send("control", "shutdown_request", { restart: false }, "");
    const { reply } = await kernel.execute("typeof forged");
    expect(reply.content.status).toBe("ok");
    expect(kernel.published.filter(({ parent }) => parent === forged || parent === bare)).toEqual([]);
    expect(shown((await kernel.execute("typeof forged")).outputs)).toBe("'undefined'");
  });

  // Where Linux says who listens: the five ports of the connection file, on its address, and nothing else.
  test.skipIf(process.platform !== "linux")("it listens on what the connection file says alone", () => {
    const family = [kernel.child.pid as number, ...childrenOf(kernel.child.pid as number)];
    const inodes = new Set(family.flatMap(socketInodes));
    const listening = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => listeners(file, inodes));
    const wanted = Object.values(kernel.ports).map((port) => `127.0.0.1:${port}`);
    expect(listening.sort()).toEqual(wanted.sort());
  });

  test("the heartbeat echoes", async () => {
    expect(await kernel.beat("ping")).toBe("ping");
  });
});

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter(Boolean)
    .map(Number);
  return [...children, ...children.flatMap(childrenOf)];
}

function socketInodes(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return []; // closed meanwhile
    }
  });
}

// A line of /proc/net/tcp: number, local address in hex (bytes of each word reversed), remote, state (0A listens), ..., inode.
function listeners(file: string, inodes: ReadonlySet<string>): string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A" && inodes.has(fields[9]))
    .map((fields) => {
      const [ip, port] = fields[1].split(":");
      const bytes = ip
        .match(/../g)
        ?.map((byte) => Number.parseInt(byte, 16))
        .reverse();
      return `${bytes?.join(".")}:${Number.parseInt(port, 16)}`;
    });
}

describe("executing", () => {
  test("status, input, output, reply: under the request's name and in order", async () => {
    const { id, reply } = await kernel.execute("console.log('a'); 40 + 2");
    const types = kernel.published.filter(({ parent }) => parent === id).map(({ type }) => type);
    expect(types).toEqual(["status", "execute_input", "stream", "execute_result", "status"]);
    expect(reply.content).toMatchObject({ status: "ok", payload: [], user_expressions: {} });
  });

  test("execution counts go up by one, silent and unstored cells do not count", async () => {
    const first = (await kernel.execute("1")).reply.content.execution_count as number;
    expect((await kernel.execute("globalThis.quiet = 5", { silent: true })).outputs).toEqual([]);
    const unstored = await kernel.execute("quiet", { store_history: false });
    expect(unstored.reply.content.execution_count).toBe(first);
    expect(shown(unstored.outputs)).toBe("5");
    expect((await kernel.execute("2")).reply.content.execution_count).toBe(first + 1);
  });

  test("user expressions: values, and errors as errors", async () => {
    const { reply } = await kernel.execute("const width = 6", {
      user_expressions: { good: "width * 7", bad: "nothingThere" },
    });
    expect(reply.content.user_expressions).toMatchObject({
      good: { status: "ok", data: { "text/plain": "42" } },
      bad: { status: "error", ename: "ReferenceError", evalue: "nothingThere is not defined" },
    });
  });

  test("cells behind one that fails are aborted and not run; with stop_on_error false they run", async () => {
    await kernel.execute("let ran = 0");
    const ids = ["throw new Error('stop')", "ran++", "ran++"].map((code) => kernel.sendCell(code));
    const replies = await Promise.all(ids.map((id) => kernel.outcome(id)));
    expect(replies.map(({ reply }) => reply.content.status)).toEqual(["error", "aborted", "aborted"]);
    expect(shown((await kernel.execute("ran")).outputs)).toBe("0");

    const on = ["throw new Error('go on')", "ran++"].map((code) =>
      kernel.sendCell(code, { stop_on_error: false }),
    );
    expect((await kernel.outcome(on[1])).reply.content.status).toBe("ok");
    expect(shown((await kernel.execute("ran")).outputs)).toBe("1");
  });

  test("an error's reply and its output say the same", async () => {
    const { reply, outputs } = await kernel.execute("const n: number = 1;\nthrow new RangeError('too far')");
    expect(outputs.map(({ type }) => type)).toEqual(["error"]);
    expect(reply.content).toMatchObject({ status: "error", ename: "RangeError", evalue: "too far" });
    expect(reply.content.traceback).toEqual(outputs[0].content.traceback);
    expect((outputs[0].content.traceback as string[]).join("\n")).toMatch(/cell \d+:2:7/);
  });

  test("a hundred thousand lines come whole, in order and in few messages", async () => {
    const { outputs } = await kernel.execute("for (let i = 0; i < 100000; i++) console.log('line ' + i)");
    const text = shown(outputs);
    expect(text).toBe(Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join(""));
    expect(outputs.length).toBeLessThan(500);
  });

  const slow = 150;
  const late: [string, string][] = [
    ["a timer", `setTimeout(() => console.log("late"), ${slow})`],
    [
      "a continuation",
      `(async () => { await (await import("node:timers/promises")).setTimeout(${slow}); console.log("late"); })()`,
    ],
    [
      "a child process's events",
      `require("node:child_process").spawn("sh", ["-c", "sleep 0.15; echo late"]).stdout.on("data", (data) => process.stdout.write(data))`,
    ],
    [
      "a child process's callback",
      `require("node:child_process").exec("sleep 0.15; echo late", (_error, out) => process.stdout.write(out))`,
    ],
    [
      "a server",
      `{
        const server = require("node:http").createServer((_request, response) => setTimeout(() => response.end("late"), ${slow}));
        server.listen(0, "127.0.0.1", async () => {
          const { port } = server.address();
          console.log(await (await fetch("http://127.0.0.1:" + port)).text());
          server.close();
        });
      }`,
    ],
    [
      "a file that is read at last",
      `process.nextTick(() => setTimeout(() => require("node:fs").readFile("/dev/null", () => console.log("late")), ${slow}))`,
    ],
    [
      "a key that takes its time",
      `require("node:crypto").scrypt("a", "b", 64, { N: 2 ** 16, maxmem: 2 ** 30 }, () => setTimeout(() => console.log("late"), 50))`,
    ],
  ];
  test.each(late)("late output of %s is published under the cell it belongs to", async (_what, code) => {
    const { id } = await kernel.execute(`${code}; undefined`);
    const others = await kernel.execute("await new Promise((r) => setTimeout(r, 50)); console.log('own')");
    const busy = kernel.sendCell("await new Promise((r) => setTimeout(r, 300)); console.log('own')");
    await kernel.until(() => shown(kernel.of(id)) !== "" && shown(kernel.of(busy)) !== "");
    expect(shown(kernel.of(id))).toBe("late\n");
    expect(shown(others.outputs) + shown(kernel.of(busy))).toBe("own\nown\n");
  });

  test("listeners are removed, counted and called once as ever", async () => {
    const code = `
      const { EventEmitter, once } = require("node:events");
      const emitter = new EventEmitter(); const heard: string[] = [];
      const hear = (what: string) => heard.push(what);
      emitter.on("a", hear); emitter.once("a", hear); emitter.prependOnceListener("a", (what: string) => heard.push("first " + what));
      const counted = emitter.listenerCount("a"); const known = emitter.listeners("a").filter((each: unknown) => each === hear).length;
      emitter.emit("a", "x"); emitter.emit("a", "y"); emitter.off("a", hear); emitter.emit("a", "z");
      emitter.once("b", hear); emitter.removeListener("b", hear); emitter.emit("b", "w");
      setTimeout(() => emitter.emit("c", 7), 5);
      JSON.stringify([counted, known, heard, emitter.listenerCount("a"), await once(emitter, "c")])`;
    expect(shown((await kernel.execute(code)).outputs)).toBe(`'[3,2,["first x","x","x","y"],0,[7]]'`);
  });

  test("what a child process writes comes before the cell is done", async () => {
    for (let round = 0; round < 5; round++) {
      const code = `require("node:child_process").execSync("echo child ${round}", { stdio: "inherit" }); undefined`;
      expect(shown((await kernel.execute(code)).outputs)).toBe(`child ${round}\n`);
    }
  });

  test("a bundle that JSON cannot carry is an error of its cell, not the end of the kernel", async () => {
    const loop = "const loop: any = {}; loop.loop = loop;";
    for (const value of ["{ big: 1n }", "loop", "() => 1"]) {
      const code = `${loop} ({ [Symbol.for("Jupyter.display")]: () => ({ "application/json": ${value} }) })`;
      expect((await kernel.execute(code)).reply.content).toMatchObject({
        status: "error",
        ename: "TypeError",
      });
    }
    expect(shown((await kernel.execute("'alive'")).outputs)).toBe("'alive'");
  });
});

describe("interrupting", () => {
  const loops: [string, string][] = [
    ["a busy loop", "console.log('begun'); for (;;) {}"],
    [
      "a busy loop after an await",
      "await null; await new Promise((r) => setTimeout(r, 20)); console.log('begun'); for (;;) {}",
    ],
    [
      "a busy loop in a timer",
      "console.log('begun'); await new Promise(() => setTimeout(() => { for (;;) {} }, 10))",
    ],
    [
      "a busy loop that catches everything",
      "console.log('begun'); for (;;) { try { for (;;) {} } catch {} }",
    ],
    ["a pending await", "console.log('begun'); await new Promise(() => {})"],
    [
      "a display that never comes",
      "console.log('begun'); display({ [Symbol.for('Jupyter.display')]: () => new Promise(() => {}) }); 1",
    ],
    ["a loop of short waits", "console.log('begun'); for (;;) await new Promise((r) => setTimeout(r, 5))"],
    ["a loop that prints", "console.log('begun'); for (;;) console.log('x')"],
    ["a loop of microtasks", "console.log('begun'); for (;;) await null"],
  ];

  test.each(loops)("%s is stopped within two seconds, and the session lives on", async (_what, code) => {
    await kernel.execute("const kept = 'still here'");
    await stopAndCheck(kernel, code, () => void kernel.send("control", "interrupt_request", {}));
    expect(shown((await kernel.execute("kept")).outputs)).toBe("'still here'");
  });

  test("a signal does the same", async () => {
    await stopAndCheck(kernel, loops[0][1], () => void kernel.child.kill("SIGINT"));
    expect(shown((await kernel.execute("kept")).outputs)).toBe("'still here'");
  });

  test("with nothing to stop it changes nothing, also for the cell after it", async () => {
    for (let round = 0; round < 3; round++) await kernel.request("control", "interrupt_request", {});
    expect(
      shown((await kernel.execute("await new Promise((r) => setTimeout(r, 400)); 'done'")).outputs),
    ).toBe("'done'");
  });

  test("a stopped cell does not print any more", async () => {
    const id = kernel.sendCell("setInterval(() => console.log('tick'), 10); await new Promise(() => {})");
    await kernel.until(() => shown(kernel.of(id)).includes("tick"));
    await kernel.request("control", "interrupt_request", {});
    await kernel.outcome(id);
    const before = kernel.of(id).length;
    await kernel.execute("await new Promise((r) => setTimeout(r, 200))");
    expect(kernel.of(id)).toHaveLength(before);
  });
});

async function stopAndCheck(on: KernelClient, code: string, stop: () => void): Promise<Exchange> {
  const id = on.sendCell(code);
  await on.until(() => shown(on.of(id)).includes("begun"));
  await wait(100);
  const since = Date.now();
  stop();
  const exchange = await on.outcome(id, 5000);
  expect(Date.now() - since).toBeLessThan(2000);
  expect(exchange.reply.content).toMatchObject({ status: "error", ename: "Interrupted" });
  return exchange;
}

describe("asking", () => {
  test("completion counts code points", async () => {
    await kernel.execute("const zebraCrossing = 1");
    const code = "'\u{1f389}\u{1f389}'; zebraCr";
    const { reply } = await kernel.request("shell", "complete_request", {
      code,
      cursor_pos: [...code].length,
    });
    // Two emoji, two quotes, a semicolon and a space stand before the name.
    expect(reply.content).toMatchObject({ matches: ["zebraCrossing"], cursor_start: 6, cursor_end: 13 });
  });

  test("a column's name inside a verb, within 100 ms", async () => {
    await kernel.execute("import * as aq from 'arquero'; const waits = aq.table({ wait_ns: [1], g: [2] })");
    const code = "waits.filter((d) => d.wa";
    const ask = () => kernel.request("shell", "complete_request", { code, cursor_pos: code.length });
    await ask();
    const since = performance.now();
    const { reply } = await ask();
    expect(performance.now() - since).toBeLessThan(100);
    expect(reply.content.matches).toEqual(["wait_ns"]);
  });

  test("inspection of a table", async () => {
    const { reply } = await kernel.request("shell", "inspect_request", {
      code: "waits",
      cursor_pos: 5,
      detail_level: 0,
    });
    expect(reply.content).toMatchObject({ status: "ok", found: true });
    expect((reply.content.data as Record<string, string>)["text/plain"]).toContain("wait_ns");
  });

  test.each([
    ["const a = 1", "complete"],
    ["for (const x of y) {", "incomplete"],
    ["const const", "invalid"],
  ])("is_complete: %s is %s", async (code, status) => {
    expect((await kernel.request("shell", "is_complete_request", { code })).reply.content.status).toBe(
      status,
    );
  });

  test("history: the last, a range and a search", async () => {
    await kernel.execute("'needle one'");
    const at = (await kernel.execute("'needle two'")).reply.content.execution_count as number;
    const ask = async (content: Record<string, unknown>) =>
      (
        (await kernel.request("shell", "history_request", { output: false, raw: true, ...content })).reply
          .content.history as [number, number, string][]
      ).map(([, line, input]) => [line, input]);
    expect(await ask({ hist_access_type: "tail", n: 1 })).toEqual([[at, "'needle two'"]]);
    expect(await ask({ hist_access_type: "range", session: 0, start: at - 1, stop: at })).toEqual([
      [at - 1, "'needle one'"],
    ]);
    expect(await ask({ hist_access_type: "search", pattern: "*needle*", n: 5 })).toHaveLength(2);
  });

  test("a comm that is opened is closed, and none is listed", async () => {
    const id = kernel.send("shell", "comm_open", { comm_id: "c", target_name: "nobody", data: {} });
    await kernel.until(() => kernel.of(id).some(({ type }) => type === "comm_close"));
    expect((await kernel.request("shell", "comm_info_request", {})).reply.content).toEqual({
      status: "ok",
      comms: {},
    });
  });

  test("the control channel answers while a cell is busy", async () => {
    const busy = kernel.sendCell("const until = Date.now() + 1500; while (Date.now() < until);");
    await kernel.until(() => kernel.published.some(({ parent }) => parent === busy));
    const since = Date.now();
    await kernel.request("control", "kernel_info_request", {});
    expect(Date.now() - since).toBeLessThan(1000);
    await kernel.outcome(busy);
  });
});

test("a session that dies is replaced: the cell says so and the next one runs", async () => {
  await kernel.execute("const lost = 1");
  const { reply } = await kernel.execute("process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})");
  expect(reply.content).toMatchObject({ status: "error", ename: "SessionEnded" });
  expect(shown((await kernel.execute("typeof lost")).outputs)).toBe("'undefined'");
});

test.skipIf(process.platform !== "linux")(
  "a kernel that is killed takes its session with it, even a busy one",
  async () => {
    const other = await KernelClient.start();
    const id = other.sendCell("console.log('begun'); for (;;) {}");
    await other.until(() => shown(other.of(id)).includes("begun"));
    const [session] = childrenOf(other.child.pid as number);
    other.child.kill("SIGKILL");
    await other.stop();
    for (let tries = 0; tries < 50 && isAlive(session); tries++) await wait(100);
    expect(isAlive(session)).toBe(false);
  },
);

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
