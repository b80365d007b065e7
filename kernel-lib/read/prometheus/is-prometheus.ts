import type { Head } from "../detector.js";
import { ProtoReader } from "../pprof/proto-reader.js";

/** What a MetricFamily may be, by the number the protobuf form has for it. */
export const metricTypes: readonly string[] = [
  "counter",
  "gauge",
  "summary",
  "untyped",
  "histogram",
  "gaugehistogram",
];
const metricName = /^[^\0-\x1f{}"\\]{1,1000}$/;
const typeLine =
  /^#[ \t]+TYPE[ \t]+\S+[ \t]+(?:counter|gauge|histogram|gaugehistogram|summary|untyped|unknown|info|stateset)\s*$/m;

/** Tells Prometheus metrics: text exposition, OpenMetrics, protobuf, or an answer of the HTTP API. */
export function isPrometheus({ bytes, text }: Head): boolean {
  return isMetricProtobuf(bytes) || isExposition(text) || isApiAnswer(text);
}

/** True for the beginning of delimited MetricFamily messages: a length, a name, and known fields up to that length. */
export function isMetricProtobuf(bytes: Uint8Array): boolean {
  const reader = new ProtoReader(bytes);
  try {
    const length = reader.varint();
    const end = Math.min(reader.pos + length, bytes.length);
    if (length < 4 || bytes[reader.pos] !== 0x0a) return false;
    reader.end = end;
    let metrics = 0;
    while (reader.next()) {
      const { field, wire } = reader;
      if (field < 1 || field > 5 || wire !== (field === 3 ? 0 : 2)) return false;
      if (field === 3) {
        if (reader.varint() >= metricTypes.length) return false;
        continue;
      }
      const from = reader.pos;
      const size = reader.varint();
      const past = reader.pos + size;
      if (field === 1 && !metricName.test(text(reader, Math.min(past, end)))) return false;
      if (field === 4) metrics++;
      // The head of a file may cut its first family short.
      if (past > end) return end === bytes.length && metrics > 0 && from > 2;
      reader.pos = past;
    }
    return metrics > 0;
  } catch {
    return false;
  }
}

/** True for text in which a `# TYPE` line declares a metric. */
function isExposition(text: string): boolean {
  return typeLine.test(text.slice(0, 262144));
}

/** True for the beginning of an API answer. */
export function isApiAnswer(text: string): boolean {
  return /^\s*\{\s*"status"\s*:\s*"(?:success|error)"/.test(text);
}

function text({ bytes, pos }: ProtoReader, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + pos, end - pos).toString("utf8");
}
