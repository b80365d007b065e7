import type { ColumnTable } from "arquero";
import { tableFromRows } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import { type Analysis, neededTable } from "./analysis.js";
import { type ClassicBucket, histogramQuantile } from "./histogram-quantile.js";
import type { TableOr } from "./table-source.js";

const schema: TableSchema = {
  name: "metric_quantiles",
  doc: "Quantiles of classic histograms, a row for each series (its labels without le) and sample time.",
  columns: [
    column("metric", "string", "histogram name, without _bucket"),
    column("labels", "string", "canonical label text without le"),
    column("unix_ms", "float64", "time of the sample, Unix", { unit: "ms", missing: "not in the capture" }),
    column("quantile", "float64", "which quantile, 0 to 1"),
    column("value", "float64", "the quantile, in the metric's unit", { missing: "no observations" }),
    column("observations", "float64", "observations it rests on", { unit: "count" }),
  ],
};

export const metricQuantilesAnalysis: Analysis = {
  name: "metricQuantiles",
  accepts: ["prometheus"],
  needs: { metric_samples: ["metric", "labels", "le", "unix_ms", "value"] },
  schema,
  build: metricQuantiles,
};

interface Histogram {
  metric: string;
  labels: string;
  unix_ms: number | null;
  buckets: ClassicBucket[];
}

/**
 * The quantiles of every classic histogram in `metric_samples`, as PromQL's histogram_quantile gives them for the
 * same samples. Samples count from the process's start; for a stretch of time take the difference of two scrapes
 * first, as one would with increase().
 *
 * @param samples the `metric_samples` table, or a capture that has it
 * @returns metric, labels, unix_ms, quantile, value, observations
 */
export function metricQuantiles(
  samples: TableOr,
  quantiles: readonly number[] = [0.5, 0.9, 0.99],
): ColumnTable {
  const rows = [...collectHistograms(neededTable(metricQuantilesAnalysis, samples)).values()].flatMap(
    ({ buckets, ...rest }) =>
      quantiles.map((quantile) => {
        const value = histogramQuantile(quantile, buckets);
        const observations = Math.max(...buckets.map((bucket) => bucket.count));
        return { ...rest, quantile, value: Number.isNaN(value) ? null : value, observations };
      }),
  );
  return tableFromRows(schema, rows);
}

function collectHistograms(samples: ColumnTable): Map<string, Histogram> {
  const histograms = new Map<string, Histogram>();
  for (const row of samples.objects() as Iterable<Record<string, never>>) {
    const { metric, labels, le, unix_ms, value } = row as unknown as SampleRow;
    if (le === null || !metric.endsWith("_bucket")) continue;
    const name = metric.slice(0, -"_bucket".length);
    const rest = withoutLe(labels);
    const key = `${name}${rest}@${unix_ms}`;
    let histogram = histograms.get(key);
    if (!histogram) {
      histogram = { metric: name, labels: rest, unix_ms, buckets: [] };
      histograms.set(key, histogram);
    }
    histogram.buckets.push({ le, count: value });
  }
  return histograms;
}

interface SampleRow {
  metric: string;
  labels: string;
  le: number | null;
  unix_ms: number | null;
  value: number;
}

// Label text is canonical, a value's quotes are escaped: `le="..."` stands between commas or braces only.
function withoutLe(labels: string): string {
  const rest = labels.replace(/(?<=[{,])le="[^"]*",?/, "").replace(/,\}$/, "}");
  return rest === "{}" ? "" : rest;
}
