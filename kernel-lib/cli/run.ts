import { Command } from "commander";
import { type ReportFormat, reportFormats } from "../report/report-formats.js";
import { executeNotebook, parseParam } from "./execute-notebook.js";
import { print } from "./output.js";
import { UsageError } from "./usage-error.js";

interface RunFlags {
  out: string;
  to: ReportFormat[];
  param: Record<string, unknown>;
}

/** `tracebook run NOTEBOOK... [--out DIR] [--to html,md,ipynb] [--param k=v]`: executes notebooks without Jupyter. */
export function runCommand(fail: () => void): Command {
  return new Command("run")
    .description("execute notebooks on the kernel, without Jupyter or Python")
    .argument("<notebook...>", "notebooks (.ipynb)")
    .option("--out <dir>", "folder to write to", "out")
    .option("--to <formats>", "what to write: html, md, ipynb, joined by commas", parseFormats, ["html"])
    .option("--param <name=value>", "a value for the cell tagged parameters; again for more", parseParam, {})
    .action(async (notebooks: string[], flags: RunFlags) => {
      const { writeNotebook } = await import("../report/write-report.js");
      for (const path of notebooks) {
        const { notebook, failed } = await executeNotebook(path, flags.param);
        const written = await writeNotebook({ path, notebook }, flags.out, flags.to);
        await print(`${written.join("\n")}\n`);
        if (failed) fail();
      }
    });
}

function parseFormats(text: string): ReportFormat[] {
  return text.split(",").map((format) => {
    const known = reportFormats.find((one) => one === format);
    if (!known)
      throw new UsageError(
        `${JSON.stringify(format)} is not a format; formats are ${reportFormats.join(", ")}`,
      );
    return known;
  });
}
