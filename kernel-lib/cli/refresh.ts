import { dirname } from "node:path";
import { Command } from "commander";
import { CaptureError } from "../bytes/capture-error.js";
import { writeWhole } from "../capture/write-whole.js";
import { executeNotebook, type Fail, notebookFile } from "./execute-notebook.js";
import { notebooksUnder } from "./notebooks-under.js";
import { note, print, printable } from "./output.js";

interface RefreshFlags {
  notebooks: string;
  all?: boolean;
  check?: boolean;
}

/**
 * `tracebook refresh [NOTEBOOK...]`: executes notebooks whose outputs are stale and writes the outputs into them. A
 * notebook with a cell that fails, or that was edited meanwhile, is left as it is.
 */
export function refreshCommand(fail: Fail): Command {
  return new Command("refresh")
    .description("execute the notebooks whose outputs are stale and write the outputs into them")
    .argument("[notebook...]", "notebooks (.ipynb); all of --notebooks unless given")
    .option("--notebooks <dir>", "folder of the notebooks, its subfolders included", "notebooks")
    .option("--all", "execute the others too")
    .option("--check", "execute none: name the stale ones, and exit 1 when there are any")
    .addHelpText("after", "\nExample: tracebook refresh notebooks/00-tour.ipynb")
    .action(async (named: string[], flags: RefreshFlags) => {
      const paths = named.length > 0 ? named : await notebooksUnder(flags.notebooks);
      const [{ staleness }, { notebookText }] = await Promise.all([
        import("../kernel/notebook-inputs.js"),
        import("../report/write-report.js"),
      ]);
      for (const path of paths) {
        const file = await notebookFile(path);
        const reasons = await staleness(file.notebook, dirname(path));
        if (reasons.length === 0 && !flags.all) continue;
        await print(`${printable(path)}: ${reasons.map(printable).join("; ") || "up to date"}\n`);
        if (flags.check) {
          if (reasons.length > 0) fail();
          continue;
        }
        const { notebook, failed } = await executeNotebook(file, {}, fail);
        if (failed) note(`tracebook: ${path}: keeps the outputs it had, for this run failed`);
        else await writeUnlessEdited(path, notebookText(notebook), file.text, fail);
      }
    });
}

async function writeUnlessEdited(path: string, text: string, replaces: string, fail: Fail): Promise<void> {
  try {
    await writeWhole(path, text, { replaces });
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    note(`tracebook: ${error.message}`);
    fail();
  }
}
