// Reading logs and other text: GODEBUG logs beside grep, operations beside Arquero's CSV reader, benchmarks beside benchstat.
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { cache, goVersion, installGo } from "./support/go-programs.mjs";
import { alternate, rounded, runProcess } from "./support/measure.mjs";

const here = import.meta.dirname;
const command = join(here, "../../kernel-lib/bin/tracebook.js");
const support = (name) => join(here, "support", name);
const fixtures = join(here, "../fixtures/godebug");
const node = (...args) => runProcess(process.execPath, args);

export async function run({ quick }) {
  const rounds = quick ? 1 : 5;
  const megabytes = quick ? 50 : 500;
  const notes = [
    "whole processes, start included; contenders alternate; medians",
    "grep counts gctrace lines and does no more: the least that looking at every line can cost",
  ];
  const tables = {
    "GODEBUG lines in a service's log, 1 line in 16": await logRows(serviceLog(megabytes), rounds),
    "GODEBUG log of gctrace and gcpacertrace alone": await logRows(runtimeLog(megabytes), rounds),
    "operations log": await operationRows(operationsLog(megabytes / 5), rounds),
  };
  for (const [what, file] of otherCaptures(megabytes * 0.6)) {
    tables[what] = await otherRows(file, rounds);
  }
  const benchmarks = await benchmarkRows(quick ? 200 : 2000, rounds);
  if (benchmarks.missing) notes.push(`no figures of benchstat: ${benchmarks.missing}`);
  else tables["comparison of benchmarks"] = benchmarks.rows;
  return { title: "Reading text captures", notes, tables };
}

/** Writes a file once, from pieces until it is large enough. */
function generated(name, megabytes, piece) {
  const file = join(cache, `${name}-${megabytes}MB`);
  if (existsSync(file)) return file;
  const out = openSync(`${file}.new`, "w");
  for (let written = 0, at = 0; written < megabytes * 1e6; at++) written += writeSync(out, piece(at));
  closeSync(out);
  renameSync(`${file}.new`, file);
  return file;
}

/** Runtime lines of the committed logs, real ones of Go 1.23 and 1.26. */
function runtimeLines(pattern) {
  const text = ["go1.26.8.log", "go1.23.12.log"]
    .map((name) => readFileSync(join(fixtures, name), "utf8"))
    .join("");
  return text.split("\n").filter((line) => pattern.test(line));
}

function serviceLog(megabytes) {
  const lines = runtimeLines(/^(?:gc \d|pacer: |scav |SCHED )/);
  return generated("service.log", megabytes, (at) => {
    const own = Array.from({ length: 15 * lines.length }, (_, row) => {
      const id = (at * 7919 + row * 104729) % 1_000_003;
      const second = String(row % 60).padStart(2, "0");
      return `2026-01-05T10:${second}:${second}.${String(id).padStart(9, "0")}Z INFO request handled path=/api/items/${id} status=200 bytes=${id % 4096} scanning=done\n`;
    });
    return lines.map((line, index) => `${own.slice(index * 15, index * 15 + 15).join("")}${line}\n`).join("");
  });
}

function runtimeLog(megabytes) {
  const block = `${runtimeLines(/^(?:gc \d|pacer: )/).join("\n")}\n`.repeat(50);
  return generated("runtime.log", megabytes, () => block);
}

function operationsLog(megabytes) {
  const head = "# clock=monotonic\nstart_ns,dur_ns,kind\n";
  return generated("operations.csv", megabytes, (at) => {
    const rows = Array.from({ length: 10_000 }, (_, row) => {
      const start = 4_000_000_000_000 + (at * 10_000 + row) * 137_911;
      return `${start},${400 + ((row * 7919) % 90_000)},${row % 9 === 0 ? "read" : "write"}\n`;
    });
    return (at === 0 ? head : "") + rows.join("");
  });
}

async function logRows(file, rounds) {
  return fileRows(
    file,
    {
      "tracebook summary": () => node(command, "summary", "--json", file),
      "tracebook gc_cycles table": () => node(support("read-tables.mjs"), file, "gc_cycles"),
      "grep -c": () =>
        runProcess("grep", ["-cE", "gc [0-9]+ @[0-9.]+s [0-9]+%: .* P( \\(forced\\))?$", file]),
    },
    rounds,
  );
}

function operationRows(file, rounds) {
  return fileRows(
    file,
    {
      "tracebook operations table": () => node(support("read-tables.mjs"), file, "operations"),
      "arquero fromCSV": () => node(support("arquero-csv.mjs"), file),
    },
    rounds,
  );
}

/** Committed captures of kinds that grow large, over and over. */
function otherCaptures(megabytes) {
  const captures = {
    "MONITOR of Redis": "redis/monitor.txt",
    "go test -json": "go-test-json/go-test.json",
    "go tool objdump": "go-asm/go1.26.8-objdump.txt",
    "perf sched timehist": "perf-sched/timehist.txt",
    "OpenMetrics exposition": "prometheus/openmetrics.txt",
  };
  return Object.entries(captures).map(([what, name]) => {
    const bytes = readFileSync(join(here, "../fixtures", name));
    const block = Buffer.concat(Array.from({ length: Math.ceil(1e6 / bytes.length) }, () => bytes));
    return [what, generated(name.replace("/", "-"), megabytes, () => block)];
  });
}

function otherRows(file, rounds) {
  return fileRows(
    file,
    {
      "tracebook summary": () => node(command, "summary", "--json", file),
      "lines alone, Node's readline": () => node(support("read-lines.mjs"), file),
    },
    rounds,
  );
}

async function fileRows(file, contenders, rounds) {
  const megabytes = statSync(file).size / 1e6;
  const done = await alternate(contenders, rounds);
  return Object.entries(done).map(([what, { seconds, cpuSeconds, peakBytes }]) => ({
    what,
    MB: Math.round(megabytes),
    seconds: rounded(seconds),
    "processor s": rounded(cpuSeconds),
    "MB/processor s": rounded(megabytes / cpuSeconds),
    "peak MiB": peakBytes ? Math.round(peakBytes / 2 ** 20) : "",
  }));
}

async function benchmarkRows(benchmarks, rounds) {
  if (!goVersion()) return { missing: "Go is not installed" };
  const benchstat = installGo("golang.org/x/perf/cmd/benchstat");
  if (benchstat.missing) return benchstat;
  const files = [0, 1].map((side) => benchmarkRun(benchmarks, side));
  const done = await alternate(
    {
      "tracebook compareBenchmarks": () => node(support("compare-runs.mjs"), ...files),
      benchstat: () => runProcess(benchstat.program, ["-format", "csv", ...files], { dropOutput: true }),
    },
    rounds,
  );
  const rows = Object.entries(done).map(([what, { seconds, cpuSeconds }]) => ({
    what,
    results: benchmarks * 40,
    seconds: rounded(seconds),
    "processor s": rounded(cpuSeconds),
  }));
  return { rows };
}

/** 20 results each of so many benchmarks, no two alike. */
function benchmarkRun(benchmarks, side) {
  const file = generated(`benchmarks-${benchmarks}-${side}.txt`, 0.000_001, () => {
    const lines = Array.from({ length: benchmarks * 20 }, (_, row) => {
      const ns = 100 + ((row * 7919 + side * 31) % 1009) / 10 + side;
      return `BenchmarkItem/n=${Math.floor(row / 20)}-8 \t 1000 \t ${ns.toFixed(1)} ns/op \t ${row % 64} B/op\n`;
    });
    return `goos: linux\npkg: example.com/bench\n${lines.join("")}`;
  });
  return file;
}
