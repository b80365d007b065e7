import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { refuseInputs } from "../capture/write-whole.js";
import { pageNames } from "../report/page-names.js";
import { type ReportFormat, reportFormats } from "../report/report-formats.js";
import { executeNotebook, type Fail, notebookFile } from "./execute-notebook.js";
import { note, print, printable } from "./output.js";
import { parseParam } from "./parse-param.js";
import { UsageError } from "./usage-error.js";

interface RunFlags {
  out: string;
  to: ReportFormat[];
  param: Record<string, string>;
}

/** `tracebook run NOTEBOOK... [--out DIR] [--to html,md,ipynb] [--param k=v]`: executes notebooks without Jupyter. */
export function runCommand(fail: Fail): Command {
  return new Command("run")
    .description("execute notebooks on the kernel, without Jupyter or Python")
    .argument("<notebook...>", "notebooks (.ipynb)")
    .option("--out <dir>", "folder to write to", "out")
    .option("--to <formats>", "what to write: html, md, ipynb, joined by commas", parseFormats, ["html"])
    .option("--param <name=value>", "a value for the cell tagged parameters; again for more", parseParam, {})
    .addHelpText(
      "after",
      "\nExample: tracebook run notebooks/templates/latency.ipynb --param 'files=[\"go.trace\"]' --to html,md",
    )
    .action(async (paths: string[], flags: RunFlags) => {
      const [{ writeNotebook }, { parameterValues }] = await Promise.all([
        import("../report/write-report.js"),
        import("./parameter-values.js"),
      ]);
      // Whatever cannot be meant is said before anything runs.
      const files = await Promise.all(paths.map(notebookFile));
      const params = files.map(({ path, notebook }) => parameterValues(path, notebook, flags.param));
      const inputs = [...paths, ...params.flatMap((values) => Object.values(values).flat()).filter(isText)];
      const names = pageNames(paths);
      for (const name of names) {
        for (const format of flags.to) await refuseInputs(join(flags.out, `${name}.${format}`), inputs);
      }
      for (const [at, file] of files.entries()) {
        const kept = flags.to.includes("ipynb") ? await textAt(join(flags.out, `${names[at]}.ipynb`)) : null;
        const { notebook, failed } = await executeNotebook(file, params[at], fail);
        const executed = { path: file.path, notebook };
        for (const format of flags.to) {
          const name = format === "ipynb" && failed ? nameOfFailed(names[at], kept, flags.out) : names[at];
          const replaces = format === "ipynb" && name === names[at] ? kept : undefined;
          const written = await writeNotebook(executed, flags.out, [format], { name, inputs, replaces });
          await print(`${written.map(printable).join("\n")}\n`);
        }
      }
    });
}

const isText = (value: unknown): value is string => typeof value === "string";

function textAt(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

/** A failed run does not take the place of one that succeeded. */
function nameOfFailed(name: string, kept: string | null, out: string): string {
  if (kept === null || !holdsGoodRun(kept)) return name;
  const other = `${name}.failed`;
  note(
    `tracebook: ${join(out, `${name}.ipynb`)}: keeps the outputs it had, for this run failed; it is in ${other}.ipynb`,
  );
  return other;
}

function holdsGoodRun(text: string): boolean {
  try {
    const { cells } = JSON.parse(text) as { cells: { outputs?: { output_type: string }[] }[] };
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    return outputs.length > 0 && outputs.every(({ output_type }) => output_type !== "error");
  } catch {
    // Not a notebook that was executed.
    return false;
  }
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
