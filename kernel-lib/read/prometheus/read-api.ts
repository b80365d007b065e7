// What Prometheus's HTTP API answers to /api/v1/query and /api/v1/query_range:
// `{"status":"success","data":{"resultType":"vector"|"matrix"|"scalar"|"string","result":...}}`, samples as
// `[unix seconds, "value"]`, native histograms as `{"count","sum","buckets":[[bounds, lower, upper, count]]}`
// where bounds is 0 (lower exclusive, upper inclusive), 1 (the other way round), 2 (both exclusive) or 3 (both
// inclusive). https://prometheus.io/docs/prometheus/latest/querying/api/

import { CaptureError } from "../../bytes/capture-error.js";
import type { Diagnostics } from "../diagnostics.js";
import type { ReadOptions } from "../read-options.js";
import { MetricColumns, parseMetricNumber } from "./metric-columns.js";

/** A part of the answer, of which nothing is known before it is looked at. */
type Json = Readonly<Record<string, unknown>>;

/**
 * Reads an API answer; an answer that reports a failed query is refused with Prometheus's own words. Its warnings and
 * infos are findings: a result may be partial. What is not of the API's shape is passed over and counted, unless `strict`.
 */
export function readApi(
  bytes: Uint8Array,
  diagnostics: Diagnostics,
  options: ReadOptions = {},
): MetricColumns {
  const answer = objectOf(parse(bytes));
  if (answer.status === "error") {
    const [type, message] = [answer.errorType, answer.error].map((text) => String(text ?? "").slice(0, 500));
    throw new CaptureError(`the query failed: ${type}: ${message}`, {
      remedy: "mend the query and save its answer again",
    });
  }
  for (const text of listOf(answer.warnings)) diagnostics.add("warning", "prometheus-warning", textOf(text));
  for (const text of listOf(answer.infos)) diagnostics.add("info", "prometheus-info", textOf(text));
  const { resultType, result } = objectOf(answer.data);
  const reader = new AnswerReader(diagnostics, options.strict ?? false);
  if (resultType === "scalar") reader.scalar(result);
  else if ((resultType === "vector" || resultType === "matrix") && Array.isArray(result))
    reader.series(result);
  else {
    const type = String(JSON.stringify(resultType)).slice(0, 100);
    throw new CaptureError(`holds a result of type ${type}, which has no samples`, {
      remedy: "save the answer of /api/v1/query or /api/v1/query_range to a query for numbers",
    });
  }
  return reader.columns;
}

function objectOf(value: unknown): Json {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 1000) : "(not a text)";
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new CaptureError(`is not whole JSON (${JSON.stringify((cause as Error).message).slice(1, -1)})`, {
      remedy: "save the API's answer again",
      cause,
    });
  }
}

class AnswerReader {
  readonly columns: MetricColumns = new MetricColumns();
  private readonly diagnostics: Diagnostics;
  private readonly strict: boolean;

  constructor(diagnostics: Diagnostics, strict: boolean) {
    this.diagnostics = diagnostics;
    this.strict = strict;
  }

  scalar(result: unknown): void {
    this.sample(() => this.columns.seriesId("scalar", {}), result, "the scalar");
  }

  series(results: readonly unknown[]): void {
    results.forEach((given, at) => {
      const place = `result ${at}`;
      const { metric, value, values, histogram, histograms } = objectOf(given);
      const labels = labelsOf(metric);
      if (!labels) {
        this.wrong(place);
        return;
      }
      const { __name__: name = "", ...others } = labels;
      const id = (): number => this.columns.seriesId(name, others);
      const samples = value === undefined ? listOf(values) : [value];
      const native = histogram === undefined ? listOf(histograms) : [histogram];
      for (const one of samples) this.sample(id, one, place);
      for (const one of native) this.histogram(id, one, place);
      if (samples.length === 0 && native.length === 0 && !Array.isArray(values ?? histograms))
        this.wrong(place);
    });
  }

  private sample(series: () => number, given: unknown, place: string): void {
    const [seconds, text] = listOf(given);
    const value = numberOf(text);
    if (typeof seconds !== "number" || value === undefined) this.wrong(place);
    else this.columns.add(series(), seconds * 1000, value);
  }

  private histogram(series: () => number, given: unknown, place: string): void {
    const [seconds, value] = listOf(given);
    const { count, sum, buckets } = objectOf(value);
    const [observations, total] = [numberOf(count), numberOf(sum)];
    if (typeof seconds !== "number" || observations === undefined || total === undefined) {
      this.wrong(place);
      return;
    }
    const at = { series_id: series(), unix_ms: seconds * 1000 };
    this.columns.nativeSamples.push({ ...at, observations, sum: total });
    for (const bucket of listOf(buckets)) {
      const [bounds, ...texts] = listOf(bucket);
      const [lower, upper, bucket_count] = texts.map(numberOf);
      if (lower === undefined || upper === undefined || bucket_count === undefined) this.wrong(place);
      else {
        const lower_inclusive = bounds === 1 || bounds === 3;
        const upper_inclusive = bounds === 0 || bounds === 3;
        this.columns.nativeBuckets.push({
          ...at,
          lower,
          upper,
          lower_inclusive,
          upper_inclusive,
          bucket_count,
        });
      }
    }
  }

  private wrong(place: string): void {
    const message = `something in ${place} is not as the API writes it`;
    if (this.strict) {
      const problem = "something is not as the API writes it";
      throw new CaptureError(problem, {
        place: { context: place },
        remedy: "read without strict to pass over it",
      });
    }
    this.diagnostics.add("loss", "unknown-shape", `${message}; it was passed over`, { context: place }, 1);
  }
}

/** A label set; undefined for anything else. */
function labelsOf(metric: unknown): Record<string, string> | undefined {
  if (metric === null || typeof metric !== "object" || Array.isArray(metric)) return undefined;
  const isText = Object.values(metric).every((value) => typeof value === "string");
  return isText ? (metric as Record<string, string>) : undefined;
}

function numberOf(text: unknown): number | undefined {
  return typeof text === "string" ? parseMetricNumber(text) : undefined;
}
