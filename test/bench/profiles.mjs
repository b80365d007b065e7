// Reading profiles, beside the tools that read them otherwise: `go tool pprof`, speedscope's importers, `perf script`,
// valgrind's cg_annotate and callgrind_annotate.
import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Function as Fn, Line, Location, Profile, Sample, StringTable, ValueType } from "pprof-format";
import { cache, goVersion } from "./support/go-programs.mjs";
import { alternate, rounded, runProcess } from "./support/measure.mjs";

const here = import.meta.dirname;
const fixtures = join(here, "../fixtures");
const readTables = join(here, "support/read-tables.mjs");
const readSpeedscope = join(here, "support/read-speedscope.mjs");

const tables =
  (file, ...names) =>
  () =>
    runProcess(process.execPath, [readTables, file, ...names]);
const importer = (file) => () => runProcess(process.execPath, [readSpeedscope, file]);
const tool =
  (command, ...args) =>
  () =>
    runProcess(command, args, { dropOutput: true });

export async function run({ quick }) {
  mkdirSync(cache, { recursive: true });
  const rounds = quick ? 1 : 5;
  const notes = ["whole processes, start included; contenders alternate; medians"];
  const speedscope = speedscopeVersion();
  const speedscopeName = `speedscope ${speedscope}, importer`;
  if (!speedscope) notes.push("speedscope is not installed");
  const go = goVersion();
  if (!go) notes.push("skipped: go tool pprof, which is not installed");
  const hasPerf = spawnSync("perf", ["--version"]).status === 0;
  if (!hasPerf) notes.push("skipped: perf.data, because perf makes it and is not installed");
  const hasValgrind = spawnSync("cg_annotate", ["--version"]).error === undefined;
  if (!hasValgrind) notes.push("skipped: cg_annotate and callgrind_annotate, which are not installed");

  const contests = {
    "pprof: samples and top functions": [bigPprof(), "samples", "top_functions"],
    "perf script text": [bigScript(1000), "samples", "top_functions"],
    "perf script text, longer": [quick ? undefined : bigScript(5200), "samples", "top_functions"],
    "perf.data": [hasPerf ? bigRecording("4999") : undefined, "samples", "top_functions"],
    "perf.data, longer": [hasPerf && !quick ? bigRecording("max") : undefined, "samples", "top_functions"],
    cachegrind: [bigCachegrind(), "function_costs"],
    callgrind: [bigCallgrind(), "function_costs"],
  };
  const perfScript = (file) => tool("perf", "script", "-i", file, "--no-inline");
  const pprof = (form) => (file) => tool("go", "tool", "pprof", form, "-symbolize=none", file);
  const peers = {
    // -raw only reads and prints, -top also sums as we do.
    "pprof: samples and top functions": go
      ? { [`${go}, go tool pprof -raw`]: pprof("-raw"), [`${go}, go tool pprof -top`]: pprof("-top") }
      : {},
    "perf.data": { "perf script": perfScript },
    "perf.data, longer": { "perf script": perfScript },
    cachegrind: hasValgrind ? { cg_annotate: (file) => tool("cg_annotate", "--auto=no", file) } : {},
    callgrind: hasValgrind
      ? { callgrind_annotate: (file) => tool("callgrind_annotate", "--auto=no", file) }
      : {},
  };
  const rows = [];
  for (const [what, [file, ...names]] of Object.entries(contests)) {
    if (!file) continue;
    const contenders = { tracebook: tables(file, ...names) };
    for (const [by, start] of Object.entries(peers[what] ?? {})) contenders[by] = start(file);
    if (speedscope && readBySpeedscope.has(what)) contenders[speedscopeName] = importer(file);
    rows.push(...speedRows(what, file, await alternate(contenders, rounds)));
  }
  return { title: "Reading profiles", notes, tables: { speed: rows } };
}

// It reads no perf.data and no cachegrind, and the longer text takes it more memory than there may be.
const readBySpeedscope = new Set(["pprof: samples and top functions", "perf script text", "callgrind"]);

function speedRows(what, file, done) {
  const megabytes = statSync(file).size / 1e6;
  return Object.entries(done).map(([by, { seconds, cpuSeconds, peakBytes }]) => ({
    what,
    by,
    MB: rounded(megabytes),
    seconds: rounded(seconds),
    "processor s": rounded(cpuSeconds),
    "MB/processor s": rounded(megabytes / cpuSeconds),
    "peak MiB": peakBytes ? Math.round(peakBytes / 2 ** 20) : "",
    "times tracebook's processor s":
      by === "tracebook" ? "" : rounded(cpuSeconds / done.tracebook.cpuSeconds),
  }));
}

function speedscopeVersion() {
  try {
    const path = createRequire(import.meta.url).resolve("speedscope/package.json");
    return JSON.parse(readFileSync(path, "utf8")).version;
  } catch {
    return undefined;
  }
}

/** Makes a file once; later runs find it. */
function once(name, make) {
  const path = join(cache, name);
  if (existsSync(path)) return path;
  make(`${path}.new`);
  renameSync(`${path}.new`, path);
  return path;
}

/** A profile of 150,000 stacks of up to 40 frames, the same each time. */
function bigPprof() {
  return once("big.pb", (path) => {
    const random = generator();
    const stringTable = new StringTable();
    const functions = Array.from({ length: 5000 }, (_, i) => {
      const name = stringTable.dedup(`example.com/service/package${i % 97}.(*Type${i % 31}).Method${i}`);
      return new Fn({
        id: i + 1,
        name,
        systemName: name,
        filename: stringTable.dedup(`package${i % 97}/file.go`),
      });
    });
    const location = Array.from({ length: 20_000 }, (_, i) => {
      const line = [new Line({ functionId: 1 + random(functions.length), line: random(900) })];
      return new Location({ id: i + 1, address: 0x400000 + i * 16, line });
    });
    const sampleType = [
      new ValueType({ type: stringTable.dedup("samples"), unit: stringTable.dedup("count") }),
      new ValueType({ type: stringTable.dedup("cpu"), unit: stringTable.dedup("nanoseconds") }),
    ];
    const sample = Array.from({ length: 150_000 }, () => {
      const locationId = Array.from({ length: 1 + random(40) }, () => 1 + random(location.length));
      return new Sample({ locationId, value: [1, 10_000_000 + random(1e6)] });
    });
    writeFileSync(
      path,
      new Profile({ stringTable, sampleType, sample, location, function: functions }).encode(),
    );
  });
}

/** A linear congruential generator: numbers below a bound, the same each time. */
function generator() {
  let state = 42;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

/** Real text of four languages, repeated with later times: speedscope wants them in order. */
function bigScript(copies) {
  return once(`big-${copies}.perf-script.txt`, (path) => {
    const texts = ["go", "cxx", "rust", "multi"].map((name) =>
      readFileSync(join(fixtures, "perf/script", `${name}.txt`), "utf8"),
    );
    const out = openSync(path, "w");
    for (let i = 0; i < copies; i++) {
      const later = (_all, seconds, rest) => ` ${Number(seconds) + i * 1000}${rest}`;
      writeSync(out, texts.join("").replace(/ (\d+)(\.\d{6}:)/g, later));
    }
    closeSync(out);
  });
}

/** A recording of Node at work in JavaScript and in the kernel, sampled so often a second. */
function bigRecording(frequency) {
  return once(`big-${frequency}.perf.data`, (path) => {
    const work =
      "const { readdirSync, readFileSync, statSync } = require('fs'); const end = Date.now() + 8000;" +
      "while (Date.now() < end) for (const name of readdirSync('/usr/bin')) { statSync('/usr/bin/' + name); JSON.parse(JSON.stringify({ name })); }";
    execFileSync(
      "perf",
      [
        "record",
        "-q",
        "-e",
        "cpu-clock",
        "-F",
        frequency,
        "-g",
        "-o",
        path,
        "--",
        process.execPath,
        "-e",
        work,
      ],
      {
        stdio: "ignore",
      },
    );
  });
}

/** A real out file, its functions' costs repeated: each part adds to the same functions. */
function bigCachegrind() {
  return once("big.cachegrind", (path) => {
    const text = gunzipSync(readFileSync(join(fixtures, "cachegrind/calls.out.gz"))).toString();
    const [first, last] = [text.indexOf("\nfl=") + 1, text.lastIndexOf("summary:")];
    const copies = 200;
    const summary = text.slice(last).replace(/\d+/g, (cost) => String(Number(cost) * copies));
    writeFileSync(path, text.slice(0, first) + text.slice(first, last).repeat(copies) + summary);
  });
}

/** The callgrind form of a profile, repeated: each part adds to the same functions. */
function bigCallgrind() {
  return once("big.callgrind", (path) => {
    const text = readFileSync(join(fixtures, "callgrind/pprof-cpu.out"), "utf8");
    // Names are defined once; after that their numbers stand for them.
    const again = text.slice(text.indexOf("\n\n")).replace(/=\((\d+)\) .*$/gm, "=($1)");
    writeFileSync(path, text + again.repeat(3000));
  });
}
