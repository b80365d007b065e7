import { Command, CommanderError } from "commander";
import { CaptureError } from "../bytes/capture-error.js";
import { exportCommand } from "./export.js";
import { kernelCommand } from "./kernel.js";
import { labCommand } from "./lab.js";
import { isClosedPipe, printable } from "./output.js";
import { runCommand } from "./run.js";
import { startCommand } from "./start.js";
import { summaryCommand } from "./summary.js";
import { tablesCommand } from "./tables.js";
import { UsageError } from "./usage-error.js";

/**
 * Runs the command line and returns its exit code: 0 done, 1 the thing checked failed, 2 bad usage or unreadable
 * input. Whatever goes wrong with a capture is one line on stderr, never a stack trace.
 */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const fail = () => {
    code = 1;
  };
  const program = new Command("tracebook")
    .description("Go latency postmortems: captures as tables, charts and executed notebooks")
    .exitOverride()
    .showHelpAfterError("(tracebook --help lists the commands)");
  const commands = [
    summaryCommand,
    tablesCommand,
    exportCommand,
    runCommand,
    startCommand,
    kernelCommand,
    labCommand,
  ];
  for (const make of commands) program.addCommand(make(fail).exitOverride().showHelpAfterError());
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  // Commander has printed its own line, and help is no failure.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  // The reader has gone (`| head`): that is its right.
  if (isClosedPipe(error)) return 0;
  if (error instanceof CaptureError || error instanceof UsageError || error instanceof RangeError) {
    process.stderr.write(`tracebook: ${printable(error.message).replaceAll("\n", " ")}\n`);
    return 2;
  }
  throw error;
}
