import type { Command, CommanderError } from "commander";
import { CaptureError } from "../bytes/capture-error.js";
import { packageVersion } from "../bytes/package-version.js";
import type { Fail } from "./execute-notebook.js";
import { isClosedPipe, note } from "./output.js";
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
  const fail: Fail = (failure = 1) => {
    code = Math.max(code, failure);
  };
  const program = new Command("tracebook")
    .description("Go latency postmortems: captures as tables, charts and executed notebooks")
    .version(packageVersion);
  for (const make of await commandsFor(args[0])) program.addCommand(make(fail, program));
  quietErrors(program, "tracebook");
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return report(error);
  }
}

/** Errors are thrown, to be one line; commander would print the help behind them and end the process. */
function quietErrors(command: Command, path: string): void {
  command.exitOverride().configureOutput({
    outputError: (text) => {
      const problem = text
        .trim()
        .replace(/^error: /, "")
        .replace(/\s*\n\s*/g, " ");
      note(`tracebook: ${problem.replace(/\.$/, "")}; ${path} --help shows how`);
    },
  });
  for (const one of command.commands) quietErrors(one, `${path} ${one.name()}`);
}

type MakeCommand = (fail: Fail, program: Command) => Command;

const commands: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  summary: async () => (await import("./summary.js")).summaryCommand,
  tables: async () => (await import("./tables.js")).tablesCommand,
  export: async () => (await import("./export.js")).exportCommand,
  sql: async () => (await import("./sql.js")).sqlCommand,
  capture: async () => (await import("./capture.js")).captureCommand,
  diagnose: async () => (await import("./diagnose.js")).diagnoseCommand,
  diff: async () => (await import("./diff.js")).diffCommand,
  run: async () => (await import("./run.js")).runCommand,
  refresh: async () => (await import("./refresh.js")).refreshCommand,
  start: async () => (await import("./start.js")).startCommand,
  kernel: async () => (await import("./kernel.js")).kernelCommand,
  lab: async () => (await import("./lab.js")).labCommand,
  completion: async () => (await import("./completion.js")).completionCommand,
};

/** Every command, in the order of the help. */
export const commandNames: readonly string[] = Object.keys(commands);

// Only the command that is named is loaded: the kernel's alone brings a compiler along. Completion is of all.
function commandsFor(name: string | undefined): Promise<MakeCommand[]> {
  const named =
    name !== undefined && name !== "completion" && Object.hasOwn(commands, name)
      ? [commands[name]]
      : Object.values(commands);
  return Promise.all(named.map((load) => load()));
}

function report(error: unknown): number {
  // Commander has printed its own line, and help is no failure.
  if (isCommanders(error)) return error.exitCode === 0 ? 0 : 2;
  // The reader has gone (`| head`): that is its right.
  if (isClosedPipe(error)) return 0;
  if (process.env.TRACEBOOK_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  note(`tracebook: ${lineOf(error).replaceAll("\n", " ")}`);
  return 2;
}

function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CaptureError || error instanceof UsageError) return error.message;
  const { syscall, path, code, message } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) {
    const reason = message.replace(/^[A-Z]+: /, "").replace(/, \w+(?: '.*')?$/s, "");
    const remedy =
      code === "ENOSPC" ? "make room; nothing was written" : "check the path and who may write there";
    return `${path ?? (syscall === "write" ? "standard output" : syscall)}: ${reason}; ${remedy}`;
  }
  // The library's own refusals of what was asked for, of analyses and claims.
  if (
    error instanceof RangeError &&
    !/^(?:Maximum call stack|Invalid (?:array|typed array|string) length|Array buffer)/.test(error.message)
  )
    return error.message;
  return `${error.message}; this is a fault of tracebook: TRACEBOOK_DEBUG=1 shows where`;
}

// By its code: the version is printed without loading the parser of arguments, so its class may not be there.
function isCommanders(error: unknown): error is CommanderError {
  return /^commander\./.test(String((error as Partial<CommanderError> | undefined)?.code));
}
