// What Prometheus's HTTP API answers to /api/v1/query and /api/v1/query_range:
// `{"status":"success","data":{"resultType":"vector"|"matrix"|"scalar"|"string","result":...}}`, samples as
// `[unix seconds, "value"]`, native histograms as `{"count","sum","buckets":[[bounds, lower, upper, count]]}`
// where bounds is 0 (lower exclusive, upper inclusive), 1 (the other way round), 2 (both exclusive) or 3 (both
// inclusive). https://prometheus.io/docs/prometheus/latest/querying/api/

import { CaptureError } from "../../bytes/capture-error.js";
import { MetricColumns, parseMetricNumber } from "./metric-columns.js";

type Sample = [time: number, value: string];
interface HistogramValue {
  count: string;
  sum: string;
  buckets?: [bounds: number, lower: string, upper: string, count: string][];
}
interface Result {
  metric?: Record<string, string>;
  value?: Sample;
  values?: Sample[];
  histogram?: [time: number, value: HistogramValue];
  histograms?: [time: number, value: HistogramValue][];
}

/** Reads an API answer; an answer that reports a failed query is refused with Prometheus's own words. */
export function readApi(bytes: Uint8Array): MetricColumns {
  const answer = parse(bytes);
  if (answer.status === "error") {
    throw new CaptureError(`the query failed: ${answer.errorType}: ${answer.error}`, {
      remedy: "mend the query and save its answer again",
    });
  }
  const { resultType, result } = answer.data ?? {};
  const columns = new MetricColumns();
  if (resultType === "scalar") addSamples(columns, columns.seriesId("scalar", {}), [result as Sample]);
  else if ((resultType === "vector" || resultType === "matrix") && Array.isArray(result)) {
    for (const series of result as Result[]) addResult(columns, series);
  } else {
    throw new CaptureError(`holds a result of type ${JSON.stringify(resultType)}, which has no samples`, {
      remedy: "save the answer of /api/v1/query or /api/v1/query_range to a query for numbers",
    });
  }
  return columns;
}

interface Answer {
  status?: string;
  errorType?: string;
  error?: string;
  data?: { resultType?: string; result?: unknown };
}

function parse(bytes: Uint8Array): Answer {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Answer;
  } catch (cause) {
    throw new CaptureError(`is not whole JSON (${(cause as Error).message})`, {
      remedy: "save the API's answer again",
      cause,
    });
  }
}

function addResult(columns: MetricColumns, result: Result): void {
  const { __name__: name = "", ...labels } = result.metric ?? {};
  const series = columns.seriesId(name, labels);
  addSamples(columns, series, result.value ? [result.value] : (result.values ?? []));
  const histograms = result.histogram ? [result.histogram] : (result.histograms ?? []);
  for (const [seconds, value] of histograms) addHistogram(columns, series, seconds * 1000, value);
}

function addSamples(columns: MetricColumns, series: number, samples: Sample[]): void {
  for (const [seconds, text] of samples) columns.add(series, seconds * 1000, numberOf(text));
}

function addHistogram(
  columns: MetricColumns,
  series_id: number,
  unix_ms: number,
  value: HistogramValue,
): void {
  columns.nativeSamples.push({
    series_id,
    unix_ms,
    observations: numberOf(value.count),
    sum: numberOf(value.sum),
  });
  for (const [bounds, lower, upper, count] of value.buckets ?? []) {
    columns.nativeBuckets.push({
      series_id,
      unix_ms,
      lower: numberOf(lower),
      upper: numberOf(upper),
      lower_inclusive: bounds === 1 || bounds === 3,
      upper_inclusive: bounds === 0 || bounds === 3,
      bucket_count: numberOf(count),
    });
  }
}

function numberOf(text: unknown): number {
  const value = typeof text === "string" ? parseMetricNumber(text) : undefined;
  if (value === undefined) {
    throw new CaptureError(`holds ${JSON.stringify(text)} where a sample's number belongs`, {
      remedy: "save the API's answer as it came",
    });
  }
  return value;
}
