// Reads broken copies of the fixtures: first small ones cut at every place, then all with bytes and lines changed. A reader
// may refuse an input in one line with a CaptureError, or read it; it never throws anything else and never takes long: each
// read has ten seconds, in a thread that is ended when they are over. A text that was cut inside a line says so: in its
// findings, in what it could not read, or by refusing it.
//
//     npm run fuzz                      every cut of what is below 3,000 bytes and a minute of changes, from a new seed
//     npm run fuzz -- --seconds 600 --seed 7 --only redis --cuts 0 --keep folder --limit-ms 1000
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { gunzipSync } from "node:zlib";
import { CaptureError } from "#lib/bytes/capture-error.js";
import { load } from "#lib/capture/load.js";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1e6) },
    only: { type: "string", default: "" },
    cuts: { type: "string", default: "3000" },
    keep: { type: "string" },
    "limit-ms": { type: "string", default: "10000" },
  },
});
const maxBytes = 60_000;
const limitMs = Number(options["limit-ms"]);
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
/** An input up to a place; whether that is inside a line. */
function cutAt(bytes, at) {
  const last = bytes.subarray(bytes.lastIndexOf(10, at - 1) + 1, at).toString("latin1");
  return {
    bytes: bytes.subarray(0, at),
    isCut: last.trim() !== "" && bytes[at] !== 10 && bytes[at] !== 13,
  };
}

/** What an input is turned into: bytes, and whether it was cut inside a line. */
const mutations = [
  (bytes) => cutAt(bytes, 1 + next(bytes.length - 1)),
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
async function faultOf({ bytes, kind, isCut }) {
  let capture;
  try {
    capture = await load(bytes, { kind });
    // An analysis may say that there is too little for it.
    const listed = capture.tables().filter(({ rows, why }) => rows === null && !/ needs /.test(why));
    if (listed.length > 0) return `${listed[0].name} cannot be made: ${listed[0].why}`;
    JSON.stringify(capture.summary(), (_, value) => (typeof value === "bigint" ? String(value) : value));
  } catch (error) {
    if (!(error instanceof CaptureError)) return error.stack;
    return error.message.includes("\n") ? `more than one line: ${error.message}` : undefined;
  }
  if (!isCut || !textKinds.has(kind)) return undefined;
  const isSaid =
    capture.findings.some(({ severity }) => severity !== "info") || capture.table("unparsed").numRows() > 0;
  return isSaid ? undefined : "was cut inside a line and does not say so";
}

/** Reads in a thread of its own, which is ended when a read takes too long. */
class Reading {
  #worker;

  fault(job) {
    this.#worker ??= new Worker(new URL(import.meta.url));
    const worker = this.#worker;
    return new Promise((resolve) => {
      const end = (fault, isOver) => {
        clearTimeout(timer);
        worker.off("message", onMessage).off("error", onError);
        if (isOver) this.close();
        resolve(fault);
      };
      const timer = setTimeout(() => end(`takes longer than ${limitMs} ms`, true), limitMs);
      const onMessage = (fault) => end(fault ?? undefined, false);
      const onError = (error) => end(`ends the thread: ${error.stack ?? error}`, true);
      worker.on("message", onMessage).on("error", onError);
      worker.postMessage(job);
    });
  }

  close() {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

async function inputsOf(folder) {
  const inputs = [];
  for (const path of files(folder)) {
    const stored = readFileSync(path);
    try {
      const bytes = stored[0] === 0x1f && stored[1] === 0x8b ? gunzipSync(stored) : stored;
      const { kind } = await load(bytes);
      if (kind.includes(options.only) && bytes.length > 2)
        inputs.push({ name: relative(folder, path), kind, bytes: bytes.subarray(0, maxBytes) });
    } catch {
      // Fixtures of what is refused are not for here.
    }
  }
  return inputs;
}

/** Every cut of small inputs, then changed copies of all until the time is over. */
function* jobs(inputs) {
  for (const { name, kind, bytes } of inputs) {
    if (bytes.length > Number(options.cuts)) continue;
    for (let at = 1; at < bytes.length; at++) yield { name, kind, ...cutAt(bytes, at) };
  }
  const end = performance.now() + Number(options.seconds) * 1000;
  for (let round = 0; performance.now() < end; round++) {
    const { name, kind, bytes } = inputs[round % inputs.length];
    yield { name, kind, ...mutations[next(mutations.length)](bytes) };
  }
}

async function fuzz() {
  const inputs = await inputsOf(join(import.meta.dirname, "../fixtures"));
  const reading = new Reading();
  const faults = new Set();
  let reads = 0;
  for (const { name, kind, bytes, isCut } of jobs(inputs)) {
    const fault = await reading.fault({ bytes: Uint8Array.from(bytes), kind, isCut });
    reads++;
    const what = fault && `${kind}: ${fault.split("\n").slice(0, 3).join(" ")}`;
    if (!what || faults.has(what)) continue;
    faults.add(what);
    const last = JSON.stringify(Buffer.from(bytes.subarray(-60)).toString("latin1"));
    console.error(`${name}: ${what}; its ${bytes.length} bytes end in ${last}`);
    if (!options.keep) continue;
    mkdirSync(options.keep, { recursive: true });
    writeFileSync(join(options.keep, `${faults.size}-${kind}`), bytes);
  }
  reading.close();
  console.log(
    `${reads} broken copies of ${inputs.length} captures read, seed ${options.seed}: ${faults.size} kinds of faults`,
  );
  if (faults.size > 0) process.exitCode = 1;
}

if (isMainThread) await fuzz();
else parentPort.on("message", async (job) => parentPort.postMessage((await faultOf(job)) ?? null));
