import { type Command, Option } from "commander";
import type { LoadedCapture } from "../capture/formats.js";
import { type Kind, kinds } from "../capture/kinds.js";
import type { LoadOptions } from "../capture/load.js";
import { UsageError } from "./usage-error.js";

/** The options of every command that reads a capture. */
export interface CaptureFlags {
  strict?: boolean;
  from?: number;
  to?: number;
  kind?: Kind;
  /** Set by commands that want no tables. */
  summaryOnly?: boolean;
}

/** Adds --strict, --from, --to and --kind to a command. */
export function addCaptureOptions(command: Command): Command {
  return command
    .option("--strict", "refuse a damaged capture instead of keeping what can be read")
    .option("--from <time>", "start this long after the capture's start: 1s, 250ms, 1.5s", parseDuration)
    .option("--to <time>", "stop this long after the capture's start", parseDuration)
    .addOption(new Option("--kind <kind>", "the kind, where the content does not tell").choices([...kinds]));
}

const unitNs: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9 };

/** `1.5s`, `250ms` as ns; a number without a unit is refused, for nobody can tell what was meant. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m)$/.exec(text);
  if (!match) {
    const problem = /^\d+(?:\.\d+)?$/.test(text) ? "has no unit" : "is not a time";
    throw new UsageError(`${JSON.stringify(text)} ${problem}; write 1s, 250ms or 1.5s`);
  }
  return Number(match[1]) * unitNs[match[2]];
}

/** Loads the capture a command names, with a progress line where a person watches. */
export async function loadCapture(file: string, flags: CaptureFlags): Promise<LoadedCapture> {
  const { load } = await import("../capture/load.js");
  const options: LoadOptions = { ...flags };
  if (process.stderr.isTTY) {
    options.onProgress = (done, total) => {
      process.stderr.write(`\r\x1b[Kreading ${Math.floor((100 * done) / Math.max(1, total))} %`);
    };
  }
  try {
    return await load(file, options);
  } finally {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }
}
