import { readFile, stat, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
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
import { executeNotebook } from "./execute-notebook.js";
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
 * own captures, and writes the pages, the contents page and the ledger.
 */
export function startCommand(fail: () => void): Command {
  return new Command("start")
    .description(
      "execute the notebooks here, or the latency notebook on your captures, and write out/index.html",
    )
    .argument("[files...]", "captures of your own")
    .option("--out <dir>", "folder to write to", "out")
    .option("--notebooks <dir>", "folder of the notebooks", "notebooks")
    .option("--accept", "keep the verdicts as they came out, in ledger.json beside the notebooks")
    .action(async (files: string[], { out, notebooks, accept }: StartFlags) => {
      const own = files.length > 0;
      const claims = own ? undefined : await readClaims(join(notebooks, "claims.json"));
      const executed = own ? await runLatency(files, notebooks, fail) : await runChapters(notebooks, fail);
      const title = own ? "Latency report" : (claims?.title ?? "Notebooks");
      const { writeBook } = await import("../report/write-report.js");
      const entries = await writeBook(title, executed, out, claims);
      const width = Math.max(0, ...entries.map(({ claim }) => String(claim).length));
      for (const { claim, verdict, says } of entries) {
        await print(
          `claim ${printable(String(claim)).padStart(width)}  ${verdictWords[verdict].padEnd(17)}  ${printable(says)}\n`,
        );
      }
      for (const { notebook } of own ? executed : []) await print(answerIn(notebook));
      if (claims || entries.length > 0) await print(`${ledgerProgress(entries, claims)}\n`);
      if (!own) await settleVerdicts(entries, join(notebooks, "ledger.json"), accept, fail);
      await print(`${resolve(out, "index.html")}\n`);
    });
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
    : `${printable(first.replaceAll("**", "").replace(/\\(.)/g, "$1").replaceAll("&lt;", "<").replaceAll("&amp;", "&"))}\n`;
}

async function runChapters(folder: string, fail: () => void): Promise<Executed[]> {
  const paths = await notebooksUnder(folder);
  // Pages are named after their notebooks.
  const twin = paths.find((path, i) => paths.findIndex((other) => basename(other) === basename(path)) < i);
  if (twin !== undefined) throw new UsageError(`${twin}: another notebook has this name; rename one of them`);
  const executed = new Array<Executed>(paths.length);
  const next = paths.entries();
  // Each from the same list: whoever is done takes the next one. The order of the results is that of the paths.
  const execute = async () => {
    for (const [index, path] of next) {
      const { notebook, failed } = await executeNotebook(path, {});
      if (failed) fail();
      executed[index] = { path, notebook };
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
  fail: () => void,
): Promise<void> {
  if (accept) return writeFile(path, `${JSON.stringify(acceptedOf(entries), null, 1)}\n`);
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

async function runLatency(files: readonly string[], folder: string, fail: () => void): Promise<Executed[]> {
  for (const file of files) {
    await stat(file).catch(() => {
      throw new UsageError(`${file}: there is no such file; check the path`);
    });
  }
  const path = join(folder, "templates", "latency.ipynb");
  const { notebook, failed } = await executeNotebook(path, { files: files.map((file) => resolve(file)) });
  if (failed) fail();
  return [{ path, notebook }];
}
