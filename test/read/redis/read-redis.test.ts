import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RedisCapture } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { openInput } from "#lib/read/open-input.js";
import { readRedis } from "#lib/read/redis/read-redis.js";
import { parseListReply, parseResp, unquote } from "#lib/read/redis/reply.js";
import { hasTool } from "../../support/has-tool.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures/redis");
const loadFixture = async (name: string) => (await load(resolve(fixtures, name))) as RedisCapture;
const bytes = (text: string) => new TextEncoder().encode(text);
const read = async (text: string) => readRedis(await openInput(bytes(text)));

// What --json prints is the reply itself; the other forms must come to the same.
const slowlog = JSON.parse(readFileSync(resolve(fixtures, "slowlog.json"), "utf8")) as [
  number,
  number,
  number,
  string[],
  string,
  string,
][];
const expected = slowlog.map(([id, seconds, micros, [command, ...args], client, client_name]) => ({
  id,
  unix_ms: seconds * 1000,
  dur_ns: micros * 1000,
  command,
  args: args.join(" "),
  client,
  client_name,
}));

test("a slow log of a hundred entries and more, whose numbers redis-cli aligns", async () => {
  const entry = (n: number): string =>
    `${String(n).padStart(3)}) 1) (integer) ${n}\n     2) (integer) 1700000000\n     3) (integer) 20000\n     4) 1) "GET"\n     5) "127.0.0.1:1"\n     6) ""\n`;
  const text = Array.from({ length: 120 }, (_, n) => entry(n + 1)).join("");
  const capture = (await load(bytes(text))) as RedisCapture;
  expect(capture.slowlog.numRows()).toBe(120);
});

test.each(["slowlog.json", "slowlog.tty.txt", "slowlog.raw.txt"])(
  "%s holds the entries of the reply",
  async (name) => {
    const capture = await loadFixture(name);
    expect(capture.kind).toBe("redis");
    expect(capture.slowlog.objects()).toEqual(expected);
    expect(capture.unparsed.numRows()).toBe(0);
  },
);

test.each([
  ["slowlog.resp", "slowlog", 3],
  ["latency-latest.tty.txt", "latency_events", 1],
  ["latency-latest.raw.txt", "latency_events", 1],
  ["latency-latest.resp", "latency_events", 1],
  ["latency-history.tty.txt", "latency_events", 1],
  ["latency-history.raw.txt", "latency_events", 1],
  ["latency-histogram.tty.txt", "latency_histogram", 12],
  ["latency-histogram.raw.txt", "latency_histogram", 12],
  ["latency-doctor.raw.txt", "latency_doctor", 5],
  ["latency-doctor.resp", "latency_doctor", 5],
  ["client-list.txt", "clients", 1],
  ["monitor.txt", "monitor", 12],
  ["latency-flag.txt", "client_latency", 1],
  ["latency-csv.txt", "client_latency", 1],
  ["latency-history.terminal.txt", "client_latency", 2],
  ["transcript.txt", "slowlog", 2],
] as const)("%s is recognised and fills %s with %i rows", async (name, table, rows) => {
  const capture = await loadFixture(name);
  expect(capture.kind).toBe("redis");
  expect(capture.table(table).numRows()).toBe(rows);
});

test("both forms of a histogram are the same", async () => {
  const [tty, raw] = await Promise.all([
    loadFixture("latency-histogram.tty.txt"),
    loadFixture("latency-histogram.raw.txt"),
  ]);
  expect(tty.latencyHistogram.objects()).toEqual(raw.latencyHistogram.objects());
  expect(tty.latencyHistogram.object(0)).toEqual({
    command: "evalsha",
    calls: 3,
    upper_us: 135266,
    cumulative_count: 1,
  });
});

test("a RESP3 map reads as its RESP2 list", async () => {
  const rows = (await loadFixture("latency-histogram.resp3")).latencyHistogram.objects() as {
    command: string;
  }[];
  expect(new Set(rows.map(({ command }) => command))).toEqual(new Set(["keys", "hset"]));
});

test("the doctor's figures and advice", async () => {
  const rows = (await loadFixture("latency-doctor.tty.txt")).latencyDoctor.objects() as {
    event: string | null;
  }[];
  expect(rows.find(({ event }) => event === "command")).toMatchObject({
    spikes: 1,
    average_ms: 180,
    period_s: 5,
    worst_ms: 180,
  });
});

test("INFO keeps every field, numbers and command statistics", async () => {
  const capture = await loadFixture("info.txt");
  const lines = readFileSync(resolve(fixtures, "info.txt"), "utf8").split(/\r?\n/);
  expect(capture.version).toBe("7.0.15");
  expect(capture.info.numRows()).toBe(lines.filter((line) => /^[^#:]+:/.test(line)).length);
  const command = (capture.commands.objects() as { command: string }[]).find(
    ({ command: name }) => name === "evalsha",
  );
  const printed = lines.find((line) => line.startsWith("cmdstat_evalsha:")) ?? "";
  expect(printed).toContain(
    `calls=${(command as unknown as { calls: number }).calls},usec=${(command as unknown as { total_us: number }).total_us},`,
  );
});

test("MONITOR: scripts, quoting and bytes that are not UTF-8", async () => {
  const rows = (await loadFixture("monitor.txt")).monitor.objects() as {
    client: string;
    command: string;
    args: string;
  }[];
  expect(rows.filter(({ client }) => client === "lua").length).toBeGreaterThan(5);
  expect(rows.at(-1)).toMatchObject({ command: "set", args: 'odd "key"\nline \x1b[31mred\x07\ufffd' });
});

test("--latency-dist: shares by the printed palette", async () => {
  const rows = (await loadFixture("latency-dist-flag.txt")).clientLatencyDist.objects() as {
    row: number;
    upper_us: number;
    share_min: number;
    share_max: number;
  }[];
  const first = rows.filter(({ row }) => row === 0);
  expect(first.find(({ upper_us }) => upper_us === 250)).toMatchObject({
    share_max: expect.closeTo(15 / 18),
  });
  expect(first.every(({ share_min, share_max }) => share_min <= share_max)).toBe(true);
  // Shares add up to a whole within what the palette's steps hide.
  expect(first.reduce((sum, { share_min }) => sum + share_min, 0)).toBeLessThanOrEqual(1);
  expect(first.reduce((sum, { share_max }) => sum + share_max, 0)).toBeGreaterThanOrEqual(1);
});

test("a transcript is cut at its prompts, other replies stay in unparsed", async () => {
  const capture = await loadFixture("transcript.txt");
  expect(capture.latencyEvents.numRows()).toBe(1);
  expect(capture.unparsed.array("text")).toEqual(["PONG"]);
});

describe("hostile input", () => {
  test.each([
    ["a cut reply", "*2\r\n*4\r\n:1\r\n", /needs|cut|bytes/],
    ["an absurd length", "*1000000000\r\n", /list of 1000000000 needs/],
    ["an absurd string", "*1\r\n$99999999999\r\nx\r\n", /bulk string needs/],
    ["endless nesting", "*1\r\n".repeat(100), /nested more than 32 deep|needs/],
  ])("%s is refused", async (_what, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  test("lines that no command prints stay in unparsed", async () => {
    const capture = await load(bytes("id=1 addr=a cmd=x\n\0garbage\n"));
    expect(capture.table("unparsed").objects()).toEqual([{ line: 2, offset: 18, text: "\0garbage" }]);
  });
});

test("MONITOR on the wire reads as MONITOR from redis-cli", async () => {
  const lines = readFileSync(resolve(fixtures, "monitor.txt"), "utf8").trimEnd().split("\n");
  const capture = await load(bytes(lines.map((line) => `+${line}\r\n`).join("")));
  expect(capture.kind).toBe("redis");
  const printed = await load(resolve(fixtures, "monitor.txt"));
  expect(capture.table("monitor").objects()).toEqual(printed.table("monitor").objects());
  expect(capture.table("unparsed").numRows()).toBe(0);
});

test("two captures of MONITOR in one file: the OK between them is no loss", async () => {
  const one = readFileSync(resolve(fixtures, "monitor.txt"), "utf8");
  const twice = await load(bytes(one + one));
  const rows = (await load(bytes(one))).table("monitor").numRows();
  expect(twice.table("monitor").numRows()).toBe(2 * rows);
  expect(twice.table("unparsed").numRows()).toBe(0);
});

test("quoting is undone as redis-cli did it", () => {
  expect(unquote('a\\"b\\\\c\\n\\x41\\t')).toBe('a"b\\c\nA\t');
  expect(parseListReply(['1) "a"', "2) 1) (integer) -3", "   2) (nil)", "3) (empty array)"])).toEqual([
    "a",
    [-3, null],
    [],
  ]);
  expect(parseResp(bytes("%1\r\n+k\r\n,1.5\r\n"))).toEqual(["k", 1.5]);
});

const hasRedis = hasTool("redis-server", "--version");

describe.skipIf(!hasRedis)("against a live server (skipped without redis-server)", () => {
  let port: number;
  let server: ReturnType<typeof spawn>;
  const cli = (...args: string[]) =>
    execFileSync("redis-cli", ["-p", String(port), ...args], { encoding: "utf8" });

  beforeAll(async () => {
    port = await new Promise((done) => {
      const probe = createServer().listen(0, "127.0.0.1", () => {
        const { port: free } = probe.address() as { port: number };
        probe.close(() => done(free));
      });
    });
    const dir = mkdtempSync(join(tmpdir(), "tracebook-redis-"));
    const flags = [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--dir",
      dir,
      "--slowlog-log-slower-than",
      "0",
    ];
    server = spawn("redis-server", flags, { stdio: "ignore" });
    for (
      let tries = 0;
      spawnSync("redis-cli", ["-p", String(port), "ping"]).stdout?.toString() !== "PONG\n" && tries < 100;
      tries++
    ) {
      await new Promise((wait) => setTimeout(wait, 50));
    }
    for (let n = 0; n < 5; n++) cli("set", `key "${n}"\n`, "value");
  });
  afterAll(() => server?.kill());

  test("SLOWLOG reads the same in every form redis-cli prints", async () => {
    cli("config", "set", "slowlog-log-slower-than", "-1");
    const json = (await read(cli("--json", "slowlog", "get", "4"))).slowlog;
    expect(json).toHaveLength(4);
    expect((await read(cli("--no-raw", "slowlog", "get", "4"))).slowlog).toEqual(json);
  });

  test("INFO commandstats equal what the server counts", async () => {
    const rows = (await read(cli("info", "commandstats"))).commands;
    expect(rows.find(({ command }) => command === "set")?.calls).toBe(5);
  });

  test("CLIENT LIST has this connection", async () => {
    expect((await read(cli("client", "list"))).clients[0]).toMatchObject({ cmd: "client|list" });
  });
});

test.each([
  ["latency-histogram.json", "latency_histogram", 6],
  ["latency-histogram.csv", "latency_histogram", 23],
  ["latency-histogram.resp3.tty.txt", "latency_histogram", 9],
  ["latency-histogram.resp3.raw.txt", "latency_histogram", 10],
  ["latency-latest.json", "latency_events", 1],
  ["latency-latest.csv", "latency_events", 1],
  ["latency-history.json", "latency_events", 1],
  ["latency-flag.json", "client_latency", 1],
  ["slowlog.csv", "slowlog", 10],
  ["info-latencystats.txt", "commands", 10],
  ["info-persistence.txt", "info", 30],
])("%s fills %s", async (name, table, rows) => {
  const capture = await loadFixture(name);
  expect(capture.kind).toBe("redis");
  expect(capture.table(table).numRows()).toBe(rows);
  expect(capture.unparsed.numRows()).toBe(0);
});

test("one histogram reads the same in every form", async () => {
  // config|set was called twice: 1 of 16 us at most, both of 33.
  const expected = [
    { command: "get", calls: 1, upper_us: 4, cumulative_count: 1 },
    { command: "config|set", calls: 2, upper_us: 16, cumulative_count: 1 },
    { command: "config|set", calls: 2, upper_us: 33, cumulative_count: 2 },
  ];
  const forms = [
    '{"get":{"calls":1,"histogram_usec":{"4":1}},"config|set":{"calls":2,"histogram_usec":{"16":1,"33":2}}}\n',
    '{\n  "get": {\n    "calls": 1,\n    "histogram_usec": {\n      "4": 1\n    }\n  },\n  "config|set": { "calls": 2, "histogram_usec": { "16": 1, "33": 2 } }\n}',
    "get calls 1\nhistogram_usec 4 1\nconfig|set calls 2\nhistogram_usec 16 1\n33 2\n",
    '"get","calls",1,"histogram_usec",4,1,"config|set","calls",2,"histogram_usec",16,1,33,2\n',
    ' 9# "get" => \n    1# "calls" => (integer) 1\n    2# "histogram_usec" => 1# (integer) 4 => (integer) 1\n10# "config|set" => \n    1# "calls" => (integer) 2\n    2# "histogram_usec" => \n       1# (integer) 16 => (integer) 1\n       2# (integer) 33 => (integer) 2\n'
      .replace(" 9#", " 1#")
      .replace("10#", " 2#"),
  ];
  for (const form of forms) {
    const capture = (await load(bytes(form))) as RedisCapture;
    expect(capture.latencyHistogram.objects()).toEqual(expected);
  }
});

test("a slow log with more fields than today's, bare and as other tools write JSON", async () => {
  const entries = [
    [9, 1795884640, 7000, ["GET", "a"], "127.0.0.1:1", "w", 2],
    [8, 1795884639, 8000, ["SET", "c", "1"], "127.0.0.1:1", "", 3],
  ];
  const bare = `${entries.flat(2).join("\n")}\n`;
  for (const form of [
    bare,
    JSON.stringify(entries),
    JSON.stringify(entries, null, 2),
    JSON.stringify(entries).replaceAll(",", ", "),
  ]) {
    const capture = (await load(bytes(form))) as RedisCapture;
    expect(capture.slowlog.array("args")).toEqual(["a", "c 1"]);
    expect(capture.slowlog.array("client_name")).toEqual(["w", ""]);
    expect(capture.unparsed.numRows()).toBe(0);
  }
});

test("a reply that is none after all leaves no half of it", async () => {
  const capture = (await load(
    bytes('[[1,1795884640,7,["A"],"x:1",""],["what",1795884640,7,8]]'),
  )) as RedisCapture;
  expect(capture.slowlog.numRows()).toBe(0);
  expect(capture.unparsed.numRows()).toBe(1);
  expect(await readRedis(await openInput(bytes(`${"1) ".repeat(300_000)}"x"`)))).toMatchObject({
    slowlog: [],
  });
});
