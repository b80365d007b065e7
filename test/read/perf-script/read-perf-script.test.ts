import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PerfScriptCapture } from "#lib/capture/formats.js";
import { perfScript } from "#lib/capture/perf-script.js";
import { captureOf } from "#lib/capture/table-capture.js";
import { load } from "#lib/index.js";
import { openInput } from "#lib/read/open-input.js";
import { countLines } from "../../support/count-lines.js";

const folder = join(import.meta.dirname, "../../fixtures/perf/script");
const fieldsFolder = join(import.meta.dirname, "../../fixtures/perf/script-fields");
const scripts = readdirSync(folder).filter((name) => name.endsWith(".txt"));
const open = async (input: string | Uint8Array): Promise<PerfScriptCapture> =>
  (await load(input)) as PerfScriptCapture;

interface Summary {
  samples: number;
  frames: number;
  events: Record<string, number>;
  threads: number;
  unparsed_lines: number;
  records: Record<string, number>;
}

test.each(scripts)(
  "%s is told by its content; samples, frames and events are as grep counts them",
  async (name) => {
    const path = join(folder, name);
    const capture = await open(readFileSync(path));
    expect(capture.kind).toBe("perf-script");
    const summary = capture.summary() as unknown as Summary;
    expect(summary.unparsed_lines).toBe(0);
    const chainless = name === "cxx-no-chain.txt";
    const event = "(cpu-clock|task-clock|context-switches|page-faults|sched:[a-z_]+)";
    expect(summary.samples).toBe(countLines(`^[^\t#].* ${event}:`, path));
    expect(summary.frames).toBe(chainless ? summary.samples : countLines("^\t *[0-9a-f]+ ", path));
    for (const [event, count] of Object.entries(summary.events)) {
      expect(count).toBe(countLines(` ${event}: *`, path));
    }
    for (const [record, count] of Object.entries(summary.records))
      expect(count).toBe(countLines(`${record}\\b`, path));
  },
);

test("the same recording printed in other ways is the same", async () => {
  const plain = await open(join(folder, "multi.txt"));
  for (const name of ["multi-all-fields-ns.txt", "multi-header-misc.txt"]) {
    const other = await open(join(folder, name));
    for (const column of ["event", "comm", "tid", "period", "leaf"]) {
      expect(other.samples.array(column)).toEqual(plain.samples.array(column));
    }
    const times = Array.from(
      plain.samples.array("time_ns"),
      (time, row) => time - other.samples.get("time_ns", row),
    );
    // The plain form prints microseconds: both ends of a span lose up to one.
    expect(Math.max(...times.map(Math.abs))).toBeLessThanOrEqual(1000);
  }
  const full = await open(join(folder, "multi-all-fields-ns.txt"));
  expect(new Set(full.samples.array("cpu"))).toEqual(new Set([0, 1]));
  expect(new Set(full.samples.array("pid")).size).toBe(1);
});

test("source lines belong to the frame above them", async () => {
  const capture = await open(join(folder, "cxx-source-lines.txt"));
  const first = capture.frames.slice(0, 2).objects();
  expect(first).toMatchObject([
    { depth: 0, func: "__memcmp_evex_movbe", file: "memcmp-evex-movbe.S", line: 125, pc: "0x163967" },
    { depth: 1, func: "__libc_start_call_main", file: "libc-start.c", line: 74 },
  ]);
});

test("C++ and Rust names keep their spaces and parentheses", async () => {
  const cxx = await open(join(folder, "cxx.txt"));
  expect(cxx.functions.array("func")).toContain(
    "std::_Function_handler<int (int), main::{lambda(int)#1}>::_M_invoke",
  );
  const rust = await open(join(folder, "rust.txt"));
  expect(rust.functions.array("func")).toContain("<names::Word as names::Score>::score");
});

test("every variety of a sample's line", async () => {
  const stack = "\t    7f12 main+0x1 (/bin/a (deleted))";
  const inlined = "\t    7f12 inner(int) (inlined)";
  const text = [
    "# ========",
    "# perf version : 6.9.1",
    "Web Content 77 12.5: cycles:u: ",
    inlined,
    stack,
    "",
    "Thread 12 1234 [003] 100.000000001: 250000 cycles:ppp:",
    "\t  ffffffff81000000 [unknown] ([kernel.kallsyms])",
    "\tffffffffff600000 [unknown] ([vsyscall])",
    "\t        400abc operator()(int) const+0x10 (/tmp/perf-12.map)",
    "",
    ':99 -1/99 [000] 100.5: probe:x: (ffffffff81) arg="a: b"',
    "swapper 0 [001] 101.25: 1 cpu/event=0x3c/:  ffffffff81 idle+0x2 ([kernel.kallsyms])",
    // simpleperf's report_sample.py: tabs between the parts, no symbol offsets.
    "glxgears\t3188 [000] 128.331021: 250000 cpu-clock:",
    "\tffffffff8104d04a native_write_msr_safe ([kernel.kallsyms])",
    "",
    "what is this",
    "lost 7 events",
    "a 5 1.5: PERF_RECORD_LOST lost 12",
    "",
  ].join("\n");
  const capture = await open(Buffer.from(text));
  expect(capture.version).toBe("6.9.1");
  expect(capture.startNs).toBe(12_500_000_000n);
  expect(
    capture.samples
      .select("event", "comm", "pid", "tid", "cpu", "time_ns", "period", "leaf", "detail")
      .objects(),
  ).toEqual([
    {
      event: "cycles:u",
      comm: "Web Content",
      pid: -1,
      tid: 77,
      cpu: -1,
      time_ns: 0,
      period: 1,
      leaf: "inner(int)",
      detail: null,
    },
    {
      event: "cycles:ppp",
      comm: "Thread 12",
      pid: -1,
      tid: 1234,
      cpu: 3,
      time_ns: 87_500_000_001,
      period: 250_000,
      leaf: "[unknown]",
      detail: null,
    },
    {
      event: "probe:x",
      comm: ":99",
      pid: -1,
      tid: 99,
      cpu: 0,
      time_ns: 88_000_000_000,
      period: 1,
      leaf: null,
      detail: '(ffffffff81) arg="a: b"',
    },
    {
      event: "cpu/event=0x3c/",
      comm: "swapper",
      pid: -1,
      tid: 0,
      cpu: 1,
      time_ns: 88_750_000_000,
      period: 1,
      leaf: "idle",
      detail: null,
    },
    {
      event: "cpu-clock",
      comm: "glxgears",
      pid: -1,
      tid: 3188,
      cpu: 0,
      time_ns: 115_831_021_000,
      period: 250_000,
      leaf: "native_write_msr_safe",
      detail: null,
    },
  ]);
  const frames = capture.frames.select("func", "pc", "inlined", "mapping_id").objects();
  expect(frames.slice(0, 5)).toMatchObject([
    { func: "inner(int)", inlined: true, mapping_id: -1 },
    { func: "main", pc: "0x7f12", inlined: false },
    { func: "[unknown]", pc: "0xffffffff81000000" },
    { func: "[unknown]", pc: "0xffffffffff600000" },
    { func: "operator()(int) const", pc: "0x400abc" },
  ]);
  const left = capture.unparsed.objects() as { offset: number; text: string }[];
  for (const { offset, text: line } of left) expect(text.slice(offset, offset + line.length)).toBe(line);
  expect(left.map(({ offset: _, ...row }) => row)).toEqual([
    { line: 17, text: "what is this" },
    { line: 18, text: "lost 7 events" },
  ]);
  expect(capture.summary()).toMatchObject({ lost: 12, records: { PERF_RECORD_LOST: 1 } });
  expect(capture.findings).toMatchObject([{ severity: "loss", code: "lost", lost: 12 }]);
  await expect(load(Buffer.from(text), { strict: true })).rejects.toThrow(
    "<bytes>:17: the line is none of perf script's",
  );
});

test("pieces cut anywhere give what the whole gives", async () => {
  const bytes = readFileSync(join(folder, "go-events.txt"));
  const whole = JSON.stringify((await open(bytes)).summary());
  const opened = await openInput(bytes);
  async function* pieces(size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  for (const size of [1, 7, 64, 1000]) {
    const cut = { ...opened, chunks: () => pieces(size) };
    const capture = captureOf(perfScript, cut, await perfScript.read(cut, {}));
    expect(JSON.stringify(capture.summary())).toBe(whole);
  }
});

test("overlong lines, lines made to be slow and arbitrary bytes do no harm", async () => {
  const sample = "a 1 [000] 1.5: 1 cycles:\n\t  12 f+0x1 (/bin/a)\n\n";
  const hostile = [
    `a 1${" ".repeat(900_000)}x`,
    "1 ".repeat(400_000),
    `${"x".repeat(3 << 20)}`,
    "\t12 f\0g\u001b[31m<b> (/bin/\0)",
  ];
  const start = performance.now();
  const capture = await open(Buffer.from(`${sample}${hostile.join("\n")}\n${sample}`));
  expect(performance.now() - start).toBeLessThan(5000);
  expect(capture.samples.numRows()).toBe(2);
  expect(capture.unparsed.numRows()).toBe(4);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      const noisy = Buffer.concat([Buffer.from(sample), bytes, Buffer.from(`\n\n${sample}`)]);
      expect((await open(noisy)).samples.numRows()).toBeGreaterThanOrEqual(2);
    }),
    { numRuns: 200 },
  );
});

describe("what -F leaves of a sample's line", () => {
  // One recording of 24 samples of two events, half of each, all in burn.
  test.each([
    ["comm-ip-sym", { unknown: 24 }, 0],
    ["comm-pid-ip-sym", { unknown: 24 }, 0],
    ["comm-tid-time-ip-sym", { unknown: 24 }, 357_834_000],
    ["event-ip-sym", { "cpu-clock:u": 12, "task-clock": 12 }, 0],
    ["ip-sym", { unknown: 24 }, 0],
    ["tid-time-event-ip-sym", { "cpu-clock:u": 12, "task-clock": 12 }, 357_834_000],
    ["time-event-ip-sym", { "cpu-clock:u": 12, "task-clock": 12 }, 357_834_000],
  ])("%s", async (fields, events, span_ns) => {
    const capture = await open(join(fieldsFolder, `${fields}.txt`));
    expect(capture.kind).toBe("perf-script");
    expect(capture.summary()).toMatchObject({ samples: 24, frames: 24, events, span_ns, unparsed_lines: 0 });
    expect(capture.summary().top).toMatchObject([{ function: "burn" }]);
    expect(capture.findings.map(({ code }) => code)).toEqual("unknown" in events ? ["no-event"] : []);
  });

  test("deltas are added up, and come to what the times since the first are", async () => {
    const deltas = await open(join(fieldsFolder, "deltatime.txt"));
    const times = await open(join(fieldsFolder, "reltime.txt"));
    const [sums, wanted] = [deltas, times].map((capture) => capture.samples.array("time_ns") as Float64Array);
    expect(sums).toHaveLength(24);
    // Each was printed to the microsecond, cut off.
    for (const [row, time] of wanted.entries()) {
      expect(Math.abs(sums[row] - time)).toBeLessThanOrEqual(1000 * (row + 1));
    }
    expect(deltas.findings).toMatchObject([{ code: "delta-times", severity: "warning" }]);
    expect(times.findings).toEqual([]);
  });

  test("few times from 0 cannot be told from deltas; lines without a stack under them are none of it", async () => {
    const two = "a 1 0.000000: 1 cycles: \n\t 10 f\n\na 1 0.000500: 1 cycles: \n\t 10 f\n\n";
    expect((await open(Buffer.from(two))).findings).toMatchObject([{ code: "relative-times" }]);
    const noise = "a 1 1.5: 1 cycles: \n\t 10 f\n\nwhat is this\nand this\n\nb \n\t 10 f\n\nend\n";
    const capture = await open(Buffer.from(noise));
    expect(capture.unparsed.array("text")).toEqual(["what is this", "and this", "end"]);
    expect(capture.samples.array("comm")).toEqual(["a", "b"]);
  });
});
