import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PerfSchedCapture } from "#lib/capture/formats.js";
import { load, readPerfSched } from "#lib/index.js";
import { countLines } from "../../support/count-lines.js";

const folder = join(import.meta.dirname, "../../fixtures/perf-sched");
const outputs = readdirSync(folder).filter((name) => name.endsWith(".txt"));
const open = async (input: string | Uint8Array): Promise<PerfSchedCapture> =>
  (await load(input)) as PerfSchedCapture;

test.each(outputs)("%s is told by its content, and every line is a row or a heading", async (name) => {
  const path = join(folder, name);
  const capture = await open(readFileSync(path));
  expect(capture.kind).toBe("perf-sched");
  expect(capture.unparsed.numRows()).toBe(0);
  expect(capture.schedSlices.numRows()).toBe(countLines("^ *[0-9]+\\.[0-9]{6} .*\\[[0-9]{4}\\]", path));
  expect(capture.schedTasks.numRows()).toBe(countLines("ms \\| max:", path));
  expect(capture.schedRuns.numRows()).toBe(
    countLines("^ +[^ ].*\\[[0-9/]+\\] +-?[0-9]+ +[0-9]+ +[0-9]+\\.", path),
  );
});

test("perf sched latency: tasks add up to its own total", async () => {
  const capture = await open(join(folder, "latency-threads.txt"));
  const total = capture.summary().total as { runtime_ns: number; switches: number };
  const sum = (column: string): number =>
    (Array.from(capture.schedTasks.array(column)) as number[]).reduce((all, one) => all + one, 0);
  expect(sum("switches")).toBe(total.switches);
  // Each row is rounded to a microsecond.
  expect(Math.abs(sum("runtime_ns") - total.runtime_ns)).toBeLessThanOrEqual(
    1000 * capture.schedTasks.numRows(),
  );
});

test("perf sched timehist: a task's slices add up to its line in the summary", async () => {
  const capture = await open(join(folder, "timehist-summary.txt"));
  const slices = capture.schedSlices.objects() as { tid: number; run_ns: number }[];
  const runs = capture.schedRuns.objects() as { tid: number; run_ns: number; switched_in: number }[];
  expect(runs.length).toBeGreaterThan(4);
  for (const { tid, run_ns, switched_in } of runs) {
    const own = slices.filter((slice) => slice.tid === tid);
    const sum = own.reduce((all, slice) => all + slice.run_ns, 0);
    expect(Math.abs(sum - run_ns)).toBeLessThanOrEqual(1000 * (own.length + 1));
    expect(own.length).toBe(switched_in);
  }
});

test("every form of a line", async () => {
  const text = [
    "           time    cpu  task name                       wait time  sch delay   run time",
    "                        [tid/pid]                          (msec)     (msec)     (msec)",
    "--------------- ------  ------------------------------  ---------  ---------  ---------",
    "   79371.874569 [0011]  gcc[31949]                          0.014      0.002      1.148  ",
    "   79371.874591 [0010]  gcc[31951/31949]                    0.000      0.000      0.024  schedule <- wait",
    "   79371.874603 [0010]  <idle>                              3.350      0.000      0.012",
    "   79371.874604 [0010]  Web Content[7/6]                                                   awakened: gcc[1]",
    "odd line",
  ].join("\n");
  const capture = await open(Buffer.from(text));
  expect(capture.startNs).toBe(79_371_874_569_000n);
  expect(capture.schedSlices.objects()).toMatchObject([
    {
      time_ns: 0,
      cpu: 11,
      task: "gcc",
      tid: 31949,
      pid: 31949,
      wait_ns: 14_000,
      delay_ns: 2000,
      run_ns: 1_148_000,
    },
    { time_ns: 22_000, task: "gcc", tid: 31951, pid: 31949, detail: "schedule <- wait" },
    { time_ns: 34_000, task: "<idle>", tid: 0, pid: 0, wait_ns: 3_350_000 },
    { time_ns: 35_000, task: "Web Content", tid: 7, pid: 6, run_ns: null, detail: "awakened: gcc[1]" },
  ]);
  expect(capture.unparsed.objects()).toEqual([{ line: 8, offset: 656, text: "odd line" }]);
});

test.each(["map", "map-compact"])(
  "perf sched %s: its lines are the recording's sched_switch events",
  async (name) => {
    const capture = await open(join(folder, `${name}.txt`));
    const recorded = await load(join(folder, "../perf/sched.data"), { kind: "perf-data" });
    const events = recorded.table("samples").objects() as {
      event: string;
      cpu: number;
      time_ns: number;
      detail: string;
    }[];
    const switches = events.filter(({ event }) => event === "sched:sched_switch");
    const start = switches[0].time_ns;
    const rows = capture.schedSwitches.objects() as {
      time_ns: number;
      cpu: number;
      task: string;
      tid: number;
      running: string;
    }[];
    expect(rows.length).toBe(switches.length);
    rows.forEach((row, at) => {
      const [, comm, pid] = / ==> next_comm=(.*) next_pid=(\d+) /.exec(switches[at].detail) ?? [];
      // The map names a task as it was called when it first ran; an exec changes that.
      expect([row.tid, row.cpu]).toEqual([Number(pid), switches[at].cpu]);
      if (Number(pid) === 0) expect(comm).toMatch(/^swapper/);
      expect(Math.abs(row.time_ns - (switches[at].time_ns - start))).toBeLessThanOrEqual(1000);
      expect(JSON.parse(row.running).length).toBeGreaterThan(0);
    });
    expect(capture.summary()).toMatchObject({ switches: switches.length, unparsed_lines: 0 });
  },
);

test("a task that is missing from perf sched latency shows in its total", async () => {
  const lines = readFileSync(join(folder, "latency.txt"), "utf8").split("\n");
  const whole = await readPerfSched(Buffer.from(lines.join("\n")));
  expect(whole.findings).toEqual([]);
  const tasks = lines.flatMap((text, at) => (/:(?:\(\d+\)|\d+) +\|/.test(text) ? [at] : []));
  const { findings } = await readPerfSched(Buffer.from(lines.toSpliced(tasks[1], 1).join("\n")));
  expect(findings).toMatchObject([{ severity: "loss", code: "total-differs" }]);
});
