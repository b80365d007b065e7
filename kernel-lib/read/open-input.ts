import { constants } from "node:buffer";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { totalmem } from "node:os";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGunzip, gunzip, gunzipSync } from "node:zlib";
import { CaptureError } from "../bytes/capture-error.js";
import type { Head } from "./detector.js";
import { Diagnostics } from "./diagnostics.js";
import type { Input, OpenInput } from "./input.js";
import type { ReadOptions } from "./read-options.js";
import { withoutEnvelope } from "./text/log-envelope.js";
import { inUtf8 } from "./text/text-encoding.js";

export type { Input, OpenInput } from "./input.js";

/** The beginning of an input as detectors look at it: bytes, and text that is decoded once, when it is asked for. */
export function headOf({ head }: Pick<OpenInput, "head">): Head {
  let text: string | undefined;
  return {
    bytes: head,
    get text() {
      text ??= new TextDecoder().decode(head);
      return text;
    },
  };
}

const headBytes = 1 << 20;
const largestRead = 1 << 30;
const defaultUnpackedBytes = 4 * 2 ** 30;
const gunzipAll = promisify(gunzip);

/** What the kinds' readers need not know of is taken off first: see {@link openInput}. */
export interface OpenOptions extends ReadOptions {
  /** The kind that the caller named, if any. */
  kind?: string;
}

/**
 * Opens a capture: refuses a directory, a missing and an empty file in one line, unpacks gzip up to `maxUnpackedBytes`,
 * turns UTF-16 into UTF-8, and takes lines out of a container's or the journal's log. A log with GODEBUG lines stays as
 * it is, unless another kind is named: its reader tells processes apart by what stands before their lines.
 */
export async function openInput(input: Input, options: OpenOptions = {}): Promise<OpenInput> {
  return withoutEnvelope(inUtf8(await openBytes(input, options)), options.kind);
}

async function openBytes(input: Input, options: ReadOptions): Promise<OpenInput> {
  if (typeof input === "string") return openFile(input, options);
  const name = options.name ?? "<bytes>";
  const stored = input instanceof Uint8Array ? input : await collect(input, name, limitOf(options));
  if (stored.length === 0) throw emptyInput(name);
  return openStored(name, stored, options);
}

async function openFile(path: string, options: ReadOptions): Promise<OpenInput> {
  const place = { file: path };
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const problem = cause.code === "ENOENT" ? "there is no such file" : `cannot be opened (${cause.code})`;
    throw new CaptureError(problem, { place, remedy: "check the path", cause });
  });
  if (info.isDirectory()) {
    throw new CaptureError("is a directory, not a capture", {
      place,
      remedy: "name one file in it, or use loadDataset for a dataset folder",
    });
  }
  if (!info.isFile())
    return openStored(path, await collect(fileChunks(path), path, limitOf(options)), options);
  if (info.size === 0) throw emptyInput(path);
  const start = await readStart(path, Math.min(info.size, headBytes));
  const gzip = isGzip(start);
  return {
    name: path,
    storedBytes: info.size,
    gzip,
    findings: new Diagnostics(),
    head: gzip ? await unpackedHead(fileChunks(path), path) : start,
    ...readOnce(async () => {
      const stored = await readWhole(path);
      return gzip ? unpack(stored, path, options) : stored;
    }),
    chunks: () => (gzip ? unpackChunks(fileChunks(path), path, options) : passingChunks(path)),
    slice: gzip ? unpackedSlices(path, options) : (start, end) => fileSlice(path, start, end),
  };
}

// What was read ahead is handed over once and not kept: whoever keeps the input for its slices does not keep the file.
function readOnce(read: () => Promise<Uint8Array>): Pick<OpenInput, "bytes" | "prefetch"> {
  let ahead: Promise<Uint8Array> | undefined;
  return {
    prefetch: () => {
      ahead ??= read();
      // Who asks for the bytes is told of what went wrong.
      ahead.catch(() => {});
    },
    bytes: () => {
      const reading = ahead ?? read();
      ahead = undefined;
      return reading;
    },
  };
}

/** A file in one read where the system allows, during which other work can go on; `readFile` asks piece by piece. */
async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > constants.MAX_LENGTH) {
      throw new CaptureError(`has ${size} bytes, more than this version of Node can hold in one piece`, {
        place: { file: path },
        remedy: "use Node 22 or newer, or capture for a shorter time",
      });
    }
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, Math.min(size - at, largestRead), at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}

async function openStored(name: string, stored: Uint8Array, options: ReadOptions): Promise<OpenInput> {
  if (stored.length === 0) throw emptyInput(name);
  const gzip = isGzip(stored);
  const unpacked = gzip ? await unpack(stored, name, options) : stored;
  return {
    name,
    storedBytes: stored.length,
    gzip,
    findings: new Diagnostics(),
    head: unpacked.subarray(0, headBytes),
    bytes: async () => unpacked,
    prefetch: () => {},
    slice: (start, end) => unpacked.subarray(start, end),
    chunks: async function* () {
      for (let at = 0; at < unpacked.length; at += headBytes) yield unpacked.subarray(at, at + headBytes);
    },
  };
}

function limitOf(options: ReadOptions): number {
  return options.maxUnpackedBytes ?? defaultUnpackedBytes;
}

/** As {@link limitOf}, for what is held in memory: a notebook's session must outlive a file that unfolds to more. */
function heldLimitOf(options: ReadOptions): number {
  return options.maxUnpackedBytes ?? Math.min(defaultUnpackedBytes, Math.floor(totalmem() / 4));
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

function emptyInput(file: string): CaptureError {
  return new CaptureError("is empty", {
    place: { file },
    remedy: "capture it again; the writer may not have been stopped cleanly",
  });
}

function tooLarge(file: string, limit: number, cause?: unknown): CaptureError {
  return new CaptureError(`unpacks to more than ${limit} bytes`, {
    place: { file },
    remedy: "raise maxUnpackedBytes if the file is to be trusted",
    cause,
  });
}

function gzipError(file: string, cause: unknown): CaptureError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CaptureError(`broken gzip (${reason})`, {
    place: { file },
    remedy: "copy the file again, or unpack what is left with gzip -dc",
    cause,
  });
}

async function unpack(stored: Uint8Array, file: string, options: ReadOptions): Promise<Uint8Array> {
  const limit = heldLimitOf(options);
  try {
    return await gunzipAll(stored, { maxOutputLength: limit });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(file, limit, cause);
    throw gzipError(file, cause);
  }
}

async function* unpackChunks(
  stored: AsyncIterable<Uint8Array>,
  file: string,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const limit = limitOf(options);
  const gunzipper = createGunzip();
  // The pipeline ends what it reads from when the consumer has enough; its errors come out of the gunzipper.
  pipeline(Readable.from(stored, { objectMode: false }), gunzipper).catch(() => {});
  let total = 0;
  try {
    for await (const chunk of gunzipper as AsyncIterable<Uint8Array>) {
      total += chunk.length;
      if (total > limit) throw tooLarge(file, limit);
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof CaptureError) throw cause;
    throw gzipError(file, cause);
  } finally {
    gunzipper.destroy();
  }
}

async function unpackedHead(stored: AsyncIterable<Uint8Array>, file: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of unpackChunks(stored, file, {})) {
    parts.push(part);
    total += part.length;
    if (total >= headBytes) break;
  }
  return Buffer.concat(parts).subarray(0, headBytes);
}

async function readStart(path: string, count: number): Promise<Uint8Array> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function fileSlice(path: string, start: number, end: number): Uint8Array {
  try {
    const handle = openSync(path, "r");
    try {
      const part = new Uint8Array(end - start);
      return part.subarray(0, readSync(handle, part, 0, part.length, start));
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    const remedy = "load the capture again";
    throw new CaptureError("cannot be read any more", {
      place: { file: path, offset: start },
      remedy,
      cause,
    });
  }
}

// A gzipped file has no random access: it is unpacked once, when a part of it is first asked for.
function unpackedSlices(path: string, options: ReadOptions): OpenInput["slice"] {
  let unpacked: Uint8Array | undefined;
  return (start, end) => {
    if (!unpacked) {
      try {
        unpacked = gunzipSync(readFileSync(path), { maxOutputLength: heldLimitOf(options) });
      } catch (cause) {
        throw gzipError(path, cause);
      }
    }
    return unpacked.subarray(start, end);
  };
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, "r");
  try {
    for (;;) {
      // A new buffer each time: consumers may keep a chunk.
      const { buffer, bytesRead } = await handle.read(new Uint8Array(headBytes), 0, headBytes, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** As fileChunks, in two buffers: one is filled while the consumer looks at the other. */
async function* passingChunks(path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, "r");
  const buffers = [Buffer.allocUnsafeSlow(headBytes), Buffer.allocUnsafeSlow(headBytes)];
  const read = (turn: number): Promise<{ bytesRead: number; buffer: Uint8Array }> => {
    const coming = handle.read(buffers[turn & 1], 0, headBytes, null);
    // Nobody may wait for it any more; who does meets its error.
    coming.catch(() => {});
    return coming;
  };
  let coming = read(0);
  try {
    for (let turn = 1; ; turn++) {
      const { buffer, bytesRead } = await coming;
      if (bytesRead === 0) return;
      coming = read(turn);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await coming.catch(() => {});
    await handle.close();
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>, file: string, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > limit) throw tooLarge(file, limit);
    parts.push(chunk);
  }
  return Buffer.concat(parts, total);
}
