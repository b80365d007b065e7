import { basename, dirname, relative } from "node:path";

/**
 * The names of notebooks' pages, without their ending: a notebook's own name, and where several have one name, the
 * folders before it that tell them apart. No two are the same, whatever the case of their letters.
 *
 * @param reserved names that are taken already
 * @example
 * pageNames(["a/tour.ipynb", "b/tour.ipynb", "b/end.ipynb"]) // ["a-tour", "b-tour", "end"]
 */
export function pageNames(paths: readonly string[], reserved: readonly string[] = []): string[] {
  const key = (name: string): string => name.toLowerCase();
  const stems = paths.map((path) => basename(path).replace(/\.ipynb$/, ""));
  const count = new Map<string, number>();
  for (const stem of stems) count.set(key(stem), (count.get(key(stem)) ?? 0) + 1);
  // Notebooks whose names are their own come first: pages keep their names when others join them.
  const taken = new Set([...reserved.map(key), ...stems.map(key).filter((stem) => count.get(stem) === 1)]);
  const root = commonFolder(paths.map((path) => dirname(path)));
  return paths.map((path, at) => {
    const stem = stems[at];
    if (count.get(key(stem)) === 1 && !reserved.map(key).includes(key(stem))) return stem;
    const folders = relative(root, dirname(path)).split(/[/\\]/).filter(Boolean);
    const name = [...folders, stem].join("-");
    const free = [name, ...paths.map((_, index) => `${name}-${index + 2}`)].find(
      (one) => !taken.has(key(one)),
    );
    taken.add(key(free as string));
    return free as string;
  });
}

function commonFolder(folders: readonly string[]): string {
  const isAbove = (folder: string): boolean =>
    folders.every((one) => !relative(folder, one).startsWith(".."));
  let folder = folders[0] ?? ".";
  while (!isAbove(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
