// The text forms that Go's runtime/pprof writes with debug=1 (`heap profile: ...`, `goroutine profile: total 7`,
// `--- mutex:`), and gperftools' heap profiles. They are pprof's own legacy formats, Go's with comments that name the
// functions. Values are scaled as in
// https://github.com/google/pprof/blob/main/profile/legacy_profile.go; unlike pprof, which wants the binary for
// that, the comments give functions, files and lines.

import { CaptureError } from "../../bytes/capture-error.js";
import type { Diagnostics } from "../diagnostics.js";
import type { OpenInput } from "../open-input.js";
import { Int64Column } from "../profile/int64-values.js";
import { ProfileBuilder } from "../profile/profile-builder.js";
import type { ValueType } from "../profile/profile-columns.js";
import { TextLabels } from "../profile/text-labels.js";
import type { ReadOptions } from "../read-options.js";
import { eachLine } from "../text/lines.js";
import { StatedTotals } from "../text/stated-totals.js";
import type { PprofData } from "./decode-pprof.js";
import { contentionHeader, countHeader, heapHeader } from "./is-pprof.js";
import { isMapHeading, MemoryMap } from "./memory-map.js";

const countSample = /^(\d+) @((?: 0x[0-9a-f]+)*)$/;
const heapSample = /^(-?\d+): *(-?\d+) *\[ *(\d+): *(\d+) *\] @([ x0-9a-f]*)$/;
const contentionSample = /^(\d+) *(\d+) @([ x0-9a-f]*)$/;
const symbolLine = /^#\t(0x[0-9a-f]+)\t+(\S.*?)(?:\+0x[0-9a-f]+)?\t+(.*):(\d+)$/;
const labelsLine = /^# labels: (\{.*\})$/;
const attribute = /^(cycles\/second|sampling period) *= *(\d+)$/;
const memStat = /^# ([A-Z]\w+) = (.*)$/;

type Value = number | bigint;

interface TextSample {
  values: Value[];
  addresses: string[];
  /** Block size, of heap profiles. */
  bytes: Value | undefined;
  labels: [string, string][];
  /** Functions by address, from the comments; several where calls were inlined. */
  symbols: Symbols;
}

type Symbols = Map<string, { name: string; file: string; line: number }[]>;

/** Reads one of Go's text profiles; lines that are none of it become findings. */
export async function readTextProfile(
  input: OpenInput,
  diagnostics: Diagnostics,
  options: ReadOptions = {},
): Promise<PprofData> {
  const [header] = new TextDecoder().decode(input.head.subarray(0, 400)).split("\n");
  const format = formatOf(header.trimEnd());
  if (!isInt64(heapHeader.exec(header)?.[6])) {
    const message = "the sampling rate is no number of 64 bits: values are as sampled, not scaled";
    diagnostics.add("loss", "sampling-rate", message, { line: 1 });
  }
  const samples: TextSample[] = [];
  const comments: string[] = [];
  const map = new MemoryMap();
  let inMap = false;
  const take = (raw: string, line: number): void => {
    if (line === 1) return;
    if (inMap) {
      map.take(raw);
      return;
    }
    const text = raw.trim();
    if (isMapHeading(text)) {
      inMap = true;
      return;
    }
    if (text === "" || readComment(text, samples.at(-1), comments)) return;
    const setting = attribute.exec(text);
    if (setting) {
      format.set(setting[1], Number(setting[2]));
      return;
    }
    const sample = format.sample(text);
    if (sample) samples.push(sample);
    else if (options.strict) throw unknownLine(line);
    else diagnostics.add("warning", "unknown-line", "the line is no part of a profile", { line }, 1);
  };
  await eachLine(input, take, options);
  for (const [what, stated] of format.stated) format.totals.check(what, stated, diagnostics, 1);
  const data = assemble(format, samples, comments);
  return { ...data, profile: map.place(data.profile) };
}

function unknownLine(line: number): CaptureError {
  return new CaptureError("the line is no part of a profile", {
    place: { line },
    remedy: "read without strict to pass over it",
  });
}

interface TextFormat {
  types: ValueType[];
  period: number;
  periodType: ValueType;
  /** What the header says the samples add up to, and what they do. */
  stated: [what: string, total: string][];
  totals: StatedTotals;
  set(name: string, value: number): void;
  sample(line: string): TextSample | undefined;
}

function formatOf(header: string): TextFormat {
  const count = countHeader.exec(header);
  if (count) return countFormat(count[1], count[2]);
  const heap = heapHeader.exec(header);
  if (heap) return heapFormat(heap);
  if (contentionHeader.test(header)) return contentionFormat();
  throw new CaptureError("is not a text profile of Go's", {
    place: { line: 1 },
    remedy: "its first line says what it is, such as: goroutine profile: total 7",
  });
}

function countFormat(type: string, total: string): TextFormat {
  const valueType = { type, unit: "count" };
  const totals = new StatedTotals();
  return {
    stated: [[type, total]],
    totals,
    types: [valueType],
    period: 1,
    periodType: valueType,
    set: () => {},
    sample: (line) => {
      const match = countSample.exec(line);
      if (!match) return undefined;
      totals.add(type, match[1]);
      return newSample([int64(match[1])], match[2]);
    },
  };
}

function heapFormat(header: RegExpExecArray): TextFormat {
  const [, inuseObjects, inuseBytes, allocObjects, allocBytes, how, rate] = header;
  const hasAlloc =
    (allocObjects !== inuseObjects && allocObjects !== "0") ||
    (allocBytes !== inuseBytes && allocBytes !== "0");
  const scaled = isInt64(rate) && (how === "heap" || how === "heap_v2" || how === "heapz_v2");
  const period = scaled && how === "heap" ? Math.floor(Number(rate) / 2) : scaled ? Number(rate) : 1;
  const names = hasAlloc
    ? ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]
    : ["objects", "space"];
  const totals = new StatedTotals();
  const columns = ["objects in use", "bytes in use", "allocated objects", "allocated bytes"];
  const stated = [inuseObjects, inuseBytes, allocObjects, allocBytes];
  return {
    stated: columns.map((what, i) => [what, stated[i]]),
    totals,
    types: names.map((type, i) => ({ type, unit: i % 2 === 0 ? "count" : "bytes" })),
    period,
    periodType: { type: "space", unit: "bytes" },
    set: () => {},
    sample: (line) => {
      const match = heapSample.exec(line);
      if (!match) return undefined;
      for (const [i, what] of columns.entries()) totals.add(what, match[i + 1]);
      const pairs = hasAlloc ? [match.slice(3, 5), match.slice(1, 3)] : [match.slice(1, 3)];
      const values = pairs.flatMap(([n, size]) => unsample(int64(n), int64(size), scaled ? period : 0));
      const counted = pairs.map(([n, size]) => [Number(n), Number(size)]).filter(([n]) => n !== 0);
      const sample = newSample(values, match[5]);
      const [n, size] = counted.at(-1) ?? [1, 0];
      sample.bytes = truncated(size / n);
      return sample;
    },
  };
}

/** What `count` sampled objects of `size` bytes stand for, when one in about `rate` bytes was sampled. */
function unsample(count: Value, size: Value, rate: number): Value[] {
  if (Number(count) === 0 || Number(size) === 0) return rate > 0 ? [0, 0] : [count, size];
  if (rate <= 1) return [count, size];
  const scale = 1 / (1 - Math.exp(-(Number(size) / Number(count)) / rate));
  return [truncated(Number(count) * scale), truncated(Number(size) * scale)];
}

function isInt64(digits = ""): boolean {
  return Number(digits) < 2 ** 63;
}

/** A double as an int64, as Go on amd64 converts it: what does not fit is the least there is. */
function truncated(value: number): Value {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole;
  return Math.abs(whole) < 2 ** 63 ? BigInt(whole) : -(2n ** 63n);
}

function contentionFormat(): TextFormat {
  const types = [
    { type: "contentions", unit: "count" },
    { type: "delay", unit: "nanoseconds" },
  ];
  let cyclesPerSecond = 0;
  const format: TextFormat = {
    types,
    stated: [],
    totals: new StatedTotals(),
    period: 1,
    periodType: types[0],
    set: (name, value) => {
      if (name === "cycles/second") cyclesPerSecond = value;
      else format.period = value;
    },
    sample: (line) => {
      const match = contentionSample.exec(line);
      if (!match) return undefined;
      const [cycles, count] = [int64(match[1]), int64(match[2])];
      const { period } = format;
      if (period <= 0) return newSample([count, cycles], match[3]);
      const scaled =
        cyclesPerSecond > 0 ? truncated((Number(cycles) * period) / (cyclesPerSecond / 1e9)) : cycles;
      return newSample([period === 1 ? count : truncated(Number(count) * period), scaled], match[3]);
    },
  };
  return format;
}

function newSample(values: Value[], addresses: string): TextSample {
  const found = addresses.match(/0x[0-9a-f]{1,16}\b/g) ?? [];
  return { values, addresses: found, bytes: undefined, labels: [], symbols: new Map() };
}

function int64(text: string): Value {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt.asIntN(64, BigInt(text));
}

/** Takes a line that begins with #: it names a function of the sample before it, its labels, or a memory figure. */
function readComment(text: string, sample: TextSample | undefined, comments: string[]): boolean {
  if (!text.startsWith("#")) return false;
  const symbol = symbolLine.exec(text);
  if (symbol && sample) {
    const [, address, name, file, line] = symbol;
    const known = sample.symbols.get(address) ?? [];
    known.push({ name: name.trimEnd(), file, line: Number(line) });
    sample.symbols.set(address, known);
    return true;
  }
  const labels = labelsLine.exec(text);
  if (labels && sample) sample.labels.push(...parseLabels(labels[1]));
  const stat = memStat.exec(text);
  if (stat) comments.push(`${stat[1]} = ${stat[2]}`);
  return true;
}

/** `{"key":"value", ...}` as Go quotes it; the whole text under one key where that is not JSON. */
function parseLabels(text: string): [string, string][] {
  try {
    return Object.entries(JSON.parse(text) as Record<string, unknown>).map(([key, value]) => [
      key,
      String(value),
    ]);
  } catch {
    return [["labels", text]];
  }
}

function assemble(format: TextFormat, samples: TextSample[], comments: string[]): PprofData {
  const builder = new ProfileBuilder();
  const values = format.types.map(() => new Int64Column(samples.length));
  const sampleStack = new Int32Array(samples.length);
  const labels = new TextLabels();
  // A stack's topmost runtime frames are not named, but another stack may name the same address.
  const named = new Map(samples.flatMap(({ symbols }) => [...symbols]));
  samples.forEach((sample, row) => {
    sample.values.forEach((value, i) => {
      if (typeof value === "bigint") values[i].setBig(row, value);
      else values[i].set(row, value);
    });
    const frames = sample.addresses.flatMap((address) => framesAt(builder, address, sample.symbols, named));
    sampleStack[row] = builder.stacks.intern(frames, frames.length);
    for (const [key, value] of sample.labels) labels.text(row, key, value);
    if (sample.bytes !== undefined) labels.number(row, "bytes", Number(sample.bytes));
  });
  return {
    periodType: format.periodType,
    period: format.period,
    timeNanos: 0n,
    durationNanos: 0,
    comments,
    docUrl: "",
    dropFrames: "",
    keepFrames: "",
    defaultSampleType: "",
    profile: {
      ...builder.finish(),
      valueTypes: format.types,
      defaultValue: format.types.length - 1,
      values: values.map((column) => column.finish()),
      sampleStack,
      labels: labels.finish(),
    },
  };
}

/** The frames of one return address: the call stands one byte before it. */
function framesAt(builder: ProfileBuilder, address: string, own: Symbols, named: Symbols): number[] {
  const call = BigInt.asUintN(64, BigInt(address) - 1n);
  const halves = { lo: Number(call & 0xffffffffn), hi: Number(call >> 32n) };
  const key = `0x${call.toString(16)}`;
  const symbols = own.get(key) ?? named.get(key);
  if (!symbols) return [builder.frame({ name: "", ...halves })];
  return symbols.map((symbol, i) => builder.frame({ ...symbol, ...halves, inlined: i < symbols.length - 1 }));
}
