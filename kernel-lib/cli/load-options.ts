import { type Command, Option } from "commander";
import { CaptureError } from "../bytes/capture-error.js";
import type { LoadedCapture } from "../capture/formats.js";
import { type Kind, kinds } from "../capture/kinds.js";
import type { LoadOptions } from "../capture/load.js";
import { formatNs } from "../chart/units.js";
import { progress } from "./progress.js";
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

/** Loads the capture a command names, `-` for standard input, and says where long reading is. */
export async function loadCapture(file: string, flags: CaptureFlags): Promise<LoadedCapture> {
  const { load } = await import("../capture/load.js");
  const { at, end } = progress();
  const options: LoadOptions = {
    ...flags,
    onProgress: (done, total) => at(`${file}: reading ${Math.floor((100 * done) / Math.max(1, total))} %`),
  };
  try {
    refuseWindow(flags);
    if (file !== "-") return await load(file, options);
    return await load(standardInput(), { ...options, name: "<stdin>" });
  } catch (error) {
    throw oneLine(error, file);
  } finally {
    end();
  }
}

let isTaken = false;

function standardInput(): NodeJS.ReadStream {
  if (isTaken) throw new UsageError("-: standard input can be read once; name it once");
  isTaken = true;
  return process.stdin;
}

// The library has times as ns; who types them has units.
function refuseWindow({ from = 0, to }: CaptureFlags): void {
  if (to === undefined || from < to) return;
  throw new UsageError(
    `the window from ${formatNs(from)} to ${formatNs(to)} is empty; --from must be before --to`,
  );
}

/** What a reader did not foresee, with the file that it was about. */
function oneLine(error: unknown, file: string): unknown {
  if (error instanceof CaptureError || error instanceof UsageError || !(error instanceof Error)) return error;
  if ((error as NodeJS.ErrnoException).syscall !== undefined) return error;
  return new CaptureError(`cannot be read (${error.message})`, {
    place: { file },
    remedy: "this is a fault of tracebook; TRACEBOOK_DEBUG=1 shows where",
    cause: error,
  });
}
