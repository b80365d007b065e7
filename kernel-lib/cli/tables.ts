import { Command } from "commander";
import { clippedText } from "../bytes/visible-text.js";
import type { TableListing } from "../capture/capture.js";
import { addCaptureOptions, type CaptureFlags, loadCapture } from "./load-options.js";
import { jsonText, print, printable } from "./output.js";

/** `tracebook tables FILE`: the tables of a capture with rows, columns and units. */
export function tablesCommand(): Command {
  const command = new Command("tables")
    .description("tables of a capture: rows, columns, units")
    .argument("<file>", "a capture of any kind")
    .option("--json", "as one JSON array")
    .addHelpText("after", "\nExample: tracebook tables go.trace")
    .action(async (file: string, flags: CaptureFlags & { json?: boolean }) => {
      const tables = (await loadCapture(file, flags)).tables();
      if (flags.json) return print(`${jsonText(tables)}\n`);
      return print(`${tables.map(describe).join("\n\n")}\n`);
    });
  return addCaptureOptions(command);
}

function describe(table: TableListing): string {
  const width = Math.max(...table.columns.map(({ name }) => shown(name).length));
  const columns = table.columns.map(({ name, kind, unit, doc, missing }) => {
    const more = missing === undefined ? "" : `; missing: ${missing}`;
    return `  ${shown(name).padEnd(width)}  ${(unit ?? kind).padEnd(8)}  ${doc}${more}`;
  });
  const rows =
    table.rows === null
      ? `cannot be made: ${printable(table.why ?? "")}`
      : `${table.rows.toLocaleString("en-US")} rows`;
  return [`${table.name}  ${rows}`, `  ${table.doc}`, ...columns].join("\n");
}

// A column may be named by a file.
function shown(name: string): string {
  return clippedText(printable(name.replace(/\s+/g, " ")), 60);
}
