import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Kind, kinds } from "#lib/capture/kinds.js";
import { load } from "#lib/capture/load.js";
import { sql } from "#lib/capture/sql/sql.js";
import { exportColumns } from "#lib/cli/export/export-columns.js";
import { full } from "../full.js";
import { examples } from "../support/example-of-kind.js";

const root = resolve(import.meta.dirname, "../..");
const fixtures = join(root, "test/fixtures");
const hasDuckDb = existsSync(join(root, "node_modules/@duckdb/node-api"));
const folder = mkdtempSync(join(tmpdir(), "tracebook-sql-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bin = join(root, "kernel-lib/bin/tracebook.js");
const small = join(fixtures, "go-trace/go1.26.8-generations.trace");

// The others, which take their time together, under TRACEBOOK_FULL=1.
const few: readonly Kind[] = ["pprof", "godebug", "redis", "go-bench", "hey"];

function tracebook(...args: string[]) {
  return spawnSync(process.execPath, [bin, ...args], { encoding: "utf8" });
}

/** A cell as the two sides can be compared: JSON is text in DuckDB, and a big integer is a number where that is exact. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "object" && value !== null) {
    return JSON.stringify(value, (_key, one) => (typeof one === "bigint" ? one.toString() : one));
  }
  return value ?? null;
}

describe.skipIf(!hasDuckDb)("SQL over captures (skipped without @duckdb/node-api)", () => {
  test.each(full ? kinds : few)(
    "every table of a capture of kind %s has the cells that exports have",
    async (kind) => {
      const capture = await load(examples[kind], { kind });
      const tables = capture.tables().filter(({ rows }) => rows !== null);
      expect(tables.length).toBeGreaterThan(0);
      for (const { name: table, rows, columns } of tables) {
        const found = await sql(capture, `SELECT * FROM ${table}`);
        expect([table, found.numRows()]).toEqual([table, rows]);
        expect(found.columnNames()).toEqual(columns.map((column) => column.name));
        for (const column of exportColumns(capture, table)) {
          const read = found.array(column.name) as unknown[];
          const differs = read.findIndex((value, row) => plain(value) !== plain(column.cell(row)));
          const at = (value: unknown) => (differs < 0 ? "equal" : plain(value));
          expect([table, column.name, differs, at(read[differs])]).toEqual([
            table,
            column.name,
            -1,
            at(differs < 0 ? undefined : column.cell(differs)),
          ]);
        }
      }
    },
  );

  test("ids that do not apply are NULL, and what sorts sorts as text", async () => {
    const trace = await load(small);
    const ids = await sql(trace, "SELECT count(*) AS n, count(g) AS with_g FROM events");
    const column = trace.table("events").array("g") as number[];
    expect(ids.objects()).toEqual([{ n: column.length, with_g: column.filter((g) => g !== -1).length }]);
    const kinds = await sql(trace, "SELECT DISTINCT kind FROM events ORDER BY kind");
    const texts = [...new Set(trace.table("events").array("kind") as string[])];
    expect(kinds.array("kind")).toEqual(texts.sort());
  });

  test("several captures are one table with the file in a column, whatever its name", async () => {
    const names = [`it's "one".trace`, "two; DROP TABLE events--.trace"];
    for (const name of names) copyFileSync(small, join(folder, name));
    const two = await Promise.all(names.map((name) => load(join(folder, name))));
    const counts = await sql(two, "SELECT capture, count(*) AS n FROM events GROUP BY ALL ORDER BY capture");
    expect(counts.objects()).toEqual(names.map((capture) => ({ capture, n: two[0].eventCount })));
  });

  test("tables that only one of them has are there, and equal names of files are told apart by their paths", async () => {
    const paths = [small, join(fixtures, "pprof/go1.26.8-heap.pb.gz")];
    const both = await Promise.all(paths.map((path) => load(path)));
    const frames = await sql(both, "SELECT capture, count(*) AS n FROM frames GROUP BY ALL ORDER BY ALL");
    expect(frames.objects()).toEqual(
      both.map((capture, i) => ({
        capture: ["go1.26.8-generations.trace", "go1.26.8-heap.pb.gz"][i],
        n: capture.table("frames").numRows(),
      })),
    );
    const twice = await sql([both[0], both[0]], "SELECT DISTINCT capture FROM logs");
    expect(twice.array("capture")).toEqual([paths[0]]);
  });

  test("texts of captures are data", async () => {
    const kind = `'); DROP TABLE operations; --"`;
    const path = join(folder, "quotes.csv");
    writeFileSync(path, `# clock=unix\nstart_ns,dur_ns,kind\n1,2,"${kind.replaceAll('"', '""')}"\n5,2,b\n`);
    const capture = await load(path, { kind: "operations" });
    const kinds = await sql(capture, "SELECT kind FROM operations ORDER BY start_ns");
    expect(kinds.array("kind")).toEqual(capture.table("operations").array("kind"));
    expect(kinds.array("kind")).toContain(kind);
  });

  test("a query may name no table, a WITH clause, quoted and upper-case names", async () => {
    const trace = await load(small);
    expect((await sql(trace, "SELECT 1 AS one, 'x' AS x")).objects()).toEqual([{ one: 1, x: "x" }]);
    const query = `WITH r AS (SELECT * FROM "RANGES") SELECT (SELECT count(*) FROM Main.logs) AS logs, count(*) AS n FROM r`;
    expect((await sql(trace, query)).objects()).toEqual([
      { logs: trace.table("logs").numRows(), n: trace.table("ranges").numRows() },
    ]);
    const explained = await sql(trace, "EXPLAIN SELECT count(*) FROM events");
    expect(explained.numRows()).toBe(1);
  });

  test.each([
    ["SELECT tme_ns FROM events", /Referenced column "tme_ns" not found.*"time_ns"/],
    ["SELECT * FROM evnts", /no table evnts; there are .*events/],
    ["SELEC 1", /syntax error at or near "SELEC"/],
    ["SELECT 1; SELECT 2", /one statement, not 2/],
    ["COPY events TO 'stolen.csv'", /only read; write a SELECT/],
    ["CREATE TABLE x AS SELECT 1", /only read; write a SELECT/],
    ["ATTACH 'x.db'", /only read; write a SELECT/],
    ["SET threads = 1", /only read; write a SELECT/],
    ["SELECT * FROM 'package.json'", /Cannot access file|disabled by configuration|no table/],
    ["SELECT * FROM read_text('package.json')", /disabled by configuration/],
    ["SELECT * FROM glob('*')", /disabled by configuration/],
    ["SELECT * FROM tracebook_scan(99)", /for the views of captures/],
    ["", /query is empty/],
  ])("%s is refused in one line", async (query, message) => {
    const trace = await load(small);
    const error = await sql(trace, query).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.name).toBe("SqlError");
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toMatch(/\n/);
  });

  test("an abort interrupts a query that would take for ever", async () => {
    const trace = await load(small);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 200);
    const query =
      "SELECT count(*) FROM events a, events b, events c, events d WHERE a.time_ns + b.time_ns < c.time_ns + d.time_ns";
    await expect(sql(trace, query, { signal: stop.signal })).rejects.toThrow("enough");
  });

  test("the command prints an aligned table, JSON or CSV, and one line for what is wrong", () => {
    const path = small;
    const query =
      "SELECT kind, count(*) AS n FROM events WHERE kind IN ('Log', 'Metric') GROUP BY ALL ORDER BY ALL";
    const run = (...args: string[]) => tracebook("sql", path, query, ...args);
    expect(run().stdout).toBe("kind     n\n------  --\nLog      3\nMetric  97\n");
    expect(JSON.parse(run("--json").stdout)).toEqual([
      { kind: "Log", n: 3 },
      { kind: "Metric", n: 97 },
    ]);
    expect(run("--csv").stdout).toBe("kind,n\nLog,3\nMetric,97\n");
    const wrong = tracebook("sql", path, "SELECT nme FROM events");
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^tracebook: .*"nme" not found.*\n$/);
    expect(tracebook("sql", path).status).toBe(2);
  });

  test("export --format parquet: DuckDB reads back the table, in types that every engine has", async () => {
    const out = join(folder, "it's.parquet");
    const done = tracebook("export", small, "--table", "events", "--format", "parquet", "--out", out);
    expect([done.stderr, done.status]).toEqual(["", 0]);
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const connection = await (await DuckDBInstance.create()).connect();
    const read = async (query: string) => (await connection.runAndReadAll(query, [out])).getRowsJS();
    const trace = await load(small);
    const columns = exportColumns(trace, "events");
    const rows = await read("SELECT * FROM read_parquet($1)");
    expect(rows).toEqual(
      Array.from({ length: trace.eventCount ?? 0 }, (_, row) => columns.map(({ cell }) => cell(row))),
    );
    const types = await read(
      "SELECT DISTINCT type FROM parquet_schema($1) WHERE type IS NOT NULL ORDER BY 1",
    );
    const allowed = ["BOOLEAN", "BYTE_ARRAY", "DOUBLE", "INT32", "INT64"];
    expect(types.flat().filter((type) => !allowed.includes(String(type)))).toEqual([]);
    expect(await read("SELECT DISTINCT compression FROM parquet_metadata($1)")).toEqual([["ZSTD"]]);
    connection.closeSync();
  });

  const page = readFileSync(join(root, "docs/sql.md"), "utf8");
  const questions = [...page.matchAll(/^npx tracebook sql (\S+) "([^"]+)"$/gm)];
  test.each(questions.map(([, , query]) => query))("docs/sql.md: %s", async (query) => {
    const trace = await load(join(fixtures, "go-trace-load/load.trace"));
    expect((await sql(trace, query)).numRows()).toBeGreaterThan(0);
  });
  test("docs/sql.md has its five questions", () => {
    expect(questions.length).toBeGreaterThanOrEqual(5);
  });
});
