// The text forms in which a program exposes its metrics:
// - Prometheus text format 0.0.4 (and 1.0.0, with quoted UTF-8 names): times in ms;
//   https://prometheus.io/docs/instrumenting/exposition_formats/
// - OpenMetrics 1.0: ends with `# EOF`, times in seconds, exemplars, units;
//   https://prometheus.io/docs/specs/om/open_metrics_spec/
// Several scrapes one after the other read as one capture. Ignored: comments. The protobuf form
// is read-protobuf.ts's.

import { decodeLines } from "../text/decode-lines.js";
import { labelText, MetricColumns, parseMetricNumber } from "./metric-columns.js";

const description = /^#\s+(TYPE|HELP|UNIT)\s+(?:"((?:[^"\\]|\\.)*)"|(\S+))(?:\s+(.*))?$/;
const types =
  /^#[ \t]+TYPE[ \t]+\S+[ \t]+(?:counter|gauge|histogram|gaugehistogram|summary|untyped|unknown|info|stateset)\s*$/m;

/** True for text in which a `# TYPE` line declares a metric. */
export function isExposition(text: string): boolean {
  return types.test(text.slice(0, 262144));
}

/** Reads one or more scrapes of text exposition; lines that are no samples come back in `unparsed`. */
export function readExposition(bytes: Uint8Array): MetricColumns {
  const columns = new MetricColumns();
  const openMetrics = endsOpenMetrics(bytes);
  let line = 0;
  for (const text of decodeLines(bytes)) {
    line++;
    const known = text.startsWith("#")
      ? addDescription(columns, text)
      : addSample(columns, text, openMetrics);
    if (!known) columns.unparsed.push({ line, text });
  }
  return columns;
}

function endsOpenMetrics(bytes: Uint8Array): boolean {
  const tail = new TextDecoder().decode(bytes.subarray(Math.max(0, bytes.length - 64)));
  return /^# EOF\s*$/m.test(tail);
}

function addDescription(columns: MetricColumns, text: string): boolean {
  const match = description.exec(text);
  // Any other comment is allowed, and says nothing about a metric.
  if (!match) return true;
  const family = columns.family(match[3] ?? unescapeText(match[2]));
  const value = match[4] ?? "";
  if (match[1] === "TYPE") family.type = value.trim();
  else if (match[1] === "HELP") family.help = unescapeText(value);
  else family.unit = value.trim();
  return true;
}

function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) =>
    char === "n" ? "\n" : char === "\\" || char === '"' ? char : `\\${char}`,
  );
}

/** What is left of a line while it is read from left to right. */
interface Scan {
  text: string;
  at: number;
}

function addSample(columns: MetricColumns, text: string, openMetrics: boolean): boolean {
  if (/^\s*$/.test(text)) return true;
  const scan: Scan = { text, at: 0 };
  const name = take(scan, /[ \t]*([^\s{}",=#]+)/y);
  const labels: Record<string, string> = {};
  if (take(scan, /[ \t]*(\{)/y) !== undefined) {
    if (!takeLabels(scan, labels)) return false;
  }
  const metric = name ?? labels.__name__;
  if (metric === undefined) return false;
  delete labels.__name__;
  const value = parseMetricNumber(take(scan, /[ \t]+([^\s#]+)/y) ?? "");
  if (value === undefined) return false;
  const time = takeTime(scan, openMetrics);
  if (time === undefined) return false;
  const exemplar = takeExemplar(scan);
  if (exemplar === undefined || /\S/.test(scan.text.slice(scan.at))) return false;
  const series = columns.seriesId(metric, labels);
  columns.add(series, time, value);
  if (exemplar) columns.exemplars.push({ series_id: series, ...exemplar });
  return true;
}

function take(scan: Scan, pattern: RegExp): string | undefined {
  pattern.lastIndex = scan.at;
  const match = pattern.exec(scan.text);
  if (!match) return undefined;
  scan.at = pattern.lastIndex;
  return match[1];
}

// `a="x",b="y"}` after the opening brace; a quoted string alone is a metric name (text format 1.0.0).
function takeLabels(scan: Scan, labels: Record<string, string>): boolean {
  while (take(scan, /[ \t]*(\})/y) === undefined) {
    const quoted = take(scan, /[ \t]*"((?:[^"\\]|\\.)*)"/y);
    const plain = quoted === undefined ? take(scan, /[ \t]*([^\s{}",=]+)/y) : undefined;
    const name = plain ?? (quoted === undefined ? undefined : unescapeText(quoted));
    if (name === undefined) return false;
    if (take(scan, /[ \t]*(=)/y) === undefined) {
      if (quoted === undefined) return false;
      labels.__name__ = name;
    } else {
      const value = take(scan, /[ \t]*"((?:[^"\\]|\\.)*)"/y);
      if (value === undefined) return false;
      labels[name] = unescapeText(value);
    }
    if (take(scan, /[ \t]*(,)/y) === undefined && !/^[ \t]*\}/.test(scan.text.slice(scan.at))) return false;
  }
  return true;
}

// null: no time stands there; undefined: something stands there that is no time.
function takeTime(scan: Scan, openMetrics: boolean): number | null | undefined {
  const text = take(scan, /[ \t]+([^\s#]+)/y);
  if (text === undefined) return null;
  const value = parseMetricNumber(text);
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return openMetrics ? value * 1000 : value;
}

function takeExemplar(
  scan: Scan,
): { labels: string; value: number; unix_ms: number | null } | null | undefined {
  if (take(scan, /[ \t]+(#)[ \t]+\{/y) === undefined) return null;
  const labels: Record<string, string> = {};
  if (!takeLabels(scan, labels)) return undefined;
  const value = parseMetricNumber(take(scan, /[ \t]+(\S+)/y) ?? "");
  const time = takeTime(scan, true);
  return value === undefined || time === undefined
    ? undefined
    : { labels: labelText(labels), value, unix_ms: time };
}
