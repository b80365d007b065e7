import { createWriteStream } from "node:fs";
import { Command, Option } from "commander";
import { arrowBytes } from "./export/arrow-bytes.js";
import { csvLines } from "./export/csv-lines.js";
import { exportColumns } from "./export/export-columns.js";
import { jsonArray, jsonLines } from "./export/json-lines.js";
import { addCaptureOptions, type CaptureFlags, loadCapture } from "./load-options.js";
import { writeAll } from "./output.js";
import { UsageError } from "./usage-error.js";

const formats = { csv: csvLines, json: jsonArray, ndjson: jsonLines, arrow: arrowBytes };

interface ExportFlags extends CaptureFlags {
  table: string;
  format: keyof typeof formats;
  out?: string;
}

/** `tracebook export FILE --table NAME --format csv|json|ndjson|arrow [--out PATH]`. */
export function exportCommand(): Command {
  const command = new Command("export")
    .description("a table of a capture in a form other tools read")
    .argument("<file>", "a capture of any kind")
    .requiredOption("--table <name>", "which table; `tracebook tables FILE` lists them")
    .addOption(
      new Option("--format <format>", "csv, json (an array), ndjson (a row a line) or arrow (IPC file)")
        .choices(Object.keys(formats))
        .default("csv"),
    )
    .option("--out <path>", "write to a file instead of standard output")
    .action(async (file: string, flags: ExportFlags) => {
      if (flags.format === "arrow" && !flags.out && process.stdout.isTTY) {
        throw new UsageError("an Arrow file is binary; name a file with --out");
      }
      const capture = await loadCapture(file, flags);
      const pieces = formats[flags.format](exportColumns(capture, flags.table));
      if (flags.out === undefined) return writeAll(process.stdout, pieces);
      const stream = createWriteStream(flags.out);
      await writeAll(stream, pieces);
      await new Promise((resolve) => stream.end(resolve));
      return undefined;
    });
  return addCaptureOptions(command);
}
