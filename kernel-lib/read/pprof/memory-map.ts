// The memory map at the end of pprof's legacy profiles: lines of /proc/self/maps, or `start-limit: file (@offset) id`.
// Read as https://github.com/google/pprof/blob/main/profile/legacy_profile.go does.

import type { ProfileColumns, ProfileMapping } from "../profile/profile-columns.js";

interface MappedFile {
  start: bigint;
  limit: bigint;
  offset: bigint;
  file: string;
  buildId: string;
}

const procMaps =
  /^\s*([0-9a-f]{1,16})-([0-9a-f]{1,16})\s+([-rwxp]+)\s+([0-9a-f]{1,16})\s+[0-9a-f]+:[0-9a-f]+\s+\d+\s*(.*)$/i;
const briefMaps =
  /^\s*(?:0x)?([0-9a-f]{1,16})(?:\s*-\s*|\s+)(?:0x)?([0-9a-f]{1,16}):?\s*([-rwxp]+)?\s*(\S+)?\s*(?:\(@([0-9a-f]{1,16})\)|\(?@?([0-9a-f]{1,16})\)?)?\s*([0-9a-f]+)?\s*$/i;
const sharedLibrary = /\.so$|\.so[._]\d+/;
/** As many as Linux allows a process. */
const maxMappings = 65_530;
const maxLineChars = 8192;
/** Mappings among which the one is looked for whose beginning was left out. */
const maxCutMappings = 64;

/** Whether a line says that a memory map follows. */
export function isMapHeading(line: string): boolean {
  return line.includes("--- Memory map: ---") || line.includes("MAPPED_LIBRARIES:");
}

/** Collects the executable mappings of a memory map, line by line. */
export class MemoryMap {
  private readonly mapped: MappedFile[] = [];
  private readonly settings: [RegExp, string][] = [];

  /** Takes a line; what is none of a map is passed over, as pprof does. */
  take(line: string): void {
    if (line.length > maxLineChars) return;
    // Lines that are not mappings may name what others hold: `build=/path/to/binary`.
    const text = this.settings.reduce((done, [name, value]) => done.replace(name, () => value), line);
    const match = procMaps.exec(text) ?? briefMaps.exec(text);
    if (!match) {
      const equals = text.indexOf("=");
      if (equals > 0 && this.settings.length < 100) {
        const name = text.slice(0, equals).trim().replace(/\W/g, "\\$&");
        this.settings.push([new RegExp(`\\$${name}`, "g"), text.slice(equals + 1).trim()]);
      }
      return;
    }
    const isProc = match.length === 6;
    const [, start, limit, access, fourth, fifth] = match;
    if ((access && !access.includes("x")) || this.mapped.length >= maxMappings) return;
    this.mapped.push({
      start: BigInt(`0x${start}`),
      limit: BigInt(`0x${limit}`),
      offset: BigInt(`0x${(isProc ? fourth : (fifth ?? match[6])) || "0"}`),
      file: ((isProc ? fifth : fourth) ?? "").trim(),
      buildId: isProc ? "" : (match[7] ?? ""),
    });
  }

  /** Adjacent parts of a file as one, the program itself first, as pprof shows them. */
  private merged(): MappedFile[] {
    const merged: MappedFile[] = [];
    for (const part of this.mapped) {
      const last = merged.at(-1);
      const adjoins =
        last !== undefined &&
        last.limit === part.start &&
        (!last.file || !part.file || last.file === part.file) &&
        (!last.buildId || !part.buildId || last.buildId === part.buildId) &&
        (last.offset === 0n || part.offset === 0n || last.offset + (last.limit - last.start) === part.offset);
      if (!adjoins) merged.push({ ...part });
      else {
        last.limit = part.limit;
        last.file = part.file || last.file;
        last.buildId = part.buildId || last.buildId;
      }
    }
    const isProgram = ({ file }: MappedFile): boolean => {
      const name = file.replace("(deleted)", "").trim();
      return name !== "" && !name.startsWith("[") && !sharedLibrary.test(name);
    };
    const program = merged.findIndex(isProgram);
    if (program > 0) [merged[0], merged[program]] = [merged[program], merged[0]];
    const [first] = merged;
    // A program at its usual address was mapped from its beginning, whatever its first executable part says.
    if (first && first.start - first.offset === 0x400000n) [first.start, first.offset] = [0x400000n, 0n];
    return merged;
  }

  /** A profile with its locations put into the mappings, and functions without a name named for their file. */
  place<P extends ProfileColumns>(profile: P): P {
    const files = this.merged();
    if (files.length === 0) return profile;
    const { addressLo, addressHi } = profile.locations;
    const fake = files.length;
    let fakes = 0;
    let find = finder(files);
    const cut = files.filter(({ offset }) => offset !== 0n).slice(0, maxCutMappings);
    const mapping = Int32Array.from(addressLo, (lo, location) => {
      const address = (BigInt(addressHi[location]) << 32n) | BigInt(lo);
      if (address === 0n) return -1;
      const inside = find(address);
      if (inside >= 0) return inside;
      // Some writers leave out the first part of a file.
      const before = cut.find(({ start, offset }) => start - offset <= address && address < start);
      if (!before) {
        fakes++;
        return fake;
      }
      before.start -= before.offset;
      before.offset = 0n;
      find = finder(files);
      return files.indexOf(before);
    });
    if (fakes > 0) files.push({ start: 0n, limit: (1n << 64n) - 1n, offset: 0n, file: "", buildId: "" });
    return {
      ...profile,
      ...named(profile, mapping, files),
      locations: { ...profile.locations, mapping },
      mappings: files.map(shown),
    };
  }
}

/** Finds the mapping an address lies in; of mappings that overlap the one that begins last. */
function finder(files: readonly MappedFile[]): (address: bigint) => number {
  const order = files.map((_, index) => index);
  order.sort((a, b) => (files[a].start < files[b].start ? -1 : files[a].start > files[b].start ? 1 : a - b));
  return (address) => {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (files[order[middle]].start <= address) low = middle + 1;
      else high = middle;
    }
    const found = order[low - 1];
    return found !== undefined && address < files[found].limit ? found : -1;
  };
}

function shown({ start, limit, offset, file, buildId }: MappedFile, index: number): ProfileMapping {
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  return {
    id: String(index + 1),
    start: hex(start),
    limit: hex(limit),
    offset: hex(offset),
    file,
    buildId,
    has: "",
  };
}

/** What stands for frames without a function: their file's name in brackets. */
function named(
  { names, frameName, frameFunction, frameLocation }: ProfileColumns,
  mapping: Int32Array,
  files: readonly MappedFile[],
): Pick<ProfileColumns, "names" | "frameName"> {
  const more = [...names];
  const codeOf = new Map(more.map((name, code) => [name, code]));
  const codes = files.map(({ file }) => {
    const base = file.slice(file.lastIndexOf("/") + 1);
    const name = base === "" ? "<unknown>" : base.startsWith("[") ? base : `[${base}]`;
    const known = codeOf.get(name);
    if (known !== undefined) return known;
    codeOf.set(name, more.length);
    return more.push(name) - 1;
  });
  return {
    names: more,
    frameName: frameName.map((name, frame) => {
      const file = mapping[frameLocation[frame]];
      return frameFunction[frame] >= 0 || file < 0 ? name : codes[file];
    }),
  };
}
