import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeWhole } from "../capture/write-whole.js";

/** The kernel's name, by which notebooks ask for it. */
export const kernelName = "tracebook";

const bin = fileURLToPath(new URL("../../bin/tracebook.js", import.meta.url));

/** Which kernelspec, and where. */
export interface KernelSpecOptions {
  /** A name of its own for a kernel beside others, such as one for each version installed. */
  name?: string;
  /** What front ends call it. */
  displayName?: string;
}

/** The folder of a kernelspec: the user's own, or under a prefix such as a Python environment. */
export function kernelSpecFolder(prefix?: string, name: string = kernelName): string {
  if (!/^[\w.-]+$/.test(name)) throw new Error(`${name}: a kernel's name is of letters, digits, - . and _`);
  const data = prefix === undefined ? userDataFolder() : join(prefix, "share", "jupyter");
  return join(data, "kernels", name);
}

// https://docs.jupyter.org/en/latest/use/jupyter-directories.html
function userDataFolder(): string {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32" && process.env.APPDATA) return join(process.env.APPDATA, "jupyter");
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "jupyter");
}

// What was there when it was installed is tried first; after an update of Node or of the package what is on the path is.
const launcher = `#!/bin/sh
node=${quoted(process.execPath)}
bin=${quoted(bin)}
[ -x "$node" ] || node=$(command -v node) || { echo "tracebook: there is no node on the path" >&2; exit 1; }
[ -f "$bin" ] && exec "$node" "$bin" "$@"
command -v tracebook >/dev/null && exec tracebook "$@"
echo "tracebook: $bin is gone; run: npx tracebook kernel install" >&2
exit 1
`;

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

/** A trace: four spans of goroutines, one of which waits. */
const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">
<rect width="64" height="64" rx="10" fill="#1f3a5f"/>
<g fill="#e8eef5"><rect x="10" y="12" width="28" height="8" rx="2"/><rect x="26" y="24" width="16" height="8" rx="2"/><rect x="34" y="48" width="20" height="8" rx="2"/></g>
<rect x="16" y="36" width="38" height="8" rx="2" fill="#f0a33c"/>
</svg>
`;

/**
 * Writes the kernelspec by which Jupyter front ends start this kernel, in any folder.
 *
 * @returns the folder written to
 * @throws Error when a kernelspec of the same name that is not ours lies there
 */
export async function installKernelSpec(prefix?: string, options: KernelSpecOptions = {}): Promise<string> {
  const { name = kernelName } = options;
  const folder = kernelSpecFolder(prefix, name);
  refuseForeign(folder);
  await mkdir(folder, { recursive: true });
  const usual = "Tracebook (TypeScript)";
  const started =
    process.platform === "win32" ? [process.execPath, bin] : ["/bin/sh", join("{resource_dir}", "start.sh")];
  const spec = {
    argv: [...started, "kernel", "start", "{connection_file}"],
    display_name: options.displayName ?? (name === kernelName ? usual : `${usual}, ${name}`),
    language: "typescript",
    interrupt_mode: "message",
    metadata: { tracebook: true },
  };
  await writeWhole(join(folder, "start.sh"), launcher, { mode: 0o755 });
  await writeWhole(join(folder, "logo-svg.svg"), logo);
  await writeWhole(join(folder, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`);
  return folder;
}

/** Removes the kernelspec; false when there is none. A foreign one is refused. */
export async function uninstallKernelSpec(
  prefix?: string,
  { name }: KernelSpecOptions = {},
): Promise<boolean> {
  const folder = kernelSpecFolder(prefix, name);
  if (!existsSync(folder)) return false;
  refuseForeign(folder);
  await rm(folder, { recursive: true });
  return true;
}

function refuseForeign(folder: string): void {
  const file = join(folder, "kernel.json");
  if (!existsSync(file)) return;
  if (isOurs(readFileSync(file, "utf8"))) return;
  throw new Error(`${file}: is another kernel's; move it away first`);
}

function isOurs(text: string): boolean {
  try {
    return (JSON.parse(text) as { metadata?: { tracebook?: boolean } } | null)?.metadata?.tracebook === true;
  } catch {
    // Whose it is cannot be told.
    return false;
  }
}
