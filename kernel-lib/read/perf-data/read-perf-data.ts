// perf.data as `perf record` writes it: the records (samples, mappings, names, forks) behind the header that
// perf-file.ts reads. Record layouts: linux/perf_event.h and tools/perf/util/event.h in the kernel tree. Records lie
// in the file as the buffers of the processors were emptied, so they are put in order of time first. Hardware traces
// (AUX), branch stacks, registers and copied user stacks are passed over. C++ and Rust names are demangled as perf
// prints them.

import { CaptureError } from "../../bytes/capture-error.js";
import { Growable } from "../../bytes/growable.js";
import type { Diagnostics } from "../diagnostics.js";
import { type PerfColumns, PerfSamples } from "../perf/perf-samples.js";
import type { ReadOptions } from "../read-options.js";
import { AddressSpace, type Mapping } from "./address-space.js";
import { Demangler } from "./demangle.js";
import { elfSymbols } from "./elf-symbols.js";
import { type EventAttr, readAttr, sampleBits } from "./event-attr.js";
import { type TracepointFormatter, tracepointFormatter } from "./format-tracepoint.js";
import { isPerfData } from "./is-perf-data.js";
import { type KernelSymbols, kernelSymbols, runningKallsyms } from "./kernel-symbols.js";
import type { ByteParts } from "./perf-bytes.js";
import { openPerfFile, type PerfFile, readBuildId, readFeature, recordBytes } from "./perf-file.js";
import { simpleperfRecords } from "./simpleperf.js";
import type { SymbolTable } from "./symbol-table.js";
import { readTracingData } from "./tracing-data.js";
import { unpackRecords } from "./unpack-records.js";

/** Options of perf.data beside those of every reader. */
export interface PerfDataOptions extends ReadOptions {
  /** Look up functions in the binaries the recording names, where they are on this machine; true unless given. */
  symbols?: boolean;
  /** Folder under which those binaries lie, as `--symfs` of perf. */
  symbolRoot?: string;
}

/** A read perf.data file. */
export interface PerfData extends PerfColumns {
  /** Frames of all samples, those of equal stacks counted each time. */
  readonly frames: number;
  /** The clock of the times, `unknown` where it is perf's own. */
  readonly clock: EventAttr["clock"];
  /** What the header says: perf version, os release, arch, cmdline, ... */
  readonly header: Readonly<Record<string, string>>;
  /** Records by type: `SAMPLE`, `MMAP2`, ... */
  readonly records: Readonly<Record<string, number>>;
  /** Events that perf itself says it lost. */
  readonly lost: number;
}

const recordNames: Record<number, string> = {
  1: "MMAP",
  2: "LOST",
  3: "COMM",
  4: "EXIT",
  5: "THROTTLE",
  6: "UNTHROTTLE",
  7: "FORK",
  8: "READ",
  9: "SAMPLE",
  10: "MMAP2",
  11: "AUX",
  12: "ITRACE_START",
  13: "LOST_SAMPLES",
  14: "SWITCH",
  15: "SWITCH_CPU_WIDE",
  16: "NAMESPACES",
  17: "KSYMBOL",
  18: "BPF_EVENT",
  19: "CGROUP",
  20: "TEXT_POKE",
  64: "HEADER_ATTR",
  65: "HEADER_EVENT_TYPE",
  66: "HEADER_TRACING_DATA",
  67: "HEADER_BUILD_ID",
  68: "FINISHED_ROUND",
  69: "ID_INDEX",
  70: "AUXTRACE_INFO",
  71: "AUXTRACE",
  72: "AUXTRACE_ERROR",
  73: "THREAD_MAP",
  74: "CPU_MAP",
  75: "STAT_CONFIG",
  76: "STAT",
  77: "STAT_ROUND",
  78: "EVENT_UPDATE",
  79: "TIME_CONV",
  80: "HEADER_FEATURE",
  81: "COMPRESSED",
  82: "FINISHED_INIT",
  83: "COMPRESSED2",
  [simpleperfRecords.tracingData]: "TRACING_DATA",
};
const type = { mmap: 1, lost: 2, comm: 3, fork: 7, sample: 9, mmap2: 10, lostSamples: 13 };
const headerType = { attr: 64, tracingData: 66, buildId: 67, auxtrace: 71, eventUpdate: 78, feature: 80 };
const kernelMode = 1;
const userMode = 2;
const buildIdInMmap2 = 1 << 14;
const kernelFile = "[kernel.kallsyms]";
// perf takes records without a time, such as those of what ran before it, before all others.
const untimed = -Infinity;

/** Reads a perf.data file, seekable or written to a pipe; of one given in parts no more is held than a few windows. */
export function readPerfData(
  bytes: Uint8Array | ByteParts,
  diagnostics: Diagnostics,
  options: PerfDataOptions = {},
): PerfData {
  if (!isPerfData({ bytes: bytes.slice(0, 8) })) {
    throw new CaptureError("is no perf.data file", {
      place: { offset: 0 },
      remedy: "it begins with PERFILE2",
    });
  }
  const file = openPerfFile(bytes, diagnostics);
  unpackRecords(file, diagnostics, options);
  return new PerfDataReader(file, diagnostics, options).read();
}

class PerfDataReader {
  private readonly file: PerfFile;
  private readonly diagnostics: Diagnostics;
  private readonly options: PerfDataOptions;
  private readonly samples: PerfSamples;
  private readonly records: Record<string, number> = {};
  private readonly position = new Growable(Float64Array);
  /** Time of each record, counted from the first that has one; untimed where it has none. */
  private readonly time = new Growable(Float64Array);
  private baseLo = -1;
  private baseHi = 0;
  private startTime = untimed;
  private frames = 0;
  private lost = 0;

  private readonly comms = new Map<number, string>([[0, "swapper"]]);
  private readonly spaces = new Map<number, AddressSpace>();
  private readonly kernelSpace = new AddressSpace();
  private recordedText: number | undefined;
  private readonly tables = new Map<string, SymbolTable | undefined>();
  private kernel: KernelSymbols | undefined;
  private kernelLoaded = false;
  private readonly formatters = new Map<number, TracepointFormatter | undefined>();
  private readonly stack: number[] = [];
  private readonly demangler = new Demangler();
  private rawStacks = 0;

  constructor(file: PerfFile, diagnostics: Diagnostics, options: PerfDataOptions) {
    this.file = file;
    this.diagnostics = diagnostics;
    this.options = options;
    this.samples = new PerfSamples(options);
  }

  read(): PerfData {
    this.scan();
    for (const record of this.inTimeOrder()) this.record(this.position.get(record), this.time.get(record));
    if (this.rawStacks > 0) {
      const message = `${this.rawStacks} samples have raw user stacks, to be unwound from DWARF: only the leaf is shown`;
      const remedy = "load what perf script prints of the recording, or record with --call-graph fp";
      this.diagnostics.add("warning", "dwarf-stacks", `${message}; ${remedy}`, {}, this.rawStacks);
    }
    if (this.demangler.hasStopped) {
      const message = "some symbols stand for absurdly long names; those looked up after them stay mangled";
      this.diagnostics.add("warning", "absurd-names", message);
    }
    if (this.lost > 0) {
      this.diagnostics.add("loss", "lost", `perf itself lost ${this.lost} events`, {}, this.lost);
    }
    const base = (BigInt(this.baseHi) << 32n) | BigInt(Math.max(0, this.baseLo));
    return {
      ...this.samples.finish(base + BigInt(this.startTime === untimed ? 0 : this.startTime)),
      frames: this.frames,
      clock: this.file.attrs[0]?.clock ?? "unknown",
      header: this.file.header,
      records: this.records,
      lost: this.lost,
    };
  }

  /** One pass over the records: those that describe the file are read, the others noted with their time. */
  private scan(): void {
    const { data, end } = this.file;
    let at = this.file.start;
    while (at < end) {
      const size = recordBytes(data, at);
      const kind = size < 8 ? 0 : data.u32(at);
      let next = at + size;
      if (size < 8 || next > end) {
        this.truncated(at);
        break;
      }
      const name = recordNames[kind] ?? `type ${kind}`;
      this.records[name] = (this.records[name] ?? 0) + 1;
      if (kind < 64) this.note(at, size, kind);
      else next += this.headerRecord(at, size, kind);
      at = next;
    }
  }

  private truncated(at: number): void {
    const rest = this.file.end - at;
    if (this.options.strict) {
      throw new CaptureError(`the last ${rest} bytes are no whole record`, {
        place: { offset: at },
        remedy: "read without strict to keep what is before them",
      });
    }
    const message = `the last ${rest} bytes are no whole record and are not read`;
    this.diagnostics.add("loss", "truncated", message, { offset: at });
  }

  private note(at: number, size: number, kind: number): void {
    const timeAt = this.timeAt(at, size, kind);
    let time = untimed;
    if (timeAt > 0) {
      const { data } = this.file;
      const lo = data.lo(timeAt);
      const hi = data.hi(timeAt);
      if (lo !== 0 || hi !== 0) {
        if (this.baseLo < 0) [this.baseLo, this.baseHi] = [lo, hi];
        time = (hi - this.baseHi) * 4294967296 + (lo - this.baseLo);
      }
    }
    this.position.push(at);
    this.time.push(time);
  }

  /** Where a record's time stands, or -1. All events of a file agree on that, so the first speaks for them. */
  private timeAt(at: number, size: number, kind: number): number {
    const attr = this.file.attrs[0];
    if (!attr || !(attr.sampleType & sampleBits.time)) return -1;
    if (kind === type.sample) {
      const before = [sampleBits.identifier, sampleBits.ip, sampleBits.tid];
      return at + 8 + 8 * before.filter((bit) => attr.sampleType & bit).length;
    }
    if (!attr.sampleIdAll) return -1;
    const after = [sampleBits.id, sampleBits.streamId, sampleBits.cpu, sampleBits.identifier];
    return at + size - 8 - 8 * after.filter((bit) => attr.sampleType & bit).length;
  }

  /** Reads a record that describes the file; answers how many bytes of data follow it. */
  private headerRecord(at: number, size: number, kind: number): number {
    const { data } = this.file;
    if (kind === headerType.attr) this.headerAttr(at, size);
    else if (kind === headerType.buildId) readBuildId(this.file, at, size);
    else if (kind === headerType.feature) readFeature(this.file, data.u64(at + 8), at + 16, size - 16);
    else if (kind === headerType.eventUpdate) this.eventUpdate(at, size);
    else if (kind === headerType.auxtrace) return data.u64(at + 8);
    else if (kind === simpleperfRecords.tracingData) {
      this.file.tracing = readTracingData(data.part(at + 12, Math.min(data.u32(at + 8), size - 12)));
    } else if (kind === headerType.tracingData) {
      const length = data.u32(at + 8);
      this.file.tracing = readTracingData(data.part(at + size, length));
      return Math.ceil(length / 8) * 8;
    }
    return 0;
  }

  private headerAttr(at: number, size: number): void {
    const { data, attrs, attrOfId } = this.file;
    const attr = readAttr(data, at + 8);
    attrs.push(attr);
    for (let id = at + 8 + data.u32(at + 12); id + 8 <= at + size; id += 8) attrOfId.set(data.u64(id), attr);
  }

  /** Kind 2 of an update names the event. */
  private eventUpdate(at: number, size: number): void {
    const { data, attrOfId } = this.file;
    const attr = attrOfId.get(data.u64(at + 16));
    if (attr && data.u64(at + 8) === 2) attr.name = data.text(at + 24, size - 24);
  }

  private inTimeOrder(): Uint32Array {
    const order = new Uint32Array(this.time.length);
    let sorted = true;
    for (let i = 0; i < order.length; i++) {
      order[i] = i;
      if (i > 0 && this.time.get(i) < this.time.get(i - 1)) sorted = false;
    }
    return sorted ? order : order.sort((a, b) => this.time.get(a) - this.time.get(b) || a - b);
  }

  private record(at: number, time: number): void {
    const { data } = this.file;
    const kind = data.u32(at);
    const size = data.u16(at + 6);
    try {
      if (kind === type.sample) this.sample(at, at + size, time);
      else if (kind === type.mmap) this.mmap(at, 40, size);
      else if (kind === type.mmap2) this.mmap(at, 72, size);
      else if (kind === type.comm) this.comms.set(data.i32(at + 12), data.text(at + 16, size - 16));
      else if (kind === type.fork) this.fork(at);
      else if (kind === type.lost) this.lost += data.u64(at + 16);
      else if (kind === type.lostSamples) this.lost += data.u64(at + 8);
    } catch (error) {
      if (this.options.strict || !(error instanceof CaptureError)) throw error;
      const message = `a record of ${size} bytes does not hold what it should: ${error.problem}`;
      this.diagnostics.add("warning", "broken-record", message, { offset: at }, 1);
    }
  }

  private mmap(at: number, nameAt: number, size: number): void {
    const { data } = this.file;
    const pid = data.i32(at + 8);
    const start = data.address(at + 16);
    const end = start + data.u64(at + 24);
    const misc = data.u16(at + 4);
    const file = data.text(at + nameAt, size - nameAt);
    if (nameAt === 72 && misc & buildIdInMmap2) {
      this.file.buildIds.set(file, data.hex(at + 44, Math.min(data.u8(at + 40), 20)));
    }
    if ((misc & 7) === kernelMode) {
      if (file.startsWith(kernelFile)) {
        this.recordedText = data.address(at + 32);
        this.kernelSpace.add({ start, end, offset: start, file: kernelFile });
      } else this.kernelSpace.add({ start, end, offset: start, file });
      return;
    }
    // Code without a file is what a compiler at run time made; perf looks for it in /tmp/perf-PID.map.
    const isAnonymous = /^\/\/anon|^\/anon_hugepage|^\/dev\/zero/.test(file);
    const mapping = {
      start,
      end,
      offset: data.u64(at + 32),
      file: isAnonymous ? `/tmp/perf-${pid}.map` : file,
    };
    this.space(pid).add(isAnonymous ? { ...mapping, offset: start } : mapping);
  }

  private fork(at: number): void {
    const { data } = this.file;
    const [pid, parentPid, tid, parentTid] = [8, 12, 16, 20].map((offset) => data.i32(at + offset));
    const comm = this.comms.get(parentTid);
    if (comm !== undefined) this.comms.set(tid, comm);
    if (pid !== parentPid) this.spaces.set(pid, this.space(parentPid).copy());
  }

  private space(pid: number): AddressSpace {
    let space = this.spaces.get(pid);
    if (!space) {
      space = new AddressSpace();
      this.spaces.set(pid, space);
    }
    return space;
  }

  /** The fields of a sample stand in this order; see perf_output_sample in the kernel. */
  private sample(at: number, end: number, time: number): void {
    const { data } = this.file;
    if (this.startTime === untimed) this.startTime = time;
    const sinceStart = time === untimed ? 0 : time - this.startTime;
    if (!this.samples.wants(sinceStart)) return;
    const attr = this.attrOfSample(at);
    const { sampleType } = attr;
    let next = at + 8;
    const field = (bit: number): number => {
      if (!(sampleType & bit)) return -1;
      next += 8;
      if (next > end) throw data.fail("a sample is too short", at);
      return next - 8;
    };
    field(sampleBits.identifier);
    const ipAt = field(sampleBits.ip);
    const tidAt = field(sampleBits.tid);
    field(sampleBits.time);
    field(sampleBits.addr);
    field(sampleBits.id);
    field(sampleBits.streamId);
    const cpuAt = field(sampleBits.cpu);
    const periodAt = field(sampleBits.period);
    if (sampleType & sampleBits.read) next = this.afterRead(next, attr.readFormat);
    const pid = tidAt < 0 ? -1 : data.i32(tidAt);
    const tid = tidAt < 0 ? -1 : data.i32(tidAt + 4);
    const space = this.space(pid);
    this.stack.length = 0;
    if (sampleType & sampleBits.callchain) next = this.callchain(next, end, space);
    // A stack that is to be unwound from DWARF has no user part in its call chain.
    const lacksChain = !(sampleType & sampleBits.callchain) || (sampleType & sampleBits.stackUser) !== 0;
    if (lacksChain && this.stack.length === 0 && ipAt >= 0) {
      this.stack.push(this.frame(space, data.u16(at + 4) & 7, data.address(ipAt)));
    }
    if (sampleType & sampleBits.stackUser) this.rawStacks++;
    this.frames += this.stack.length;
    this.samples.add({
      time: sinceStart,
      event: attr.name,
      comm: this.comms.get(tid) ?? `:${tid}`,
      pid,
      tid,
      cpu: cpuAt < 0 ? -1 : data.u32(cpuAt),
      period: periodAt < 0 ? attr.period || 1 : data.u64(periodAt),
      stack: this.samples.builder.stacks.intern(this.stack, this.stack.length),
      detail: sampleType & sampleBits.raw ? this.rawDetail(attr, next, end) : null,
    });
  }

  private attrOfSample(at: number): EventAttr {
    const { data, attrs, attrOfId } = this.file;
    const [first] = attrs;
    if (!first) throw data.fail("a sample stands before any event is described", at);
    if (attrs.length === 1) return first;
    const { sampleType } = first;
    if (sampleType & sampleBits.identifier) return attrOfId.get(data.u64(at + 8)) ?? first;
    if (!(sampleType & sampleBits.id)) return first;
    const before = [sampleBits.ip, sampleBits.tid, sampleBits.time, sampleBits.addr];
    return attrOfId.get(data.u64(at + 8 + 8 * before.filter((bit) => sampleType & bit).length)) ?? first;
  }

  /** Counter values in a sample are passed over: one, or a group of them, each with what read_format adds. */
  private afterRead(at: number, readFormat: number): number {
    const times = (readFormat & 1) + ((readFormat >> 1) & 1);
    const each = 1 + ((readFormat >> 2) & 1) + ((readFormat >> 4) & 1);
    if (readFormat & 8) return at + 8 * (1 + times + this.file.data.u64(at) * each);
    return at + 8 * (times + each);
  }

  /** Reads a call chain into `stack`; entries above 2^64 - 4096 say in which mode the next ones ran. */
  private callchain(at: number, end: number, space: AddressSpace): number {
    const { data } = this.file;
    const count = data.u64(at);
    const after = at + 8 + count * 8;
    if (after > end) throw data.fail(`a call chain of ${count} entries is longer than its record`, at);
    let mode = userMode;
    for (let entry = at + 8; entry < after; entry += 8) {
      const address = data.address(entry);
      if (address < 0 && address >= -4096) {
        if (address === -128) mode = kernelMode;
        else if (address === -512) mode = userMode;
        else mode = 0;
      } else this.stack.push(this.frame(space, mode, address));
    }
    return after;
  }

  private frame(space: AddressSpace, mode: number, address: number): number {
    const where = mode === kernelMode ? this.kernelSpace : space;
    let frame = where.frames.get(address);
    if (frame === undefined) {
      frame = this.newFrame(where.find(address), mode, address);
      where.frames.set(address, frame);
    }
    return frame;
  }

  /** As perf prints them, addresses of a binary are offsets in its file, those of the kernel are kept. */
  private newFrame(mapping: Mapping | undefined, mode: number, address: number): number {
    const shown = mapping && mode !== kernelMode ? address - mapping.start + mapping.offset : address;
    const lo = ((shown % 4294967296) + 4294967296) % 4294967296;
    const hi = Math.floor((shown - lo) / 4294967296);
    const symbol = mapping ? this.functionAt(mapping, mode, shown) : undefined;
    const demangled =
      symbol === undefined || mode === kernelMode ? undefined : this.demangler.demangle(symbol);
    return this.samples.builder.frame({
      name: demangled ?? symbol ?? "[unknown]",
      systemName: demangled === undefined ? undefined : symbol,
      binary: mapping?.file,
      lo,
      hi: hi < 0 ? hi + 4294967296 : hi,
    });
  }

  private functionAt(mapping: Mapping, mode: number, at: number): string | undefined {
    const recorded = this.file.recordedSymbols.get(mapping.file);
    if (recorded) return recorded.find(at);
    if (mode === kernelMode) return this.kernelTable()?.find(at);
    const { file } = mapping;
    if (!this.tables.has(file)) this.tables.set(file, this.loadSymbols(file));
    return this.tables.get(file)?.find(at);
  }

  private loadSymbols(file: string): SymbolTable | undefined {
    if (this.options.symbols === false || !file.startsWith("/")) return undefined;
    const buildId = this.file.buildIds.get(file) ?? "";
    const table = elfSymbols(this.options.symbolRoot ?? "", file, buildId);
    if (!table) {
      const message =
        buildId || this.options.symbolRoot
          ? `${file} is not on this machine, or is another build; no names: read it where it was recorded, or with symbolRoot`
          : `the recording has no build id of ${file}, and what lies there now may be another build; no names: record with --buildid-all, or name the folder of the binaries that ran (symbolRoot)`;
      this.diagnostics.add("info", "no-symbols", message);
    }
    return table;
  }

  private kernelTable(): KernelSymbols | undefined {
    if (this.kernelLoaded) return this.kernel;
    this.kernelLoaded = true;
    const recorded = this.file.tracing?.kallsyms;
    const buildId = this.file.buildIds.get(kernelFile) ?? "";
    if (recorded && recorded.length > 0) this.kernel = kernelSymbols(recorded, undefined);
    else if (this.options.symbols !== false) {
      this.kernel = kernelSymbols(runningKallsyms(buildId), this.recordedText);
    }
    if (!this.kernel) {
      this.diagnostics.add(
        "info",
        "no-kernel-symbols",
        buildId
          ? "the recording has no symbols of its kernel, and the one that runs here is another build; no names"
          : "the recording has neither symbols nor the build id of its kernel; no names: read it where it was recorded, with build ids",
      );
    }
    return this.kernel;
  }

  private rawDetail(attr: EventAttr, at: number, end: number): string | null {
    const { data, tracing } = this.file;
    const size = data.u32(at);
    if (at + 4 + size > end) throw data.fail(`raw data of ${size} bytes is longer than its record`, at);
    if (attr.type !== 2) return null;
    if (!this.formatters.has(attr.config)) {
      const event = tracing?.events.get(attr.config);
      this.formatters.set(attr.config, event && tracepointFormatter(event, true));
    }
    return this.formatters.get(attr.config)?.(data.part(at + 4, size)) ?? null;
  }
}
