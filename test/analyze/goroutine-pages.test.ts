import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { requestBreakdown } from "#lib/analyze/request-breakdown.js";
import { load } from "#lib/capture/load.js";
import { full } from "../full.js";
import { withGoTracePages } from "../support/go-trace-pages.js";

const program = resolve(import.meta.dirname, "../fixtures/go-trace-load/load");
const hasGo =
  full && /go1\.(2[3-9]|[3-9]\d)/.test(spawnSync("go", ["version"], { encoding: "utf8" }).stdout ?? "");
const folder = mkdtempSync(join(tmpdir(), "goroutine-pages-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Cells = Record<string, string>;

/** The rows of the page's table with such a column, by the heads of its columns. */
function tableOf(page: string, column: string): Cells[] {
  const plain = (html: string): string =>
    html
      .replace(/<[^>]*>/g, "")
      .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))
      .replace(/&lt;/g, "<")
      .replace(/&gt;/g, ">")
      .replace(/&amp;/g, "&")
      .trim();
  const tables = page.split("<table").slice(1);
  const table = tables.find((one) => one.includes(column)) ?? "";
  const [head, ...rows] = table.split(/<tr[^>]*>/).slice(1);
  const heads = [...head.matchAll(/<th[^>]*>([\s\S]*?)<\/th>/g)].map(([, html]) => plain(html));
  return rows.map((row) => {
    const cells = [...row.matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map(([, html]) => plain(html));
    return Object.fromEntries(heads.map((name, i) => [name, cells[i] ?? ""]));
  });
}

const units: Readonly<Record<string, number>> = { h: 3.6e12, m: 6e10, s: 1e9, ms: 1e6, µs: 1e3, ns: 1 };

/** A Go duration, `1.5ms` or `1m2.3s`, in ns. */
function goNs(text: string): number {
  const parts = [...text.matchAll(/([\d.]+)(h|ms|µs|ns|m|s)/g)];
  return Math.round(parts.reduce((sum, [, value, unit]) => sum + Number(value) * units[unit], 0));
}

const nameless = "(Inactive, no stack trace sampled)";

test.skipIf(!hasGo)(
  "goroutines by entry function, and each of a group, as go tool trace's pages have them",
  async () => {
    const file = join(folder, "fresh.trace");
    execFileSync("go", ["build", "-trimpath", "-o", join(folder, "load"), "."], { cwd: program });
    execFileSync(join(folder, "load"), [file]);
    const trace = await load(file);
    const groups = trace.table("goroutine_groups").objects() as {
      name: string | null;
      count: number;
      running_ns: number;
    }[];
    await withGoTracePages(file, async (url) => {
      const theirs = tableOf(await (await fetch(`${url}/goroutines`)).text(), "Start location");
      expect(
        groups.map(({ name, count, running_ns }) => [name ?? nameless, count, running_ns]).sort(),
      ).toEqual(
        theirs
          .map((row) => [row["Start location"], Number(row.Count), goNs(row["Total execution time"])])
          .sort(),
      );
      for (const { name } of groups) {
        if (name === null) continue;
        const page = await (await fetch(`${url}/goroutine?name=${encodeURIComponent(name)}`)).text();
        const rows = requestBreakdown(trace, { requests: "goroutines", type: name }).objects() as Record<
          string,
          number
        >[];
        const mine = rows.map((row) => ({
          g: row.g,
          total_ns: row.dur_ns,
          // What was before it was first seen is unknown here, and the first state there.
          running_ns: row.running_ns + row.assist_ns + row.sweep_ns,
          runnable_ns: row.runnable_ns,
          unknown_ns: row.unknown_ns,
        }));
        const theirRows = tableOf(page, "Execution time");
        expect(theirRows.length, name).toBe(mine.length);
        for (const row of theirRows) {
          const own = mine.find(({ g }) => g === Number(row.Goroutine));
          const slack = own?.unknown_ns ?? 0;
          expect(own?.total_ns, `${name} ${row.Goroutine}`).toBe(goNs(row.Total));
          const parts = Object.entries(row).filter(
            ([column]) => !["Goroutine", "Total", ""].includes(column),
          );
          // At the capture's end Go's summary charges the time blocked in a system call to the scheduler too.
          const twice = parts.reduce((sum, [, text]) => sum + goNs(text), 0) - goNs(row.Total);
          const apart = (ours = -1, theirs = 0) => Math.max(0, Math.abs(ours - theirs) - slack);
          const place = `${name} ${row.Goroutine}`;
          expect(apart(own?.running_ns, goNs(row["Execution time"] ?? "")), place).toBe(0);
          expect(apart(own?.runnable_ns, goNs(row["Sched wait time"] ?? "") - twice), place).toBe(0);
        }
      }
    });
  },
);
