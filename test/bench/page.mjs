// Writes docs/bench.md from out/bench.json: every figure is one that was measured, with its date and machine.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(import.meta.dirname, "../..");

/** The page of a run's results; topics that were only looked at quickly are left out. */
export function benchPage({ machine, topics }) {
  const measured = Object.values(topics).filter(({ quick }) => !quick);
  return [
    "# Bench",
    "",
    "Written by `npm run bench` from its own figures; not edited by hand. Whole processes are timed, in turns with the tools",
    "they are compared with where those can be had, start of Node included. Large inputs are made once, in `.cache/`.",
    "",
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memory_gib} GiB of memory, Node ${machine.node}.`,
    "",
    ...measured.flatMap(topicSection),
  ].join("\n");
}

function topicSection({ title, date, notes, tables }) {
  return [
    `## ${title}`,
    "",
    `Measured on ${date}.`,
    "",
    ...Object.entries(tables).flatMap(([name, rows]) => [`### ${name}`, "", ...markdownTable(rows), ""]),
    ...(notes.length > 0 ? [...notes.map((note) => `- ${note}`), ""] : []),
  ];
}

function markdownTable(rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells) => `| ${cells.map((cell) => String(cell ?? "").replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(columns),
    `|${"---|".repeat(columns.length)}`,
    ...rows.map((row) => line(columns.map((column) => row[column]))),
  ];
}

export function writeBenchPage(results) {
  writeFileSync(join(root, "docs/bench.md"), benchPage(results));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeBenchPage(JSON.parse(readFileSync(join(root, "out/bench.json"), "utf8")));
}
