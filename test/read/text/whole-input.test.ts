import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  GoBenchCapture,
  GodebugCapture,
  OperationsCapture,
  RedisCapture,
} from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { openInput } from "#lib/read/open-input.js";
import { eachLine } from "#lib/read/text/lines.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "text-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The same bytes as a file, as bytes, and gzipped: an input is rewritten in each of its forms. */
async function forms(name: string, bytes: Uint8Array): Promise<(string | Uint8Array)[]> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  await writeFile(`${path}.gz`, gzipSync(bytes));
  return [path, bytes, `${path}.gz`];
}

const codes = (capture: { findings: readonly { code: string }[] }): string[] =>
  capture.findings.map(({ code }) => code);

const bench = `goos: linux\npkg: example.com/µ\n${Array.from({ length: 4000 }, (_, i) => `BenchmarkÄ${i}-8 \t 100\t ${i + 1} ns/op`).join("\n")}\nwhat is this — 42\nPASS\n`;
const utf16 = (text: string, big: boolean, mark: boolean): Buffer => {
  const bytes = Buffer.from((mark ? "\ufeff" : "") + text, "utf16le");
  return big ? bytes.swap16() : bytes;
};

describe.each([
  ["UTF-8 with a mark", Buffer.from(`\ufeff${bench}`)],
  ["UTF-16LE with a mark", utf16(bench, false, true)],
  ["UTF-16BE with a mark", utf16(bench, true, true)],
  [
    "UTF-16LE without one",
    utf16(`goos: linux\ncpu: an AMD EPYC of some kind\n`.repeat(6) + bench, false, false),
  ],
  [
    "UTF-16BE without one",
    utf16(`goos: linux\ncpu: an AMD EPYC of some kind\n`.repeat(6) + bench, true, false),
  ],
])("%s", (name, bytes) => {
  test("reads as the text does, from a file, bytes and gzip", async () => {
    const plain = (await load(Buffer.from(bench))) as GoBenchCapture;
    for (const input of await forms(name.replaceAll(" ", "-"), bytes)) {
      const capture = (await load(input)) as GoBenchCapture;
      expect(capture.kind).toBe("go-bench");
      expect(capture.benchmarks.array("name")).toEqual(plain.benchmarks.array("name"));
      expect(capture.benchmarks.array("value")).toEqual(plain.benchmarks.array("value"));
      expect(capture.unparsed.array("text")).toEqual(["what is this — 42"]);
    }
  });
});

test("a mark and UTF-16 do not hide what stands in the first line", async () => {
  const text = "# clock=monotonic\nstart_ns,dur_ns,kind\n1,2,é\n3,4,b\n";
  for (const bytes of [Buffer.from(`\ufeff${text}`), utf16(text, false, true)]) {
    const log = (await load(bytes)) as OperationsCapture;
    expect(log.clock).toBe("monotonic");
    expect(log.operations.array("kind")).toEqual(["é", "b"]);
    expect(log.findings.filter(({ severity }) => severity !== "info")).toEqual([]);
  }
});

describe("a last line without its end", () => {
  const redis = "# Server\r\nredis_version:7.0.15\r\n# Stats\r\ntotal_connections_received:1234";
  const cases: [string, string][] = [
    ["redis", redis],
    ["prometheus", "# TYPE a counter\na 1\na 12"],
    ["go-bench", "BenchmarkA-8 100 123 ns/op\nBenchmarkA-8 100 12 n"],
    [
      "godebug",
      "gc 1 @0.012s 1%: 0.1+0.2+0.3 ms clock, 0.1+0.2/0.3/0.4+0.5 ms cpu, 4->4->0 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P\nSCHED 1ms: gomaxprocs=2",
    ],
    ["operations", "# clock=monotonic\nstart_ns,dur_ns,kind\n1,2,a\n3,45,b"],
    ["go-escape", "a.go:1:2: moved to heap: x\na.go:2:2: moved to heap: y"],
    ["perf-stat", " Performance counter stats for 'x':\n\n     1,234      cycles\n     12"],
    [
      "go-test-json",
      '{"Time":"2026-11-28T16:00:00Z","Action":"start","Package":"p"}\n{"Time":"2026-11-28T16:00:00Z","Action":"pass","Package":"p","Elapsed":0.1',
    ],
    ["goroutine-dump", "goroutine 1 [running]:\nmain.main()\n\t/a/b.go:12 +0x1d"],
  ];
  test.each(cases)("%s says so, and strict refuses it", async (kind, text) => {
    const capture = await load(Buffer.from(text));
    expect(capture.kind).toBe(kind);
    const finding = capture.findings.find(({ code }) => code === "truncated");
    expect(finding).toMatchObject({ severity: "warning", place: { line: text.split("\n").length } });
    await expect(load(Buffer.from(text), { strict: true })).rejects.toThrow(/the last line does not end/);
    const ended = await load(Buffer.from(`${text}\n`));
    expect(codes(ended)).not.toContain("truncated");
  });

  test("one that shows that it is whole is none", async () => {
    const text = '{"start_ns":1,"dur_ns":2,"kind":"a"}';
    expect(codes(await load(Buffer.from(text), { strict: true }))).not.toContain("truncated");
    expect(codes(await load(Buffer.from("# TYPE a counter\na 1\n# EOF")))).toEqual([]);
  });
});

describe("lines in the envelope of a container or a journal", () => {
  const lines = [
    "# clock=monotonic",
    "start_ns,dur_ns,kind",
    "4103977123456,20771,write",
    '4103978123456,20,"r,""d"',
  ];
  const time = "2026-11-28T16:00:00";
  const envelopes: Record<string, (line: string, at: number) => string> = {
    docker: (line, at) => JSON.stringify({ log: `${line}\n`, stream: "stdout", time: `${time}.${at}Z` }),
    "docker in pieces": (line, at) =>
      [line.slice(0, 3), `${line.slice(3)}\n`]
        .map((log) => JSON.stringify({ log, stream: "stdout", time: `${time}.${at}Z` }))
        .join("\n"),
    CRI: (line) => `${time}.000000001+02:00 stdout F ${line}`,
    "CRI in pieces": (line) =>
      `${time}.1Z stdout P ${line.slice(0, 5)}\n${time}.1Z stdout F ${line.slice(5)}`,
    journal: (line) => `Nov 28 16:00:00 host web[4711]: ${line}`,
    "journal, precise": (line) => `Nov  8 16:00:00.123456 host web[4711]: ${line}`,
    "journal, iso": (line) => `${time}+0000 host web[4711]: ${line}`,
    "journal as JSON": (line) => JSON.stringify({ __REALTIME_TIMESTAMP: "1", MESSAGE: line, _PID: "4711" }),
    "journal as bytes": (line) =>
      JSON.stringify({ __REALTIME_TIMESTAMP: "1", MESSAGE: [...Buffer.from(line)] }),
    compose: (line) => `web-1  | ${line}`,
    "kubectl --prefix": (line) => `[pod/web-5f7b/web] ${line}`,
    times: (line) => `${time}.000000001Z ${line}`,
  };
  test.each(Object.entries(envelopes))("%s", async (name, wrap) => {
    const plain = (await load(Buffer.from(`${lines.join("\n")}\n`))) as OperationsCapture;
    const text = `${lines.map(wrap).join("\n")}\n`;
    for (const input of await forms(name.replaceAll(" ", "-"), Buffer.from(text))) {
      const log = (await load(input, { strict: true })) as OperationsCapture;
      expect(log.kind).toBe("operations");
      expect(log.operations.objects()).toEqual(plain.operations.objects());
      expect(log.clock).toBe("monotonic");
      expect(codes(log)).toEqual(["envelope"]);
    }
  });

  test("any format of lines: what MONITOR prints, a benchmark's output", async () => {
    const monitor =
      '1668000000.123456 [0 127.0.0.1:1] "GET" "a"\n1668000001.5 [0 127.0.0.1:1] "SET" "a" "b c"';
    const redis = (await load(
      Buffer.from(monitor.split("\n").map(envelopes.docker).join("\n")),
    )) as RedisCapture;
    expect(redis.monitor.array("args")).toEqual(["a", "a b c"]);
    const run = await load(Buffer.from(bench.split("\n").map(envelopes.CRI).join("\n")));
    expect(run.summary()).toMatchObject({ format: "go-bench", results: 4000, unparsed_lines: 1 });
  });

  test("a line that is in none stays, several programs are said, a cut envelope is a cut line", async () => {
    const text = [
      ...lines.map(envelopes.journal),
      "5,6,bare",
      "Nov 28 16:00:00 host api[1]: 7,8,other",
      "",
    ].join("\n");
    const log = (await load(Buffer.from(text))) as OperationsCapture;
    expect(log.operations.numRows()).toBe(4);
    expect(codes(log)).toEqual(["envelope", "no-envelope", "several-sources"]);
    const cut = lines.map(envelopes.docker).join("\n").slice(0, -30);
    expect(codes(await load(Buffer.from(cut)))).toContain("truncated");
  });

  test("a log with GODEBUG lines keeps its prefixes, which tell processes apart; a named kind is taken out", async () => {
    const gc =
      "gc 1 @0.012s 1%: 0.1+0.2+0.3 ms clock, 0.1+0.2/0.3/0.4+0.5 ms cpu, 4->4->0 MB, 4 MB goal, 2 P";
    const mixed = Buffer.from(
      `${[...lines, gc].map(envelopes.journal).join("\n")}\nNov 28 16:00:00 host web[2]: ${gc}\n`,
    );
    const log = (await load(mixed)) as GodebugCapture;
    expect(log.kind).toBe("godebug");
    expect(log.processes.numRows()).toBe(2);
    expect((await load(mixed, { kind: "operations" })).summary()).toMatchObject({ operations: 2 });
  });
});

test("progress, the signal and lines that are too long are the same for every reader", async () => {
  const long = Buffer.concat([Buffer.from("short\n"), Buffer.alloc(3 << 20, "x"), Buffer.from("\nlast\n")]);
  const opened = await openInput(long);
  const done: number[] = [];
  const seen: number[] = [];
  await eachLine(opened, (text) => seen.push(text.length), { onProgress: (bytes) => done.push(bytes) });
  expect(seen).toEqual([5, 1 << 20, 4]);
  expect(done.at(-1)).toBe(long.length);
  expect(opened.findings.all()).toMatchObject([{ code: "long-line", place: { line: 2 } }]);
  const stop = AbortSignal.abort(new Error("enough"));
  await expect(eachLine(opened, () => {}, { signal: stop })).rejects.toThrow("enough");
});
