import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "./usage-error.js";

/**
 * The paths of the notebooks in a folder and its subfolders, those of the folder itself first, each in order of name.
 *
 * @throws UsageError when there is no such folder, or no notebook in it
 */
export async function notebooksUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => {
    throw new UsageError(`${folder}: there is no such folder; run it where the notebooks are`);
  });
  const names = entries.map((entry) => entry.name).sort();
  const own = names.filter((name) => name.endsWith(".ipynb")).map((name) => join(folder, name));
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  const below = await Promise.all(
    folders.map((entry) => notebooksUnder(join(folder, entry.name)).catch(() => [])),
  );
  const paths = [...own, ...below.sort().flat()];
  if (paths.length === 0) throw new UsageError(`${folder}: holds no notebooks`);
  return paths;
}
