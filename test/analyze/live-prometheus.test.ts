import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createPort } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nativeHistogramQuantile } from "#lib/analyze/histogram-quantile.js";
import { metricQuantiles } from "#lib/analyze/metric-quantiles.js";
import type { PrometheusCapture } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { hasTool } from "../support/has-tool.js";

// A Prometheus server scrapes a fixture in its protobuf form, and is asked what it makes of it.
const metrics = readFileSync(resolve(import.meta.dirname, "../fixtures/prometheus/metrics.pb"));
const hasPrometheus = hasTool("prometheus", "--version");
const type = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

type Row = Record<string, never>;
const folder = mkdtempSync(join(tmpdir(), "tracebook-prometheus-"));
let target: Server;
let server: ChildProcess;
let address = "";

async function freePort(): Promise<number> {
  const probe = createPort().listen(0, "127.0.0.1");
  await new Promise((done) => probe.once("listening", done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

/** An answer of the server's API, read as a capture. */
async function ask(query: string): Promise<PrometheusCapture> {
  const answer = await fetch(`${address}/api/v1/query?query=${encodeURIComponent(query)}`);
  return (await load(Buffer.from(await answer.arrayBuffer()))) as PrometheusCapture;
}

async function scraped(): Promise<boolean> {
  try {
    return (await ask("http_requests_in_flight")).metricSamples.numRows() > 0;
  } catch {
    return false;
  }
}

describe.skipIf(!hasPrometheus)("a live Prometheus server (skipped without prometheus)", () => {
  beforeAll(async () => {
    target = createServer((_, response) => {
      response.setHeader("content-type", type);
      response.end(metrics);
    }).listen(0, "127.0.0.1");
    await new Promise((done) => target.once("listening", done));
    const scrape = `127.0.0.1:${(target.address() as AddressInfo).port}`;
    const config = `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: x, static_configs: [{targets: ["${scrape}"]}]}]\n`;
    writeFileSync(join(folder, "prometheus.yml"), config);
    const listen = `127.0.0.1:${await freePort()}`;
    address = `http://${listen}`;
    server = spawn(
      "prometheus",
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=${listen}`,
        "--enable-feature=native-histograms",
        "--log.level=error",
      ],
      { stdio: "ignore" },
    );
    const until = Date.now() + 40_000;
    while (!(await scraped())) {
      if (Date.now() > until) throw new Error("the server has not scraped the metrics");
      await new Promise((done) => setTimeout(done, 200));
    }
  }, 60_000);

  afterAll(async () => {
    const ended = new Promise((done) => server?.once("exit", done));
    server?.kill("SIGKILL");
    await ended;
    target?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([0, 0.5, 0.9, 0.99, 1])("histogram_quantile(%f) of classic histograms", async (q) => {
    const own = await load(metrics);
    const rows = metricQuantiles(own.table("metric_samples"), [q]).objects() as {
      metric: string;
      labels: string;
      value: number;
    }[];
    const asked = await ask(`histogram_quantile(${q}, http_request_duration_seconds_bucket)`);
    const theirs = asked.metricSamples.objects() as { labels: string; value: number }[];
    const ours = rows.filter(({ metric }) => metric === "http_request_duration_seconds");
    expect(theirs.length).toBe(2);
    for (const { labels, value } of ours) {
      const version = /version="\w+"/.exec(labels)?.[0] ?? "none";
      expect(theirs.find((row) => row.labels.includes(version))?.value).toBe(value);
    }
  });

  test("native histograms: the same buckets, and histogram_quantile of them", async () => {
    const own = (await load(metrics)) as PrometheusCapture;
    const series = own.metricSeries.objects() as { series_id: number; metric: string; labels: string }[];
    for (const labels of ['{side="both"}', '{side="far"}']) {
      const id = series.find((one) => one.metric === "change_ratio" && one.labels === labels)?.series_id;
      const buckets = (own.nativeBuckets.objects() as Row[]).filter(({ series_id }) => series_id === id);
      const [total] = (own.nativeSamples.objects() as Row[]).filter(({ series_id }) => series_id === id);
      const asked = (await ask(`change_ratio${labels}`)).nativeBuckets.objects() as Row[];
      expect(asked.map(({ bucket_count }) => bucket_count)).toEqual(
        buckets.map(({ bucket_count }) => bucket_count),
      );
      asked.forEach((bucket, at) => {
        for (const name of ["lower", "upper"]) {
          if (bucket[name] === 0) expect(buckets[at][name]).toBe(0);
          else expect(buckets[at][name] / bucket[name]).toBeCloseTo(1, 13);
        }
      });
      for (const q of [0.01, 0.25, 0.5, 0.75, 0.99]) {
        const answer = await ask(`histogram_quantile(${q}, change_ratio${labels})`);
        const theirs = answer.metricSamples.get("value", 0) as number;
        const ours = nativeHistogramQuantile(q, buckets as never, total as never);
        // The same bucket, or at its bound the next one.
        expect(Math.abs(bucketOf(buckets, ours) - bucketOf(buckets, theirs))).toBeLessThanOrEqual(1);
      }
    }
  });
});

/** Newer versions of PromQL than an installed one may be interpolate differently within a bucket. */
function bucketOf(buckets: Row[], value: number): number {
  return buckets.findIndex(({ lower, upper }) => value >= lower && value <= upper);
}
