import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { packageVersion } from "../../bytes/package-version.js";
import { UsageError } from "../usage-error.js";
import type { Downloaded } from "./download.js";
import type { Planned } from "./planned.js";

/** When something happened, on this machine's clocks and on the service's, as far as its answer says. */
export interface ClockReading {
  readonly unix_ns: string;
  readonly monotonic_ns: string;
  /** The service's `Date` header, of whole seconds. */
  readonly service_date: string | null;
  /** How long the question took: the service's time is in it. */
  readonly round_trip_ns: number;
}

/** What is known of a capture beside its files. */
export interface Circumstances {
  readonly service: URL;
  /** The service's command line, as it gives it. */
  readonly command: string;
  readonly before: ClockReading;
  readonly after: ClockReading;
}

/** Makes the folder that a capture is written to before it gets its name. Never one that has something in it. */
export async function beginFolder(out: string): Promise<string> {
  const there = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error.code === "ENOTDIR"
      ? new UsageError(`${out}: is a file; name a folder that is not there yet`)
      : error;
  });
  if (there && there.length > 0) {
    throw new UsageError(`${out}: is not empty, and a capture overwrites nothing; name another folder`);
  }
  const partial = `${out}.partial`;
  await mkdir(partial, { recursive: false }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") {
      throw new UsageError(
        `${partial}: is what an earlier capture left when it was killed; move it away first`,
      );
    }
    if (error.code !== "ENOENT") throw error;
    await mkdir(partial, { recursive: true });
  });
  return partial;
}

/** Gives a capture its provenance and its name. */
export async function endFolder(
  partial: string,
  out: string,
  circumstances: Circumstances,
  files: readonly (Downloaded & { what: Planned })[],
): Promise<void> {
  const { service, command, before, after } = circumstances;
  const provenance = {
    name: service.host,
    about: "profiles of a live service",
    chapters: [],
    licence: "",
    make: `tracebook capture ${service.href}`,
    program: [],
    commit: "",
    date: new Date(Number(BigInt(before.unix_ns) / 1_000_000n)).toISOString(),
    machine: {},
    tracebook: packageVersion,
    command,
    clock: { before, after },
    files: files.map(({ file, bytes, sha256, problem, what }) => ({
      file,
      role: what.role,
      command: what.url.href,
      about: problem ?? what.name,
      bytes,
      sha256,
      whole: problem === undefined,
    })),
  };
  await writeNew(join(partial, "dataset.json"), `${JSON.stringify(provenance, null, 1)}\n`);
  // An empty folder of that name may stand there: rename takes its place.
  await rename(partial, out);
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes the oldest captures of a series until what is left takes no more than `keep` bytes; returns how many went. */
export async function keepWithin(folder: string, keep: number): Promise<number> {
  const rounds = (await readdir(folder)).filter((name) => /^\d{8}T\d{6}\.\d{3}Z$/.test(name)).sort();
  const sizes = await Promise.all(rounds.map((name) => folderBytes(join(folder, name))));
  let total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  let gone = 0;
  // The newest stays, whatever its size: it is what was asked for.
  while (total > keep && gone < rounds.length - 1) {
    await rm(join(folder, rounds[gone]), { recursive: true });
    total -= sizes[gone++];
  }
  return gone;
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
