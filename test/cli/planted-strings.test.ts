import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { ColumnTable } from "arquero";
import { describe, expect, test } from "vitest";
import type { Capture } from "#lib/capture/capture.js";
import { formats, kinds } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { flameGraph } from "#lib/chart/flame-graph.js";
import { csvLines } from "#lib/cli/export/csv-lines.js";
import { exportColumns } from "#lib/cli/export/export-columns.js";
import { foldedLines } from "#lib/cli/export/folded-lines.js";
import { jsonLines } from "#lib/cli/export/json-lines.js";
import { mimeBundle } from "#lib/kernel/display/mime-bundle.js";
import { notebookHtml } from "#lib/report/notebook-html.js";

// Names in captures are whatever somebody called a function, a key, a label or a thread. Here they are an attack on each
// place they are shown in: a formula, markup, a terminal's control codes, the end of an SQL text.
const attack = "=<q></script>'\x1b[31m\x07\u009bm";
/** The same, short enough for a thread's name. */
const short = "<q>\x1b7'";

const fixtures = resolve(import.meta.dirname, "../fixtures");
const bin = resolve(import.meta.dirname, "../../kernel-lib/bin/tracebook.js");
const folder = mkdtempSync(join(tmpdir(), "tracebook-planted-"));

/** A fixture with a text of it replaced, everywhere, byte for byte. */
function planted(fixture: string, text: string, by: string): Buffer {
  const stored = readFileSync(join(fixtures, fixture));
  const bytes = stored[0] === 0x1f ? gunzipSync(stored) : stored;
  const latin = (part: string) => Buffer.from(part).toString("latin1");
  const changed = bytes.toString("latin1").replaceAll(latin(text), () => latin(by));
  expect(changed.length === bytes.length && changed === bytes.toString("latin1")).toBe(false);
  return Buffer.from(changed, "latin1");
}

// Lengths stand before the texts of binary formats, so a text keeps its own.
const ofLength = (text: string, length: number) => text.padEnd(length, "x");
const binary = (fixture: string, text: string, by = "=<q>'\x1b[m") =>
  planted(fixture, text, ofLength(by, text.length));
const json = (fixture: string, text: string) => planted(fixture, text, JSON.stringify(attack).slice(1, -1));

const captures: Record<string, () => Buffer> = {
  "go-trace": () => binary("go-trace/go1.26.8.trace", "main.garbage.func1"),
  godebug: () => Buffer.from(`${readFileSync(join(fixtures, "godebug/go1.26.8.log"), "utf8")}${attack}\n`),
  pprof: () => binary("pprof/go1.26.8-cpu.pb.gz", "main.build"),
  "goroutine-dump": () =>
    planted("goroutine-dump/go1.26.8.txt", "runtime/pprof.writeGoroutineStacks", attack),
  "perf-script": () => planted("perf/script/go.txt", "futex_do_wait", attack),
  "perf-data": () => binary("perf/go.data", "gowork", short),
  "perf-stat": () => json("perf-stat/json.txt", "task-clock"),
  "perf-sched": () => planted("perf-sched/timehist.txt", "tiny[", `${attack}[`),
  cachegrind: () => planted("cachegrind/calls.out.gz", "__libc_start_main@@GLIBC_2.34", attack),
  callgrind: () => planted("callgrind/calls.out.gz", ") bcmp", `) ${attack}`),
  "go-bench": () => planted("go-bench/old.txt", "size=64", attack),
  "go-test-json": () => json("go-test-json/go-test.json", "TestAdds"),
  "go-escape": () => planted("go-escape/go1.26.8-m.txt", "can inline assign", `can inline ${attack}`),
  "go-asm": () => planted("go-asm/go1.26.8-S.txt", "example.com/escape.assign", attack),
  redis: () => planted("redis/slowlog.raw.txt", "sku-51000", attack),
  prometheus: () => json("prometheus/query-p99.json", "orders"),
  "runtime-metrics": () => json("runtime-metrics/runtime-metrics.json", "/cgo/go-to-c-calls:calls"),
  hey: () => Buffer.from(`${readFileSync(join(fixtures, "hey/hey.csv"), "utf8")}${attack}\n`),
  operations: () => Buffer.from(`# clock=monotonic\nstart_ns,dur_ns,kind\n1,2,${attack}\n2,3,get\n`),
};

/** The tables and columns that hold the planted text. */
function hits(capture: Capture): { table: string; column: string; cells: string[] }[] {
  return capture.schemas().flatMap(({ name, columns }) => {
    const table: ColumnTable = capture.table(name);
    return columns
      .filter(({ kind }) => kind === "string" || kind === "json")
      .flatMap((column) => {
        const cells = (table.array(column.name) as unknown[]).map((cell) =>
          typeof cell === "string" ? cell : JSON.stringify(cell),
        );
        return cells.some((cell) => cell?.includes("<q>"))
          ? [{ table: name, column: column.name, cells }]
          : [];
      });
  });
}

function bars(cells: readonly string[]): object {
  const shown = [...new Set(cells)].filter((cell) => cell?.includes("<q>")).slice(0, 5);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description: `how often ${shown[0]}`,
    title: shown[0],
    data: { values: shown.map((name) => ({ name })) },
    mark: "bar",
    encoding: { x: { aggregate: "count" }, y: { field: "name", type: "nominal" } },
  };
}

// Tab and line feed are layout; every other control character is an order to a terminal.
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;

/** Each match with what stands around it; messages of whole pages could not be read. */
function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))].map(({ index }) =>
    JSON.stringify(text.slice(Math.max(0, index - 60), index + 40)),
  );
}

test("every kind is here", () => {
  expect(Object.keys(captures).sort()).toEqual([...kinds].sort());
  // Listed twice: by name alone, for what need not load them, and with how each is read.
  expect(kinds).toEqual(Object.keys(formats));
});

describe.each(Object.entries(captures))("%s", (kind, make) => {
  const path = join(folder, `${kind}.capture`);
  const loaded = (async () => {
    writeFileSync(path, make());
    const capture = await load(path);
    expect(capture.kind).toBe(kind);
    return { capture, found: hits(capture) };
  })();

  test("the text is data: tables have it as it is", async () => {
    const { found } = await loaded;
    expect(found.length).toBeGreaterThan(0);
    expect(
      found.some(({ cells }) => cells.some((cell) => cell?.includes("\x1b") || cell?.includes("\\u001b"))),
    ).toBe(true);
  });

  test("in a notebook's page it is neither markup nor a control code", async () => {
    const { capture, found } = await loaded;
    const values: unknown[] = found
      .slice(0, 6)
      .flatMap(({ table, cells }) => [capture.table(table), bars(cells)]);
    if ("profile" in capture) values.push(flameGraph(capture.callTree));
    const cells = [];
    for (const value of values) {
      const data = (await mimeBundle(value)) as Record<string, unknown>;
      for (const type of ["text/html", "image/svg+xml"]) {
        if (data[type])
          expect(matches(String(data[type]), /<q>|<\/script>|[\0-\x08\x0b-\x1f\x7f-\x9f]/)).toEqual([]);
      }
      cells.push({ cell_type: "code", source: "", outputs: [{ output_type: "execute_result", data }] });
      const plain = { "text/plain": data["text/plain"] };
      cells.push({
        cell_type: "code",
        source: "",
        outputs: [{ output_type: "execute_result", data: plain }],
      });
    }
    const { html } = notebookHtml({ cells } as never);
    expect(matches(html, /<q>/)).toEqual([]);
    expect(matches(html, controls)).toEqual([]);
    // The page's script elements are closed by the page alone.
    expect(html.split("</script>").length).toBe(html.split("<script").length);
  });

  test("exports: CSV is safe in spreadsheets and terminals, JSON exact and without control codes", async () => {
    const { capture, found } = await loaded;
    for (const { table } of found) {
      const csv = [...csvLines(exportColumns(capture, table))].join("");
      expect(matches(csv, controls)).toEqual([]);
      expect(matches(csv, /(?:^|,)"?[=@]/m)).toEqual([]);
      const text = [...jsonLines(exportColumns(capture, table))].join("");
      expect(matches(text, controls)).toEqual([]);
      const written = text
        .trimEnd()
        .split("\n")
        .flatMap((line) => Object.values(JSON.parse(line)));
      expect(
        written.some((cell) => (typeof cell === "string" ? cell : JSON.stringify(cell))?.includes("<q>")),
      ).toBe(true);
    }
    if ("profile" in capture) {
      for (const line of foldedLines(capture, {})) expect(line).toMatch(/^[^\0-\x1f\x7f-\x9f]* -?\d+\n$/);
    }
  });

  test("summary prints no control code", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, "summary", path], {
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(matches(stdout, controls)).toEqual([]);
    expect(matches(stderr, controls)).toEqual([]);
  });
});
