import { column, type TableSchema } from "./schema.js";

const seriesId = column("series_id", "int32", "joins metric_series");
const unixMs = column("unix_ms", "float64", "time of the sample, Unix", {
  unit: "ms",
  missing: "not in the capture",
});

export const metricSamplesSchema: TableSchema = {
  name: "metric_samples",
  doc: "Every sample of every series, in file order.",
  columns: [
    seriesId,
    column("metric", "string", "metric name; empty for a query's unnamed result"),
    column("labels", "string", 'canonical label text, names in order: {code="200"}'),
    column("le", "float64", "upper bound of a classic histogram's bucket", { missing: "not a bucket" }),
    column("quantile", "float64", "quantile of a summary", { missing: "not a summary's quantile" }),
    unixMs,
    column("value", "float64", "the sample, in the metric's own unit; NaN and infinities are real values"),
  ],
};

export const metricSeriesSchema: TableSchema = {
  name: "metric_series",
  doc: "The series: a metric name and a label set each.",
  columns: [
    seriesId,
    column("metric", "string", "metric name"),
    column("labels", "string", "canonical label text"),
    column("label_values", "json", "labels as an object"),
  ],
};

export const metricFamiliesSchema: TableSchema = {
  name: "metric_families",
  doc: "The families that TYPE, HELP and UNIT lines describe.",
  columns: [
    column("family", "string", "family name"),
    column("type", "string", "counter, gauge, histogram, summary, ...", { missing: "not declared" }),
    column("help", "string", "help text", { missing: "not declared" }),
    column("unit", "string", "unit", { missing: "not declared" }),
  ],
};

export const exemplarsSchema: TableSchema = {
  name: "exemplars",
  doc: "Exemplars (OpenMetrics): one traced observation of a series.",
  columns: [
    seriesId,
    column("labels", "string", "the exemplar's own labels, such as a trace id"),
    column("value", "float64", "the observation, in the metric's unit"),
    unixMs,
  ],
};

export const nativeSamplesSchema: TableSchema = {
  name: "native_samples",
  doc: "Samples of native histograms: observations and their sum.",
  columns: [
    seriesId,
    unixMs,
    column("observations", "float64", "observations so far", { unit: "count" }),
    column("sum", "float64", "sum of the observations, in the metric's unit"),
  ],
};

export const nativeBucketsSchema: TableSchema = {
  name: "native_buckets",
  doc: "Buckets of native histograms that hold observations.",
  columns: [
    seriesId,
    unixMs,
    column("lower", "float64", "lower bound, in the metric's unit"),
    column("upper", "float64", "upper bound, in the metric's unit"),
    column("lower_inclusive", "boolean", "the lower bound belongs to the bucket"),
    column("upper_inclusive", "boolean", "the upper bound belongs to the bucket"),
    column("bucket_count", "float64", "observations in this bucket alone", { unit: "count" }),
  ],
};
