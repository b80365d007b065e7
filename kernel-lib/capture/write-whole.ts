import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, open, readFile, readlink, realpath, rename, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CaptureError } from "../bytes/capture-error.js";

/** What can be written: a text, bytes, or either in pieces. */
export type Content =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/** Options of {@link writeWhole}. */
export interface WriteOptions {
  /** What the file held before, null for no file; where it holds something else by now, it is left as it is. */
  readonly replaces?: string | null;
  /** The file's mode; that of the file it replaces unless given. */
  readonly mode?: number;
  /** Files that were read: none of them is written over, whatever link leads to it. */
  readonly inputs?: readonly string[];
}

/**
 * Writes a file whole or not at all: to a temporary file beside it, which is flushed to the disk and takes the file's
 * place. A full disk, an interrupt or a crash leaves what was there before. A link stays, the file it leads to is
 * replaced; what is no file (a pipe, a terminal) is written to directly.
 *
 * @throws CaptureError when the file is one of the inputs, or was changed meanwhile
 * @throws Error of the system, with its path, when it cannot be written
 */
export async function writeWhole(path: string, content: Content, options: WriteOptions = {}): Promise<void> {
  await refuseInputs(path, options.inputs ?? []);
  const target = await behindLinks(resolve(path));
  const before = await stat(target).catch(() => undefined);
  if (before && !before.isFile()) return writeDirectly(target, path, content);
  const temporary = join(
    dirname(target),
    `.${basename(target).slice(0, 64)}.${randomBytes(6).toString("hex")}.tmp`,
  );
  const done = removedOnExit(temporary);
  try {
    const file = await open(temporary, "wx").catch(told(path));
    try {
      const mode = options.mode ?? before?.mode;
      if (mode !== undefined) await file.chmod(mode & 0o7777);
      for await (const piece of piecesOf(content)) await file.writeFile(piece).catch(told(path));
      await file.sync().catch(told(path));
    } finally {
      await file.close();
    }
    if (options.replaces !== undefined) await refuseChanged(path, target, options.replaces);
    await rename(temporary, target).catch(told(path));
    await flushFolder(dirname(target));
  } finally {
    done();
  }
}

/**
 * Refuses an output that is one of the inputs, by whatever name or link: before the work, not after it.
 *
 * @throws CaptureError that names both
 */
export async function refuseInputs(output: string, inputs: readonly string[]): Promise<void> {
  const own = await stat(output, { bigint: true }).catch(() => undefined);
  if (!own?.isFile()) return;
  for (const input of inputs) {
    const other = await stat(input, { bigint: true }).catch(() => undefined);
    if (other?.ino !== own.ino || other.dev !== own.dev) continue;
    const problem = input === output ? "is what is read" : `is ${input}, which is read`;
    throw new CaptureError(problem, { place: { file: output }, remedy: "name another file to write to" });
  }
}

async function refuseChanged(path: string, target: string, expected: string | null): Promise<void> {
  const now = await readFile(target, "utf8").catch(() => null);
  if (now === expected) return;
  throw new CaptureError(now === null ? "was removed meanwhile" : "was changed meanwhile", {
    place: { file: path },
    remedy: "it is left as it is; run the command again",
  });
}

/** Where a chain of links ends, also where nothing is there yet. */
async function behindLinks(path: string): Promise<string> {
  const whole = await realpath(path).catch(() => undefined);
  if (whole !== undefined) return whole;
  const to = await readlink(path).catch(() => undefined);
  return to === undefined ? path : behindLinks(resolve(dirname(path), to));
}

async function writeDirectly(target: string, path: string, content: Content): Promise<void> {
  const file = await open(target, "w").catch(told(path));
  try {
    for await (const piece of piecesOf(content)) await file.writeFile(piece).catch(told(path));
  } finally {
    await file.close();
  }
}

function piecesOf(content: Content): Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array> {
  return typeof content === "string" || content instanceof Uint8Array ? [content] : content;
}

/** The system's error with the path that the user named, not the temporary file's. */
function told(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    error.path = path;
    throw error;
  };
}

// Without it a crash of the machine may undo the renaming. Not every system can flush a folder.
async function flushFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder);
    await handle.sync();
  } catch {
    // The file itself is flushed: an old name is the worst that a crash can leave.
  } finally {
    await handle?.close();
  }
}

const temporaries = new Set<string>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Sees to it that a temporary file goes with the process, however it ends but by SIGKILL; call what it returns when done. */
function removedOnExit(path: string): () => void {
  if (temporaries.size === 0) {
    process.on("exit", removeTemporaries);
    for (const signal of signals) process.on(signal, stop);
  }
  temporaries.add(path);
  return () => {
    rmSync(path, { force: true });
    temporaries.delete(path);
    if (temporaries.size > 0) return;
    process.off("exit", removeTemporaries);
    for (const signal of signals) process.off(signal, stop);
  };
}

function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { force: true });
}

function stop(signal: NodeJS.Signals): void {
  removeTemporaries();
  for (const one of signals) process.off(one, stop);
  // Whoever else listens has the last word; else the signal does what it does without a listener.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
