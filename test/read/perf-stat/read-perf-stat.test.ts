import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PerfStatCapture } from "#lib/capture/formats.js";
import { load } from "#lib/index.js";
import { countLines } from "../../support/count-lines.js";

const folder = join(import.meta.dirname, "../../fixtures/perf-stat");
const outputs = readdirSync(folder).filter((name) => name.endsWith(".txt"));
const open = async (input: string | Uint8Array): Promise<PerfStatCapture> =>
  (await load(input)) as PerfStatCapture;

const formOf = (name: string): string =>
  /json/.test(name) ? "json" : /separated/.test(name) ? "csv" : "text";

test.each(outputs)("%s is told by its content, and every counter line is a row", async (name) => {
  const path = join(folder, name);
  const capture = await open(readFileSync(path));
  expect(capture.kind).toBe("perf-stat");
  expect(capture.summary()).toMatchObject({ form: formOf(name), unparsed_lines: 0 });
  const events =
    "(task-clock|cpu-clock|context-switches|cpu-migrations|page-faults|cycles|instructions|branches|branch-misses)";
  expect(capture.counters.numRows()).toBe(countLines(`(^|[ ,;"])${events}([ ,;"]|$)`, path));
});

test("the three forms say the same of a run", async () => {
  // One line of each form, as perf 6.1 printed them for one counter of five runs.
  const forms = [
    " Performance counter stats for './tiny' (5 runs):\n\n         1,234.59 msec task-clock                       #    0.736 CPUs utilized            ( +-  3.47% )  (49.98%)\n",
    "1234.59,msec,task-clock,3.47%,34565469,49.98,0.736,CPUs utilized\n",
    '{"counter-value" : "1234.590000", "unit" : "msec", "event" : "task-clock", "variance" : 3.47, "event-runtime" : 34565469, "pcnt-running" : 49.98, "metric-value" : 0.736, "metric-unit" : "CPUs utilized"}\n',
  ];
  const rows = await Promise.all(
    forms.map(async (text) => (await open(Buffer.from(text))).counters.object(0)),
  );
  for (const row of rows) {
    expect(row).toMatchObject({
      event: "task-clock",
      value: 1234.59,
      unit: "msec",
      status: "counted",
      variance_percent: 3.47,
      running_percent: 49.98,
      metric_value: 0.736,
      metric_unit: "CPUs utilized",
    });
  }
  expect(rows[1]).toMatchObject({ runtime_ns: 34565469 });
  expect(rows[2]).toMatchObject({ runtime_ns: 34565469 });
});

test("not supported, not counted, metrics without a counter and other text", async () => {
  const text = [
    "# started on Mon May  6 10:00:00 2024",
    "",
    " Performance counter stats for process id '42':",
    "",
    "   <not supported>      cycles                                                      ",
    "     <not counted>      instructions                                                  (0.00%)",
    "     1,234,567,890      cache-misses              #   12.34% of all cache refs      (24.96%)",
    "                                                  #    0.55  stalled cycles per insn",
    "              1.50 Joules power/energy-pkg/",
    "what is this",
    "",
    "       1.002003004 seconds time elapsed",
    "       0.500000000 seconds user",
  ].join("\n");
  const capture = await open(Buffer.from(text));
  const shown = ["event", "value", "unit", "status", "running_percent", "metric_value", "metric_unit"];
  expect(
    capture.counters
      .select(...shown)
      .objects()
      .map((row) => Object.values(row)),
  ).toEqual([
    ["cycles", null, "", "not supported", null, null, null],
    ["instructions", null, "", "not counted", 0, null, null],
    ["cache-misses", 1_234_567_890, "", "counted", 24.96, 12.34, "% of all cache refs"],
    ["cache-misses", null, "", "metric", null, 0.55, "stalled cycles per insn"],
    ["power/energy-pkg/", 1.5, "Joules", "counted", null, null, null],
  ]);
  expect(capture.times.objects()).toEqual([
    { name: "elapsed", seconds: 1.002003004, plus_minus_seconds: null },
    { name: "user", seconds: 0.5, plus_minus_seconds: null },
  ]);
  expect(capture.unparsed.objects()).toEqual([{ line: 10, text: "what is this" }]);
  expect(capture.summary()).toMatchObject({ target: "process id '42'", elapsed_s: 1.002003004 });
});

test("intervals and places", async () => {
  const intervals = await open(join(folder, "intervals-separated.txt"));
  const times = Array.from(intervals.counters.array("interval_ns")) as number[];
  expect(times.length).toBeGreaterThan(3);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
  expect(times[0]).toBeGreaterThan(1e6);
  for (const name of ["per-cpu.txt", "per-cpu-separated.txt", "per-cpu-json.txt"]) {
    expect(new Set((await open(join(folder, name))).counters.array("place"))).toEqual(
      new Set(["CPU0", "CPU1"]),
    );
  }
  for (const name of ["per-socket.txt", "per-socket-separated.txt"]) {
    expect((await open(join(folder, name))).counters.object(0)).toMatchObject({ place: "S0", cpus: 2 });
  }
});

test("a slow line, NULs and broken JSON stay unparsed", async () => {
  const text = `1.5,msec,a,1,100.00\n{"counter-value" : broken\n${"1 ".repeat(200_000)}\na\0b <script>\n`;
  const start = performance.now();
  const capture = (await load(Buffer.from(text), { kind: "perf-stat" })) as PerfStatCapture;
  expect(performance.now() - start).toBeLessThan(2000);
  expect(capture.counters.numRows()).toBe(1);
  expect(capture.unparsed.numRows()).toBe(3);
});
