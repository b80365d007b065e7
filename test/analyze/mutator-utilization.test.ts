import { join, resolve } from "node:path";
import type { ColumnTable } from "arquero";
import { expect, test } from "vitest";
import { mmu, worstWindows } from "#lib/analyze/mmu.js";
import { mutatorUtilization } from "#lib/analyze/mutator-utilization.js";
import type { UtilizationOptions } from "#lib/analyze/utilization-steps.js";
import { load } from "#lib/capture/load.js";

const traces = resolve(import.meta.dirname, "../fixtures/go-trace");
const files = [
  resolve(import.meta.dirname, "../fixtures/go-trace-load/load.trace"),
  ...["1.19.13", "1.22.12-generations", "1.23.12", "1.25.3-flight", "1.26.8-generations"].map((version) =>
    join(traces, `go${version}.trace`),
  ),
];

type Steps = [time: number, utilization: number][];
type Event = Record<"kind" | "resource" | "to" | "name", string | null> &
  Record<"time_ns" | "g" | "p" | "resource_id" | "value", number>;

/**
 * The definition, event by event: which goroutine each processor runs, which goroutines assist, which mark, who stops the
 * world. It shares no table and no code with the analysis but the events.
 */
function byDefinition(events: ColumnTable, { stw = "all" }: UtilizationOptions): Steps {
  const rows = events.objects() as Event[];
  const processors = new Map<number, number>();
  const where = new Map<number, number>();
  const assists = new Set<number>();
  const marks = new Set<number>();
  let stops = 0;
  let count = 0;
  const steps: Steps = [];
  for (const [index, { kind, resource, to, name, time_ns, g, p, resource_id, value }] of rows.entries()) {
    const stop = name?.startsWith("stop-the-world") && (stw === "all" || name.includes("GC"));
    const assist = name === "GC mark assist";
    if (kind === "StateTransition" && resource === "Goroutine") {
      const at = where.get(resource_id);
      if (at !== undefined && processors.get(at) === resource_id) processors.delete(at);
      where.delete(resource_id);
      if (to === "Running") {
        processors.set(p, resource_id);
        where.set(resource_id, p);
      }
      if (to === "Waiting" || to === "NotExist") marks.delete(resource_id);
    } else if (kind === "RangeBegin" || kind === "RangeActive") {
      if (stop && (kind === "RangeBegin" || stops === 0)) stops++;
      if (assist) assists.add(resource_id);
    } else if (kind === "RangeEnd") {
      if (stop) stops--;
      if (assist) assists.delete(resource_id);
    } else if (kind === "Label") {
      if (name?.startsWith("GC ") && name !== "GC (idle)") marks.add(g);
      else marks.delete(g);
    } else if (kind === "Metric" && name === "/sched/gomaxprocs:threads") count = value;
    if (count === 0 || rows[index + 1]?.time_ns === time_ns) continue;
    let busy = 0;
    for (const id of processors.values()) if (assists.has(id) || marks.has(id)) busy++;
    steps.push([time_ns, stops > 0 ? 0 : 1 - busy / count]);
  }
  return steps;
}

/** The least mean over every window that begins or ends at a step. */
function least(steps: Steps, length: number): number {
  const [first, last] = [steps[0][0], steps[steps.length - 1][0]];
  const window = Math.min(length, last - first);
  const sums = [0];
  for (let i = 1; i < steps.length; i++)
    sums.push(sums[i - 1] + steps[i - 1][1] * (steps[i][0] - steps[i - 1][0]));
  const integral = (to: number): number => {
    let [low, high] = [0, steps.length];
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      if (steps[middle][0] <= to) low = middle;
      else high = middle;
    }
    return sums[low] + steps[low][1] * (to - steps[low][0]);
  };
  let found = 1;
  for (const [time] of steps) {
    for (const start of [time, time - window]) {
      if (start < first || start + window > last) continue;
      found = Math.min(found, (integral(start + window) - integral(start)) / window);
    }
  }
  return found;
}

test.each(files)("utilization counts each processor's time once: %s", async (file) => {
  const trace = await load(file);
  for (const options of [{}, { stw: "gc" }] as const) {
    const steps = byDefinition(trace.table("events"), options);
    const curve = mmu(trace, options);
    const windows = curve.array("window_ns") as number[];
    const found = curve.array("utilization") as number[];
    for (const [row, window] of windows.entries()) {
      // A label follows its worker's start by some hundred ns, for which only the analysis counts the worker.
      const slack = 0.001 + 5000 / window;
      const want = least(steps, window);
      expect(found[row], `${window} ns`).toBeGreaterThan(want - slack);
      expect(found[row], `${window} ns`).toBeLessThan(want + 1e-9);
    }
  }
});

test("the worst window of a length has the least utilization, and the curve's own mean there", async () => {
  const trace = await load(files[0]);
  const window_ns = 1e6;
  const worst = worstWindows(trace, { window_ns, count: 1 }).object() as Record<string, number>;
  const [least] = mmu(trace, { windows_ns: [window_ns] }).objects() as Record<string, number>[];
  expect(worst).toMatchObject({ start_ns: least.worst_start_ns, utilization: least.utilization });
  const curve = mutatorUtilization(trace);
  const [time, utilization] = ["time_ns", "utilization"].map((name) => curve.array(name) as number[]);
  let sum = 0;
  for (let i = 0; i + 1 < time.length; i++) {
    sum +=
      utilization[i] * Math.max(0, Math.min(worst.end_ns, time[i + 1]) - Math.max(worst.start_ns, time[i]));
  }
  expect(sum / window_ns).toBeCloseTo(worst.utilization, 9);
});
