// Reads broken copies of the fixtures: bytes and lines changed, and cut at every place. A reader may refuse an input in one
// line with a CaptureError, or read it; it never throws anything else and never takes long. A text that was cut inside a
// line says so: in its findings, in what it could not read, or by refusing it.
//
//     npm run fuzz                      a minute, from a new seed
//     npm run fuzz -- --seconds 600 --seed 7 --only redis
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { CaptureError } from "#lib/bytes/capture-error.js";
import { load } from "#lib/capture/load.js";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1e6) },
    only: { type: "string", default: "" },
  },
});
const root = join(import.meta.dirname, "../fixtures");
const maxBytes = 60_000;
const slowMs = 10_000;
const textKinds = new Set(
  "godebug goroutine-dump perf-script perf-stat perf-sched cachegrind callgrind go-bench go-test-json go-escape go-asm redis prometheus runtime-metrics operations".split(
    " ",
  ),
);

/** A generator of numbers below 2^32 that a seed repeats: mulberry32. */
function numbers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function* files(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (!name.endsWith(".md") && statSync(path).size < 4 * maxBytes) yield path;
  }
}

const next = numbers(Number(options.seed));
const words = [
  "9".repeat(30),
  "-1",
  "NaN",
  "Infinity",
  "__proto__",
  "\0",
  "\u202e",
  "{",
  "[[",
  '"',
  "\t",
  "1e999",
  "\n\n",
  "\r",
  "null",
];
/** What an input is turned into: bytes, and whether it was cut inside a line. */
const mutations = [
  (bytes) => {
    const at = 1 + next(bytes.length - 1);
    const last = bytes.subarray(bytes.lastIndexOf(10, at - 1) + 1, at).toString("latin1");
    return {
      bytes: bytes.subarray(0, at),
      isCut: last.trim() !== "" && bytes[at] !== 10 && bytes[at] !== 13,
    };
  },
  (bytes) => {
    const changed = Buffer.from(bytes);
    for (let times = 1 + next(8); times > 0; times--) changed[next(changed.length)] = next(256);
    return { bytes: changed };
  },
  (bytes) => {
    const at = next(bytes.length);
    return {
      bytes: Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(words[next(words.length)]),
        bytes.subarray(at + next(6)),
      ]),
    };
  },
  (bytes) => {
    const lines = bytes.toString("latin1").split("\n");
    for (let times = 1 + next(4); times > 0; times--) {
      const [from, to] = [next(lines.length), next(lines.length)];
      lines.splice(to, next(2), lines[from]);
    }
    return { bytes: Buffer.from(lines.join("\n"), "latin1") };
  },
  (bytes) => ({ bytes: Buffer.from(`\ufeff${bytes.toString("utf8")}`, "utf16le") }),
  (bytes) => ({ bytes: Buffer.concat([bytes, bytes]) }),
];

/** What is wrong with reading it; undefined when nothing is. */
async function faultOf(bytes, kind, isCut) {
  const start = performance.now();
  let capture;
  try {
    capture = await load(bytes, { kind });
    for (const schema of capture.schemas()) capture.table(schema.name).numRows();
    JSON.stringify(capture.summary(), (_, value) => (typeof value === "bigint" ? String(value) : value));
  } catch (error) {
    // An analysis may say that there is too little for it.
    if (error instanceof RangeError && capture && / needs /.test(error.message)) return undefined;
    if (!(error instanceof CaptureError)) return error.stack;
    return error.message.includes("\n") ? `more than one line: ${error.message}` : undefined;
  } finally {
    if (performance.now() - start > slowMs)
      console.error(`slow: ${kind}, ${Math.round(performance.now() - start)} ms`);
  }
  if (!isCut || !textKinds.has(kind)) return undefined;
  const isSaid =
    capture.findings.some(({ severity }) => severity !== "info") || capture.table("unparsed").numRows() > 0;
  return isSaid ? undefined : "was cut inside a line and does not say so";
}

const inputs = [];
for (const path of files(root)) {
  const stored = readFileSync(path);
  try {
    const bytes = stored[0] === 0x1f && stored[1] === 0x8b ? gunzipSync(stored) : stored;
    const { kind } = await load(bytes);
    if (kind.includes(options.only) && bytes.length > 2)
      inputs.push({ name: relative(root, path), kind, bytes: bytes.subarray(0, maxBytes) });
  } catch {
    // Fixtures of what is refused are not for here.
  }
}
const end = performance.now() + Number(options.seconds) * 1000;
const faults = new Map();
let reads = 0;
for (let round = 0; performance.now() < end; round++) {
  const { name, kind, bytes } = inputs[round % inputs.length];
  const { bytes: broken, isCut } = mutations[next(mutations.length)](bytes);
  const fault = await faultOf(broken, kind, isCut);
  reads++;
  const what = fault && `${kind}: ${fault.split("\n").slice(0, 3).join(" ")}`;
  if (!what || faults.has(what)) continue;
  faults.set(what, name);
  console.error(
    `${name}: ${what}; its last bytes: ${JSON.stringify(broken.subarray(-60).toString("latin1"))}`,
  );
}
console.log(
  `${reads} broken copies of ${inputs.length} captures read, seed ${options.seed}: ${faults.size} kinds of faults`,
);
if (faults.size > 0) process.exitCode = 1;
