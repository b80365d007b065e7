import { gzipSync } from "node:zlib";
import type { Location, Mapping, Function as PprofFunction, Profile, ProfileInput } from "pprof-format";
import type { LoadedCapture } from "../../capture/formats.js";
import type { ProfileMapping } from "../../read/profile/profile-columns.js";
import type { StackExportOptions } from "./folded-lines.js";
import { StackFrames } from "./stack-frames.js";
import { type WeightedStacks, weightedStacks } from "./weighted-stacks.js";

type PprofFormat = typeof import("pprof-format");

/** Stacks and their weights as a gzipped pprof profile, which `go tool pprof` and its like open. */
export async function* pprofBytes(
  capture: LoadedCapture,
  options: StackExportOptions,
): AsyncGenerator<Uint8Array> {
  const stacks = weightedStacks(capture, options.table, options);
  const profile = new ProfileWriter(await import("pprof-format"), capture).write(stacks);
  yield gzipSync(profile.encode());
}

/** Builds the profile: every distinct frame once as location and function. */
class ProfileWriter {
  private readonly format: PprofFormat;
  private readonly capture: LoadedCapture;
  private readonly frames: StackFrames;
  private readonly strings: InstanceType<PprofFormat["StringTable"]>;
  private readonly functions = new Map<string, PprofFunction>();
  private readonly locations = new Map<string, Location>();

  constructor(format: PprofFormat, capture: LoadedCapture) {
    this.format = format;
    this.capture = capture;
    this.frames = new StackFrames(capture.table("frames"));
    this.strings = new format.StringTable();
  }

  write({ types, defaultType, samples }: WeightedStacks): Profile {
    const { Profile, Sample, ValueType, Label } = this.format;
    const text = (value: string): number => this.strings.dedup(value);
    return new Profile({
      sampleType: types.map(({ type, unit }) => new ValueType({ type: text(type), unit: text(unit) })),
      sample: samples.map(
        ({ stack, values, labels }) =>
          new Sample({
            locationId: this.locationsOf(stack),
            value: values,
            label: labels.map(
              ({ key, text: value, num = 0, unit = "" }) =>
                new Label({ key: text(key), str: text(value ?? ""), num, numUnit: text(unit) }),
            ),
          }),
      ),
      mapping: this.mappings(),
      location: [...this.locations.values()],
      function: [...this.functions.values()],
      stringTable: this.strings,
      ...this.header(types[defaultType]?.type),
    });
  }

  // A pprof file keeps what it says of itself; its drop_frames have been applied when it was read.
  private header(defaultType = ""): ProfileInput {
    const text = (value: string): number => this.strings.dedup(value);
    if (this.capture.kind !== "pprof") return { defaultSampleType: text(defaultType) };
    const { periodType, period, timeNanos, durationNanos, comments, docUrl, defaultSampleType } =
      this.capture.header;
    return {
      periodType: periodType && { type: text(periodType.type), unit: text(periodType.unit) },
      period,
      timeNanos,
      durationNanos,
      comment: comments.map(text),
      docUrl: text(docUrl),
      defaultSampleType: text(defaultSampleType),
    };
  }

  // Frames inlined into the next one are lines of its location.
  private locationsOf(stack: number): number[] {
    const ids: number[] = [];
    let group: number[] = [];
    for (const frame of this.frames.of(stack)) {
      group.push(frame);
      if (this.frames.isInlined(frame)) continue;
      ids.push(this.location(group));
      group = [];
    }
    if (group.length > 0) ids.push(this.location(group));
    return ids;
  }

  private location(group: readonly number[]): number {
    const { frames } = this;
    const last = group[group.length - 1];
    const address = frames.pcOf(last);
    const mapping = frames.mappingOf(last);
    const lines = group.map(
      (frame) => `${frames.lineOf(frame)} ${frames.fileOf(frame)} ${frames.funcOf(frame)}`,
    );
    const key = [address, mapping, ...lines].join("\n");
    const known = this.locations.get(key);
    if (known) return Number(known.id);
    const id = this.locations.size + 1;
    const { Line, Location } = this.format;
    const line = group
      .filter((frame) => frames.funcOf(frame) !== "")
      .map((frame) => new Line({ functionId: this.functionOf(frame), line: frames.lineOf(frame) }));
    this.locations.set(key, new Location({ id, mappingId: mapping + 1, address, line }));
    return id;
  }

  private functionOf(frame: number): number {
    const { name, systemName, file, startLine } = this.describe(frame);
    const key = [name, systemName, file, startLine].join("\n");
    const known = this.functions.get(key);
    if (known) return Number(known.id);
    const id = this.functions.size + 1;
    const text = (value: string): number => this.strings.dedup(value);
    this.functions.set(
      key,
      new this.format.Function({
        id,
        name: text(name),
        systemName: text(systemName),
        filename: text(file),
        startLine,
      }),
    );
    return id;
  }

  private describe(frame: number): { name: string; systemName: string; file: string; startLine: number } {
    const row = this.frames.functionOf(frame);
    if ("profile" in this.capture && row >= 0) {
      const { name, systemName, file, startLine } = this.capture.profile.functions;
      return { name: name[row], systemName: systemName[row], file: file[row], startLine: startLine[row] };
    }
    const name = this.frames.funcOf(frame);
    return { name, systemName: name, file: this.frames.fileOf(frame), startLine: 0 };
  }

  private mappings(): Mapping[] {
    if (!("profile" in this.capture)) return [];
    return this.capture.profile.mappings.map((mapping, index) => this.mapping(mapping, index + 1));
  }

  private mapping({ start, limit, offset, file, buildId, has }: ProfileMapping, id: number): Mapping {
    return new this.format.Mapping({
      id,
      memoryStart: BigInt(start),
      memoryLimit: BigInt(limit),
      fileOffset: BigInt(offset),
      filename: this.strings.dedup(file),
      buildId: this.strings.dedup(buildId),
      hasFunctions: has.includes("[FN]"),
      hasFilenames: has.includes("[FL]"),
      hasLineNumbers: has.includes("[LN]"),
      hasInlineFrames: has.includes("[IN]"),
    });
  }
}
