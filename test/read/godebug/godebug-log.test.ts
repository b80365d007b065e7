import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { type GodebugCapture, readGodebugLog } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { countLines } from "../../support/count-lines.js";
import { hasGo } from "../../support/go-tool.js";

const folder = resolve(import.meta.dirname, "../../fixtures/godebug");
const logs = readdirSync(folder).filter((name) => name.endsWith(".log"));
const read = (text: string | Uint8Array): Promise<GodebugCapture> => readGodebugLog(Buffer.from(text));
type Row = Record<string, unknown>;
const rows = (capture: GodebugCapture, table: string): Row[] => capture.table(table).objects() as Row[];

/** The lines that are in any table, each once, in order. */
function linesInTables(log: GodebugCapture): unknown[] {
  const names = ["gc_cycles", "pacer", "scavenger", "sched_snapshots", "sched_procs", "sched_threads"];
  names.push("sched_goroutines", "inits", "gc_scans", "unparsed");
  const seen = new Set(names.flatMap((table) => rows(log, table).map(({ line }) => line)));
  return [...seen].sort((a, b) => Number(a) - Number(b));
}

describe.each(logs)("%s", (name) => {
  const path = resolve(folder, name);

  test("is recognised, and counts what grep counts", async () => {
    const log = (await load(path)) as GodebugCapture;
    expect(log.kind).toBe("godebug");
    const count = (pattern: string): number => countLines(pattern, path);
    const { cycles, forced, scav_lines, sched_lines, pacer_lines } = log.summary();
    expect({ cycles, forced, scav_lines, sched_lines }).toEqual({
      cycles: count("gc [0-9]+ @.* P( \\(forced\\))?$"),
      forced: count("gc [0-9]+ @.* P \\(forced\\)$"),
      scav_lines: count("scav [0-9 ]+KiB work.*% util"),
      sched_lines: count("SCHED [0-9]+ms: "),
    });
    // Go 1.17's pacer had another model; its one line of it is not read.
    expect(pacer_lines).toBe(count("pacer: ") - count("pacer: H_m_prev"));
    const text = readFileSync(path, "utf8").split("\n");
    const unparsed = rows(log, "unparsed");
    for (const row of unparsed) expect(row.text).toBe(text[Number(row.line) - 1]);
    const detail = log.table("sched_procs").numRows();
    expect(detail).toBe(count("^  P[0-9]+: .*timerslen=[0-9]+$"));
    expect(log.table("sched_threads").numRows()).toBe(count("^  M[0-9]+: .*lockedg=-?[0-9nil]+$"));
    expect(log.table("sched_goroutines").numRows()).toBe(count("^  G[0-9]+: .*lockedm=-?[0-9nil]+$"));
    expect(log.inits.numRows()).toBe(count("init .* bytes, [0-9]+ allocs$"));
  });

  test("every line is in one table", async () => {
    const log = await readGodebugLog(path);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n").length;
    expect(linesInTables(log)).toEqual(Array.from({ length: lines }, (_, index) => index + 1));
  });
});

const line126 =
  "gc 12 @0.868s 3%: 0.27+14+0.037 ms clock, 0.55+0.10/1.2/0.12+0 ms cpu, 3->4->2 MB, 5 MB goal, 1 MB stacks, 6 MB globals, 2 P (forced)";

test("every number is kept with what its rounding hides", async () => {
  const [cycle] = rows(await read(line126), "gc_cycles");
  expect(cycle).toMatchObject({
    line: 1,
    gc: 12,
    time_ns: 868e6,
    time_err_ns: 1e6,
    gc_cpu_percent: 3,
    percent_err: 1,
    stw_sweep_term_ns: 270e3,
    stw_sweep_term_err_ns: 10e3,
    mark_ns: 14e6,
    mark_err_ns: 1e6,
    stw_mark_term_ns: 37e3,
    stw_mark_term_err_ns: 1e3,
    cpu_assist_ns: 100e3,
    cpu_assist_err_ns: 10e3,
    cpu_background_ns: 1.2e6,
    cpu_background_err_ns: 100e3,
    // A plain 0 is anything below a microsecond.
    cpu_mark_term_ns: 0,
    cpu_mark_term_err_ns: 1e3,
    heap_start_mb: 3,
    heap_end_mb: 4,
    heap_live_mb: 2,
    heap_goal_mb: 5,
    stacks_mb: 1,
    globals_mb: 6,
    mb_err: 1,
    procs: 2,
    forced: true,
    periodic: false,
    leak_check: false,
  });
});

test("the runtime's way of printing times hides no more than the error says", () => {
  // fmtNSAsMS of runtime/mgc.go, restated: whole ms from 10 ms, else two digits and at most three decimals.
  const print = (ns: number): { text: string; value: number } => {
    const decimals = ns >= 10e6 ? 0 : ns >= 1e6 ? 1 : ns >= 100e3 ? 2 : 3;
    const value = Math.floor(ns / 10 ** (6 - decimals)) * 10 ** (6 - decimals);
    return { text: value === 0 ? "0" : (value / 1e6).toFixed(decimals), value };
  };
  const times = [0, 999, 1e3, 99_999, 100e3, 999_999, 1e6, 9_999_999, 10e6, 10_999_999, 123_456_789];
  return Promise.all(
    times.map(async (ns) => {
      const { text, value } = print(ns);
      const [cycle] = rows(await read(line126.replace("+14+", `+${text}+`)), "gc_cycles");
      expect(cycle.mark_ns).toBe(value);
      expect(ns).toBeGreaterThanOrEqual(Number(cycle.mark_ns));
      expect(ns).toBeLessThan(Number(cycle.mark_ns) + Number(cycle.mark_err_ns));
    }),
  );
});

test("pacer numbers in both formats, each line with its cycle", async () => {
  const log = await read(
    [
      "pacer: assist ratio=+1.040568e+000 (scan 0 MB in 3->4 MB) workers=0++2.500000e-001",
      "pacer: 25% CPU (25 exp.) for 276720+3088+204584 B work (204584 B exp.) in 3997696 B -> 4030464 B (∆goal -163840, cons/mark +0.000000e+000)",
      line126.replace("gc 12", "gc 1").replace("0.868s", "0.100s"),
      "pacer: sweep done at heap size 3MB; allocated 0MB during sweep; swept 501 pages at 0.0001961564302505321 pages/byte",
      "pacer: assist ratio=0.8212147588315217 (scan 0 MB in 3->4 MB) workers=1+0.25",
    ].join("\n"),
  );
  const [start, end, sweep, next] = rows(log, "pacer");
  expect(start).toMatchObject({ kind: "start", gc: 1, assist_ratio: 1.040568, dedicated_workers: 0 });
  expect(start.assist_ratio_err).toBeCloseTo(5e-7, 12);
  expect(start.fractional_workers).toBe(0.25);
  expect(end).toMatchObject({ kind: "end", gc: 1, goal_delta_bytes: -163840, expected_work_bytes: 204584 });
  expect(sweep).toMatchObject({ kind: "sweep", gc: 1, pages_per_byte: 0.0001961564302505321 });
  expect(next).toMatchObject({ kind: "start", assist_ratio: 0.8212147588315217, assist_ratio_err: 0 });
  expect(next.gc).toBeNaN();
});

const escapeHtml = (text: string): string =>
  JSON.stringify(text).replaceAll(">", "\\u003e").replaceAll("∆", "\\u2206");
const prefixes: Record<string, (line: string) => string> = {
  syslog: (line) => `<13>Nov 23 13:20:00 host web[4711]: ${line}`,
  journal: (line) => `Nov 23 13:20:00 host web[4711]: ${line}`,
  "journal JSON": (line) => `{"_PID":"4711","PRIORITY":"6","MESSAGE":${JSON.stringify(line)}}`,
  "container JSON": (line) => `{"log":${JSON.stringify(`${line}\n`)},"stream":"stderr","time":"2026-11-23"}`,
  "Go JSON, HTML escaped": (line) => `{"time":"2026-11-23","msg":${escapeHtml(line)},"pid":4711}`,
  CRI: (line) => `2026-11-23T13:20:00.000000001Z stderr F ${line}`,
  compose: (line) => `web-1  | ${line}`,
  kubectl: (line) => `[pod/web-5f7b/web] ${line}`,
  "a time of day and colour": (line) => `\x1b[36m13:20:00.123\x1b[0m ${line}\x1b[0m`,
  "carriage return": (line) => `${line}\r`,
};

describe.each(Object.entries(prefixes))("lines prefixed as %s", (_, wrap) => {
  test("say the same", async () => {
    const text = readFileSync(resolve(folder, "go1.26.8.log"), "utf8").trimEnd().split("\n");
    const plain = await read(text.join("\n"));
    const wrapped = (await load(Buffer.from(text.map(wrap).join("\n")))) as GodebugCapture;
    expect(wrapped.kind).toBe("godebug");
    // Lines in envelopes are whole by themselves, so the last one is not suspect.
    expect({ ...wrapped.summary(), diagnostics: [] }).toEqual({ ...plain.summary(), diagnostics: [] });
    for (const table of ["gc_cycles", "pacer", "scavenger", "sched_snapshots", "inits", "gc_scans"]) {
      expect(rows(wrapped, table)).toEqual(rows(plain, table));
    }
  });
});

test("interleaved processes are told apart by their labels", async () => {
  const log = await readGodebugLog(resolve(folder, "compose.log"));
  const text = readFileSync(resolve(folder, "compose.log"), "utf8");
  const cyclesOf = (name: string): number => text.match(new RegExp(`^${name}.*gc \\d+ @`, "gm"))?.length ?? 0;
  const processes = rows(log, "processes");
  expect(processes.map(({ label, cycles }) => [label, cycles]).sort()).toEqual([
    ["api-1", cyclesOf("api-1")],
    ["web-1", cyclesOf("web-1")],
  ]);
  for (const { process } of processes) {
    const own = rows(log, "gc_cycles").filter((row) => row.process === process);
    expect(own.map(({ gc }) => gc)).toEqual(own.map((_, index) => index + 1));
  }
});

const at = (gc: number, seconds: number): string =>
  line126.replace("gc 12", `gc ${gc}`).replace("0.868s", `${seconds.toFixed(3)}s`);

test("a restart begins a new process; lost lines do not", async () => {
  const log = await read([at(1, 1), at(2, 2), at(5, 9), at(1, 0.5), at(2, 1)].join("\n"));
  expect(rows(log, "gc_cycles").map(({ process }) => process)).toEqual([0, 0, 0, 1, 1]);
});

test("processes without labels are told apart by their numbering", async () => {
  const log = await read([at(7, 70), at(1, 1), at(8, 80), at(2, 2), at(3, 3), at(9, 90), ""].join("\n"));
  expect(rows(log, "gc_cycles").map(({ process }) => process)).toEqual([0, 1, 0, 1, 1, 0]);
  const same = await read([at(1, 1), at(1, 1.1), at(2, 2), ""].join("\n"));
  expect(same.findings.map(({ code }) => code)).toEqual(["ambiguous-process"]);
});

test("GC forced announces a periodic cycle", async () => {
  const log = await read(["GC forced", at(3, 300), at(4, 301)].join("\n"));
  expect(rows(log, "gc_cycles").map(({ periodic }) => periodic)).toEqual([true, false]);
  expect(log.unparsed.numRows()).toBe(0);
});

test("a goroutine leak check is noted", async () => {
  const log = await read(line126.replace("3%:", "3% (checking for goroutine leaks):"));
  expect(rows(log, "gc_cycles")).toMatchObject([{ leak_check: true, gc: 12 }]);
});

test("writes that met in one line: both are read, what is broken stays", async () => {
  const log = await read(
    [
      `${line126}scav 0 KiB work (bg), 8 KiB work (eager), 3624 KiB now, 99% util`,
      `gc 13 @0.9hello gc 14 @1.000s 3%${line126.slice(line126.indexOf("%") + 1)}`,
      `${at(15, 2)} and more`,
    ].join("\n"),
  );
  expect(rows(log, "gc_cycles").map(({ gc }) => gc)).toEqual([12, 14, 15]);
  expect(rows(log, "scavenger")).toMatchObject([{ eager_kib: 8, work_kib: 8 }]);
  expect(rows(log, "unparsed").map(({ line }) => line)).toEqual([2, 3]);
});

test("a log without a runtime line is refused in one line", async () => {
  await expect(read("hello\nworld\n")).rejects.toThrow(
    "<bytes>: none of its 2 lines is one that GODEBUG makes the runtime print; it looks like text of an unknown kind; capture stderr",
  );
});

test("absurd numbers are no cycle, and kill nothing", async () => {
  const huge = "9".repeat(400);
  const log = await read(
    [
      line126,
      line126.replace("gc 12", `gc ${huge}`),
      line126.replace("3->4", `3->${huge}`),
      line126.replace("+14+", "+1.2345+"),
      line126.replace("0.868s", ".s"),
    ].join("\n"),
  );
  expect(log.gcCycles.numRows()).toBe(1);
  expect(rows(log, "unparsed").map(({ line }) => line)).toEqual([2, 3, 4, 5]);
});

test("lines made to be slow are not", async () => {
  const hostile = [
    "  M1: p=1 curg=1 mallocing=0 throwing=0 preemptoff=",
    "  G1: status=1(",
    "gc 1 @0.1s 1%: ",
    "init a @1 ms, ",
    "SCHED 1ms: gomaxprocs=1 idleprocs=1 threads=1 spinningthreads=0 idlethreads=1 runqueue=0 [",
    line126,
    "[1][2] pid=",
    " ".repeat(50),
  ];
  const before = performance.now();
  for (const text of hostile) {
    const log = await read(`${line126}\n${text.repeat(2 ** 20 / text.length)}\n${line126}\n`);
    expect(log.gcCycles.numRows()).toBeGreaterThanOrEqual(2);
  }
  // What grows with the square of such a line takes minutes.
  expect(performance.now() - before).toBeLessThan(20_000);
});

describe("a window", () => {
  const path = resolve(folder, "go1.22.12-detail.log");

  test("keeps what lies in it on each process's own clock", async () => {
    const whole = await readGodebugLog(path);
    const times = rows(whole, "gc_cycles").map(({ time_ns }) => Number(time_ns));
    const [from, to] = [times[2], times[times.length - 3]];
    const log = await readGodebugLog(path, { from, to });
    const isIn = ({ time_ns }: Row): boolean => Number(time_ns) >= from && Number(time_ns) <= to;
    expect(rows(log, "gc_cycles")).toEqual(rows(whole, "gc_cycles").filter(isIn));
    expect(log.summary().cycles).toBe(times.length - 4);
    const snapshots = rows(whole, "sched_snapshots");
    expect(rows(log, "sched_snapshots")).toEqual(snapshots.filter(isIn));
    const kept = new Set(snapshots.flatMap((row, index) => (isIn(row) ? [index] : [])));
    for (const table of ["sched_procs", "sched_threads", "sched_goroutines"]) {
      const all = rows(whole, table).filter(({ snapshot }) => kept.has(Number(snapshot)));
      expect(rows(log, table).map(({ line }) => line)).toEqual(all.map(({ line }) => line));
      expect(Math.max(...rows(log, table).map(({ snapshot }) => Number(snapshot)))).toBe(kept.size - 1);
    }
    const cycles = new Set(rows(log, "gc_cycles").map(({ gc }) => gc));
    const pacer = rows(whole, "pacer").filter(({ gc }) => cycles.has(gc));
    expect(rows(log, "pacer")).toEqual(pacer);
  });

  test("as wide as the log keeps every line", async () => {
    const log = await readGodebugLog(path, { from: 0 });
    const whole = await readGodebugLog(path);
    expect(linesInTables(log)).toEqual(linesInTables(whole));
    expect(log.summary()).toEqual(whole.summary());
  });
});

test.each(logs)("%s: a sum without rows is the same, and the rows are read when asked for", async (name) => {
  const text = readFileSync(resolve(folder, name)).toString().trimEnd();
  // More lines than are summed at once.
  const bytes = Buffer.from(`${text}\n`.repeat(1 + Math.ceil(6000 / text.split("\n").length)));
  const whole = await readGodebugLog(bytes);
  const summed = await readGodebugLog(bytes, { summaryOnly: true });
  expect(summed.summary()).toEqual(whole.summary());
  for (const table of ["gc_cycles", "pacer", "sched_procs", "unparsed"]) {
    expect(rows(summed, table)).toEqual(rows(whole, table));
  }
});

test("floating-point numbers are read as JavaScript reads them", async () => {
  const numbers = [
    "0.1",
    "0.30000000000000004",
    "123456789012345678",
    "0.0001961564302505321",
    "5e-324",
    "1e22",
  ];
  numbers.push(
    "1e23",
    "1.7976931348623157e308",
    "9007199254740993",
    "+1.040568e+000",
    "-2.5e-07",
    "8.5e+100",
  );
  for (const number of numbers) {
    const [row] = rows(
      await read(`pacer: assist ratio=${number} (scan 0 MB in 3->4 MB) workers=1+0.25`),
      "pacer",
    );
    expect(row.assist_ratio).toBe(Number(number));
  }
});

test.skipIf(!hasGo)(
  "a fresh log of the installed Go counts what grep counts, with every line in a table",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "tracebook-"));
    const program = join(dir, "program");
    execFileSync("go", ["build", "-trimpath", "-o", program, "."], { cwd: resolve(folder, "program") });
    const options = "gctrace=2,gcpacertrace=1,scavtrace=1,inittrace=1,schedtrace=10,scheddetail=1";
    const run = spawnSync(program, { env: { ...process.env, GODEBUG: options } });
    expect(run.status).toBe(0);
    const path = join(dir, "fresh.log");
    writeFileSync(path, run.stderr);
    const log = (await load(path)) as GodebugCapture;
    expect(log.kind).toBe("godebug");
    const count = (pattern: string): number => countLines(pattern, path);
    expect(log.summary()).toMatchObject({
      cycles: count("gc [0-9]+ @.* P( \\(forced\\))?$"),
      forced: count("gc [0-9]+ @.* P \\(forced\\)$"),
      scav_lines: count("scav [0-9 ]+KiB work.*% util( \\(forced\\))?$"),
      sched_lines: count("SCHED [0-9]+ms: .*runqueue=[0-9]+ gcwaiting=.* sysmonwait=[a-z0-9]+$"),
    });
    const lines = run.stderr.toString().trimEnd().split("\n").length;
    expect(linesInTables(log)).toEqual(Array.from({ length: lines }, (_, index) => index + 1));
  },
  60_000,
);

test("lines that the program's own writes cut are put together again; what is not there is said", async () => {
  const log = (await load(resolve(folder, "interleaved.log.gz"))) as GodebugCapture;
  // The program's own MemStats at its end: NumGC 123, NumForcedGC 89. Nothing in the log has the number of cycle 31.
  const gcs = [...log.gcCycles.array("gc")] as number[];
  expect(gcs).toEqual(Array.from({ length: 123 }, (_, at) => at + 1).filter((gc) => gc !== 31));
  expect(log.summary().forced).toBe(88);
  expect(log.findings).toMatchObject([
    {
      severity: "loss",
      code: "cycles-missing",
      message: "cycle 31 of process 0 has no line that can be read",
      lost: 1,
    },
    { code: "joined-lines" },
  ]);
});

test("a log cut into pieces at every place gives the cycles of the whole, or says which are missing", async () => {
  const tail =
    " ms clock, 0.1+0.2/0.3/0.4+0.5 ms cpu, 14->15->12 MB, 20 MB goal, 0 MB stacks, 0 MB globals, 2 P";
  const cycle = (gc: number): string => `gc ${gc} @${gc}.012s 1%: 0.1+0.2+0.3${tail}`;
  const noise = [
    "2026/11/28 16:00:00 GET /a",
    '{"level":"info","n":12}',
    "I1128 16:00:00.000000 server.go:7] x",
  ];
  const whole = cycle(2);
  let joined = 0;
  for (const written of noise) {
    for (let cut = 1; cut < whole.length; cut++) {
      const lines = [
        cycle(1),
        ...noise,
        `${whole.slice(0, cut)}${written}`,
        noise[0],
        whole.slice(cut),
        cycle(3),
        "",
      ];
      const log = (await load(Buffer.from(lines.join("\n")))) as GodebugCapture;
      const rows = log.gcCycles.objects() as Record<string, number>[];
      const missing = log.findings.filter(({ code }) => code === "cycles-missing");
      expect(rows.length + missing.length).toBe(3);
      joined += rows.length - 2;
      const second = rows.find(({ gc }) => gc === 2);
      if (second)
        expect(second).toMatchObject({
          mark_ns: 200_000,
          heap_start_mb: 14,
          heap_end_mb: 15,
          heap_live_mb: 12,
          procs: 2,
        });
    }
  }
  // All cuts but those after which it is not clear where the number ends.
  expect(joined).toBeGreaterThan(340);
});
