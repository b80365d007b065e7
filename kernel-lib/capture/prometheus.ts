import { isPrometheus } from "../read/prometheus/is-prometheus.js";
import {
  exemplarsSchema,
  metricFamiliesSchema,
  metricSamplesSchema,
  metricSeriesSchema,
  nativeBucketsSchema,
  nativeSamplesSchema,
} from "../table/prometheus.js";
import { placedUnparsedSchema, unparsedColumns } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import type { Clocked } from "./clocked.js";
import { counted } from "./counted.js";
import type { Format, Tables } from "./format.js";

/** Prometheus samples: text exposition, OpenMetrics, protobuf, or an answer of the HTTP API. */
export interface PrometheusCapture
  extends Capture<"prometheus">,
    Clocked<"unix">,
    Tables<
      | "metricSamples"
      | "metricSeries"
      | "metricFamilies"
      | "exemplars"
      | "nativeSamples"
      | "nativeBuckets"
      | "unparsed"
    > {}

export const prometheus: Format<PrometheusCapture> = {
  kind: "prometheus",
  name: "Prometheus metrics",
  detect: isPrometheus,
  tables: {
    metricSamples: metricSamplesSchema,
    metricSeries: metricSeriesSchema,
    metricFamilies: metricFamiliesSchema,
    exemplars: exemplarsSchema,
    nativeSamples: nativeSamplesSchema,
    nativeBuckets: nativeBucketsSchema,
    unparsed: placedUnparsedSchema,
  },
  clock: ["unix"],
  window: "none",
  async read(input, options) {
    const [{ readMetrics }, { metricSampleColumns }] = await Promise.all([
      import("../read/prometheus/read-metrics.js"),
      import("../table/metric-sample-columns.js"),
    ]);
    const { columns, diagnostics } = await readMetrics(input, options);
    const { series, families, exemplars, nativeSamples, nativeBuckets, unparsed } = columns;
    return {
      findings: diagnostics.all(),
      tables: {
        metricSamples: () => metricSampleColumns(columns),
        metricSeries: () => series.map((one) => ({ ...one, label_values: one.values })),
        metricFamilies: () => families,
        exemplars: () => exemplars.columns(),
        nativeSamples: () => nativeSamples,
        nativeBuckets: () => nativeBuckets,
        unparsed: () => unparsedColumns(input, unparsed),
      },
      members: { clock: "unix", originNs: 0n, resolution_ns: 1e6 },
      summary: () => ({
        format: "prometheus",
        families: families.length,
        types: counted(families.map(({ type }) => type ?? "untyped")),
        series: series.length,
        samples: columns.sampleValue.length,
        native_histograms: nativeSamples.length,
        exemplars: exemplars.length,
        unparsed_lines: unparsed.length,
      }),
    };
  },
};
