import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "./usage-error.js";

/** What a capture's folder holds beside captures. */
const notCaptures: ReadonlySet<string> = new Set(["request"]);

/**
 * The files that arguments stand for: a file for itself, a folder (of `tracebook capture`, or the recorder's) for the
 * captures that its dataset.json names, or, without one, for all its files.
 *
 * @throws UsageError when a folder is empty, or what it names lies outside it
 */
export async function captureFiles(paths: readonly string[]): Promise<string[]> {
  const files = await Promise.all(
    paths.map(async (path) => ((await isFolder(path)) ? filesIn(path) : [path])),
  );
  return files.flat();
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = (await namedIn(folder)) ?? (await plainFiles(folder));
  if (names.length === 0)
    throw new UsageError(`${folder}: has no captures in it; name files, or another folder`);
  return names.map((name) => join(folder, name));
}

async function plainFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

/** The captures that the folder's dataset.json names; undefined without one. */
async function namedIn(folder: string): Promise<string[] | undefined> {
  const path = join(folder, "dataset.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  let files: unknown;
  try {
    ({ files } = JSON.parse(text) as { files?: unknown });
  } catch (cause) {
    throw new UsageError(`${path}: is not JSON (${(cause as Error).message}); name the files instead`);
  }
  if (!Array.isArray(files)) throw new UsageError(`${path}: names no files; name them instead`);
  return (files as { file?: unknown; role?: unknown }[])
    .filter(({ role }) => !notCaptures.has(String(role)))
    .map(({ file }) => {
      if (typeof file !== "string" || !/^[^/\\]+$/.test(file) || file === "..") {
        throw new UsageError(
          `${path}: names ${JSON.stringify(file)}, which is not in its folder; name the files instead`,
        );
      }
      return file;
    });
}
