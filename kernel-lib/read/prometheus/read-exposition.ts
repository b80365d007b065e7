// The text forms in which a program exposes its metrics:
// - Prometheus text format 0.0.4 (and 1.0.0, with quoted UTF-8 names): times in ms;
//   https://prometheus.io/docs/instrumenting/exposition_formats/
// - OpenMetrics 1.0: ends with `# EOF`, times in seconds, exemplars, units;
//   https://prometheus.io/docs/specs/om/open_metrics_spec/
// Several scrapes one after the other read as one capture. Ignored: comments. The protobuf form
// is read-protobuf.ts's.

import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { eachLine } from "../text/lines.js";
import { labelText, MetricColumns, parseMetricNumber } from "./metric-columns.js";

const description = /^#\s+(TYPE|HELP|UNIT)\s+(?:"((?:[^"\\]|\\.)*)"|(\S+))(?:\s+(.*))?$/;

/** Reads one or more scrapes of text exposition, line by line; lines that are no samples come back in `unparsed`. */
export async function readExposition(input: OpenInput, options: ReadOptions = {}): Promise<MetricColumns> {
  const reader = new ExpositionReader();
  await eachLine(input, (text, line, offset) => reader.line(text, line, offset), options);
  return reader.finish();
}

class ExpositionReader {
  private readonly columns = new MetricColumns();
  /** The series of the text before a value: scrapes repeat it, and reading labels is most of the work. */
  private readonly seriesOf = new Map<string, number>();
  private isOpenMetrics = false;

  line(text: string, line: number, offset: number): void {
    const { columns } = this;
    if (/^# EOF\s*$/.test(text)) this.isOpenMetrics = true;
    const known = text.startsWith("#") ? addDescription(columns, text) : this.sample(text);
    if (!known) columns.unparsed.add(line, offset);
  }

  /** OpenMetrics writes seconds, and says only in its last line that it is OpenMetrics. */
  finish(): MetricColumns {
    const { columns, isOpenMetrics } = this;
    if (isOpenMetrics) {
      const time = columns.sampleUnixMs.finish();
      for (let row = 0; row < time.length; row++) time[row] *= 1000;
    }
    return columns;
  }

  private sample(text: string): boolean {
    if (/^\s*$/.test(text)) return true;
    const scan: Scan = { text, at: 0 };
    const series = this.knownSeries(scan) ?? this.newSeries(scan);
    if (series === undefined) return false;
    const value = parseMetricNumber(take(scan, /[ \t]+([^\s#]+)/y) ?? "");
    if (value === undefined) return false;
    const time = takeTime(scan);
    if (time === undefined) return false;
    const exemplar = takeExemplar(scan);
    if (exemplar === undefined || /\S/.test(text.slice(scan.at))) return false;
    const { columns } = this;
    const id = typeof series === "number" ? series : columns.seriesId(series.metric, series.labels);
    if (typeof series !== "number") this.seriesOf.set(series.text, id);
    columns.add(id, time, value);
    if (exemplar) columns.exemplars.push({ series_id: id, ...exemplar });
    return true;
  }

  private knownSeries(scan: Scan): number | undefined {
    const { text } = scan;
    const exemplar = text.indexOf(" # {");
    // Where this is no whole series it is not among those that are known.
    const brace = text.lastIndexOf("}", exemplar < 0 ? text.length : exemplar);
    const end = brace < 0 ? text.indexOf(" ") : brace + 1;
    const id = this.seriesOf.get(text.slice(0, end));
    if (id !== undefined) scan.at = end;
    return id;
  }

  private newSeries(
    scan: Scan,
  ): { text: string; metric: string; labels: Record<string, string> } | undefined {
    const name = take(scan, /[ \t]*([^\s{}",=#]+)/y);
    const labels: Record<string, string> = {};
    if (take(scan, /[ \t]*(\{)/y) !== undefined && !takeLabels(scan, labels)) return undefined;
    const metric = name ?? labels.__name__;
    if (metric === undefined) return undefined;
    delete labels.__name__;
    return { text: scan.text.slice(0, scan.at), metric, labels };
  }
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
  if (!text.includes("\\")) return text;
  return text.replace(/\\(.)/g, (_, char: string) =>
    char === "n" ? "\n" : char === "\\" || char === '"' ? char : `\\${char}`,
  );
}

/** What is left of a line while it is read from left to right. */
interface Scan {
  text: string;
  at: number;
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
function takeTime(scan: Scan): number | null | undefined {
  const text = take(scan, /[ \t]+([^\s#]+)/y);
  if (text === undefined) return null;
  const value = parseMetricNumber(text);
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}

function takeExemplar(
  scan: Scan,
): { labels: string; value: number; unix_ms: number | null } | null | undefined {
  if (take(scan, /[ \t]+(#)[ \t]+\{/y) === undefined) return null;
  const labels: Record<string, string> = {};
  if (!takeLabels(scan, labels)) return undefined;
  const value = parseMetricNumber(take(scan, /[ \t]+(\S+)/y) ?? "");
  const time = takeTime(scan);
  if (value === undefined || time === undefined) return undefined;
  return { labels: labelText(labels), value, unix_ms: time === null ? null : time * 1000 };
}
