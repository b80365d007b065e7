// Functions from the symbol tables of an ELF file: .symtab, else .dynsym, and names for the entries of .plt.
// Format: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html (64 bit, little-endian).

import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { CaptureError } from "../../bytes/capture-error.js";
import { PerfBytes } from "./perf-bytes.js";
import { SymbolColumns, SymbolTable } from "./symbol-table.js";

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
}

interface Segment {
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
}

const maxSectionBytes = 256 << 20;
const noBits = 8;
// Types of sections.
const symtab = 2;
const dynsym = 11;
const debugFolder = "/usr/lib/debug/.build-id";

/**
 * The functions of the binary at `path` under the folder `root`, by file offset; undefined when there is none, or it is
 * another one than the recording's (`buildId` in hex), or none can say: without a build id on both sides whatever lies at the
 * path may be another build. Only a `root` that the caller names is taken at its word where the recording has none. The copy that `perf record` put into
 * its cache goes before the binary itself, which may have been built anew. Separate debug files are looked up where
 * distributions put them.
 */
export function elfSymbols(root: string, path: string, buildId: string): SymbolTable | undefined {
  const cached = buildId && elfSymbolsAt(join(cacheFolder(root), ...buildIdPath(buildId), "elf"), buildId);
  return cached || elfSymbolsAt(`${root}${path}`, buildId, root !== "");
}

/** Where perf keeps copies of binaries, as symbol__config_symfs and set_buildid_dir of tools/perf/util choose it. */
function cacheFolder(root: string): string {
  return join(
    root ? join(root, ".debug") : (process.env.PERF_BUILDID_DIR ?? join(homedir(), ".debug")),
    ".build-id",
  );
}

function buildIdPath(buildId: string): [string, string] {
  return [buildId.slice(0, 2), buildId.slice(2)];
}

function elfSymbolsAt(path: string, buildId: string, isTrusted = false): SymbolTable | undefined {
  const binary = openElf(path);
  if (!binary) return undefined;
  try {
    const own = binary.buildId();
    if (buildId ? own !== buildId : !isTrusted) return undefined;
    const debug = own ? openElf(`${join(debugFolder, ...buildIdPath(own))}.debug`) : undefined;
    try {
      for (const [file, tableType] of [
        [debug, symtab],
        [binary, symtab],
        [binary, dynsym],
      ] as const) {
        const symbols = file?.functions(tableType, binary.segments);
        if (!symbols?.length) continue;
        binary.addPltEntries(symbols);
        return new SymbolTable(symbols.columns);
      }
      return new SymbolTable(new SymbolColumns(() => ""));
    } finally {
      debug?.close();
    }
  } catch (error) {
    if (error instanceof CaptureError) return undefined;
    throw error;
  } finally {
    binary.close();
  }
}

/** Opens a file if it is a regular one and an ELF; a capture may name anything, a pipe or a device included. */
function openElf(path: string): ElfFile | undefined {
  if (!path.startsWith("/") || path.includes("\0")) return undefined;
  let handle: number;
  try {
    if (!statSync(path).isFile()) return undefined;
    handle = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    return new ElfFile(handle);
  } catch (error) {
    closeSync(handle);
    if (error instanceof CaptureError) return undefined;
    throw error;
  }
}

class ElfFile {
  readonly segments: readonly Segment[];
  private readonly handle: number;
  private readonly fileSize: number;
  private readonly sections: readonly Section[];

  constructor(handle: number) {
    this.handle = handle;
    this.fileSize = fstatSync(handle).size;
    const header = this.read(0, 64);
    const isElf64 = header.hex(0, 4) === "7f454c46" && header.u8(4) === 2 && header.u8(5) === 1;
    if (!isElf64) throw header.fail("is no 64-bit little-endian ELF file", 0);
    this.segments = this.readSegments(header);
    this.sections = this.readSections(header);
  }

  close(): void {
    closeSync(this.handle);
  }

  buildId(): string {
    const note = this.sections.find(({ name }) => name === ".note.gnu.build-id");
    if (!note || note.type === noBits) return "";
    const bytes = this.section(note);
    const nameSize = bytes.u32(0);
    const size = bytes.u32(4);
    return bytes.hex(12 + Math.ceil(nameSize / 4) * 4, Math.min(size, 20));
  }

  /** The functions of a symbol table, at their offsets in the running binary's file. */
  functions(tableType: number, segments: readonly Segment[]): NamedSymbols {
    const table = this.sections.find(({ type }) => type === tableType);
    const names = table && this.sections[table.link];
    if (!table || !names || table.type === noBits || names.type === noBits)
      return new NamedSymbols(undefined);
    const symbols = this.section(table);
    const found = new NamedSymbols(this.section(names));
    for (let at = 0; at + 24 <= symbols.length; at += 24) {
      const info = symbols.u8(at + 4);
      const type = info & 15;
      const section = symbols.u16(at + 6);
      const nameAt = symbols.u32(at);
      const isFunction = type === 2 || type === 10;
      const isLabel = type === 0 && this.isCode(section) && (symbols.u8(at + 5) & 3) === 0;
      if (nameAt === 0 || section === 0 || !(isFunction || isLabel)) continue;
      const start = fileOffset(symbols.address(at + 8), segments);
      if (start < 0 || (isLabel && found.isMapping(nameAt))) continue;
      found.columns.add(start, symbols.u64(at + 16), info >> 4, nameAt);
    }
    return found;
  }

  /** Adds `name@plt` for each entry of the procedure linkage table, in the order of its relocations. */
  addPltEntries(found: NamedSymbols): void {
    const plt = this.sections.find(({ name }) => name === ".plt");
    const relocations = this.sections.find(({ name }) => name === ".rela.plt");
    const table = relocations && this.sections[relocations.link];
    const names = table && this.sections[table.link];
    if (!plt || !relocations || !names || plt.type === noBits) return;
    const entrySize = plt.entrySize || 16;
    const [entries, symbols, strings] = [relocations, table, names].map((section) => this.section(section));
    for (let entry = 0; entry * 24 + 24 <= entries.length; entry++) {
      const nameAt = symbols.u32(entries.hi(entry * 24 + 8) * 24);
      // The first entry is the resolver's.
      found.addNamed(plt.offset + entrySize * (entry + 1), entrySize, `${textAt(strings, nameAt)}@plt`);
    }
  }

  private isCode(index: number): boolean {
    const section = this.sections[index];
    return section !== undefined && (section.flags & 4) !== 0;
  }

  private read(offset: number, size: number): PerfBytes {
    const bytes = new Uint8Array(size);
    if (
      size > maxSectionBytes ||
      offset + size > this.fileSize ||
      readSync(this.handle, bytes, 0, size, offset) < size
    ) {
      throw new CaptureError("a part lies outside the file", { place: { offset } });
    }
    return new PerfBytes(bytes, true);
  }

  private section({ offset, size }: Section): PerfBytes {
    return this.read(offset, Math.min(size, maxSectionBytes + 1));
  }

  private readSegments(header: PerfBytes): Segment[] {
    const entrySize = header.u16(54);
    const count = header.u16(56);
    const bytes = this.read(header.u64(32), entrySize * count);
    const segments: Segment[] = [];
    for (let at = 0; at + 56 <= bytes.length; at += entrySize) {
      if (bytes.u32(at) !== 1) continue;
      segments.push({ offset: bytes.u64(at + 8), address: bytes.u64(at + 16), fileSize: bytes.u64(at + 32) });
    }
    return segments;
  }

  private readSections(header: PerfBytes): Section[] {
    const entrySize = header.u16(58);
    const count = header.u16(60);
    if (entrySize < 64 || count === 0) return [];
    const bytes = this.read(header.u64(40), entrySize * count);
    const raw = Array.from({ length: count }, (_, i) => ({
      nameAt: bytes.u32(i * entrySize),
      type: bytes.u32(i * entrySize + 4),
      flags: bytes.lo(i * entrySize + 8),
      offset: bytes.u64(i * entrySize + 24),
      size: bytes.u64(i * entrySize + 32),
      link: bytes.u32(i * entrySize + 40),
      entrySize: bytes.u64(i * entrySize + 56),
    }));
    const names = raw[header.u16(62)];
    if (!names) return [];
    const strings = this.read(names.offset, names.size);
    return raw.map(({ nameAt, ...section }) => ({
      ...section,
      name: strings.text(nameAt, Math.min(256, strings.length - nameAt)),
    }));
  }
}

/** Symbols with the string table that has their names. */
class NamedSymbols {
  readonly columns: SymbolColumns;
  private readonly given = new Map<number, string>();
  private readonly strings: PerfBytes | undefined;

  constructor(strings: PerfBytes | undefined) {
    this.strings = strings;
    this.columns = new SymbolColumns((place, symbol) => this.given.get(symbol) ?? this.text(place));
  }

  get length(): number {
    return this.columns.length;
  }

  /** Adds a symbol whose name is in no string table. */
  addNamed(start: number, size: number, name: string): void {
    this.given.set(this.columns.length, name);
    this.columns.add(start, size, 0, 0);
  }

  /** Whether a label has no name of its own, or marks code and data for a disassembler ($x, $d). */
  isMapping(place: number): boolean {
    const name = this.text(place);
    return name === "" || name.startsWith("$");
  }

  private text(place: number): string {
    return this.strings ? textAt(this.strings, place) : "";
  }
}

function textAt(strings: PerfBytes, place: number): string {
  return place < strings.length ? strings.text(place, Math.min(4096, strings.length - place)) : "";
}

/** Where a virtual address lies in the file, or -1. */
function fileOffset(address: number, segments: readonly Segment[]): number {
  for (const segment of segments) {
    if (address >= segment.address && address < segment.address + segment.fileSize) {
      return address - segment.address + segment.offset;
    }
  }
  return -1;
}
