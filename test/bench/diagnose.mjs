// What `tracebook diagnose` costs beside reading the tables it rests on: less than twice as much is what it promises.
import { statSync } from "node:fs";
import { join } from "node:path";
import { goVersion } from "./support/go-programs.mjs";
import { loadTrace } from "./support/load-trace.mjs";
import { alternate, rounded, runProcess } from "./support/measure.mjs";

const here = import.meta.dirname;
const command = join(here, "../../kernel-lib/bin/tracebook.js");
const readTables = join(here, "support/read-tables.mjs");
const node = (...args) => runProcess(process.execPath, args);

export async function run({ quick }) {
  const version = goVersion();
  const title = "Diagnosing a large execution trace";
  if (!version) return { title, notes: ["skipped: Go makes the trace, and is not installed"], tables: {} };
  const rows = [];
  for (const millions of quick ? [1] : [1, 5])
    rows.push(...(await rowsOf(await loadTrace(millions), quick ? 1 : 5)));
  return {
    title,
    notes: [
      `trace of test/bench/load by ${version}; whole processes, start included; contenders alternate; medians`,
    ],
    tables: { "diagnose beside its tables": rows },
  };
}

async function rowsOf(file, rounds) {
  const done = await alternate(
    {
      "events and goroutine_states": () => node(readTables, file, "events", "goroutine_states"),
      diagnose: () => node(command, "diagnose", "--json", file),
    },
    rounds,
  );
  const tables = done["events and goroutine_states"];
  return Object.entries(done).map(([what, { seconds, peakBytes }]) => ({
    what,
    "file MB": rounded(statSync(file).size / 1e6),
    seconds: rounded(seconds),
    "times the tables": rounded(seconds / tables.seconds),
    "peak MiB": Math.round(peakBytes / 2 ** 20),
  }));
}
