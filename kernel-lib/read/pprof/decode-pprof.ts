import { CaptureError } from "../../bytes/capture-error.js";
import { Growable } from "../../bytes/growable.js";
import type { Diagnostics } from "../diagnostics.js";
import { Int64Column } from "../profile/int64-values.js";
import type { LabelColumns, ProfileColumns, ProfileMapping, ValueType } from "../profile/profile-columns.js";
import { StackInterner } from "../profile/stack-interner.js";
import { IdIndex } from "./id-index.js";
import { ProtoReader } from "./proto-reader.js";
import { type PrunedFrames, prunedFrames } from "./prune-frames.js";

/** What a pprof file says beside its samples. */
export interface PprofHeader {
  readonly periodType: ValueType | undefined;
  readonly period: number;
  /** Unix time of the start in ns; 0 when not written. */
  readonly timeNanos: bigint;
  readonly durationNanos: number;
  readonly comments: readonly string[];
  readonly docUrl: string;
  readonly dropFrames: string;
  readonly keepFrames: string;
  readonly defaultSampleType: string;
}

/** A decoded pprof file. */
export interface PprofData extends PprofHeader {
  readonly profile: ProfileColumns;
}

// Frames of all stacks, written out: beyond this a file is not a profile but an attack on memory.
const maxStackFrames = 2 ** 27;

/**
 * Decodes the protocol buffer of a pprof file into columns.
 *
 * Format: https://github.com/google/pprof/blob/main/proto/profile.proto. What does not hold together (an id
 * that is in no table, a sample with too few values) becomes a finding, or an error under `strict`. Unknown
 * fields are passed over, as protocol buffers ask.
 *
 * @throws CaptureError with the byte offset when the message itself is broken.
 */
export function decodePprof(bytes: Uint8Array, diagnostics: Diagnostics, strict = false): PprofData {
  return new PprofDecoder(bytes, diagnostics, strict).decode();
}

class PprofDecoder {
  private readonly reader: ProtoReader;
  private readonly diagnostics: Diagnostics;
  private readonly strict: boolean;
  private isConcatenated = false;

  private readonly sampleAt = new Growable(Float64Array);
  private readonly stringAt = new Growable(Float64Array);
  private readonly stringEnd = new Growable(Float64Array);
  private readonly strings: (string | undefined)[] = [];
  private readonly typeAt: number[] = [];
  private readonly comments: number[] = [];
  private readonly scalars = new Map<number, bigint>();
  private periodTypeAt = -1;

  private readonly locationIds = new IdIndex();
  private readonly addressLo = new Growable(Uint32Array);
  private readonly addressHi = new Growable(Uint32Array);
  private readonly mappingLo = new Growable(Uint32Array);
  private readonly mappingHi = new Growable(Uint32Array);
  private readonly firstFrame = new Growable(Uint32Array);
  private readonly frameFunctionLo = new Growable(Uint32Array);
  private readonly frameFunctionHi = new Growable(Uint32Array);
  private readonly frameLine = new Growable(Float64Array);
  private readonly frameColumn = new Growable(Float64Array);
  private readonly frameInlined = new Growable(Uint8Array);
  private readonly frameLocation = new Growable(Int32Array);

  private readonly functionIds = new IdIndex();
  private readonly functionName: number[] = [];
  private readonly functionSystemName: number[] = [];
  private readonly functionFile: number[] = [];
  private readonly functionStart = new Growable(Float64Array);

  private readonly mappingIds = new IdIndex();
  private readonly mappingAt: number[] = [];

  constructor(bytes: Uint8Array, diagnostics: Diagnostics, strict: boolean) {
    this.reader = new ProtoReader(bytes);
    this.diagnostics = diagnostics;
    this.strict = strict;
  }

  decode(): PprofData {
    this.scanFields();
    this.firstFrame.push(this.frameLine.length);
    if (this.stringAt.length === 0)
      this.lose("no-strings", "the string table is missing, so names are empty");
    else if (this.text(0) !== "") this.lose("string-table", "string 0 of the table is not empty");
    this.buildIds();
    const mappings = this.mappingAt.map((at) => this.mapping(at));
    const functions = {
      name: this.functionName.map((index) => this.text(index)),
      systemName: this.functionSystemName.map((index) => this.text(index)),
      file: this.functionFile.map((index) => this.text(index)),
      startLine: this.functionStart.finish(),
    };
    const valueTypes = this.typeAt.map((at) => this.valueType(at));
    const header = this.header();
    const locationMapping = this.locationMappings();
    const frameFunction = this.frameFunctions();
    const named = this.frameNames(frameFunction, functions.name, locationMapping, mappings);
    const pruned = prunedFrames(
      header,
      functions.name,
      frameFunction,
      this.firstFrame.finish(),
      this.diagnostics,
    );
    const samples = this.samples(valueTypes, pruned);
    return {
      ...header,
      profile: {
        valueTypes,
        defaultValue: defaultIndex(valueTypes, header.defaultSampleType),
        ...samples,
        ...named,
        frameFunction,
        frameLine: this.frameLine.finish(),
        frameColumn: this.frameColumn.finish(),
        frameInlined: this.frameInlined.finish(),
        frameLocation: this.frameLocation.finish(),
        functions,
        locations: {
          addressLo: this.addressLo.finish(),
          addressHi: this.addressHi.finish(),
          mapping: locationMapping,
        },
        mappings,
      },
    };
  }

  /** One pass over the outer message: small tables are decoded, samples and strings only located. */
  private scanFields(): void {
    const { reader } = this;
    while (reader.pos < reader.end) {
      const at = reader.pos;
      try {
        reader.next();
        this.field();
      } catch (error) {
        if (this.strict || this.isConcatenated || !(error instanceof CaptureError)) throw error;
        this.diagnostics.add("loss", "truncated", `${error.problem}; the rest of the file is not read`, {
          offset: at,
        });
        return;
      }
    }
  }

  private field(): void {
    const { reader } = this;
    switch (reader.field) {
      case 1:
        // No encoder writes sample types behind samples and strings.
        if (this.sampleAt.length > 0 && this.stringAt.length > 0) this.refuseSecond(reader.pos);
        this.typeAt.push(this.message());
        break;
      case 2:
        this.sampleAt.push(this.message());
        break;
      case 3:
        this.mappingAt.push(this.message(() => this.mappingId()));
        break;
      case 4:
        this.message(() => this.location());
        break;
      case 5:
        this.message(() => this.function());
        break;
      case 6: {
        reader.expectWire(2, "a string");
        const stop = reader.span();
        this.stringAt.push(reader.pos);
        this.stringEnd.push(stop);
        reader.pos = stop;
        break;
      }
      case 11:
        this.periodTypeAt = this.message();
        break;
      case 13:
        this.repeated((value) => this.comments.push(value));
        break;
      case 7:
      case 8:
      case 9:
      case 10:
      case 12:
      case 14:
      case 15:
        this.scalar();
        break;
      default:
        reader.skip();
    }
  }

  /** The numbers of a second profile's strings, functions and places mean others than in the first. */
  private refuseSecond(offset: number): never {
    this.isConcatenated = true;
    throw new CaptureError("holds two profiles, one after the other", {
      place: { offset },
      remedy: "write each to a file of its own; profiles cannot be concatenated",
    });
  }

  private scalar(): void {
    const { reader } = this;
    const { field, pos } = reader;
    reader.expectWire(0, `field ${field}`);
    reader.varint();
    if (field === 9 && this.scalars.get(9)) this.refuseSecond(pos);
    this.scalars.set(field, reader.signedBig());
  }

  /** Enters the nested message that is next, lets `read` read it, and leaves it; answers where its length stands. */
  private message(read?: () => void): number {
    const { reader } = this;
    reader.expectWire(2, `field ${reader.field}`);
    const at = reader.pos;
    const outer = reader.end;
    const stop = reader.span();
    if (read) {
      reader.end = stop;
      try {
        read();
      } finally {
        reader.end = outer;
      }
    }
    reader.pos = stop;
    return at;
  }

  /** Goes back to a message that was located before and reads its fields. */
  private revisit(at: number, field: () => void): void {
    const { reader } = this;
    reader.pos = at;
    reader.end = reader.bytes.length;
    reader.end = reader.span();
    while (reader.next()) field();
  }

  /** A repeated number, packed or not; `reader.lo` and `reader.hi` hold the exact value during the call. */
  private repeated(use: (value: number) => void): void {
    const { reader } = this;
    if (reader.wire === 0) {
      use(reader.varint());
      return;
    }
    reader.expectWire(2, `field ${reader.field}`);
    const stop = reader.span();
    const outer = reader.end;
    reader.end = stop;
    while (reader.pos < stop) use(reader.varint());
    reader.end = outer;
  }

  private mappingId(): void {
    const { reader } = this;
    let lo = 0;
    let hi = 0;
    while (reader.next()) {
      if (reader.field === 1 && reader.wire === 0) {
        reader.varint();
        lo = reader.lo;
        hi = reader.hi;
      } else reader.skip();
    }
    this.mappingIds.add(lo, hi);
  }

  private location(): void {
    const { reader } = this;
    let idLo = 0;
    let idHi = 0;
    let mapLo = 0;
    let mapHi = 0;
    let lo = 0;
    let hi = 0;
    const row = this.addressLo.length;
    const first = this.frameLine.length;
    while (reader.next()) {
      if (reader.field === 4) this.message(() => this.line(row));
      else if (reader.field > 3) reader.skip();
      else {
        reader.expectWire(0, "a location's field");
        reader.varint();
        if (reader.field === 1) [idLo, idHi] = [reader.lo, reader.hi];
        else if (reader.field === 2) [mapLo, mapHi] = [reader.lo, reader.hi];
        else [lo, hi] = [reader.lo, reader.hi];
      }
    }
    if (this.frameLine.length === first) this.addFrame(row, 0, 0, 0, 0);
    // Only the last line of a location is a real call, the ones before it were inlined into it.
    for (let frame = first; frame < this.frameLine.length - 1; frame++) this.frameInlined.set(frame, 1);
    this.firstFrame.push(first);
    this.locationIds.add(idLo, idHi);
    this.addressLo.push(lo);
    this.addressHi.push(hi);
    this.mappingLo.push(mapLo);
    this.mappingHi.push(mapHi);
  }

  private line(location: number): void {
    const { reader } = this;
    let lo = 0;
    let hi = 0;
    let line = 0;
    let column = 0;
    while (reader.next()) {
      if (reader.field > 3) {
        reader.skip();
        continue;
      }
      reader.expectWire(0, "a line's field");
      reader.varint();
      if (reader.field === 1) [lo, hi] = [reader.lo, reader.hi];
      else if (reader.field === 2) line = reader.signed();
      else column = reader.signed();
    }
    this.addFrame(location, lo, hi, line, column);
  }

  private addFrame(location: number, lo: number, hi: number, line: number, column: number): void {
    this.frameFunctionLo.push(lo);
    this.frameFunctionHi.push(hi);
    this.frameLine.push(line);
    this.frameColumn.push(column);
    this.frameInlined.push(0);
    this.frameLocation.push(location);
  }

  private function(): void {
    const { reader } = this;
    let lo = 0;
    let hi = 0;
    const texts = [0, 0, 0];
    let start = 0;
    while (reader.next()) {
      if (reader.field > 5) {
        reader.skip();
        continue;
      }
      reader.expectWire(0, "a function's field");
      const value = reader.varint();
      if (reader.field === 1) [lo, hi] = [reader.lo, reader.hi];
      else if (reader.field === 5) start = reader.signed();
      else texts[reader.field - 2] = value;
    }
    this.functionIds.add(lo, hi);
    this.functionName.push(texts[0]);
    this.functionSystemName.push(texts[1]);
    this.functionFile.push(texts[2]);
    this.functionStart.push(start);
  }

  private buildIds(): void {
    const tables: [string, IdIndex][] = [
      ["locations", this.locationIds],
      ["functions", this.functionIds],
      ["mappings", this.mappingIds],
    ];
    for (const [what, ids] of tables) {
      const twice = ids.build();
      if (twice > 0) this.lose("duplicate-id", `${twice} ${what} have an id that others have too`);
    }
  }

  private text(index: number): string {
    const known = this.strings[index];
    if (known !== undefined) return known;
    if (!(index >= 0 && index < this.stringAt.length)) {
      this.lose("absent-string", `string ${index} is not in the table of ${this.stringAt.length}`);
      return "";
    }
    const start = this.stringAt.get(index);
    const bytes = this.reader.bytes;
    const text = Buffer.from(
      bytes.buffer,
      bytes.byteOffset + start,
      this.stringEnd.get(index) - start,
    ).toString("utf8");
    this.strings[index] = text;
    return text;
  }

  private valueType(at: number): ValueType {
    const { reader } = this;
    let type = 0;
    let unit = 0;
    this.revisit(at, () => {
      if (reader.wire !== 0 || reader.field > 2) reader.skip();
      else if (reader.field === 1) type = reader.varint();
      else unit = reader.varint();
    });
    return { type: this.text(type), unit: this.text(unit) };
  }

  private mapping(at: number): ProfileMapping {
    const { reader } = this;
    const hex = ["0x0", "0x0", "0x0"];
    let id = "0";
    let file = 0;
    let buildId = 0;
    const has: string[] = [];
    this.revisit(at, () => {
      if (reader.wire !== 0) {
        reader.skip();
        return;
      }
      const value = reader.varint();
      if (reader.field === 1) id = BigInt.asUintN(64, reader.signedBig()).toString();
      else if (reader.field <= 4) hex[reader.field - 2] = reader.hex();
      else if (reader.field === 5) file = value;
      else if (reader.field === 6) buildId = value;
      else if (reader.field <= 10 && value !== 0)
        has.push(["[FN]", "[FL]", "[LN]", "[IN]"][reader.field - 7]);
    });
    const [start, limit, offset] = hex;
    return {
      id,
      start,
      limit,
      offset,
      file: this.text(file),
      buildId: this.text(buildId),
      has: has.join(""),
    };
  }

  private header(): PprofHeader {
    const scalar = (field: number): bigint => this.scalars.get(field) ?? 0n;
    const textOf = (field: number): string => this.text(Number(scalar(field)));
    return {
      dropFrames: textOf(7),
      keepFrames: textOf(8),
      timeNanos: scalar(9),
      durationNanos: Number(scalar(10)),
      periodType: this.periodTypeAt < 0 ? undefined : this.valueType(this.periodTypeAt),
      period: Number(scalar(12)),
      comments: this.comments.map((index) => this.text(index)),
      defaultSampleType: textOf(14),
      docUrl: textOf(15),
    };
  }

  private locationMappings(): Int32Array {
    const mapping = new Int32Array(this.mappingLo.length).fill(-1);
    for (let row = 0; row < mapping.length; row++) {
      const lo = this.mappingLo.get(row);
      const hi = this.mappingHi.get(row);
      if (lo === 0 && hi === 0) continue;
      mapping[row] = this.mappingIds.find(lo, hi);
      if (mapping[row] < 0)
        this.lose("absent-mapping", `location ${this.locationIds.idText(row)}: no such mapping`);
    }
    return mapping;
  }

  private frameFunctions(): Int32Array {
    const functions = new Int32Array(this.frameFunctionLo.length).fill(-1);
    for (let frame = 0; frame < functions.length; frame++) {
      const lo = this.frameFunctionLo.get(frame);
      const hi = this.frameFunctionHi.get(frame);
      if (lo === 0 && hi === 0) continue;
      functions[frame] = this.functionIds.find(lo, hi);
      if (functions[frame] < 0) {
        const location = this.locationIds.idText(this.frameLocation.get(frame));
        this.lose("absent-function", `location ${location}: no such function`);
      }
    }
    return functions;
  }

  /** What a tool prints for each frame: the function, or the binary's base name in brackets. */
  private frameNames(
    frameFunction: Int32Array,
    functionNames: readonly string[],
    locationMapping: Int32Array,
    mappings: readonly ProfileMapping[],
  ): { frameName: Int32Array; names: string[] } {
    const names: string[] = [];
    const codes = new Map<string, number>();
    const code = (name: string): number => {
      const known = codes.get(name);
      if (known !== undefined) return known;
      codes.set(name, names.length);
      return names.push(name) - 1;
    };
    const ofFunction = Int32Array.from(functionNames, (name) => code(name || "<unknown>"));
    const ofMapping = mappings.map(({ file }) => (file ? `[${file.slice(file.lastIndexOf("/") + 1)}]` : ""));
    const frameName = frameFunction.map((fn, frame) => {
      if (fn >= 0) return ofFunction[fn];
      const mapping = locationMapping[this.frameLocation.get(frame)];
      return code((mapping >= 0 && ofMapping[mapping]) || "<unknown>");
    });
    return { frameName, names };
  }

  private samples(
    valueTypes: readonly ValueType[],
    pruned: PrunedFrames | undefined,
  ): Pick<ProfileColumns, "values" | "sampleStack" | "stackStart" | "stackFrame" | "labels"> {
    const { reader } = this;
    const count = this.sampleAt.length;
    // Each value takes at least a byte, so more values than bytes is a false claim, not a large profile.
    if (count * valueTypes.length > reader.bytes.length) {
      throw new CaptureError(`${count} samples of ${valueTypes.length} values do not fit into the file`, {
        remedy: "capture it again",
      });
    }
    if (count > 0 && valueTypes.length === 0) this.lose("no-sample-type", "samples have no sample type");
    const values = valueTypes.map(() => new Int64Column(count));
    const stacks = new StackInterner();
    const sampleStack = new Int32Array(count);
    const labels = new LabelCollector(reader, (index) => this.text(index));
    const list = new Growable(Uint32Array, 256);
    for (let row = 0; row < count; row++) {
      list.length = 0;
      let given = 0;
      this.revisit(this.sampleAt.get(row), () => {
        if (reader.field === 1) {
          this.repeated(() => this.pushLocation(list, row));
        } else if (reader.field === 2) {
          this.repeated((value) => {
            const column = values[given++];
            if (!column) return;
            if (reader.hi === 0) column.set(row, value);
            else if (reader.isSafe()) column.set(row, reader.signed());
            else column.setBig(row, reader.signedBig());
          });
        } else if (reader.field === 3) this.message(() => labels.read(row));
        else reader.skip();
      });
      if (given !== valueTypes.length) {
        this.lose("value-count", `sample ${row} has ${given} values, not ${valueTypes.length}`);
      }
      const ids = pruned ? pruned.cut(list.finish()) : list.finish();
      sampleStack[row] = stacks.intern(ids, ids.length);
    }
    return {
      values: values.map((column) => column.finish()),
      sampleStack,
      ...this.expand(stacks, pruned),
      labels: labels.finish(),
    };
  }

  private pushLocation(list: Growable<Uint32Array>, row: number): void {
    const { reader } = this;
    const location = this.locationIds.find(reader.lo, reader.hi);
    if (location >= 0) list.push(location);
    else this.lose("absent-location", `sample ${row} names a location that is not in the table`);
  }

  /** Writes out the frames of every stack, inlined ones included. */
  private expand(
    stacks: StackInterner,
    pruned: PrunedFrames | undefined,
  ): { stackStart: Uint32Array; stackFrame: Uint32Array } {
    const { start, items } = stacks.finish();
    const first = this.firstFrame.finish();
    const from = (location: number): number => pruned?.first[location] ?? first[location];
    let total = 0;
    for (let i = 0; i < items.length; i++) total += first[items[i] + 1] - from(items[i]);
    if (total > maxStackFrames) {
      throw new CaptureError(`stacks have ${total} frames when written out, more than ${maxStackFrames}`, {
        remedy: "keep only a part of the profile, for instance with go tool pprof -proto -focus",
      });
    }
    const stackStart = new Uint32Array(start.length);
    const stackFrame = new Uint32Array(total);
    let at = 0;
    for (let stack = 0; stack + 1 < start.length; stack++) {
      for (let i = start[stack]; i < start[stack + 1]; i++) {
        const end = first[items[i] + 1];
        for (let frame = from(items[i]); frame < end; frame++) stackFrame[at++] = frame;
      }
      stackStart[stack + 1] = at;
    }
    return { stackStart, stackFrame };
  }

  private lose(code: string, message: string): void {
    if (this.strict) {
      throw new CaptureError(message, { remedy: "read without strict to keep what holds together" });
    }
    this.diagnostics.add("warning", code, message);
  }
}

/** Reads the labels of samples into columns, as Go's reader does: text if there is any, else the number. */
class LabelCollector {
  private readonly reader: ProtoReader;
  private readonly textOf: (index: number) => string;
  private readonly sample = new Growable(Int32Array, 16);
  private readonly key = new Growable(Int32Array, 16);
  private readonly text = new Growable(Int32Array, 16);
  private readonly numLo = new Growable(Uint32Array, 16);
  private readonly numHi = new Growable(Uint32Array, 16);
  private readonly unit = new Growable(Int32Array, 16);
  private readonly strings: string[] = [];
  private readonly codes = new Map<number, number>();

  constructor(reader: ProtoReader, textOf: (index: number) => string) {
    this.reader = reader;
    this.textOf = textOf;
  }

  read(sample: number): void {
    const { reader } = this;
    let key = 0;
    let text = 0;
    let unit = 0;
    let lo = 0;
    let hi = 0;
    while (reader.next()) {
      if (reader.field > 4) {
        reader.skip();
        continue;
      }
      reader.expectWire(0, "a label's field");
      const value = reader.varint();
      if (reader.field === 1) key = value;
      else if (reader.field === 2) text = value;
      else if (reader.field === 3) [lo, hi] = [reader.lo, reader.hi];
      else unit = value;
    }
    if (text === 0 && lo === 0 && hi === 0 && unit === 0) return;
    this.sample.push(sample);
    this.key.push(this.code(key));
    this.text.push(text === 0 ? -1 : this.code(text));
    this.numLo.push(text === 0 ? lo : 0);
    this.numHi.push(text === 0 ? hi : 0);
    this.unit.push(text === 0 && unit !== 0 ? this.code(unit) : -1);
  }

  finish(): LabelColumns {
    const num = new Int64Column(this.sample.length);
    for (let row = 0; row < this.sample.length; row++) {
      this.reader.lo = this.numLo.get(row);
      this.reader.hi = this.numHi.get(row);
      if (this.reader.isSafe()) num.set(row, this.reader.signed());
      else num.setBig(row, this.reader.signedBig());
    }
    return {
      sample: this.sample.finish(),
      key: this.key.finish(),
      text: this.text.finish(),
      num: num.finish(),
      unit: this.unit.finish(),
      strings: this.strings,
    };
  }

  private code(index: number): number {
    let code = this.codes.get(index);
    if (code === undefined) {
      code = this.strings.push(this.textOf(index)) - 1;
      this.codes.set(index, code);
    }
    return code;
  }
}

/** The value type that tools show: the one the profile names, else the last. */
function defaultIndex(types: readonly ValueType[], name: string): number {
  const named = name ? types.findIndex(({ type }) => type === name) : -1;
  return named >= 0 ? named : types.length - 1;
}
