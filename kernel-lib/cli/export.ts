import { Command, Option } from "commander";
import type { LoadedCapture } from "../capture/formats.js";
import { refuseInputs, writeWhole } from "../capture/write-whole.js";
import type { ExportColumn } from "./export/export-columns.js";
import type { Selection } from "./export/selected-table.js";
import { addCaptureOptions, type CaptureFlags, loadCapture } from "./load-options.js";
import { writeAll } from "./output.js";
import { UsageError } from "./usage-error.js";

type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

interface ExportFlags extends CaptureFlags {
  table?: string;
  format: keyof typeof formats;
  value?: string;
  g?: ReadonlySet<number>;
  out?: string;
}

type Write = (capture: LoadedCapture, flags: ExportFlags) => Promise<Pieces>;

/** How a capture is written in each format; what only one of them needs is loaded with it. */
const formats = {
  csv: rows(async () => (await import("./export/csv-lines.js")).csvLines),
  json: rows(async () => (await import("./export/json-lines.js")).jsonArray),
  ndjson: rows(async () => (await import("./export/json-lines.js")).jsonLines),
  arrow: rows(async () => (await import("./export/arrow-bytes.js")).arrowBytes),
  parquet: async (capture: LoadedCapture, flags: ExportFlags): Promise<Pieces> => {
    const { parquetBytes } = await import("./export/parquet-bytes.js");
    return parquetBytes(capture, tableNamed(flags), await selectionOf(capture, flags));
  },
  pprof: async (capture: LoadedCapture, flags: ExportFlags): Promise<Pieces> => {
    const { pprofBytes } = await import("./export/pprof-bytes.js");
    return pprofBytes(capture, { table: flags.table, ...(await selectionOf(capture, flags)) });
  },
  folded: async (capture: LoadedCapture, flags: ExportFlags): Promise<Pieces> => {
    const { foldedLines } = await import("./export/folded-lines.js");
    const selection = await selectionOf(capture, flags);
    return foldedLines(capture, { table: flags.table, value: flags.value, ...selection });
  },
  chrome: async (capture: LoadedCapture, flags: ExportFlags): Promise<Pieces> => {
    const { chromeEvents } = await import("./export/chrome-events.js");
    return chromeEvents(capture, await selectionOf(capture, flags));
  },
};

function rows(load: () => Promise<(columns: readonly ExportColumn[]) => Pieces>): Write {
  return async (capture, flags) => {
    const table = tableNamed(flags);
    const [write, { exportColumns }] = await Promise.all([load(), import("./export/export-columns.js")]);
    return write(exportColumns(capture, table, await selectionOf(capture, flags)));
  };
}

function tableNamed({ table }: ExportFlags): string {
  if (table !== undefined) return table;
  throw new UsageError("which table? Name it with --table; `tracebook tables` lists them");
}

// Other kinds are read to the window itself, each by its own clock; a trace only to its generations.
async function selectionOf(capture: LoadedCapture, { g, from, to }: ExportFlags): Promise<Selection> {
  const { formats } = await import("../capture/formats.js");
  return { goroutines: g, ...(formats[capture.kind].window === "generations" ? { from, to } : {}) };
}

const binary: readonly string[] = ["arrow", "parquet", "pprof"];

/**
 * `tracebook export FILE --table NAME --format csv|json|ndjson|arrow|parquet [--out PATH]`: a table's rows; and the forms of
 * other tools: `--format pprof|folded` for a table with stacks, `--format chrome` for a trace's timeline.
 */
export function exportCommand(): Command {
  const command = new Command("export")
    .description("a table of a capture in a form other tools read")
    .argument("<file>", "a capture of any kind")
    .option("--table <name>", "which table; `tracebook tables FILE` lists them")
    .addOption(
      new Option(
        "--format <format>",
        "a table's rows as csv, json (an array), ndjson (a row a line), arrow (IPC file) or parquet; its stacks as pprof or " +
          "folded (flame graph tools); a trace's timeline as chrome (Perfetto, chrome://tracing)",
      )
        .choices(Object.keys(formats))
        .default("csv"),
    )
    .option("--g <ids>", "only these goroutines: 7 or 7,12", parseGoroutines)
    .option("--value <type>", "folded: the sample type to weigh stacks by")
    .option("--out <path>", "write to a file instead of standard output")
    .addHelpText(
      "after",
      "\nExample: tracebook export go.trace --table sched_latency --format csv --out waits.csv",
    )
    .action(async (file: string, flags: ExportFlags) => {
      if (binary.includes(flags.format) && !flags.out && process.stdout.isTTY) {
        throw new UsageError(`the format ${flags.format} is binary; name a file with --out`);
      }
      if (flags.out !== undefined) await refuseInputs(flags.out, [file]);
      const capture = await loadCapture(file, flags);
      const pieces = await formats[flags.format](capture, flags);
      if (flags.out === undefined) return writeAll(process.stdout, pieces);
      return writeWhole(flags.out, pieces, { inputs: [file] });
    });
  return addCaptureOptions(command);
}

function parseGoroutines(text: string): ReadonlySet<number> {
  const ids = text.split(",");
  if (!ids.every((id) => /^\d+$/.test(id))) {
    throw new UsageError(`${JSON.stringify(text)} is not a goroutine; write 7, or 7,12`);
  }
  return new Set(ids.map(Number));
}
