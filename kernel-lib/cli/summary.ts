import { Command } from "commander";
import { shortened } from "../chart/short-name.js";
import { formatNs } from "../chart/units.js";
import { Diagnostics } from "../read/diagnostics.js";
import { addCaptureOptions, type CaptureFlags, loadCapture } from "./load-options.js";
import { jsonText, note, print, printable } from "./output.js";

/** `tracebook summary FILE`: what is in a capture, for a person or as JSON. */
export function summaryCommand(): Command {
  const command = new Command("summary")
    .description("what is in a capture")
    .argument("<file>", "a capture of any kind")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExample: tracebook summary go.trace --from 1s --to 2.5s")
    .action(async (file: string, flags: CaptureFlags & { json?: boolean }) => {
      const capture = await loadCapture(file, { ...flags, summaryOnly: true });
      const summary = capture.summary();
      if (flags.json) return print(`${jsonText(summary)}\n`);
      const { diagnostics: _, ...figures } = summary;
      await print(`${page(figures)}\n`);
      for (const finding of capture.findings) note(Diagnostics.format(finding, file));
      return undefined;
    });
  return addCaptureOptions(command);
}

/** A summary as lines: plain figures first, each group of figures under its name. */
function page(summary: Record<string, unknown>): string {
  const entries = Object.entries(summary);
  const plain = entries.filter(([, value]) => value === null || typeof value !== "object");
  const groups = entries.filter(([, value]) => value !== null && typeof value === "object");
  const width = Math.max(...plain.map(([name]) => name.length));
  const head = plain.map(([name, value]) => `${name.padEnd(width)}  ${figure(name, value)}`);
  return [...head, ...groups.flatMap(([name, value]) => group(name, value as object))].join("\n");
}

function group(name: string, value: object): string[] {
  const rows = Object.entries(value);
  if (rows.length === 0) return [];
  if (rows.every(([, inner]) => inner !== null && typeof inner === "object")) return tableLines(name, value);
  const width = Math.max(...rows.map(([key]) => printable(key).length));
  return [
    "",
    name,
    ...rows.map(([key, inner]) => `  ${printable(key).padEnd(width)}  ${figure(`${name}.${key}`, inner)}`),
  ];
}

/** Names of C++ functions may have hundreds of characters; `--json` has them whole. */
const longestCell = 80;

function tableLines(name: string, value: object): string[] {
  const rows = Object.entries(value) as [string, Record<string, unknown>][];
  const columns = [...new Set(rows.flatMap(([, row]) => Object.keys(row)))];
  const label = Array.isArray(value) ? [] : [""];
  const cells = rows.map(([key, row]) => [
    ...(Array.isArray(value) ? [] : [shortened(printable(key), longestCell)]),
    ...columns.map((column) => shortened(figure(column, row[column]), longestCell)),
  ]);
  const lines = [[...label, ...columns], ...cells];
  const widths = lines[0].map((_, index) => Math.max(...lines.map((line) => line[index].length)));
  return [
    "",
    name,
    ...lines.map(
      (line) =>
        `  ${line
          .map((cell, index) => cell.padEnd(widths[index]))
          .join("  ")
          .trimEnd()}`,
    ),
  ];
}

// A name ends in its unit; state_ns.Running takes the unit of its group.
function figure(name: string, value: unknown): string {
  if (typeof value === "number") {
    if (/_ns(\.|$)/.test(name)) return formatNs(value);
    return value.toLocaleString("en-US", { maximumFractionDigits: 6 });
  }
  return value === null || value === undefined
    ? "-"
    : printable(typeof value === "object" ? jsonText(value) : String(value));
}
