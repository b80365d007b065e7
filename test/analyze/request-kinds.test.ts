import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { criticalPath } from "#lib/analyze/critical-path.js";
import { idleBreakdown } from "#lib/analyze/processors.js";
import { requestBreakdown } from "#lib/analyze/request-breakdown.js";
import { load } from "#lib/capture/load.js";

const folder = resolve(import.meta.dirname, "../fixtures/go-requests");
const versions = ["1.21.13", "1.26.8"];

type Row = Record<string, number>;
const captured = (version: string, mode: string) => load(resolve(folder, `go${version}-${mode}.trace`));
/** What the program counted of itself. */
const counted = (version: string, mode: string): Row[] =>
  JSON.parse(readFileSync(resolve(folder, `go${version}-${mode}.json`), "utf8"));
const sum = (rows: readonly Row[], name: string): number => rows.reduce((all, row) => all + row[name], 0);

test.each(versions)("Go %s: a task belongs to those that work on it", async (version) => {
  const rows = requestBreakdown(await captured(version, "handed-over")).objects() as Row[];
  const truth = counted(version, "handed-over");
  expect(rows.length).toBe(truth.length);
  // The program's clock is read a few microseconds away from the events: 2 % of each part.
  for (const [part, own] of [
    ["dur_ns", "dur_ns"],
    ["sleep_ns", "sleep_ns"],
    ["running_ns", "run_ns"],
    ["queue_ns", "queue_ns"],
  ]) {
    expect(Math.abs(sum(rows, part) / sum(truth, own) - 1), part).toBeLessThan(0.02);
  }
});

test.each(versions.flatMap((version) => ["close", "http2"].map((mode) => [version, mode])))(
  "Go %s, %s: every request is found, and how long it waited for the mutex",
  async (version, mode) => {
    const rows = requestBreakdown(await captured(version, mode), { requests: "http" }).objects() as Row[];
    const truth = counted(version, mode);
    expect(rows.length).toBe(truth.length);
    expect(sum(rows, "sync_ns") / sum(truth, "lock_ns")).toBeGreaterThan(0.97);
    expect(sum(rows, "sync_ns") / sum(truth, "lock_ns")).toBeLessThan(1.01);
  },
);

test.each(versions)("Go %s: a critical path goes on through 80 wakers, to the sleeps", async (version) => {
  const trace = await captured(version, "crowd");
  const [slowest] = requestBreakdown(trace).objects({ limit: 1 }) as Row[];
  const query = { g: slowest.g, from_ns: slowest.start_ns, to_ns: slowest.start_ns + slowest.dur_ns };
  const path = criticalPath(trace, query).objects() as (Row & {
    state: string;
    reason: string;
    stopped: string;
  })[];
  expect(Math.max(...path.map(({ depth }) => depth))).toBeGreaterThanOrEqual(79);
  const waits = path.filter(({ state }) => state === "Waiting");
  expect(waits.every(({ reason, stopped }) => reason === "sleep" && stopped === "the runtime ended it")).toBe(
    true,
  );
  expect(sum(waits, "dur_ns") / slowest.dur_ns).toBeGreaterThan(0.95);
  const short = criticalPath(trace, { ...query, limit: 20 }).objects() as { stopped: string | null }[];
  expect(short.some(({ stopped }) => stopped === "the limit of steps was reached")).toBe(true);
});

test.each(versions)("Go %s: processors taken away are not idle", async (version) => {
  const rows = idleBreakdown(await captured(version, "lowered")).objects() as {
    state: string;
    share: number;
  }[];
  const share = (state: string): number => rows.find((row) => row.state === state)?.share ?? Number.NaN;
  // Four goroutines want the one processor that is left, all the time.
  expect(share("idle while goroutines were runnable") + share("idle, nothing to do")).toBeLessThan(0.02);
  expect(share("running goroutines")).toBeGreaterThan(0.95);
});
