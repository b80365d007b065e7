// Writes docs/planted.md: what `diagnose` says of the committed captures of planted incidents.
//
//   npm run build && node test/diagnose/write-planted-table.mjs
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { incidentIds, judgedIncident, resultsTable } from "./planted-results.mjs";

const root = join(fileURLToPath(import.meta.url), "../../..");
export const committed = join(root, "datasets/planted");
export const page = join(root, "docs/planted.md");

/** The text of docs/planted.md, for results. */
export function plantedPage(results) {
  const incidents = results.filter(({ truth }) => truth.cause !== null);
  const without = results.filter(({ truth }) => truth.cause === null);
  const right = (list) => `${list.filter(({ wrong }) => wrong.length === 0).length} of ${list.length}`;
  return `# Planted incidents: what \`diagnose\` says, and what is true

Services of a shop with one known thing in each that makes some requests slow, and some with none
([datasets/capture/planted](../datasets/capture/planted/README.md)). The services count for themselves how long requests wait for it, and a
program that reads the traces with Go's own reader has shown that the traces hold it. Then \`tracebook diagnose\` is given the trace alone,
or the trace and the operations log.

Its first finding is right where cause, place and culprit are those that were planted, and its share of the slow
requests' time beyond a typical one's lies within ten points of what the service counted. Right: ${right(incidents)} incidents, and ${right(without)} services without one.
The functions are those of \`shop.example/services/internal/\`.

${resultsTable(results)}

This page is written by \`node test/diagnose/write-planted-table.mjs\`; a test checks that it is what comes out for the
committed captures. \`TRACEBOOK_FULL=1 npx vitest run test/diagnose/planted.test.ts\` captures every incident afresh, where Go and PostgreSQL are installed, and asks the same of those.
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const results = [];
  for (const id of incidentIds(committed)) results.push(await judgedIncident(committed, id));
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(`${page}.new`, plantedPage(results));
  renameSync(`${page}.new`, page);
  for (const { id, wrong } of results) if (wrong.length > 0) console.log(`${id}: ${wrong.join(", ")}`);
}
