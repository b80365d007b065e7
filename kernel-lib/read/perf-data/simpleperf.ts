// What simpleperf, Android's perf, adds to a recording: the symbols that samples hit, so that it can be read away from
// the device, the names of its events, and records of its own. Format: record_file_format.h and record_file.proto in
// https://android.googlesource.com/platform/system/extras/+/master/simpleperf/

import { ProtoReader } from "../pprof/proto-reader.js";
import type { EventAttr } from "./event-attr.js";
import type { PerfBytes } from "./perf-bytes.js";
import { SymbolColumns, SymbolTable } from "./symbol-table.js";

/** The numbers of simpleperf's own features. */
export const simpleperfFeatures: Readonly<Record<"metaInfo" | "files", number>> = {
  metaInfo: 129,
  files: 132,
};

/** Types of simpleperf's own records: where they begin, and the description of the tracepoints. */
export const simpleperfRecords: Readonly<Record<"first" | "tracingData", number>> = {
  first: 32768,
  tracingData: 32777,
};

const kernelTypes = new Set([0, 1]);
const global = 1;

/** The functions of each file that samples hit, by its path: by offset in the file, the kernel's by address. */
export function readRecordedSymbols(data: PerfBytes, from: number, size: number): Map<string, SymbolTable> {
  const tables = new Map<string, SymbolTable>();
  const end = from + size;
  for (let at = from; at + 4 <= end; ) {
    const length = data.u32(at);
    if (length > end - at - 4) throw data.fail(`a file's symbols of ${length} bytes run past the end`, at);
    const { path, table } = readFile(new ProtoReader(data.part(at + 4, length)));
    tables.set(path, table);
    at += 4 + length;
  }
  return tables;
}

interface RecordedFile {
  path: string;
  type: number;
  minAddress: number;
  fileOffsetOfMin: number;
}

interface RecordedSymbol {
  address: number;
  size: number;
  nameAt: number;
  nameEnd: number;
}

/** Reads one FileFeature. What its symbols' places mean may stand behind them. */
function readFile(reader: ProtoReader): { path: string; table: SymbolTable } {
  const file: RecordedFile = { path: "", type: 0, minAddress: 0, fileOffsetOfMin: 0 };
  const symbols: RecordedSymbol[] = [];
  while (reader.next()) {
    if (reader.field === 1) file.path = text(reader, reader.span());
    else if (reader.field === 2) file.type = reader.varint();
    else if (reader.field === 3) file.minAddress = addressOf(reader);
    else if (reader.field === 4) symbols.push(readSymbol(reader, reader.span()));
    else if (reader.field === 6) file.fileOffsetOfMin = readFileOffset(reader, reader.span());
    else reader.skip();
  }
  const { path, type, minAddress, fileOffsetOfMin } = file;
  const moved = kernelTypes.has(type) ? 0 : fileOffsetOfMin - minAddress;
  const { bytes } = reader;
  const columns = new SymbolColumns((_, row) => textOf(bytes, symbols[row].nameAt, symbols[row].nameEnd));
  for (const { address, size, nameAt } of symbols) columns.add(address + moved, size, global, nameAt);
  return { path, table: new SymbolTable(columns) };
}

function readSymbol(reader: ProtoReader, end: number): RecordedSymbol {
  const symbol: RecordedSymbol = { address: 0, size: 0, nameAt: end, nameEnd: end };
  within(reader, end, (field) => {
    if (field === 1) symbol.address = addressOf(reader);
    else if (field === 2) symbol.size = reader.varint();
    else if (field === 3) {
      symbol.nameEnd = reader.span();
      symbol.nameAt = reader.pos;
      reader.pos = symbol.nameEnd;
    } else reader.skip();
  });
  return symbol;
}

/** Of an ElfFile: where in the file its lowest address lies. */
function readFileOffset(reader: ProtoReader, end: number): number {
  let offset = 0;
  within(reader, end, (field) => {
    if (field === 1) offset = reader.varint();
    else reader.skip();
  });
  return offset;
}

/** Reads a message inside the current one. */
function within(reader: ProtoReader, end: number, read: (field: number) => void): void {
  const outerEnd = reader.end;
  reader.end = end;
  while (reader.next()) read(reader.field);
  reader.end = outerEnd;
}

/** The kernel's addresses are negative, as PerfBytes gives them. */
function addressOf(reader: ProtoReader): number {
  reader.varint();
  return reader.signed();
}

function text(reader: ProtoReader, end: number): string {
  const { bytes, pos } = reader;
  reader.pos = end;
  return textOf(bytes, pos, end);
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("utf8");
}

/** Keys and values, each with a NUL behind it: simpleperf_version, product_props, event_type_info, ... */
export function readMetaInfo(data: PerfBytes, at: number, size: number): Record<string, string> {
  const texts = Buffer.from(data.part(at, size)).toString("utf8").split("\0");
  const info: Record<string, string> = {};
  for (let i = 0; i + 1 < texts.length - 1; i += 2) info[texts[i]] = texts[i + 1];
  return info;
}

/** Names events by the lines of `event_type_info`: name, type, config. */
export function nameEvents(attrs: readonly EventAttr[], eventTypeInfo: string): void {
  for (const line of eventTypeInfo.split("\n")) {
    const said = /^(.+),(\d+),(\d+)$/.exec(line);
    if (!said) continue;
    for (const attr of attrs) {
      if (attr.type === Number(said[2]) && attr.config === Number(said[3])) attr.name = said[1];
    }
  }
}
