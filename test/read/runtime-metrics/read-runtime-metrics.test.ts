import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import type { RuntimeMetricsCapture } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { openInput } from "#lib/read/open-input.js";
import { readRuntimeMetrics } from "#lib/read/runtime-metrics/read-runtime-metrics.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures/runtime-metrics");
const loadFixture = async (name: string) => (await load(resolve(fixtures, name))) as RuntimeMetricsCapture;
const json = (name: string) => JSON.parse(readFileSync(resolve(fixtures, name), "utf8"));

test.each([
  ["runtime-metrics.json", "runtime-metrics", 1],
  ["runtime-metrics.ndjson", "runtime-metrics", 3],
  ["memstats.json", "memstats", 1],
  ["expvar.json", "expvar", 1],
  ["pprof-index.html", "pprof-index", 1],
])("%s is recognised as %s with %i records", async (name, form, records) => {
  const capture = await loadFixture(name);
  expect(capture.kind).toBe("runtime-metrics");
  expect(capture.summary()).toMatchObject({ form, records, unparsed_lines: 0 });
});

test("every number of runtime/metrics is there, with the unit of its name", async () => {
  const capture = await loadFixture("runtime-metrics.json");
  const source = Object.entries(json("runtime-metrics.json"));
  const numbers = source.filter(([, value]) => typeof value === "number");
  const rows = capture.runtimeMetrics.objects() as { name: string; unit: string; value: number }[];
  expect(rows.map(({ name, value }) => [name, value])).toEqual(numbers);
  expect(rows.find(({ name }) => name === "/gc/heap/allocs:bytes")?.unit).toBe("bytes");
  expect(capture.summary().histograms).toBe(source.length - numbers.length);
});

test("histograms keep every bucket, their infinite bounds included", async () => {
  const capture = await loadFixture("runtime-metrics.json");
  const source = json("runtime-metrics.json")["/sched/latencies:seconds"] as {
    Counts: number[];
    Buckets: unknown[];
  };
  const rows = (capture.runtimeBuckets.objects() as Record<string, number>[]).filter(
    ({ name }) => String(name) === "/sched/latencies:seconds",
  );
  expect(rows.map(({ bucket_count }) => bucket_count)).toEqual(source.Counts);
  expect(rows.at(-1)?.upper).toBe(Number.POSITIVE_INFINITY);
});

test("the ring of pauses comes out in order and sums to PauseTotalNs", async () => {
  const capture = await loadFixture("memstats.json");
  const stats = json("memstats.json") as { NumGC: number; PauseTotalNs: number; PauseNs: number[] };
  const pauses = capture.gcPauses.objects() as { gc: number; pause_ns: number; end_unix_ms: number }[];
  expect(pauses.map(({ gc }) => gc)).toEqual(Array.from({ length: stats.NumGC }, (_, index) => index + 1));
  expect(pauses.reduce((sum, { pause_ns }) => sum + pause_ns, 0)).toBe(stats.PauseTotalNs);
  expect(pauses.at(-1)?.pause_ns).toBe(stats.PauseNs[(stats.NumGC + 255) % 256]);
});

test("a ring that has gone round keeps the last 256 cycles", async () => {
  const stats = {
    Alloc: 1,
    TotalAlloc: 1,
    NumGC: 300,
    PauseNs: Array.from({ length: 256 }, (_, index) => index),
    PauseEnd: new Array(256).fill(0),
  };
  const { pauses } = await readRuntimeMetrics(await openInput(Buffer.from(JSON.stringify(stats))));
  // Cycle 300 stands at (300 + 255) % 256 = 43, cycle 45 at 44.
  expect(pauses).toHaveLength(256);
  expect(pauses[0]).toMatchObject({ gc: 45, pause_ns: 44 });
  expect(pauses[255]).toMatchObject({ gc: 300, pause_ns: 43 });
});

test("expvar's own numbers stand beside MemStats", async () => {
  const rows = (await loadFixture("expvar.json")).runtimeMetrics.objects() as {
    name: string;
    value: number;
  }[];
  expect(rows.find(({ name }) => name === "orders")?.value).toBe(42);
  expect(rows.find(({ name }) => name === "memstats.HeapAlloc")?.value).toBe(
    json("expvar.json").memstats.HeapAlloc,
  );
});

test("records carry their time; a cut line is kept", async () => {
  const text = readFileSync(resolve(fixtures, "runtime-metrics.ndjson"), "utf8").slice(0, -200);
  const dump = await readRuntimeMetrics(await openInput(Buffer.from(text)));
  expect(dump.records).toBe(2);
  expect(dump.unparsed.map(({ line }) => line)).toEqual([3]);
  const times = dump.metrics.map(({ unix_ms }) => unix_ms ?? 0);
  expect(times.at(-1)).toBeGreaterThan(times[0]);
});
