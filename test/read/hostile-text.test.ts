import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { CaptureError } from "#lib/bytes/capture-error.js";
import type { Capture } from "#lib/capture/capture.js";
import type { Kind } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { jsonText } from "#lib/cli/output.js";

// A real capture of each text kind; broken in the ways that files get broken.
const samples: [Kind, string][] = [
  ["cachegrind", "cachegrind/calls.out.gz"],
  ["callgrind", "callgrind/calls.out.gz"],
  ["go-asm", "go-asm/go1.26.8-S.txt"],
  ["go-asm", "go-asm/go1.26.8-objdump.txt"],
  ["go-bench", "go-bench/old.txt"],
  ["go-escape", "go-escape/go1.26.8-m2.txt"],
  ["go-test-json", "go-test-json/go-test.json"],
  ["godebug", "godebug/go1.26.8.log"],
  ["godebug", "godebug/go1.22.12-detail.log"],
  ["goroutine-dump", "goroutine-dump/go1.22.12.txt"],
  ["perf-script", "perf/script/go-events.txt"],
  ["perf-sched", "perf-sched/latency.txt"],
  ["perf-sched", "perf-sched/map.txt"],
  ["pprof", "pprof/gperftools.heap"],
  ["perf-stat", "perf-stat/intervals.txt"],
  ["perf-stat", "perf-stat/json.txt"],
  ["prometheus", "prometheus/exposition.txt"],
  ["redis", "redis/info.txt"],
  ["redis", "redis/monitor.txt"],
  ["redis", "redis/client-list.txt"],
  ["redis", "redis/slowlog.resp"],
  ["redis", "redis/latency-histogram.resp3"],
  ["runtime-metrics", "runtime-metrics/expvar.json"],
];
const folder = resolve(import.meta.dirname, "../fixtures");

function sample(name: string): Buffer {
  const bytes = readFileSync(resolve(folder, name));
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

const operations = Buffer.from("# clock=monotonic\nstart_ns,dur_ns,kind\n1,2,write\n3,4,read\n");
const all: [Kind, string, Buffer][] = [
  ...samples
    .filter(([, name]) => existsSync(resolve(folder, name)))
    .map(([kind, name]): [Kind, string, Buffer] => [kind, name, sample(name)]),
  ["operations", "operations", operations],
];

/** Loads as the kind and builds every table; undefined when it is refused in one line. */
async function tryLoad(bytes: Uint8Array, kind: Kind): Promise<Capture | undefined> {
  try {
    const capture = await load(bytes, { kind });
    // What cannot be made of so little says what it needs; any other reason is a fault.
    for (const { rows, why } of capture.tables()) if (rows === null) expect(why).toMatch(/ needs /);
    jsonText(capture.summary());
    return capture;
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    expect(error.message.split("\n")).toHaveLength(1);
    return undefined;
  }
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}

/** Repeats bytes, for lines longer than any reader may hold on to. */
const hundredMegabytes = Buffer.alloc(100e6, "abc (1)=2 ");

test("no sample is missing", () => {
  expect(all).toHaveLength(samples.length + 1);
});

describe.each(all)("%s (%s)", (kind, _, bytes) => {
  test("is told by its content", async () => {
    expect((await load(bytes)).kind).toBe(kind);
  });

  test("invalid UTF-8 and NUL bytes between and in lines", async () => {
    const broken = Buffer.concat([
      bytes,
      Buffer.from([0, 10, 0xff, 0xfe, 0xc3, 10, 0xed, 0xa0, 0x80, 10]),
      bytes,
    ]);
    for (let at = 97; at < bytes.length; at += 397) broken[at] = at % 2 ? 0 : 0xff;
    await tryLoad(broken, kind);
  });

  test("a line of 100 MB", async () => {
    const before = performance.now();
    await tryLoad(
      Buffer.concat([bytes, Buffer.from("\n"), hundredMegabytes, Buffer.from("\n"), bytes]),
      kind,
    );
    // Time that grows with the square of a line would be days.
    expect(seconds(before)).toBeLessThan(30);
  }, 60_000);

  test("absurd numbers", async () => {
    const text = bytes.toString("latin1");
    for (const number of ["9".repeat(30), "-1", "1e999", "0x7fffffffffffffffff", ""]) {
      let count = 0;
      // Every seventh number, so that lines are still read as what they are.
      const absurd = text.slice(0, 50_000).replace(/\d+/g, (own) => (count++ % 7 === 3 ? number : own));
      await tryLoad(Buffer.from(absurd, "latin1"), kind);
    }
  });

  test("cut anywhere, and with bytes changed", async () => {
    const short = bytes.subarray(0, 6000);
    for (let round = 1; round <= 40; round++) {
      await tryLoad(short.subarray(0, Math.ceil((short.length * round) / 41)), kind);
      const changed = Buffer.from(short);
      for (let at = round; at < changed.length; at += 211 + round)
        changed[at] = (changed[at] * 7 + round) & 0xff;
      await tryLoad(changed, kind);
    }
  });
});
