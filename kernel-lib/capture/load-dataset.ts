import { createHash } from "node:crypto";
import { readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { gunzipSync } from "node:zlib";
import { type ColumnTable, fromCSV, from as fromRows } from "arquero";
import { align } from "../analyze/align.js";
import { CaptureError } from "../bytes/capture-error.js";
import type { Capture } from "./capture.js";
import type { Captures, Kind, LoadedCapture } from "./formats.js";
import { type LoadOptions, load } from "./load.js";
import type { OperationsCapture } from "./operations.js";
import type { TraceCapture } from "./trace-capture.js";

/** A file of a dataset, with what made it. */
export interface DatasetFile {
  /** Its name in the dataset's folder. */
  readonly file: string;
  /** What it is among the files of its run: `trace`, `operations`, `gctrace`, ... */
  readonly role: string;
  /** The Go release that made it, in full: `1.26.8`. */
  readonly go?: string;
  /** The exact command. */
  readonly command: string;
  readonly about: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What dataset.json says: where the captures of a folder come from. */
export interface DatasetProvenance {
  readonly name: string;
  readonly about: string;
  readonly chapters: readonly string[];
  readonly licence: string;
  /** The command that makes the set again. */
  readonly make: string;
  readonly program: readonly { path: string; sha256: string }[];
  readonly commit: string;
  readonly date: string;
  readonly machine: Readonly<Record<string, unknown>>;
  /** The rule by which a run was chosen, where there were several. */
  readonly selection?: string;
  readonly files: readonly DatasetFile[];
}

/** Which file of a dataset: its name, or its role and the Go release (`1.26` finds `1.26.8`). */
export type DatasetSelector = string | { role: string; go?: string };

/** A run of which there is a trace and an operations log. */
export interface DatasetRun {
  readonly trace: TraceCapture;
  /** The operations, their times in ns from the trace's first event; `align_err_ns` says how far off they may be. */
  readonly operations: ColumnTable;
}

/** A folder of captures with their provenance. Files are read when asked for and checked against their sha256. */
export class Dataset {
  readonly dir: string;
  readonly provenance: DatasetProvenance;

  constructor(dir: string, provenance: DatasetProvenance) {
    this.dir = dir;
    this.provenance = provenance;
  }

  /** The files as a table: file, role, go, bytes, about, command, sha256. */
  get files(): ColumnTable {
    const rows = this.provenance.files.map(({ file, role, go, bytes, about, command, sha256 }) => ({
      file,
      role,
      go: go ?? null,
      bytes,
      about,
      command,
      sha256,
    }));
    return fromRows(rows);
  }

  /** The Go releases there are captures of (`1.23`, `1.26`), of one role where it is given; oldest first. */
  releases(role?: string): string[] {
    const short = this.provenance.files
      .filter((one) => one.go !== undefined && (role === undefined || one.role === role))
      .map((one) => one.go!.split(".").slice(0, 2).join("."));
    return [...new Set(short)].sort((a, b) => Number(a.split(".")[1]) - Number(b.split(".")[1]));
  }

  /** The entry of a file; throws an error that lists what there is. */
  entry(selector: DatasetSelector): DatasetFile {
    const found = this.provenance.files.find((one) => matches(one, selector));
    if (found) return found;
    const wanted = typeof selector === "string" ? selector : `${selector.role} of Go ${selector.go ?? "any"}`;
    throw new CaptureError(`has no ${wanted}`, {
      place: { file: join(this.dir, "dataset.json") },
      remedy: `there are ${this.provenance.files.map((one) => one.file).join(", ")}`,
    });
  }

  /**
   * Loads a capture of the set; see `load`. Name its kind, or its type, to have its getters typed:
   * `await data.load<TraceCapture>({ role: "trace", go: "1.26" })`.
   */
  load<K extends Kind>(
    selector: DatasetSelector,
    options: LoadOptions & { readonly kind: K },
  ): Promise<Captures[K]>;
  load<T extends Capture = LoadedCapture>(selector: DatasetSelector, options?: LoadOptions): Promise<T>;
  async load(selector: DatasetSelector, options: LoadOptions = {}): Promise<Capture> {
    const entry = this.entry(selector);
    const bytes = await this.bytes(entry);
    return load(bytes, { name: entry.file, ...options });
  }

  /**
   * The trace and the operations log of one run, on one clock.
   *
   * @param variant what tells the run from others of the same release, where roles have it: `idle` for `trace idle`
   * @throws RangeError when the trace's clock and the log's cannot be set against each other (Go 1.21 and older)
   */
  async run(go: string, variant?: string): Promise<DatasetRun> {
    const role = (name: string): string => (variant === undefined ? name : `${name} ${variant}`);
    const trace = await this.load<TraceCapture>({ role: role("trace"), go });
    const log = await this.load<OperationsCapture>({ role: role("operations"), go });
    return { trace, operations: align(log.operations, log, trace) };
  }

  /** A text file of the set, unpacked. */
  async text(selector: DatasetSelector): Promise<string> {
    const bytes = await this.bytes(this.entry(selector));
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return new TextDecoder().decode(packed ? gunzipSync(bytes, { maxOutputLength: largestText }) : bytes);
  }

  /** A CSV file of the set as a table; its first line names the columns. */
  async csv(selector: DatasetSelector): Promise<ColumnTable> {
    return fromCSV(await this.text(selector));
  }

  /** A JSON file of the set. */
  async json<T = unknown>(selector: DatasetSelector): Promise<T> {
    return JSON.parse(await this.text(selector)) as T;
  }

  private async bytes(entry: DatasetFile): Promise<Uint8Array> {
    const path = join(this.dir, entry.file);
    await refuseOutside(this.dir, path);
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw new CaptureError("is listed in dataset.json and cannot be read", {
        place: { file: path },
        remedy: `make the set again: ${this.provenance.make}`,
        cause,
      });
    });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (sha256 !== entry.sha256) {
      throw new CaptureError("is not the file that dataset.json describes", {
        place: { file: path },
        remedy: `restore it, or make the set again: ${this.provenance.make}`,
      });
    }
    return bytes;
  }
}

// What a string can hold.
const largestText = 2 ** 29 - 24;

// What a dataset holds is read whole: more than this is none of ours.
const largestFile = 4 * 2 ** 30;

/** Refuses a file that a link leads out of its folder for, what is no file, and what is too large to be held. */
async function refuseOutside(dir: string, path: string): Promise<void> {
  const [root, file] = await Promise.all([dir, path].map((one) => realpath(one).catch(() => undefined)));
  // What is not there has its own error.
  if (root === undefined || file === undefined) return;
  const place = { file: path };
  if (!file.startsWith(`${root}${sep}`)) {
    throw new CaptureError("is a link that leads out of its dataset's folder", {
      place,
      remedy: "put the file itself there, or load it by its own path",
    });
  }
  const info = await stat(file);
  if (!info.isFile()) throw new CaptureError("is not a file", { place, remedy: "a dataset holds files" });
  if (info.size > largestFile) {
    throw new CaptureError(`has ${info.size} bytes; a dataset's file may have ${largestFile}`, {
      place,
      remedy: "load it by its own path",
    });
  }
}

function matches(entry: DatasetFile, selector: DatasetSelector): boolean {
  if (typeof selector === "string") return entry.file === selector;
  const { role, go } = selector;
  return entry.role === role && (go === undefined || entry.go === go || !!entry.go?.startsWith(`${go}.`));
}

/**
 * Opens a dataset: a folder with a dataset.json that says what made each of its captures.
 *
 * @throws CaptureError when the folder has no dataset.json, or one that is not in its form
 * @example
 * const data = await loadDataset("datasets/spikes");
 * const trace = await data.load<TraceCapture>({ role: "trace", go: "1.26" });
 */
export async function loadDataset(dir: string): Promise<Dataset> {
  const path = join(dir, "dataset.json");
  const info = await stat(dir).catch(() => undefined);
  if (!info?.isDirectory()) {
    throw new CaptureError(info ? "is a file, not a dataset folder" : "there is no such folder", {
      place: { file: dir },
      remedy: info ? "use load for a single capture" : "check the path",
    });
  }
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new CaptureError("there is no dataset.json", {
      place: { file: path },
      remedy: "use load for a single capture, or write a dataset.json beside the captures",
      cause,
    });
  });
  return new Dataset(dir, parseProvenance(text, path));
}

function parseProvenance(text: string, path: string): DatasetProvenance {
  let value: Partial<DatasetProvenance> | null;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CaptureError(`is not JSON (${(cause as Error).message})`, { place: { file: path }, cause });
  }
  const wrong = provenanceProblem(value);
  if (wrong) {
    throw new CaptureError(wrong, {
      place: { file: path },
      remedy: "see datasets/capture/README.md for what a dataset.json holds",
    });
  }
  return value as DatasetProvenance;
}

function provenanceProblem(value: Partial<DatasetProvenance> | null): string | undefined {
  if (typeof value !== "object" || value === null) return "is not an object";
  for (const key of ["name", "about", "licence", "make", "date"] as const) {
    if (typeof value[key] !== "string") return `lacks ${key}`;
  }
  if (!Array.isArray(value.files)) return "lacks files";
  for (const [index, file] of value.files.entries()) {
    for (const key of ["file", "role", "command", "sha256"] as const) {
      if (typeof file?.[key] !== "string") return `lacks ${key} of files[${index}]`;
    }
    if (/[/\\]|^\.\.?$/.test(file.file))
      return `names a file outside its folder: ${JSON.stringify(file.file)}`;
  }
  return undefined;
}
