import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fromCSV } from "arquero";
import { expect, test } from "vitest";
import { readHey } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { spikes } from "#lib/index.js";

const path = resolve(import.meta.dirname, "../../fixtures/hey/hey.csv");
const text = readFileSync(path, "utf8");

test("every request is a row, with the columns as another reader of CSV has them", async () => {
  const run = await load(path);
  if (run.kind !== "hey") throw new Error(`is told as ${run.kind}`);
  const csv = fromCSV(text).objects() as Record<string, number>[];
  const rows = run.heyRequests.objects() as Record<string, number>[];
  expect(rows).toHaveLength(csv.length);
  const names = {
    "response-time": "dur_ns",
    "DNS+dialup": "connect_ns",
    DNS: "dns_ns",
    "Request-write": "write_ns",
    "Response-delay": "delay_ns",
    "Response-read": "read_ns",
    offset: "start_ns",
  };
  for (const [theirs, ours] of Object.entries(names)) {
    // Printed with four decimals of a second: whole steps of 100 000 ns.
    expect(rows.map((row) => row[ours])).toEqual(csv.map((row) => Math.round(row[theirs] * 1e4) * 1e5));
  }
  expect(rows.map(({ status }) => status)).toEqual(csv.map((row) => row["status-code"]));
});

test("the summary is of the requests", async () => {
  const run = await readHey(path);
  const seconds = (fromCSV(text).array("response-time") as number[]).toSorted((a, b) => a - b);
  const refused = text.split("\n").filter((line) => /,503,[\d.]+$/.test(line)).length;
  expect(refused).toBeGreaterThan(0);
  expect(run.summary()).toMatchObject({
    format: "hey",
    requests: seconds.length,
    statuses: { 200: seconds.length - refused, 503: refused },
    dur_ns: { max_ns: Math.round((seconds.at(-1) ?? 0) * 1e9) },
    unparsed_lines: 0,
  });
});

test("what asks for operations takes its table", async () => {
  const { heyRequests } = await readHey(path);
  expect(spikes(heyRequests, { quantile: 0.95 }).numRows()).toBeGreaterThan(0);
});

test("a window keeps the requests that begin in it", async () => {
  const all = (await readHey(path)).heyRequests.array("start_ns") as Iterable<number>;
  const part = (await readHey(path, { from: 10e6, to: 20e6 })).heyRequests.array("start_ns");
  expect([...(part as Iterable<number>)]).toEqual([...all].filter((at) => at >= 10e6 && at < 20e6));
});

test("lines that are no request stay in unparsed, and are refused under strict", async () => {
  const lines = text.split("\n");
  const broken = Buffer.from([...lines.slice(0, 3), "0.0100,x", "1,2,3", ...lines.slice(3)].join("\n"));
  const run = await readHey(broken);
  expect(run.unparsed.objects()).toMatchObject([
    { line: 4, text: "0.0100,x" },
    { line: 5, text: "1,2,3" },
  ]);
  expect(run.heyRequests.numRows()).toBe((await readHey(path)).heyRequests.numRows());
  await expect(readHey(broken, { strict: true })).rejects.toThrow(
    "<bytes>:4: the line is no request of hey's",
  );
});

test("a last line that is cut is said to be", async () => {
  const run = await readHey(Buffer.from(text.slice(0, -3)));
  expect(run.findings).toMatchObject([{ code: "truncated" }]);
});
