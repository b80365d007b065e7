// What a Go program says of its own runtime:
// - runtime/metrics as JSON, an object from metric name (`/gc/heap/allocs:bytes`) to number or
//   `{"Counts":[...],"Buckets":[...]}`; bounds that JSON has no number for stand as text or null;
// - runtime.MemStats as encoding/json writes it; expvar's /debug/vars, which has MemStats among others;
// - several such objects, one a line, each bare or as `{"time":...,"metrics":{...}}`;
// - the page at /debug/pprof/, which counts profiles.
// https://pkg.go.dev/runtime/metrics, https://pkg.go.dev/runtime#MemStats, https://pkg.go.dev/expvar
// Ignored: text and nested objects that expvar publishes. Numbers above 2^53 are rounded to doubles.

import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { eachLine } from "../text/lines.js";

/** One number of one record. */
export interface RuntimeMetricRow {
  record: number;
  unix_ms: number | null;
  name: string;
  unit: string | null;
  value: number;
}

/** One bucket of a runtime/metrics histogram. */
export interface RuntimeBucketRow {
  record: number;
  name: string;
  lower: number;
  upper: number;
  bucket_count: number;
}

/** One pause from MemStats' ring of the last 256. */
export interface MemStatsPauseRow {
  record: number;
  gc: number;
  pause_ns: number;
  end_unix_ms: number;
}

/** Raw rows of all records. */
export interface RuntimeDump {
  form: "runtime-metrics" | "memstats" | "expvar" | "pprof-index";
  records: number;
  metrics: RuntimeMetricRow[];
  buckets: RuntimeBucketRow[];
  pauses: MemStatsPauseRow[];
  unparsed: { line: number; text: string }[];
}

type Json = Record<string, unknown>;

/** Reads any of the forms; lines that are no record come back in `unparsed`. */
export async function readRuntimeMetrics(input: OpenInput, options: ReadOptions = {}): Promise<RuntimeDump> {
  const dump: RuntimeDump = {
    form: "runtime-metrics",
    records: 0,
    metrics: [],
    buckets: [],
    pauses: [],
    unparsed: [],
  };
  const text = new TextDecoder().decode(await input.bytes());
  const whole = parseObject(text);
  if (/^\s*</.test(text)) {
    addIndex(dump, text);
    if (!/<\/html>\s*$/i.test(text))
      input.findings.add("warning", "truncated", "the page does not end: it is cut");
  } else if (whole) addRecord(dump, whole);
  else await addLines(dump, input, options);
  return dump;
}

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    // Not one JSON text: the caller tries it line by line and keeps what is no record.
    return undefined;
  }
}

async function addLines(dump: RuntimeDump, input: OpenInput, options: ReadOptions): Promise<void> {
  const take = (text: string, line: number): void => {
    const record = parseObject(text);
    if (record) addRecord(dump, record);
    else if (text.trim() !== "") dump.unparsed.push({ line, text });
  };
  await eachLine(input, take, options);
}

function addRecord(dump: RuntimeDump, object: Json): void {
  const record = dump.records++;
  const time = typeof object.time === "string" ? Date.parse(object.time) : Number.NaN;
  const unixMs = Number.isNaN(time) ? null : time;
  if (isObject(object.memstats)) {
    dump.form = "expvar";
    addMemStats(dump, record, unixMs, object.memstats);
    addNumbers(dump, record, unixMs, object);
  } else if (typeof object.TotalAlloc === "number") {
    dump.form = "memstats";
    addMemStats(dump, record, unixMs, object);
  } else addNumbers(dump, record, unixMs, isObject(object.metrics) ? object.metrics : object);
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function addNumbers(dump: RuntimeDump, record: number, unix_ms: number | null, object: Json): void {
  for (const [name, value] of Object.entries(object)) {
    const unit = /^\/.+:(.+)$/.exec(name)?.[1] ?? null;
    if (typeof value === "number") dump.metrics.push({ record, unix_ms, name, unit, value });
    else if (isObject(value)) addHistogram(dump, record, name, value);
  }
}

function addHistogram(dump: RuntimeDump, record: number, name: string, value: Json): void {
  const counts = value.Counts ?? value.counts;
  const bounds = value.Buckets ?? value.buckets;
  if (!Array.isArray(counts) || !Array.isArray(bounds) || bounds.length !== counts.length + 1) return;
  counts.forEach((count: unknown, index) => {
    const lower = boundOf(bounds[index], Number.NEGATIVE_INFINITY);
    const upper = boundOf(bounds[index + 1], Number.POSITIVE_INFINITY);
    dump.buckets.push({ record, name, lower, upper, bucket_count: Number(count) });
  });
}

function boundOf(value: unknown, missing: number): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? Number(value.replace(/inf(inity)?$/i, "Infinity")) : missing;
}

const memStatsUnits: Readonly<Record<string, string>> = {
  Lookups: "count",
  Mallocs: "count",
  Frees: "count",
  HeapObjects: "count",
  NumGC: "count",
  NumForcedGC: "count",
  GCCPUFraction: "ratio",
  PauseTotalNs: "ns",
  LastGC: "ns",
};

// MemStats' other numbers are all bytes. Names get a prefix, so that expvar's own cannot meet them.
function addMemStats(dump: RuntimeDump, record: number, unix_ms: number | null, stats: Json): void {
  for (const [field, value] of Object.entries(stats)) {
    if (typeof value !== "number") continue;
    dump.metrics.push({
      record,
      unix_ms,
      name: `memstats.${field}`,
      unit: memStatsUnits[field] ?? "bytes",
      value,
    });
  }
  const { PauseNs: pauses, PauseEnd: ends, NumGC: cycles } = stats;
  if (!Array.isArray(pauses) || !Array.isArray(ends) || typeof cycles !== "number") return;
  // The ring holds cycle n at index (n + 255) % 256.
  for (let gc = Math.max(1, cycles - pauses.length + 1); gc <= cycles; gc++) {
    const index = (gc + pauses.length - 1) % pauses.length;
    dump.pauses.push({ record, gc, pause_ns: Number(pauses[index]), end_unix_ms: Number(ends[index]) / 1e6 });
  }
}

function addIndex(dump: RuntimeDump, html: string): void {
  dump.form = "pprof-index";
  dump.records = 1;
  for (const [, count, name] of html.matchAll(/<td>(\d+)<\/td><td><a href=['"][^'"]*['"]>([^<]+)<\/a>/g)) {
    dump.metrics.push({
      record: 0,
      unix_ms: null,
      name: `profile.${name}`,
      unit: "count",
      value: Number(count),
    });
  }
}
