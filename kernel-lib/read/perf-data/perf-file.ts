// The outer shape of a perf.data file: header, event attributes and features. Specified in the kernel tree's
// tools/perf/Documentation/perf.data-file-format.txt. A file written to a pipe has only a magic number, and tells
// in records what a seekable one has in its header.

import { CaptureError } from "../../bytes/capture-error.js";
import type { Diagnostics } from "../diagnostics.js";
import { type EventAttr, readAttr } from "./event-attr.js";
import { magicLittle } from "./is-perf-data.js";
import { type ByteParts, PerfBytes } from "./perf-bytes.js";
import {
  nameEvents,
  readMetaInfo,
  readRecordedSymbols,
  simpleperfFeatures,
  simpleperfRecords,
} from "./simpleperf.js";
import type { SymbolTable } from "./symbol-table.js";
import { readTracingData, type TracingData } from "./tracing-data.js";

const features = { tracingData: 1, buildId: 2, eventDesc: 12 };
/** Features that are one text, by number; the host's name is left out. */
const textFeatures: Record<number, string> = {
  4: "os release",
  5: "perf version",
  6: "arch",
  8: "cpudesc",
  9: "cpuid",
};
const cmdlineFeature = 11;

/** A perf.data file, its records not yet read. */
export interface PerfFile {
  /** The file's bytes; behind its header, records that were compressed have been replaced by what they held. */
  data: PerfBytes;
  readonly isPipe: boolean;
  readonly attrs: EventAttr[];
  /** Attribute by the id that samples carry. */
  readonly attrOfId: Map<number, EventAttr>;
  /** Build ids in hex by file name. */
  readonly buildIds: Map<string, string>;
  /** What the header says: perf version, os release, cmdline, ... */
  readonly header: Record<string, string>;
  tracing: TracingData | undefined;
  /** Symbols by file name that the recording itself has, as simpleperf's do. */
  recordedSymbols: ReadonlyMap<string, SymbolTable>;
  /** Where the records stand. */
  readonly start: number;
  end: number;
}

/** Opens a perf.data file: reads all but its records. */
export function openPerfFile(bytes: Uint8Array | ByteParts, diagnostics: Diagnostics): PerfFile {
  const little = Buffer.from(bytes.slice(0, 8)).toString("latin1") === magicLittle;
  const data = new PerfBytes(bytes, little);
  const headerSize = data.u64(8);
  const isPipe = headerSize === 16;
  const shape = isPipe ? { start: 16, end: bytes.length } : dataSection(data, diagnostics);
  const file: PerfFile = {
    data,
    isPipe,
    attrs: [],
    attrOfId: new Map(),
    buildIds: new Map(),
    header: {},
    tracing: undefined,
    recordedSymbols: new Map(),
    ...shape,
  };
  if (!isPipe) {
    readAttrs(file);
    readFeatures(file, diagnostics);
  }
  return file;
}

function dataSection(data: PerfBytes, diagnostics: Diagnostics): { start: number; end: number } {
  const start = data.u64(40);
  const size = data.u64(48);
  if (start > data.length) {
    throw new CaptureError(`data begins at ${start}, beyond the end`, {
      place: { offset: 40 },
      remedy: "copy the file again",
    });
  }
  if (size === 0 || start + size > data.length) {
    const why = size === 0 ? "perf record was not ended cleanly" : `data of ${size} bytes are claimed`;
    diagnostics.add("loss", "truncated", `${why}; records are read as far as they go`, { offset: 48 });
    return { start, end: data.length };
  }
  return { start, end: start + size };
}

function readAttrs(file: PerfFile): void {
  const { data } = file;
  const entrySize = data.u64(16);
  const at = data.u64(24);
  const size = data.u64(32);
  if (!(entrySize >= 64 + 16) || size > data.length) {
    throw new CaptureError(`event attributes of ${entrySize} bytes are not known`, { place: { offset: 16 } });
  }
  for (let entry = at; entry + entrySize <= at + size; entry += entrySize) {
    const attr = readAttr(data, entry);
    file.attrs.push(attr);
    const idsAt = data.u64(entry + entrySize - 16);
    const idsSize = data.u64(entry + entrySize - 8);
    if (idsAt + idsSize > data.length) throw data.fail("event ids lie outside the file", entry);
    for (let id = idsAt; id + 8 <= idsAt + idsSize; id += 8) file.attrOfId.set(data.u64(id), attr);
  }
}

function readFeatures(file: PerfFile, diagnostics: Diagnostics): void {
  const { data } = file;
  let section = file.end;
  for (let feature = 0; feature < 256; feature++) {
    const word = data.u32(72 + Math.floor(feature / 64) * 8 + (Math.floor(feature / 32) % 2) * 4);
    if (!(word & (1 << (feature % 32)))) continue;
    // Where the table of features or a feature itself lies behind the file's end, the file is cut.
    let isCut = true;
    try {
      const at = data.u64(section);
      const size = data.u64(section + 8);
      isCut = at + size > data.length;
      readFeature(file, feature, at, size);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      diagnostics.add(
        isCut ? "loss" : "warning",
        isCut ? "truncated" : "feature",
        `feature ${feature} cannot be read: ${error.problem}`,
        error.place,
      );
    }
    section += 16;
  }
}

/**
 * Bytes of the record at `at`, header included; fewer than 8 where there can be none. Simpleperf's own records may be
 * longer than 64 KiB: the upper half of their size stands where others have flags.
 */
export function recordBytes(data: PerfBytes, at: number): number {
  if (at + 8 > data.length) return 0;
  const low = data.u16(at + 6);
  return data.u32(at) >= simpleperfRecords.first ? data.u16(at + 4) * 65536 + low : low;
}

/** Reads one feature of the header, or of a PERF_RECORD_HEADER_FEATURE in a pipe. */
export function readFeature(file: PerfFile, feature: number, at: number, size: number): void {
  const { data } = file;
  if (size === 0) return;
  data.part(at, size);
  const text = textFeatures[feature];
  if (text) file.header[text] = data.text(at + 4, Math.min(data.u32(at), size - 4));
  else if (feature === cmdlineFeature) file.header.cmdline = textList(data, at, size).join(" ");
  else if (feature === features.tracingData) file.tracing = readTracingData(data.part(at, size));
  else if (feature === features.buildId) readBuildIds(file, at, at + size);
  else if (feature === features.eventDesc) readEventDesc(file, at, at + size);
  else if (feature === simpleperfFeatures.files) file.recordedSymbols = readRecordedSymbols(data, at, size);
  else if (feature === simpleperfFeatures.metaInfo) {
    const { event_type_info = "", ...info } = readMetaInfo(data, at, size);
    nameEvents(file.attrs, event_type_info);
    Object.assign(file.header, info);
  }
}

function textList(data: PerfBytes, at: number, size: number): string[] {
  const texts: string[] = [];
  let next = at + 4;
  for (let left = data.u32(at); left > 0 && next + 4 <= at + size; left--) {
    const length = data.u32(next);
    texts.push(data.text(next + 4, length));
    next += 4 + length;
  }
  return texts;
}

function readBuildIds(file: PerfFile, from: number, to: number): void {
  const { data } = file;
  for (let at = from; at + 36 <= to; ) {
    const size = data.u16(at + 6);
    if (size < 36) return;
    readBuildId(file, at, size);
    at += size;
  }
}

/** Reads a build id record: header, pid, 20 bytes of id and their number, the file's name. */
export function readBuildId(file: PerfFile, at: number, size: number): void {
  const { data } = file;
  const sizeGiven = data.u16(at + 4) & 0x8000;
  const length = sizeGiven ? Math.min(data.u8(at + 32), 20) : 20;
  file.buildIds.set(data.text(at + 36, size - 36), data.hex(at + 12, length));
}

/** Names of events and their ids: attribute size, then for each event its attribute, ids and name. */
function readEventDesc(file: PerfFile, from: number, to: number): void {
  const { data } = file;
  const count = data.u32(from);
  const attrSize = data.u32(from + 4);
  let at = from + 8;
  for (let i = 0; i < count && at + attrSize + 8 <= to; i++) {
    const ids = data.u32(at + attrSize);
    const nameSize = data.u32(at + attrSize + 4);
    const name = data.text(at + attrSize + 8, nameSize);
    const idsAt = at + attrSize + 8 + nameSize;
    // Events stand in the order of the attributes; ids confirm it where there are any.
    const attr = (ids > 0 ? file.attrOfId.get(data.u64(idsAt)) : undefined) ?? file.attrs[i];
    if (attr && name) attr.name = name;
    at = idsAt + ids * 8;
  }
}
