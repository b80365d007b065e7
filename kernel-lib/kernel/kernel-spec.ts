import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The kernel's name, by which notebooks ask for it. */
export const kernelName = "tracebook";

const bin = fileURLToPath(new URL("../../bin/tracebook.js", import.meta.url));

/** The folder of a kernelspec: the user's own, or under a prefix such as a Python environment. */
export function kernelSpecFolder(prefix?: string): string {
  const data = prefix === undefined ? userDataFolder() : join(prefix, "share", "jupyter");
  return join(data, "kernels", kernelName);
}

// https://docs.jupyter.org/en/latest/use/jupyter-directories.html
function userDataFolder(): string {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32" && process.env.APPDATA) return join(process.env.APPDATA, "jupyter");
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "jupyter");
}

/**
 * Writes the kernelspec by which Jupyter front ends start this kernel, in any folder.
 *
 * @returns the folder written to
 * @throws Error when a kernelspec of the same name that is not ours lies there
 */
export async function installKernelSpec(prefix?: string): Promise<string> {
  const folder = kernelSpecFolder(prefix);
  refuseForeign(folder);
  await mkdir(folder, { recursive: true });
  const spec = {
    argv: [process.execPath, bin, "kernel", "start", "{connection_file}"],
    display_name: "Tracebook (TypeScript)",
    language: "typescript",
    interrupt_mode: "message",
    metadata: { tracebook: true },
  };
  await writeFile(join(folder, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`);
  return folder;
}

/** Removes the kernelspec; false when there is none. A foreign one is refused. */
export async function uninstallKernelSpec(prefix?: string): Promise<boolean> {
  const folder = kernelSpecFolder(prefix);
  if (!existsSync(folder)) return false;
  refuseForeign(folder);
  await rm(folder, { recursive: true });
  return true;
}

function refuseForeign(folder: string): void {
  const file = join(folder, "kernel.json");
  if (!existsSync(file)) return;
  const spec = JSON.parse(readFileSync(file, "utf8")) as { metadata?: { tracebook?: boolean } };
  if (spec.metadata?.tracebook === true) return;
  throw new Error(`${file}: is another kernel's; move it away first`);
}
