import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { type Executed, writeBook } from "../report/write-report.js";
import { claims } from "../verdict/claims.js";
import { verdictWords } from "../verdict/verdict.js";
import { executeNotebook } from "./execute-notebook.js";
import { print, printable } from "./output.js";
import { UsageError } from "./usage-error.js";

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
    .action(async (files: string[], { out, notebooks }: { out: string; notebooks: string }) => {
      const executed =
        files.length > 0 ? await runLatency(files, notebooks, fail) : await runChapters(notebooks, fail);
      const title = files.length > 0 ? "Latency report" : "The incident, reproduced";
      const entries = await writeBook(title, executed, out);
      for (const { claim, verdict, says } of entries) {
        await print(
          `claim ${String(claim).padStart(2)}  ${verdictWords[verdict].padEnd(17)}  ${printable(says)}\n`,
        );
      }
      if (files.length === 0) await print(`${entries.length} of ${claims.length} claims have a verdict\n`);
      await print(`${resolve(out, "index.html")}\n`);
    });
}

async function runChapters(folder: string, fail: () => void): Promise<Executed[]> {
  const names = await readdir(folder).catch(() => {
    throw new UsageError(`${folder}: there is no such folder; run it where the notebooks are`);
  });
  const paths = names.filter((name) => name.endsWith(".ipynb")).sort();
  if (paths.length === 0) throw new UsageError(`${folder}: holds no notebooks`);
  const executed: Executed[] = [];
  for (const name of paths) {
    const path = join(folder, name);
    const { notebook, failed } = await executeNotebook(path, {});
    if (failed) fail();
    executed.push({ path, notebook });
  }
  return executed;
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
