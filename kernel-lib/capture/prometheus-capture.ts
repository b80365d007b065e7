import type { ColumnTable } from "arquero";
import { type DictionaryColumn, dictionaryColumn, StringDictionary } from "../bytes/dictionary.js";
import { computedColumn } from "../bytes/lazy-column.js";
import { type Diagnostic, Diagnostics } from "../read/diagnostics.js";
import type { OpenInput } from "../read/open-input.js";
import { isApiAnswer, isMetricProtobuf } from "../read/prometheus/is-prometheus.js";
import type { MetricColumns } from "../read/prometheus/metric-columns.js";
import { readApi } from "../read/prometheus/read-api.js";
import { readExposition } from "../read/prometheus/read-exposition.js";
import { readMetricProtobuf } from "../read/prometheus/read-protobuf.js";
import type { ReadOptions } from "../read/read-options.js";
import { buildTable, tableFromRows } from "../table/build-table.js";
import {
  exemplarsSchema,
  metricFamiliesSchema,
  metricSamplesSchema,
  metricSeriesSchema,
  nativeBucketsSchema,
  nativeSamplesSchema,
} from "../table/prometheus.js";
import { placedUnparsedSchema, unparsedTable } from "../table/unparsed.js";
import { Capture, sourceOf } from "./capture.js";

/** Prometheus samples: text exposition, OpenMetrics, protobuf, or an answer of the HTTP API. */
export class PrometheusCapture extends Capture {
  readonly kind = "prometheus";
  /** The clock of the `unix_ms` columns, for {@link align}. */
  readonly clock = "unix";
  readonly originNs = 0n;
  readonly resolution_ns = 1e6;
  private readonly columns: MetricColumns;

  constructor(input: OpenInput, columns: MetricColumns, findings: readonly Diagnostic[]) {
    super(sourceOf(input), "", findings);
    this.columns = columns;
    this.define(metricSamplesSchema, () => samplesTable(columns));
    this.define(metricSeriesSchema, () =>
      tableFromRows(
        metricSeriesSchema,
        columns.series.map((series) => ({ ...series, label_values: series.values })),
      ),
    );
    this.define(metricFamiliesSchema, () => tableFromRows(metricFamiliesSchema, columns.families));
    this.define(exemplarsSchema, () => buildTable(exemplarsSchema, columns.exemplars.columns()));
    this.define(nativeSamplesSchema, () => tableFromRows(nativeSamplesSchema, columns.nativeSamples));
    this.define(nativeBucketsSchema, () => tableFromRows(nativeBucketsSchema, columns.nativeBuckets));
    this.define(placedUnparsedSchema, () => unparsedTable(input, columns.unparsed));
  }

  get metricSamples(): ColumnTable {
    return this.table("metric_samples");
  }

  get metricSeries(): ColumnTable {
    return this.table("metric_series");
  }

  get metricFamilies(): ColumnTable {
    return this.table("metric_families");
  }

  get exemplars(): ColumnTable {
    return this.table("exemplars");
  }

  get nativeSamples(): ColumnTable {
    return this.table("native_samples");
  }

  get nativeBuckets(): ColumnTable {
    return this.table("native_buckets");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const { columns } = this;
    const types: Record<string, number> = {};
    for (const { type } of columns.families) types[type ?? "untyped"] = (types[type ?? "untyped"] ?? 0) + 1;
    return {
      format: "prometheus",
      families: columns.families.length,
      types,
      series: columns.series.length,
      samples: columns.sampleValue.length,
      native_histograms: columns.nativeSamples.length,
      exemplars: columns.exemplars.length,
      unparsed_lines: columns.unparsed.length,
    };
  }
}

function samplesTable(columns: MetricColumns): ColumnTable {
  const ids = columns.sampleSeries.finish();
  const times = columns.sampleUnixMs.finish();
  const { series } = columns;
  return buildTable(metricSamplesSchema, {
    series_id: ids,
    metric: seriesTexts(
      ids,
      series.map((one) => one.metric),
    ),
    labels: seriesTexts(
      ids,
      series.map((one) => one.labels),
    ),
    le: computedColumn(ids.length, (row) => series[ids[row]].le),
    quantile: computedColumn(ids.length, (row) => series[ids[row]].quantile),
    unix_ms: computedColumn(ids.length, (row) => (Number.isNaN(times[row]) ? null : times[row])),
    value: columns.sampleValue.finish(),
  });
}

// Several series share a name or a label set: one code a text, or grouping would tell them apart.
function seriesTexts(ids: Int32Array, texts: string[]): DictionaryColumn {
  const dictionary = new StringDictionary();
  const codes = Int32Array.from(texts, (text) => dictionary.code(text));
  return dictionaryColumn(
    ids.map((id) => codes[id]),
    dictionary.values,
  );
}

/** Loads Prometheus samples; see {@link PrometheusCapture}. */
export async function loadPrometheus(input: OpenInput, options: ReadOptions): Promise<PrometheusCapture> {
  const diagnostics = new Diagnostics();
  const columns = await readMetrics(input, diagnostics, options);
  return new PrometheusCapture(input, columns, diagnostics.all());
}

async function readMetrics(
  input: OpenInput,
  diagnostics: Diagnostics,
  options: ReadOptions,
): Promise<MetricColumns> {
  const { head } = input;
  if (isMetricProtobuf(head)) return readMetricProtobuf(await input.bytes(), diagnostics);
  if (isApiAnswer(new TextDecoder().decode(head.subarray(0, 256)))) {
    return readApi(await input.bytes(), diagnostics, options);
  }
  return readExposition(input, options);
}
