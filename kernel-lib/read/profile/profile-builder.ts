import { StringDictionary } from "../../bytes/dictionary.js";
import { Growable } from "../../bytes/growable.js";
import { noLabels, type ProfileColumns, type ProfileMapping } from "./profile-columns.js";
import { StackInterner } from "./stack-interner.js";

/** What a format knows of a frame; everything but its name may be absent. */
export interface FrameParts {
  /** The function's name; empty where it is not known. */
  name: string;
  systemName?: string;
  file?: string;
  line?: number;
  /** The binary it lies in. */
  binary?: string;
  /** Address halves. */
  lo?: number;
  hi?: number;
  inlined?: boolean;
}

/**
 * Builds a profile from frames that a format names one by one. Functions are told apart by name, file and binary,
 * frames by all they have; callers that meet the same text again should keep the frame's number.
 */
export class ProfileBuilder {
  readonly stacks: StackInterner = new StackInterner();
  private readonly names = new StringDictionary();
  private readonly mappingIds = new StringDictionary();
  private readonly functionIds = new StringDictionary();
  private readonly locationIds = new Map<string, number>();
  private readonly frameIds = new Map<string, number>();
  private readonly functionNames: string[] = [];
  private readonly systemNames: string[] = [];
  private readonly files: string[] = [];
  private readonly addressLo = new Growable(Uint32Array);
  private readonly addressHi = new Growable(Uint32Array);
  private readonly locationMapping = new Growable(Int32Array);
  private readonly frameName = new Growable(Int32Array);
  private readonly frameFunction = new Growable(Int32Array);
  private readonly frameLine = new Growable(Float64Array);
  private readonly frameInlined = new Growable(Uint8Array);
  private readonly frameLocation = new Growable(Int32Array);

  /** The number of a frame; equal frames share one. */
  frame(parts: FrameParts): number {
    const mapping = parts.binary ? this.mappingIds.code(parts.binary) : -1;
    const fn = parts.name ? this.function(parts) : -1;
    const location = this.location(parts.lo ?? 0, parts.hi ?? 0, mapping);
    const line = parts.line ?? 0;
    const inlined = parts.inlined ? 1 : 0;
    const key = `${fn} ${location} ${line} ${inlined}`;
    const known = this.frameIds.get(key);
    if (known !== undefined) return known;
    const added = this.frameName.push(this.names.code(parts.name || binaryName(parts.binary)));
    this.frameIds.set(key, added);
    this.frameFunction.push(fn);
    this.frameLine.push(line);
    this.frameInlined.push(inlined);
    this.frameLocation.push(location);
    return added;
  }

  get frameCount(): number {
    return this.frameName.length;
  }

  /** All but the samples. */
  finish(): Omit<ProfileColumns, "valueTypes" | "defaultValue" | "values" | "sampleStack"> {
    const { start, items } = this.stacks.finish();
    return {
      stackStart: start,
      stackFrame: items,
      frameName: this.frameName.finish(),
      frameFunction: this.frameFunction.finish(),
      frameLine: this.frameLine.finish(),
      frameColumn: new Float64Array(this.frameName.length),
      frameInlined: this.frameInlined.finish(),
      frameLocation: this.frameLocation.finish(),
      names: this.names.values,
      functions: {
        name: this.functionNames,
        systemName: this.systemNames,
        file: this.files,
        startLine: new Float64Array(this.functionNames.length),
      },
      locations: {
        addressLo: this.addressLo.finish(),
        addressHi: this.addressHi.finish(),
        mapping: this.locationMapping.finish(),
      },
      mappings: this.mappingIds.values.map(mappingOf),
      labels: noLabels(),
    };
  }

  private function({ name, systemName = "", file = "", binary = "" }: FrameParts): number {
    const id = this.functionIds.code(`${name}\0${file}\0${binary}`);
    if (id === this.functionNames.length) {
      this.functionNames.push(name);
      this.systemNames.push(systemName);
      this.files.push(file);
    }
    return id;
  }

  private location(lo: number, hi: number, mapping: number): number {
    const key = `${hi} ${lo} ${mapping}`;
    const known = this.locationIds.get(key);
    if (known !== undefined) return known;
    this.addressLo.push(lo);
    this.addressHi.push(hi);
    const added = this.locationMapping.push(mapping);
    this.locationIds.set(key, added);
    return added;
  }
}

/** What stands for a function that has no name: the binary's base name in brackets. */
export function binaryName(binary: string | undefined): string {
  if (!binary) return "<unknown>";
  const base = binary.slice(binary.lastIndexOf("/") + 1) || binary;
  return base.startsWith("[") ? base : `[${base}]`;
}

function mappingOf(file: string, index: number): ProfileMapping {
  const none = "0x0";
  return { id: String(index + 1), start: none, limit: none, offset: none, file, buildId: "", has: "" };
}
