import { Command } from "commander";
import type { KernelSpecOptions } from "../kernel/kernel-spec.js";
import { print } from "./output.js";
import { UsageError } from "./usage-error.js";

/** `tracebook kernel install | uninstall [--prefix DIR]`, and `start`, which front ends call. */
export function kernelCommand(): Command {
  const command = new Command("kernel").description("the Jupyter kernel");
  command
    .command("install")
    .description("let Jupyter front ends find the kernel")
    .option("--prefix <dir>", "a Python environment instead of your own Jupyter folder")
    .option("--name <name>", "beside other kernels of this program, under a name of its own")
    .option("--display-name <text>", "what front ends call it")
    .addHelpText("after", "\nExample: tracebook kernel install --prefix .venv")
    .action(async ({ prefix, ...options }: KernelSpecOptions & { prefix?: string }) => {
      const { installKernelSpec } = await import("../kernel/kernel-spec.js");
      await print(`${await asUsage(installKernelSpec(prefix, options))}\n`);
    });
  command
    .command("uninstall")
    .description("take it away again")
    .option("--prefix <dir>", "where it was installed")
    .option("--name <name>", "the name it was installed under")
    .addHelpText("after", "\nExample: tracebook kernel uninstall --prefix .venv")
    .action(async ({ prefix, ...options }: KernelSpecOptions & { prefix?: string }) => {
      const { uninstallKernelSpec } = await import("../kernel/kernel-spec.js");
      const removed = await asUsage(uninstallKernelSpec(prefix, options));
      await print(removed ? "removed\n" : "nothing to remove\n");
    });
  command
    .command("start")
    .description("run a kernel for a connection file; front ends call this")
    .argument("<connection-file>")
    .addHelpText("after", "\nExample: tracebook kernel start connection.json")
    .action(async (file: string) => {
      const { startKernel } = await import("../kernel/protocol/kernel-server.js");
      return startKernel(file);
    });
  return command;
}

async function asUsage<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
