// Reading a large execution trace, beside golang.org/x/exp/trace, `go tool trace` and a tool that fills DuckDB.
import { statSync } from "node:fs";
import { join } from "node:path";
import { buildGo, cache, goVersion, installGo } from "./support/go-programs.mjs";
import { loadTrace } from "./support/load-trace.mjs";
import { alternate, rounded, runProcess } from "./support/measure.mjs";

const here = import.meta.dirname;
const command = join(here, "../../kernel-lib/bin/tracebook.js");
const readTables = join(here, "support/read-tables.mjs");
const baseBytes = 200 * 2 ** 20;
const millions = [1, 4, 16];

const node = (...args) => runProcess(process.execPath, args);
const summary = (file) => () => node(command, "summary", "--json", file);
const tables = (file) => () => node(readTables, file, "events", "goroutine_states");
const events = (file) => () => node(readTables, file, "events");

export async function run({ quick }) {
  const version = goVersion();
  const title = "Reading Go execution traces";
  if (!version) return { title, notes: ["skipped: Go makes the trace, and is not installed"], tables: {} };
  const sizes = quick ? millions.slice(0, 1) : millions;
  const files = new Map();
  for (const size of sizes) files.set(size, await loadTrace(size));
  const largest = sizes.at(-1);
  const speed = await speedTable(files.get(largest), quick ? 1 : 5);
  const growth = [];
  for (const file of files.values()) growth.push(...(await growthRows(file, quick ? 1 : 3)));
  const { rows: tools, notes } = await toolRows(files.get(1));
  return {
    title,
    notes: [
      `trace of test/bench/load by ${version}, ${rounded(statSync(files.get(largest)).size / 1e6)} MB`,
      "whole processes, start included; contenders alternate; medians",
      `bytes per event: peak memory over a base of ${baseBytes / 2 ** 20} MiB`,
      ...notes,
    ],
    tables: {
      [`speed, ${speed.events} events`]: speed.rows,
      growth,
      "what else there is, 1 million events": tools,
    },
  };
}

/** The trace of so many million events, made once. */
export /** Ours beside x/exp/trace: the same sums, and ordered tables beside its bare read loop. */
async function speedTable(file, rounds) {
  const oracle = buildGo(join(here, "../oracle"));
  const done = await alternate(
    {
      "tracebook summary": summary(file),
      "x/exp/trace, same sums": () => runProcess(oracle, ["sums", file]),
      "tracebook events table": events(file),
      "tracebook events and goroutine_states": tables(file),
      "x/exp/trace, bare read loop": () => runProcess(oracle, ["readloop", file]),
    },
    rounds,
  );
  const count = JSON.parse(done["tracebook summary"].stdout).events;
  const peers = { "tracebook summary": "x/exp/trace, same sums" };
  const rows = Object.entries(done).map(([name, { seconds, cpuSeconds }]) => {
    const peer = name.startsWith("tracebook") ? (peers[name] ?? "x/exp/trace, bare read loop") : undefined;
    return {
      what: name,
      seconds: rounded(seconds),
      "processor s": rounded(cpuSeconds),
      "million events/s": rounded(count / seconds / 1e6),
      "times the peer": peer ? rounded(done[peer].seconds / seconds) : "",
      "by processor time": peer ? rounded(done[peer].cpuSeconds / cpuSeconds) : "",
      peer: peer ?? "",
    };
  });
  return { events: count, rows };
}

async function growthRows(file, rounds) {
  const done = await alternate(
    { summary: summary(file), "events and goroutine_states": tables(file) },
    rounds,
  );
  const { events: count } = JSON.parse(done.summary.stdout);
  return Object.entries(done).map(([what, { seconds, peakBytes }]) => ({
    events: count,
    what,
    seconds: rounded(seconds),
    "ns/event": rounded((seconds * 1e9) / count),
    "peak MiB": Math.round(peakBytes / 2 ** 20),
    "bytes/event": rounded(Math.max(0, peakBytes - baseBytes) / count),
  }));
}

/** The ways to look at a trace that a person has today. */
async function toolRows(file) {
  const notes = [];
  const contenders = {
    "tracebook summary": summary(file),
    "tracebook events and goroutine_states": tables(file),
    "go tool trace -d=parsed": () =>
      runProcess("go", ["tool", "trace", "-d=parsed", file], { dropOutput: true }),
  };
  const sqlprof = installGo("github.com/felixge/sqlprof");
  if (sqlprof.missing) notes.push(`no figures of a tool that fills DuckDB: ${sqlprof.missing}`);
  else {
    contenders["sqlprof, into DuckDB"] = () =>
      runProcess(sqlprof.program, ["-o", join(cache, "load.duckdb"), file], { dropOutput: true });
  }
  const done = await alternate(contenders, 1);
  const rows = Object.entries(done).map(([what, { seconds, cpuSeconds }]) => ({
    what,
    seconds: rounded(seconds),
    "processor s": rounded(cpuSeconds),
  }));
  return { rows, notes };
}
