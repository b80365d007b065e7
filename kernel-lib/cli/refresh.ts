import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Command } from "commander";
import { executeNotebook } from "./execute-notebook.js";
import { notebooksUnder } from "./notebooks-under.js";
import { print, printable } from "./output.js";
import { UsageError } from "./usage-error.js";

interface RefreshFlags {
  notebooks: string;
  all?: boolean;
  check?: boolean;
}

/**
 * `tracebook refresh [NOTEBOOK...]`: executes notebooks whose outputs are stale and writes the outputs into them; a
 * notebook with a cell that fails is left as it is.
 */
export function refreshCommand(fail: () => void): Command {
  return new Command("refresh")
    .description("execute the notebooks whose outputs are stale and write the outputs into them")
    .argument("[notebook...]", "notebooks (.ipynb); all of --notebooks unless given")
    .option("--notebooks <dir>", "folder of the notebooks, its subfolders included", "notebooks")
    .option("--all", "execute the others too")
    .option("--check", "execute none: name the stale ones, and exit 1 when there are any")
    .action(async (named: string[], flags: RefreshFlags) => {
      const paths = named.length > 0 ? named : await notebooksUnder(flags.notebooks);
      for (const path of paths) {
        const reasons = await reasonsOf(path);
        if (reasons.length === 0 && !flags.all) continue;
        await print(`${printable(path)}: ${reasons.map(printable).join("; ") || "up to date"}\n`);
        if (flags.check) {
          if (reasons.length > 0) fail();
          continue;
        }
        const { notebook, failed } = await executeNotebook(path, {});
        if (failed) fail();
        else await writeFile(path, `${JSON.stringify(notebook, null, 1)}\n`);
      }
    });
}

async function reasonsOf(path: string): Promise<string[]> {
  const [{ readNotebook }, { staleness }] = await Promise.all([
    import("../kernel/run-notebook.js"),
    import("../kernel/notebook-inputs.js"),
  ]);
  const notebook = await readNotebook(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new UsageError(`${path}: there is no such file; check the path`);
    throw new UsageError(error.message);
  });
  return staleness(notebook, dirname(path));
}
