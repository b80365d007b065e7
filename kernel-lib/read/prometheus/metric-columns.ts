import { Growable } from "../../bytes/growable.js";
import { RowStore } from "../../bytes/row-store.js";
import { UnparsedLines } from "../text/unparsed-lines.js";

/** One metric family as its `# TYPE`, `# HELP` and `# UNIT` lines describe it. */
export interface MetricFamily {
  family: string;
  type: string | null;
  help: string | null;
  unit: string | null;
}

/** One series: a metric name and its labels in order of name. */
export interface MetricSeries {
  series_id: number;
  metric: string;
  /** Canonical text: `{code="200",path="/"}`, "" without labels. */
  labels: string;
  /** The `le` bound of a classic histogram's bucket. */
  le: number | null;
  /** The `quantile` of a summary. */
  quantile: number | null;
  values: Readonly<Record<string, string>>;
}

/** One bucket of a native histogram's sample. */
export interface NativeBucket {
  series_id: number;
  unix_ms: number | null;
  lower: number;
  upper: number;
  lower_inclusive: boolean;
  upper_inclusive: boolean;
  bucket_count: number;
}

/** A native histogram's sample: its count and sum; its buckets stand in `native_buckets`. */
export interface NativeSample {
  series_id: number;
  unix_ms: number | null;
  observations: number;
  sum: number;
}

/** An exemplar of a sample. */
export interface Exemplar {
  series_id: number;
  labels: string;
  value: number;
  unix_ms: number | null;
}

/** Escapes a label value the way the exposition formats do. */
function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')}"`;
}

/** A label set as canonical text, names in order: `{a="1",b="x\"y"}`; "" when there are none. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels).sort();
  return names.length === 0 ? "" : `{${names.map((name) => `${name}=${quote(labels[name])}`).join(",")}}`;
}

/** A number as Prometheus prints it: decimal, `+Inf`, `-Inf`, `NaN`; undefined for anything else. */
export function parseMetricNumber(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (/^nan$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  return infinite ? (infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY) : undefined;
}

/** Collects samples as typed columns and series and families as rows; readers of every form feed it. */
export class MetricColumns {
  readonly families: MetricFamily[] = [];
  readonly series: MetricSeries[] = [];
  readonly nativeSamples: NativeSample[] = [];
  readonly nativeBuckets: NativeBucket[] = [];
  readonly exemplars: RowStore<Exemplar> = new RowStore<Exemplar>({
    series_id: "number",
    labels: "text",
    value: "number",
    unix_ms: "number",
  });
  readonly unparsed: UnparsedLines = new UnparsedLines();
  readonly sampleSeries: Growable<Int32Array> = new Growable(Int32Array);
  /** NaN where the capture gives no time. */
  readonly sampleUnixMs: Growable<Float64Array> = new Growable(Float64Array);
  readonly sampleValue: Growable<Float64Array> = new Growable(Float64Array);
  private readonly familyByName = new Map<string, MetricFamily>();
  private readonly seriesByKey = new Map<string, number>();

  family(name: string): MetricFamily {
    let found = this.familyByName.get(name);
    if (!found) {
      found = { family: name, type: null, help: null, unit: null };
      this.familyByName.set(name, found);
      this.families.push(found);
    }
    return found;
  }

  /** The id of a series, made when it is new. */
  seriesId(metric: string, labels: Readonly<Record<string, string>>): number {
    const text = labelText(labels);
    const key = `${metric}${text}`;
    let id = this.seriesByKey.get(key);
    if (id === undefined) {
      id = this.series.length;
      this.seriesByKey.set(key, id);
      const number = (label: string) => parseMetricNumber(labels[label] ?? "") ?? null;
      this.series.push({
        series_id: id,
        metric,
        labels: text,
        le: number("le"),
        quantile: number("quantile"),
        values: labels,
      });
    }
    return id;
  }

  add(series: number, unixMs: number | null, value: number): void {
    this.sampleSeries.push(series);
    this.sampleUnixMs.push(unixMs ?? Number.NaN);
    this.sampleValue.push(value);
  }
}
