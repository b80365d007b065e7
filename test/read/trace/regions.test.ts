import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readTrace } from "#lib/capture/formats.js";

const folder = join(import.meta.dirname, "../../fixtures/go-regions");
const traces = readdirSync(folder).filter((name) => name.endsWith(".trace"));

interface Region {
  task: number;
  type: string;
  g: number;
  end_g: number;
  start_ns: number;
  dur_ns: number;
}

test("there is a trace of each format", () => {
  expect(traces).toEqual(["go1.21.13.trace", "go1.23.12.trace", "go1.26.8.trace"]);
});

test.each(traces)(
  "%s: regions that another goroutine ends are whole, and nothing after them is lost",
  async (name) => {
    const trace = await readTrace(join(folder, name));
    const regions = trace.regions.objects() as Region[];
    // What main.go does: six parcels, each with a task of its own.
    const queued = regions.filter(({ type }) => type === "queued");
    const packing = regions.filter(({ type }) => type === "packing");
    expect([regions.length, queued.length, packing.length]).toEqual([12, 6, 6]);
    expect(new Set(queued.map(({ task }) => task)).size).toBe(6);
    const [packer] = packing.map(({ g }) => g);
    for (const region of regions) {
      expect(region.end_g).toBe(packer);
      expect(region.dur_ns).toBeGreaterThan(0);
    }
    // The packer sleeps a millisecond inside its own region, after it has ended the other's.
    for (const { task, g, start_ns, dur_ns } of queued) {
      const own = packing.find((region) => region.task === task);
      expect(g).not.toBe(packer);
      expect(own?.dur_ns).toBeGreaterThan(1e6);
      expect(start_ns + dur_ns).toBeGreaterThan(own?.start_ns ?? Number.POSITIVE_INFINITY);
      expect(start_ns + dur_ns).toBeLessThan((own?.start_ns ?? 0) + 1e6);
    }
    expect(trace.logs.objects()).toMatchObject([{ category: "last" }]);
    expect(trace.tasks.objects()).toHaveLength(6);
    expect(trace.diagnostics.array("code")).toContain(name.includes("1.21") ? "misused-region" : "corrupt");
  },
);

test.each(traces)("%s is refused under strict, as by Go's own reader", async (name) => {
  await expect(readTrace(join(folder, name), { strict: true })).rejects.toThrow(/region/);
});
