import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { loadArrow } from "arquero";
import { describe, expect, test } from "vitest";

const bin = resolve(import.meta.dirname, "../../kernel-lib/bin/tracebook.js");
const fixtures = resolve(import.meta.dirname, "../fixtures");
const prometheus = join(fixtures, "prometheus/openmetrics.txt");
const folder = mkdtempSync(join(tmpdir(), "tracebook-cli-"));

function tracebook(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [bin, ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("--version says the package's version", () => {
  const { version } = JSON.parse(
    readFileSync(resolve(import.meta.dirname, "../../kernel-lib/package.json"), "utf8"),
  );
  expect(tracebook("--version")).toMatchObject({ status: 0, stdout: `${version}\n` });
});

describe("unreadable input is one line on stderr and exit 2", () => {
  const cases: [what: string, path: () => string, message: RegExp][] = [
    ["a directory", () => folder, /: is a directory, not a capture; name one file/],
    ["a missing file", () => join(folder, "none"), /: there is no such file; check the path/],
    ["an empty file", () => file("empty", ""), /: is empty; capture it again/],
    [
      "a text file",
      () => file("notes.txt", "Dear diary,\nnothing happened.\n"),
      /looks like text of an unknown kind/,
    ],
    ["a broken gzip", () => file("x.gz", gzipSync(Buffer.alloc(9999, "ab")).subarray(0, 25)), /broken gzip/],
    [
      "a picture",
      () => file("x.png", Buffer.from("\x89PNG\r\n\x1a\n", "latin1")),
      /looks like a PNG picture/,
    ],
  ];
  test.each(cases)("%s", (_what, path, message) => {
    const { status, stdout, stderr } = tracebook("summary", path());
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^tracebook: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });
});

test.each([
  ["export", prometheus, "--table", "diagnostics", "--out", join(folder, "none", "x.csv")],
  [
    "start",
    prometheus,
    "--notebooks",
    resolve(import.meta.dirname, "../../notebooks"),
    "--out",
    "/dev/null/out",
  ],
])("%s into a folder that cannot be is one line and exit 2", (...args) => {
  const { status, stderr } = tracebook(...args);
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^tracebook: [^\n]+: (?:no such file or directory|not a directory); check the path[^\n]*\n$/,
  );
});

test("what was lost is said beside the summary, with file and place", () => {
  const whole = readFileSync(join(fixtures, "go-trace/go1.26.8.trace"));
  const cut = file("cut.trace", whole.subarray(0, 3000));
  const { status, stdout, stderr } = tracebook("summary", cut);
  expect(status).toBe(0);
  expect(stdout).toContain("go-trace");
  for (const line of stderr.trimEnd().split("\n")) expect(line).toMatch(new RegExp(`^${cut}[:( ]`));
});

describe("bad usage is exit 2", () => {
  test.each([
    [["bogus"], /unknown command 'bogus'/],
    [["summary"], /missing required argument 'file'/],
    [["summary", prometheus, "--from", "soon"], /"soon" is not a time; write 1s/],
    [
      ["export", prometheus, "--table", "nope"],
      /no table "nope" in a prometheus capture; there are: .*metric_samples/,
    ],
    [["summary", prometheus, "--kind", "bogus"], /Allowed choices are go-trace/],
  ])("%j", (args, message) => {
    const { status, stderr } = tracebook(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

test("help is no failure", () => {
  const { status, stdout } = tracebook("--help");
  expect(status).toBe(0);
  expect(stdout).toContain("summary [options] <file>");
});

describe("export writes the same table in every format", () => {
  const exported = (format: string, ...more: string[]) =>
    tracebook("export", prometheus, "--table", "metric_samples", "--format", format, ...more);
  const rows = JSON.parse(exported("json").stdout) as Record<string, unknown>[];

  test("json has what the file's samples say", () => {
    expect(rows).toHaveLength(38);
    expect(rows.find((row) => row.metric === "http_requests_in_flight")).toMatchObject({
      value: 3,
      le: null,
      unix_ms: null,
    });
    expect(rows.some((row) => row.le === "Infinity")).toBe(true);
  });

  test("ndjson is the same, a row a line", () => {
    const lines = exported("ndjson").stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
  });

  test("csv quotes what needs it and leaves missing cells empty", () => {
    const text = exported("csv").stdout;
    expect(text.split("\n")[0]).toBe("series_id,metric,labels,le,quantile,unix_ms,value");
    expect(text).toContain('"{code=""200"",path=""/v2/orders""}",,,,');
  });

  test("arrow is read back by Arquero", async () => {
    const path = join(folder, "samples.arrow");
    expect(exported("arrow", "--out", path).status).toBe(0);
    const table = await loadArrow(path);
    expect(table.columnNames()).toEqual(Object.keys(rows[0]));
    expect(table.array("metric")).toEqual(rows.map((row) => row.metric));
    expect(table.array("quantile")).toEqual(rows.map((row) => row.quantile));
  });
});

test("tables lists every table with rows and units", () => {
  const tables = JSON.parse(tracebook("tables", prometheus, "--json").stdout) as {
    name: string;
    rows: number;
    columns: unknown[];
  }[];
  expect(tables.find(({ name }) => name === "metric_samples")?.rows).toBe(38);
  expect(tracebook("tables", prometheus).stdout).toMatch(/metric_samples {2}38 rows/);
});

test("control codes of a capture do not reach the terminal", () => {
  const hostile = file("hostile.txt", '# TYPE m counter\nm{l="\x1b[31m\x07red\x9b2J"} 1\n');
  const { stdout } = tracebook("export", hostile, "--table", "metric_samples", "--format", "json");
  expect(stdout).not.toMatch(/[\x07\x1b\x9b]/);
  expect(JSON.parse(stdout)[0].labels).toBe('{l="\x1b[31m\x07red\x9b2J"}');
});

test("a reader that goes away ends the export quietly", () => {
  const big = file(
    "big.txt",
    `# TYPE m counter\n${Array.from({ length: 50_000 }, (_, n) => `m{n="${n}"} ${n}\n`).join("")}`,
  );
  const command = `"${process.execPath}" "${bin}" export "${big}" --table metric_samples | head -n 1`;
  const { stdout, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", command], { encoding: "utf8" });
  expect(stdout).toMatch(/^series_id,/);
  expect(stderr).toBe("");
});

test("the fixture is what the test thinks it is", () => {
  expect(readFileSync(prometheus, "utf8")).toMatch(/# EOF\n$/);
});
