import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { histogramQuantile, nativeHistogramQuantile } from "#lib/analyze/histogram-quantile.js";
import { metricQuantiles } from "#lib/analyze/metric-quantiles.js";
import type { PrometheusCapture } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";

const fixtures = resolve(import.meta.dirname, "../fixtures/prometheus");
const json = (name: string) => JSON.parse(readFileSync(resolve(fixtures, name), "utf8"));
const number = (text: string) => Number(text.replace("Inf", "Infinity"));

interface Case {
  name: string;
  results: Record<string, string>;
}
const golden = json("quantiles.promql.json") as {
  classic: (Case & { buckets: [string, string][] })[];
  native: (Case & {
    histogram: { count: string; sum: string; buckets?: [number, string, string, string][] };
  })[];
};

describe("classic histograms equal PromQL's own function", () => {
  test.each(golden.classic)("$name", ({ buckets, results }) => {
    const ours = buckets.map(([le, count]) => ({ le: number(le), count: number(count) }));
    for (const [q, value] of Object.entries(results)) {
      expect([q, histogramQuantile(number(q), ours)]).toEqual([q, number(value)]);
    }
  });
});

describe("native histograms equal PromQL's own function", () => {
  test.each(golden.native)("$name", ({ histogram, results }) => {
    const buckets = (histogram.buckets ?? []).map(([, lower, upper, count]) => ({
      lower: number(lower),
      upper: number(upper),
      bucket_count: number(count),
    }));
    const total = { observations: number(histogram.count), sum: number(histogram.sum) };
    for (const [q, value] of Object.entries(results)) {
      const ours = nativeHistogramQuantile(number(q), buckets, total);
      // Go's Exp2 and V8's power differ in the last digits.
      if (Number.isFinite(ours)) expect(ours).toBeCloseTo(number(value), 12);
      else expect([q, ours]).toEqual([q, number(value)]);
    }
  });
});

describe("a server's own answers", () => {
  test.each([
    [0.5, "query-p50.json"],
    [0.99, "query-p99.json"],
  ])("histogram_quantile(%f) over the same samples", async (q, name) => {
    const capture = (await load(resolve(fixtures, "query-buckets.json"))) as PrometheusCapture;
    const ours = metricQuantiles(capture.metricSamples, [q]).objects() as { labels: string; value: number }[];
    const server = json(name).data.result as { metric: Record<string, string>; value: [number, string] }[];
    expect(ours).toHaveLength(server.length);
    for (const { metric, value } of server) {
      const row = ours.find(({ labels }) => labels.includes(`version="${metric.version}"`));
      expect(row?.value).toBe(Number(value[1]));
    }
  });
});
