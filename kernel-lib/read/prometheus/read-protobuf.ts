// The protobuf form of exposition: io.prometheus.client.MetricFamily messages, each with its length before it, as a
// program sends them to `Accept: application/vnd.google.protobuf; encoding=delimited`. It is the only form in which
// a scrape has native histograms. https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto
//
// Samples get the names that the text form gives them (_bucket, _sum, _count); a native histogram is a sample of the
// bare name with its buckets, and has no classic series unless it has classic buckets too. Ignored: created times.

import { CaptureError } from "../../bytes/capture-error.js";
import type { Diagnostics } from "../diagnostics.js";
import { ProtoReader } from "../pprof/proto-reader.js";
import { metricTypes } from "./is-prometheus.js";
import { labelText, MetricColumns, type NativeBucket } from "./metric-columns.js";

/** Reads delimited MetricFamily messages; what is behind a broken one is lost, and a finding says so. */
export function readMetricProtobuf(bytes: Uint8Array, diagnostics: Diagnostics): MetricColumns {
  const columns = new MetricColumns();
  const reader = new ProtoReader(bytes);
  let start = 0;
  try {
    while (reader.pos < bytes.length) {
      start = reader.pos;
      const end = reader.span();
      readFamily(new ProtoReader(bytes, reader.pos, end), columns);
      reader.pos = end;
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    const lost = `the last ${bytes.length - start} bytes are no metric family: ${error.problem}`;
    diagnostics.add("loss", "truncated", lost, { offset: start });
  }
  return columns;
}

type Labels = Record<string, string>;
type Family = ReturnType<MetricColumns["family"]>;

function readFamily(reader: ProtoReader, columns: MetricColumns): void {
  const metrics: ProtoReader[] = [];
  const said = { name: "", help: null as string | null, unit: null as string | null, type: 0 };
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) said.name = takeText(reader);
    else if (field === 2) said.help = takeText(reader);
    else if (field === 3) said.type = reader.varint();
    else if (field === 4) metrics.push(takeMessage(reader));
    else if (field === 5) said.unit = takeText(reader);
    else reader.skip();
  }
  const family: Family = columns.family(said.name);
  family.type = metricTypes[said.type] ?? "untyped";
  family.help = said.help;
  family.unit = said.unit;
  for (const metric of metrics) readMetric(metric, said.name, columns);
}

function readMetric(reader: ProtoReader, name: string, columns: MetricColumns): void {
  const labels: Labels = {};
  const values: [field: number, message: ProtoReader][] = [];
  let time: number | null = null;
  while (reader.next()) {
    if (reader.field === 1) addLabel(takeMessage(reader), labels);
    else if (reader.field === 6) {
      reader.varint();
      time = reader.signed();
    } else if (reader.field <= 7) values.push([reader.field, takeMessage(reader)]);
    else reader.skip();
  }
  for (const [field, message] of values) {
    if (field === 4) readSummary(message, { name, labels, time, columns });
    else if (field === 7) readHistogram(message, { name, labels, time, columns });
    else readNumber(message, { name, labels, time, columns });
  }
}

/** Whose values are being read. */
interface Metric {
  readonly name: string;
  readonly labels: Labels;
  readonly time: number | null;
  readonly columns: MetricColumns;
}

function add({ name, labels, time, columns }: Metric, suffix: string, value: number, more?: Labels): number {
  const series = columns.seriesId(name + suffix, more ? { ...labels, ...more } : labels);
  columns.add(series, time, value);
  return series;
}

/** A counter, gauge or untyped value. */
function readNumber(reader: ProtoReader, metric: Metric): void {
  let value = 0;
  let exemplar: ProtoReader | undefined;
  while (reader.next()) {
    if (reader.field === 1) value = takeDouble(reader);
    else if (reader.field === 2) exemplar = takeMessage(reader);
    else reader.skip();
  }
  const series = add(metric, "", value);
  if (exemplar) readExemplar(exemplar, series, metric.columns);
}

function readSummary(reader: ProtoReader, metric: Metric): void {
  let count = 0;
  let sum = 0;
  while (reader.next()) {
    if (reader.field === 1) count = reader.varint();
    else if (reader.field === 2) sum = takeDouble(reader);
    else if (reader.field === 3) {
      const [quantile, value] = takeDoubles(takeMessage(reader));
      add(metric, "", value, { quantile: goFloat(quantile) });
    } else reader.skip();
  }
  add(metric, "_sum", sum);
  add(metric, "_count", count);
}

/** A native histogram's buckets as they are stored: runs of them, and each count's difference to the one before. */
interface Sparse {
  readonly spans: { offset: number; length: number }[];
  readonly deltas: number[];
  /** Counts themselves, of histograms whose counts are floating-point. */
  readonly counts: number[];
}

function readHistogram(reader: ProtoReader, metric: Metric): void {
  const { columns } = metric;
  const positive: Sparse = { spans: [], deltas: [], counts: [] };
  const negative: Sparse = { spans: [], deltas: [], counts: [] };
  const classic: { le: number; count: number; exemplar: ProtoReader | undefined }[] = [];
  const exemplars: ProtoReader[] = [];
  const own = { count: 0, sum: 0, zeroThreshold: 0, zeroCount: 0 };
  let schema: number | undefined;
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) own.count = reader.varint();
    else if (field === 2) own.sum = takeDouble(reader);
    else if (field === 3) classic.push(takeBucket(takeMessage(reader)));
    else if (field === 4) own.count = takeDouble(reader) || own.count;
    else if (field === 5) schema = takeZigzag(reader);
    else if (field === 6) own.zeroThreshold = takeDouble(reader);
    else if (field === 7) own.zeroCount = reader.varint();
    else if (field === 8) own.zeroCount = takeDouble(reader) || own.zeroCount;
    else if (field === 9 || field === 12)
      (field === 9 ? negative : positive).spans.push(takeSpan(takeMessage(reader)));
    else if (field === 10 || field === 13)
      takeEach(reader, (field === 10 ? negative : positive).deltas, takeZigzag);
    else if (field === 11 || field === 14)
      takeEach(reader, (field === 11 ? negative : positive).counts, takeDouble);
    else if (field === 16) exemplars.push(takeMessage(reader));
    else reader.skip();
  }
  const isNative = positive.spans.length + negative.spans.length > 0 || own.zeroThreshold > 0;
  if (isNative && schema !== undefined) {
    if (schema < -4 || schema > 8) throw reader.fail(`a native histogram has schema ${schema}`);
    const series_id = columns.seriesId(metric.name, metric.labels);
    const place = { series_id, unix_ms: metric.time };
    columns.nativeSamples.push({ ...place, observations: own.count, sum: own.sum });
    const below = sparseBuckets(negative, schema).reverse();
    for (const { lower, upper, count } of below) {
      columns.nativeBuckets.push(bucket(place, -upper, -lower, count, "lower"));
    }
    const { zeroThreshold, zeroCount } = own;
    if (zeroCount > 0)
      columns.nativeBuckets.push(bucket(place, -zeroThreshold, zeroThreshold, zeroCount, "both"));
    for (const { lower, upper, count } of sparseBuckets(positive, schema)) {
      columns.nativeBuckets.push(bucket(place, lower, upper, count, "upper"));
    }
    for (const exemplar of exemplars) readExemplar(exemplar, series_id, columns);
    if (classic.length === 0) return;
  }
  if (classic.at(-1)?.le !== Infinity) classic.push({ le: Infinity, count: own.count, exemplar: undefined });
  for (const { le, count, exemplar } of classic) {
    const series = add(metric, "_bucket", count, { le: goFloat(le) });
    if (exemplar) readExemplar(exemplar, series, columns);
  }
  add(metric, "_sum", own.sum);
  add(metric, "_count", own.count);
}

function bucket(
  place: { series_id: number; unix_ms: number | null },
  lower: number,
  upper: number,
  bucket_count: number,
  inclusive: "lower" | "upper" | "both",
): NativeBucket {
  return {
    ...place,
    lower,
    upper,
    lower_inclusive: inclusive !== "upper",
    upper_inclusive: inclusive !== "lower",
    bucket_count,
  };
}

/** Buckets with observations, by rising distance from zero: bucket i reaches up to 2^(i / 2^schema). */
function sparseBuckets(sparse: Sparse, schema: number): { lower: number; upper: number; count: number }[] {
  const { spans, deltas, counts } = sparse;
  const found: { lower: number; upper: number; count: number }[] = [];
  let index = 0;
  let at = 0;
  let count = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let step = 0; step < length && at < Math.max(deltas.length, counts.length); step++, at++, index++) {
      count = counts.length > 0 ? counts[at] : count + deltas[at];
      if (count !== 0) found.push({ lower: bound(index - 1, schema), upper: bound(index, schema), count });
    }
  }
  return found;
}

/** The upper bound of a bucket; the last that is finite ends at the largest double, as Prometheus has it. */
function bound(index: number, schema: number): number {
  if (schema <= 0) {
    const exponent = index * 2 ** -schema;
    return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
  }
  const steps = 2 ** schema;
  const whole = Math.floor(index / steps);
  const part = index - whole * steps;
  if (part === 0 && whole === 1024) return Number.MAX_VALUE;
  // The fraction first: 2^x of a large x is less exact.
  return 2 ** (part / steps - 1) * 2 ** whole * 2;
}

function takeBucket(reader: ProtoReader): { le: number; count: number; exemplar: ProtoReader | undefined } {
  let count = 0;
  let le = 0;
  let exemplar: ProtoReader | undefined;
  while (reader.next()) {
    if (reader.field === 1) count = reader.varint();
    else if (reader.field === 2) le = takeDouble(reader);
    else if (reader.field === 3) exemplar = takeMessage(reader);
    else if (reader.field === 4) count = takeDouble(reader) || count;
    else reader.skip();
  }
  return { le, count, exemplar };
}

function takeSpan(reader: ProtoReader): { offset: number; length: number } {
  let offset = 0;
  let length = 0;
  while (reader.next()) {
    if (reader.field === 1) offset = takeZigzag(reader);
    else if (reader.field === 2) length = reader.varint();
    else reader.skip();
  }
  return { offset, length };
}

function readExemplar(reader: ProtoReader, series_id: number, columns: MetricColumns): void {
  const labels: Labels = {};
  let value = 0;
  let unix_ms: number | null = null;
  while (reader.next()) {
    if (reader.field === 1) addLabel(takeMessage(reader), labels);
    else if (reader.field === 2) value = takeDouble(reader);
    else if (reader.field === 3) unix_ms = takeTimestamp(takeMessage(reader));
    else reader.skip();
  }
  columns.exemplars.push({ series_id, labels: labelText(labels), value, unix_ms });
}

function takeTimestamp(reader: ProtoReader): number {
  let ms = 0;
  while (reader.next()) {
    if (reader.field === 1) {
      reader.varint();
      ms += reader.signed() * 1e3;
    } else if (reader.field === 2) ms += reader.varint() / 1e6;
    else reader.skip();
  }
  return ms;
}

function addLabel(reader: ProtoReader, labels: Labels): void {
  let name = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) name = takeText(reader);
    else if (reader.field === 2) value = takeText(reader);
    else reader.skip();
  }
  labels[name] = value;
}

function takeDoubles(reader: ProtoReader): [first: number, second: number] {
  const values: [number, number] = [0, 0];
  while (reader.next()) {
    if (reader.field === 1 || reader.field === 2) values[reader.field - 1] = takeDouble(reader);
    else reader.skip();
  }
  return values;
}

/** A field that repeats: one value, or many packed together. */
function takeEach(reader: ProtoReader, values: number[], take: (reader: ProtoReader) => number): void {
  if (reader.wire !== 2) {
    values.push(take(reader));
    return;
  }
  const packed = takeMessage(reader);
  // Packed values have no tags: their wire type is that of the field's kind.
  packed.wire = take === takeDouble ? 1 : 0;
  while (packed.pos < packed.end) values.push(take(packed));
}

function takeMessage(reader: ProtoReader): ProtoReader {
  reader.expectWire(2, `field ${reader.field}`);
  const end = reader.span();
  const message = new ProtoReader(reader.bytes, reader.pos, end);
  reader.pos = end;
  return message;
}

function takeText(reader: ProtoReader): string {
  const message = takeMessage(reader);
  return text(message, message.end);
}

function text({ bytes, pos }: ProtoReader, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + pos, end - pos).toString("utf8");
}

function takeDouble(reader: ProtoReader): number {
  reader.expectWire(1, `field ${reader.field}`);
  const { bytes, pos, end } = reader;
  if (pos + 8 > end) throw reader.fail("a number runs past the end");
  reader.pos = pos + 8;
  return new DataView(bytes.buffer, bytes.byteOffset + pos, 8).getFloat64(0, true);
}

/** A signed number whose sign is its last bit. */
function takeZigzag(reader: ProtoReader): number {
  reader.expectWire(0, `field ${reader.field}`);
  const value = reader.varint();
  return reader.lo & 1 ? -(value + 1) / 2 : value / 2;
}

/** A number as the text form prints it in labels: Go's shortest %g. */
function goFloat(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  const size = Math.abs(value);
  if (value === 0 || Number.isNaN(value) || (size >= 1e-4 && size < 1e6)) return `${value}`;
  const [digits, exponent] = value.toExponential().split("e");
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}
