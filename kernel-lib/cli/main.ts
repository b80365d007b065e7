import type { Command, CommanderError } from "commander";
import { CaptureError } from "../bytes/capture-error.js";
import { packageVersion } from "../bytes/package-version.js";
import { isClosedPipe, printable } from "./output.js";
import { UsageError } from "./usage-error.js";

/**
 * Runs the command line and returns its exit code: 0 done, 1 the thing checked failed, 2 bad usage or unreadable
 * input. Whatever goes wrong with a capture is one line on stderr, never a stack trace.
 */
export async function main(args: readonly string[]): Promise<number> {
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    // Asked for by scripts: no command is loaded for it.
    process.stdout.write(`${packageVersion}\n`);
    return 0;
  }
  const { Command } = await import("commander");
  let code = 0;
  const fail = () => {
    code = 1;
  };
  const program = new Command("tracebook")
    .description("Go latency postmortems: captures as tables, charts and executed notebooks")
    .version(packageVersion)
    .exitOverride()
    .showHelpAfterError("(tracebook --help lists the commands)");
  for (const make of await commandsFor(args[0])) {
    program.addCommand(make(fail).exitOverride().showHelpAfterError());
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return report(error);
  }
}

type MakeCommand = (fail: () => void) => Command;

const commands: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  summary: async () => (await import("./summary.js")).summaryCommand,
  tables: async () => (await import("./tables.js")).tablesCommand,
  export: async () => (await import("./export.js")).exportCommand,
  capture: async () => (await import("./capture.js")).captureCommand,
  diagnose: async () => (await import("./diagnose.js")).diagnoseCommand,
  run: async () => (await import("./run.js")).runCommand,
  refresh: async () => (await import("./refresh.js")).refreshCommand,
  start: async () => (await import("./start.js")).startCommand,
  kernel: async () => (await import("./kernel.js")).kernelCommand,
  lab: async () => (await import("./lab.js")).labCommand,
};

/** Every command, in the order of the help. */
export const commandNames: readonly string[] = Object.keys(commands);

// Only the command that is named is loaded: the kernel's alone brings a compiler along.
function commandsFor(name: string | undefined): Promise<MakeCommand[]> {
  const named =
    name !== undefined && Object.hasOwn(commands, name) ? [commands[name]] : Object.values(commands);
  return Promise.all(named.map((load) => load()));
}

function report(error: unknown): number {
  // Commander has printed its own line, and help is no failure.
  if (isCommanders(error)) return error.exitCode === 0 ? 0 : 2;
  // The reader has gone (`| head`): that is its right.
  if (isClosedPipe(error)) return 0;
  if (error instanceof CaptureError || error instanceof UsageError || error instanceof RangeError) {
    process.stderr.write(`tracebook: ${printable(error.message).replaceAll("\n", " ")}\n`);
    return 2;
  }
  const { syscall, path, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) throw error;
  const reason = message.replace(/^[A-Z]+: /, "").replace(/, \w+(?: '.*')?$/s, "");
  process.stderr.write(
    `tracebook: ${printable(path ?? syscall)}: ${reason}; check the path and who may write there\n`,
  );
  return 2;
}

// By its code: the version is printed without loading the parser of arguments, so its class may not be there.
function isCommanders(error: unknown): error is CommanderError {
  return /^commander\./.test(String((error as Partial<CommanderError> | undefined)?.code));
}
