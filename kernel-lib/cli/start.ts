import { readFile, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { refuseInputs, writeWhole } from "../capture/write-whole.js";
import type { Executed } from "../report/write-report.js";
import { type ClaimList, type Claims, claimsOf } from "../verdict/claims.js";
import {
  type AcceptedVerdicts,
  acceptedOf,
  type LedgerEntry,
  ledgerProgress,
  verdictChanges,
} from "../verdict/ledger.js";
import { verdictWords } from "../verdict/verdict.js";
import { executeNotebook, type Fail, notebookFile } from "./execute-notebook.js";
import { notebooksUnder } from "./notebooks-under.js";
import { note, print, printable } from "./output.js";
import { UsageError } from "./usage-error.js";

interface StartFlags {
  out: string;
  notebooks: string;
  accept?: boolean;
}

/**
 * `tracebook start [FILE...]`: executes the notebooks of the project, or the general latency notebook on the user's
 * own captures, and writes the pages, the contents page and the ledger. A report on captures has a folder of its own,
 * to which the contents page links.
 */
export function startCommand(fail: Fail): Command {
  return new Command("start")
    .description(
      "execute the notebooks here, or the latency notebook on your captures, and write out/index.html",
    )
    .argument("[files...]", "captures of your own")
    .option("--out <dir>", "folder to write to", "out")
    .option("--notebooks <dir>", "folder of the notebooks", "notebooks")
    .option("--accept", "keep the verdicts as they came out, in ledger.json beside the notebooks")
    .addHelpText("after", "\nExample: tracebook start go.trace gc.log operations.csv")
    .action(async (files: string[], flags: StartFlags) => {
      await (files.length > 0 ? reportOn(files, flags, fail) : reproduce(flags, fail));
      await print(`${printable(resolve(flags.out, "index.html"))}\n`);
    });
}

/** The notebooks' pages and their ledger. */
async function reproduce({ out, notebooks, accept }: StartFlags, fail: Fail): Promise<void> {
  const claims = await readClaims(join(notebooks, "claims.json"));
  const accepted = join(notebooks, "ledger.json");
  const paths = await notebooksUnder(notebooks);
  const inputs = [...paths, accepted];
  for (const name of ["index.html", "ledger.json"]) await refuseInputs(join(out, name), inputs);
  const executed = await runAll(paths, {}, fail);
  const { linkReport, writeBook } = await writers();
  const entries = await writeBook(claims?.title ?? "Notebooks", executed, out, { claims, inputs });
  await linkReport(out, latencyFolder);
  await printVerdicts(entries, claims);
  await settleVerdicts(entries, accepted, accept, fail);
}

const latencyFolder = "latency";

/** The latency notebook on captures, beside whatever pages there are. */
async function reportOn(files: readonly string[], { out, notebooks }: StartFlags, fail: Fail): Promise<void> {
  await refuseAllMissing(files);
  const folder = join(out, latencyFolder);
  await refuseInputs(join(out, "index.html"), files);
  for (const name of ["index.html", "ledger.json", "latency.html"])
    await refuseInputs(join(folder, name), files);
  const path = join(notebooks, "templates", "latency.ipynb");
  const { linkReport, writeBook } = await writers();
  const executed = await runAll([path], { files: files.map((file) => resolve(file)) }, fail);
  const entries = await writeBook("Latency report", executed, folder, {
    inputs: files,
    home: "../index.html",
  });
  await linkReport(out, latencyFolder);
  for (const { notebook } of executed) await print(answerIn(notebook));
  await printVerdicts(entries, undefined);
}

// The pages bring a library of charts along.
async function writers() {
  const [{ linkReport }, { writeBook }] = await Promise.all([
    import("../report/link-report.js"),
    import("../report/write-report.js"),
  ]);
  return { linkReport, writeBook };
}

async function printVerdicts(entries: readonly LedgerEntry[], claims: Claims | undefined): Promise<void> {
  const width = Math.max(0, ...entries.map(({ claim }) => String(claim).length));
  for (const { claim, verdict, says } of entries) {
    await print(
      `claim ${printable(String(claim)).padStart(width)}  ${verdictWords[verdict].padEnd(17)}  ${printable(says)}\n`,
    );
  }
  if (claims || entries.length > 0) await print(`${ledgerProgress(entries, claims)}\n`);
}

/** The list of claims beside the notebooks; undefined where there is none, and the verdicts carry what they judge. */
async function readClaims(path: string): Promise<Claims | undefined> {
  try {
    return claimsOf(JSON.parse(await readFile(path, "utf8")) as ClaimList);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UsageError(`${path}: ${(cause as Error).message}`);
  }
}

/** The sentence that a report on captures leads with, as plain text. */
function answerIn(notebook: Executed["notebook"]): string {
  const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
  const shown = outputs.find((output) => output.data?.["text/markdown"] !== undefined)?.data?.["text/plain"];
  const [first] = (Array.isArray(shown) ? shown.join("") : String(shown ?? "")).split("\n");
  return first === ""
    ? ""
    : `${printable(first.replaceAll("**", "").replace(/\\(.)/g, "$1").replaceAll("&lt;", "<").replaceAll("&#58;", ":").replaceAll("&amp;", "&"))}\n`;
}

async function runAll(
  paths: readonly string[],
  params: Readonly<Record<string, unknown>>,
  fail: Fail,
): Promise<Executed[]> {
  const files = await Promise.all(paths.map(notebookFile));
  const executed = new Array<Executed>(files.length);
  const next = files.entries();
  // Each from the same list: whoever is done takes the next one. The order of the results is that of the paths.
  const execute = async () => {
    for (const [index, file] of next) {
      const { notebook } = await executeNotebook(file, params, fail);
      executed[index] = { path: file.path, notebook };
    }
  };
  await Promise.all(Array.from({ length: sessionsAtOnce }, execute));
  return executed;
}

/** A session keeps one core busy most of the time, and holds a capture or two. */
const sessionsAtOnce = Math.min(2, availableParallelism());

/** Compares the ledger with the verdicts accepted before, or puts it in their place. */
async function settleVerdicts(
  entries: readonly LedgerEntry[],
  path: string,
  accept: boolean | undefined,
  fail: Fail,
): Promise<void> {
  if (accept) return writeWhole(path, `${JSON.stringify(acceptedOf(entries), null, 1)}\n`);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  for (const change of verdictChanges(parseAccepted(text, path), entries)) {
    note(`tracebook: ${change}; --accept keeps it`);
    fail();
  }
}

function parseAccepted(text: string, path: string): AcceptedVerdicts {
  try {
    return JSON.parse(text) as AcceptedVerdicts;
  } catch (cause) {
    throw new UsageError(`${path}: is not JSON (${(cause as Error).message}); --accept writes it anew`);
  }
}

// One that is missing among others is said on the page.
async function refuseAllMissing(files: readonly string[]): Promise<void> {
  for (const file of files) if (await stat(file).catch(() => undefined)) return;
  throw new UsageError(`${files[0]}: there is no such file; looked for ${resolve(files[0])}`);
}
