// npm run bench [-- TOPIC... [--quick]]: times the project beside the tools it is measured against.
// A topic is a file here that exports run({ quick }) and returns { title, notes, tables: { NAME: rows } }.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeBenchPage } from "./page.mjs";

const folder = import.meta.dirname;
const out = join(folder, "../../out");
const there = readdirSync(folder)
  .filter((name) => name.endsWith(".mjs") && !["run.mjs", "page.mjs"].includes(name))
  .map((name) => name.slice(0, -".mjs".length));

const usage = `npm run bench [-- TOPIC... [--quick]]; topics: ${there.join(", ")}`;
const { quick, help, wanted } = readArguments();
if (help) {
  console.log(usage);
  process.exit();
}
const unknown = wanted.filter((topic) => !there.includes(topic));
if (unknown.length > 0) {
  console.error(`bench: no topic ${unknown.join(", ")}; there are ${there.join(", ")}`);
  process.exit(2);
}

const results = previousResults();
results.machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  memory_gib: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
for (const topic of wanted.length > 0 ? wanted : there) {
  const { run } = await import(`./${topic}.mjs`);
  const { title, notes, tables } = await run({ quick });
  console.log(`\n## ${title}`);
  for (const [name, rows] of Object.entries(tables)) {
    console.log(`\n${name}`);
    console.table(rows);
  }
  for (const note of notes) console.log(`- ${note}`);
  results.topics[topic] = { date: new Date().toISOString().slice(0, 10), quick, title, notes, tables };
  // After each topic: the whole takes long, and may be stopped.
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "bench.json"), `${JSON.stringify(results, null, 1)}\n`);
  writeBenchPage(results);
}
console.log(
  `\n${results.machine.cpu}, ${results.machine.cores} cores, Node ${process.version}; out/bench.json, docs/bench.md`,
);

function readArguments() {
  const options = { quick: { type: "boolean", default: false }, help: { type: "boolean", default: false } };
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    return { ...values, wanted: positionals };
  } catch (error) {
    console.error(`bench: ${error.message}\n${usage}`);
    process.exit(2);
  }
}

/** Other topics' results of earlier runs stay. */
function previousResults() {
  try {
    return { topics: {}, ...JSON.parse(readFileSync(join(out, "bench.json"), "utf8")) };
  } catch {
    return { topics: {} };
  }
}
