import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { PrometheusCapture } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { openInput } from "#lib/read/open-input.js";
import { labelText } from "#lib/read/prometheus/metric-columns.js";
import { readExposition } from "#lib/read/prometheus/read-exposition.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures/prometheus");
const loadFixture = async (name: string) => (await load(resolve(fixtures, name))) as PrometheusCapture;
const json = (name: string) => JSON.parse(readFileSync(resolve(fixtures, name), "utf8"));
const read = async (text: string) => readExposition(await openInput(new TextEncoder().encode(text)));

interface ClientSample {
  name: string;
  labels: Record<string, string>;
  value: string;
  exemplar: { labels: Record<string, string>; value: number } | null;
}

/** Python prints nan and inf in lower case. */
const pythonNumber = (text: string) => Number(text.replace("inf", "Infinity"));

describe.each(["exposition", "openmetrics"])("%s", (name) => {
  const client = json(`${name}.client.json`) as ClientSample[];

  test("every sample equals the Python client's reading", async () => {
    const capture = await loadFixture(`${name}.txt`);
    expect(capture.kind).toBe("prometheus");
    expect(capture.unparsed.numRows()).toBe(0);
    const ours = capture.metricSamples.objects() as { metric: string; labels: string; value: number }[];
    const theirs = client.map((sample) => ({
      metric: sample.name,
      labels: labelText(sample.labels),
      value: pythonNumber(sample.value),
    }));
    const key = (sample: { metric: string; labels: string }) => `${sample.metric}${sample.labels}`;
    const byKey = (a: { metric: string; labels: string }, b: { metric: string; labels: string }) =>
      key(a) < key(b) ? -1 : 1;
    expect(ours.map(({ metric, labels, value }) => ({ metric, labels, value })).sort(byKey)).toEqual(
      theirs.sort(byKey),
    );
  });

  test("exemplars equal the Python client's reading", async () => {
    const capture = await loadFixture(`${name}.txt`);
    const ours = capture.exemplars.objects() as { labels: string; value: number }[];
    const theirs = client.flatMap(({ exemplar }) =>
      exemplar ? [{ labels: labelText(exemplar.labels), value: exemplar.value }] : [],
    );
    expect(ours.map(({ labels, value }) => ({ labels, value }))).toEqual(theirs);
  });
});

test("families keep type and help, escapes undone", async () => {
  const families = (await loadFixture("exposition.txt")).metricFamilies.objects() as { family: string }[];
  expect(families.find(({ family }) => family === "http_requests_total")).toEqual({
    family: "http_requests_total",
    type: "counter",
    help: 'Requests by "code" and path.\nSecond line, with a \\ in it.',
    unit: null,
  });
});

test("label values keep quotes, backslashes and line breaks", async () => {
  const { series } = await read('m{path="/odd\\"path\\\\with\\nbreak"} 1\n');
  expect(series[0].values.path).toBe('/odd"path\\with\nbreak');
});

test("grouping by metric tells no two series of one name apart", async () => {
  const samples = (await loadFixture("exposition.txt")).metricSamples;
  const names = samples.groupby("metric").count().array("metric") as string[];
  expect(names.length).toBe(new Set(names).size);
});

test("an API answer for a range has each sample with its time", async () => {
  const capture = await loadFixture("range-summary.json");
  const answer = json("range-summary.json").data.result as { values: [number, string][] }[];
  const flat = answer.flatMap(({ values }) => values);
  expect(capture.metricSamples.array("unix_ms")).toEqual(flat.map(([seconds]) => seconds * 1000));
  expect([...capture.metricSamples.array("value")]).toEqual(flat.map(([, text]) => Number(text)));
});

test("native histograms keep count, sum and every bucket", async () => {
  const capture = await loadFixture("range-native.json");
  const histograms = json("range-native.json").data.result[0].histograms as [
    number,
    { count: string; sum: string; buckets: unknown[] },
  ][];
  expect(capture.nativeSamples.array("observations")).toEqual(histograms.map(([, one]) => Number(one.count)));
  expect(capture.nativeSamples.array("sum")).toEqual(histograms.map(([, one]) => Number(one.sum)));
  expect(capture.nativeBuckets.numRows()).toBe(histograms.reduce((n, [, one]) => n + one.buckets.length, 0));
  const counted = (capture.nativeBuckets.array("bucket_count") as number[]).reduce((sum, n) => sum + n, 0);
  expect(counted).toBe(histograms.reduce((n, [, one]) => n + Number(one.count), 0));
});

test("a failed query is refused with Prometheus's words, a cut answer as broken JSON", async () => {
  await expect(loadFixture("query-error.json")).rejects.toThrow(
    /query-error\.json: the query failed: bad_data: .+ parenthesis; mend the query/,
  );
  const cut = readFileSync(resolve(fixtures, "query-buckets.json")).subarray(0, 900);
  await expect(load(cut, { name: "cut.json" })).rejects.toThrow(/^cut\.json: is not whole JSON/);
});

test("UTF-8 names in quotes, times, blank and foreign lines", async () => {
  const columns = await read(
    '# TYPE a counter\n{"my.metric","a label"="x"} 1 1700000000000\n\na 2\nb{x="1"\nb 1 2 3\nname only\na{} +Inf\n',
  );
  expect(columns.series.map(({ metric, labels }) => metric + labels)).toEqual([
    'my.metric{a label="x"}',
    "a",
  ]);
  expect([...columns.sampleUnixMs.finish()]).toEqual([1700000000000, Number.NaN, Number.NaN]);
  expect([...columns.sampleValue.finish()]).toEqual([1, 2, Number.POSITIVE_INFINITY]);
  expect([...columns.unparsed.line]).toEqual([5, 6, 7]);
});

describe("the protobuf form", () => {
  type Row = Record<string, unknown>;
  const key = ({ metric, labels }: Row): string => `${metric}${labels}`;

  test("has the samples that client_golang's own decoder prints of it", async () => {
    const own = await loadFixture("metrics.pb");
    const text = await loadFixture("metrics.pb.txt");
    const native = new Set(["change_ratio_bucket", "change_ratio_sum", "change_ratio_count"]);
    const rows = ({ metricSamples }: PrometheusCapture): unknown[] =>
      (metricSamples.objects() as Row[])
        .filter(({ metric }) => !native.has(String(metric)))
        .map((row) => [key(row), row.le, row.quantile, row.value])
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    expect(rows(own).length).toBeGreaterThan(35);
    expect(rows(own)).toEqual(rows(text));
    expect(own.metricFamilies.objects()).toEqual(text.metricFamilies.objects());
    expect(own.summary()).toMatchObject({ native_histograms: 3, unparsed_lines: 0 });
  });

  test("has native histograms bucket by bucket as Prometheus's own code reads them", async () => {
    const capture = await loadFixture("metrics.pb");
    const series = capture.metricSeries.objects() as { series_id: number; metric: string; labels: string }[];
    const expected = json("metrics.pb.json") as Record<
      string,
      {
        count: number;
        sum: number;
        buckets: { Lower: string; Upper: string; LowerIn: boolean; UpperIn: boolean; Count: number }[];
      }
    >;
    const samples = capture.nativeSamples.objects() as {
      series_id: number;
      observations: number;
      sum: number;
    }[];
    const buckets = capture.nativeBuckets.objects() as Row[];
    for (const { series_id, observations, sum } of samples) {
      const { metric, labels } = series[series_id];
      const golden = expected[metric + labels.replace(/^\{(\w+)="(\w+)"\}$/, " $1=$2")];
      expect({ observations, sum }).toEqual({ observations: golden.count, sum: golden.sum });
      const own = buckets.filter((bucket) => bucket.series_id === series_id);
      expect(own.map(({ bucket_count }) => bucket_count)).toEqual(golden.buckets.map(({ Count }) => Count));
      own.forEach((bucket, at) => {
        const { Lower, Upper, LowerIn, UpperIn } = golden.buckets[at];
        // Prometheus takes fractions of powers of two from a table; the last bit may differ.
        expect(Number(bucket.lower) / Number(Lower)).toBeCloseTo(1, 14);
        expect(Number(bucket.upper) / Number(Upper)).toBeCloseTo(1, 14);
        expect([bucket.lower_inclusive, bucket.upper_inclusive]).toEqual([LowerIn, UpperIn]);
      });
    }
    expect(samples.length).toBe(Object.keys(expected).length);
  });

  test("exemplars have their labels", async () => {
    const exemplars = (await loadFixture("metrics.pb")).exemplars.objects() as {
      labels: string;
      unix_ms: number;
    }[];
    expect(exemplars.length).toBeGreaterThan(5);
    for (const { labels, unix_ms } of exemplars) {
      expect(labels).toBe('{trace_id="a1b2"}');
      expect(new Date(unix_ms).getUTCFullYear()).toBe(2026);
    }
  });

  test("cut or damaged anywhere it keeps what is whole, or is refused in one line", async () => {
    const bytes = readFileSync(resolve(fixtures, "metrics.pb"));
    const whole = (await load(bytes)).table("metric_samples").numRows();
    const kept = await load(bytes.subarray(0, bytes.length - 40));
    expect(kept.kind).toBe("prometheus");
    expect(kept.findings).toMatchObject([{ severity: "loss", code: "truncated" }]);
    expect(kept.table("metric_samples").numRows()).toBeLessThan(whole);
    for (let at = 0; at < bytes.length; at += 3) {
      const damaged = Buffer.from(bytes);
      damaged[at] ^= 0xff;
      try {
        const capture = await load(damaged, { kind: "prometheus" });
        for (const { name } of capture.tables()) capture.table(name);
      } catch (error) {
        expect((error as Error).name).toBe("CaptureError");
        expect((error as Error).message.split("\n")).toHaveLength(1);
      }
    }
  });
});

test("warnings and infos of an API answer are findings, partial results as well as empty ones", async () => {
  const answer = {
    status: "success",
    data: { resultType: "vector", result: [] },
    warnings: ["remote read: partial response"],
    infos: ["PromQL info: metric might not be a counter"],
  };
  const capture = await load(Buffer.from(JSON.stringify(answer)));
  expect(capture.findings).toMatchObject([
    { severity: "warning", code: "prometheus-warning", message: "remote read: partial response" },
    { severity: "info", code: "prometheus-info" },
    { severity: "warning", code: "no-rows" },
  ]);
});

test("what the API does not write is passed over and counted; strict refuses it with its place", async () => {
  const result = [
    { metric: { a: { b: 1 } }, values: [[1, "2"]] },
    { metric: { job: "a" }, values: [[1, "2"], null, ["x", {}], [2, "3"], [3, 4]] },
    [[[[]]]],
    { metric: {}, value: {} },
    { metric: {}, histogram: [1, { count: "1", sum: {} }] },
    {
      metric: {},
      histogram: [1, { count: "3", sum: "7", buckets: [[0, "1", "2", "3"], null, [0, 1, 2, 3]] }],
    },
  ];
  const bytes = Buffer.from(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
  const capture = (await load(bytes)) as PrometheusCapture;
  expect([...capture.metricSamples.array("value")]).toEqual([2, 3]);
  expect([...capture.nativeBuckets.array("bucket_count")]).toEqual([3]);
  expect(capture.findings.filter(({ code }) => code === "unknown-shape")).toHaveLength(9);
  await expect(load(bytes, { strict: true, name: "q.json" })).rejects.toThrow(
    /^q\.json \(result 0\): something/,
  );
  const deep = `{"status":"success","data":{"resultType":"vector","result":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`;
  expect((await load(Buffer.from(deep))).findings).toMatchObject([
    { code: "unknown-shape" },
    { code: "no-rows" },
  ]);
});
