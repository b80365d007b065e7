// What `diagnose` says of planted incidents, held against their truth: shared by the test and by the program that
// writes docs/planted.md.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { diagnose, load } from "#lib/index.js";

/** A share is right within ten points. */
export const shareTolerance = 0.1;

/** The ids of the incidents captured in a folder. */
export function incidentIds(folder) {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".truth.json"))
    .map((file) => file.replace(/\.truth\.json$/, ""))
    .sort();
}

/** What is said of one incident, what is true, and what of it is wrong: nothing, or any of cause, where, ... */
export async function judgedIncident(folder, id) {
  const truth = JSON.parse(readFileSync(join(folder, `${id}.truth.json`), "utf8"));
  const files = [`${id}.trace.gz`, `${id}.operations.csv.gz`]
    .map((file) => join(folder, file))
    .filter(existsSync);
  const said = diagnose(await Promise.all(files.map((file) => load(file)))).toJSON();
  const share = countedShare(folder, id, said.slow.threshold_ns);
  return { id, truth, said, share, wrong: wrongIn(truth, said, share) };
}

function wrongIn(truth, said, share) {
  const [first, second] = said.findings;
  if (truth.cause === null) return first ? ["a cause is named"] : [];
  if (!first) return ["nothing is named"];
  const wrong = wrongAbout(first, truth, share);
  if (truth.second) {
    const other = second ? wrongAbout(second, { behind: [], ...truth.second }, 1 - share) : ["missing"];
    wrong.push(...other.map((what) => `second: ${what}`));
  }
  return wrong;
}

function wrongAbout(finding, truth, share) {
  const wrong = [];
  if (![truth.cause, ...(truth.also ?? [])].includes(finding.cause)) wrong.push("cause");
  if (truth.where.length > 0 && !truth.where.includes(finding.where)) wrong.push("where");
  if (truth.behind.length > 0 && !truth.behind.includes(finding.behind)) wrong.push("behind");
  if (!(Math.abs(finding.share - share) <= shareTolerance)) wrong.push("share");
  return wrong;
}

/**
 * Of the time by which the slow requests exceed a typical one of their kind, the share that went by waiting for the
 * planted thing, by the service's own counters. Which are slow is as the diagnosis has it: from a threshold on, and
 * more than twice the median.
 */
function countedShare(folder, id, threshold_ns) {
  const text = gunzipSync(readFileSync(join(folder, `${id}.counters.csv.gz`))).toString();
  const kinds = new Map();
  for (const line of text.trim().split("\n").slice(2)) {
    const [what, , dur, kind, planted] = line.split(",");
    if (what !== "request") continue;
    if (!kinds.has(kind)) kinds.set(kind, []);
    kinds.get(kind).push({ dur: Number(dur), planted: Number(planted) });
  }
  let excess = 0;
  let waited = 0;
  for (const rows of kinds.values()) {
    const typical = median(rows.map((row) => row.dur));
    const usual = median(rows.map((row) => row.planted));
    for (const row of rows) {
      if (row.dur < threshold_ns || row.dur <= 2 * typical) continue;
      excess += row.dur - typical;
      waited += Math.max(0, row.planted - usual);
    }
  }
  return waited / excess;
}

function median(values) {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1];
}

/** The results as a table in Markdown. */
export function resultsTable(results) {
  const rows = results.map(({ id, truth, said, share, wrong }) => {
    const first = said.findings[0];
    return [
      id,
      `${truth.about} ${annotations[truth.annotate]}, Go ${truth.go}.`,
      truth.cause === null ? "nothing" : truth.cause,
      first ? first.cause : "nothing",
      first ? names(first.where) : "",
      first ? names(first.behind) : "",
      truth.cause === null ? "" : percent(share),
      first ? percent(first.share) : "",
      wrong.length === 0 ? "yes" : `no: ${wrong.join(", ")}`,
    ];
  });
  const head = [
    "incident",
    "what is planted",
    "true cause",
    "said",
    "where",
    "behind",
    "true share",
    "said",
    "right",
  ];
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

const annotations = { tasks: "Tasks", http: "net/http alone", log: "An operations log alone" };

function names(name) {
  return name === "" ? "" : `\`${name.replace(/^shop\.example\/services\/internal\//, "")}\``;
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}
