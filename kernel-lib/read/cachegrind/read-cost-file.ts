// The out files of valgrind's cachegrind and callgrind, and of other tools that write callgrind's format. Specified in
// valgrind's manual: https://valgrind.org/docs/manual/cl-format.html and .../cg-manual.html#cg-manual.output-format.
//
//   events: Ir Dr            what each cost line counts; missing counts at a line's end are 0
//   fl=file  fn=function     where the costs below belong; fi= and fe= change the file for inlined code
//   12 5 2                   a cost line: positions, then costs; +n, -n and * are relative to the line before
//   cfn=callee  calls=3 40   a call: the next cost line holds what the callee cost, callees of its own included
//   fn=(7) name              a name and its number, after which (7) stands for it
//
// Jumps are passed over, but their positions count for the relative ones after them.

import { CaptureError } from "../../bytes/capture-error.js";
import { Growable } from "../../bytes/growable.js";
import type { Diagnostics } from "../diagnostics.js";
import type { OpenInput } from "../open-input.js";
import { ProfileBuilder } from "../profile/profile-builder.js";
import type { ProfileColumns } from "../profile/profile-columns.js";
import type { ReadOptions } from "../read-options.js";
import { LineScanner } from "../text/line-scanner.js";
import { scanLines } from "../text/lines.js";
import { UnparsedLines } from "../text/unparsed-lines.js";

/** A function as valgrind's tools list them: code inlined from another file is a row of its own. */
export interface CostFunction {
  readonly name: string;
  readonly file: string;
  readonly binary: string;
}

/** Calls from one function to another on one line; the costs are those of the callee with all it called. */
export interface CostCalls {
  readonly caller: Int32Array;
  readonly callee: Int32Array;
  readonly line: Float64Array;
  readonly count: Float64Array;
  /** One column for each event. */
  readonly costs: readonly Float64Array[];
}

/** A read cachegrind or callgrind file. */
export interface CostFile {
  readonly events: readonly string[];
  /** `cmd`, `creator`, `desc`, ... as the file has them; repeated ones are joined by line breaks. */
  readonly header: Readonly<Record<string, string>>;
  readonly functions: readonly CostFunction[];
  /** Self cost of each function, one column for each event. */
  readonly self: readonly Float64Array[];
  readonly calls: CostCalls;
  /** The file's own sums, from its last totals or summary line; null when it has none. */
  readonly totals: readonly number[] | null;
  /** Self costs by line: samples of one frame. */
  readonly profile: ProfileColumns;
  readonly unparsed: UnparsedLines;
  readonly lines: number;
}

const maxEvents = 1000;

/** Reads a cachegrind or callgrind file; lines that are none of its format stay in `unparsed`. */
export async function readCostFile(
  input: OpenInput,
  diagnostics: Diagnostics,
  options: ReadOptions = {},
): Promise<CostFile> {
  const reader = new CostReader(options.strict ?? false);
  await scanLines(input, reader.scanner, options);
  return reader.finish(diagnostics);
}

/** Names by number, for one kind of name: files, functions, binaries. */
class NameTable {
  private readonly names = new Map<string, string>();

  /** `name`, `(3) name` which defines 3, or `(3)`. */
  resolve(text: string): string {
    // Most are short and known.
    const known = this.names.get(text);
    if (known !== undefined || !text.startsWith("(")) return known ?? text;
    const match = /^\((\d+)\)(?:\s+(.*))?$/.exec(text);
    if (!match) return text;
    if (match[2] !== undefined) this.names.set(`(${match[1]})`, match[2]);
    return match[2] ?? text;
  }
}

class CostReader {
  readonly scanner: LineScanner = new LineScanner((bytes, start, end) => this.line(bytes, start, end));
  private readonly strict: boolean;
  private readonly files = new NameTable();
  private readonly fns = new NameTable();
  private readonly objects = new NameTable();
  private readonly header: Record<string, string> = {};
  private readonly unparsed = new UnparsedLines();
  private events: string[] = [];
  private totals: number[] | null = null;
  private summaries: number[] | null = null;
  private hasAddress = false;
  private hasLine = true;

  /** Functions by file and name. */
  private readonly functionIds = new Map<string, Map<string, number>>();
  private readonly functions: CostFunction[] = [];
  private object = "";
  private file = "";
  private fn = "";
  private current = -1;
  private callObject = "";
  private callFile = "";
  private callFn = "";
  private pendingCalls = -1;
  private address = 0;
  private lineNumber = 0;

  private readonly builder = new ProfileBuilder();
  private readonly sampleStack = new Growable(Int32Array);
  /** Stacks by function and line, then by address: lines of one place come again in other parts of a file. */
  private readonly stackAt = new Map<number, Map<number, number>>();
  private readonly oneFrame = [0];
  /** Self costs by function. */
  private self: Growable<Float64Array>[] = [];
  private costs: Growable<Float64Array>[] = [];
  private readonly caller = new Growable(Int32Array, 64);
  private readonly callee = new Growable(Int32Array, 64);
  private readonly callLine = new Growable(Float64Array, 64);
  private readonly callCount = new Growable(Float64Array, 64);
  private callCosts: Growable<Float64Array>[] = [];

  /** Where the next number of a cost line begins. */
  private at = 0;

  constructor(strict: boolean) {
    this.strict = strict;
  }

  private line(bytes: Uint8Array, start: number, end: number): void {
    if (end === start) return;
    const first = bytes[start];
    const isCost = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 42;
    if (isCost && this.costLineOf(bytes, start, end)) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
    if (isCost || !this.textLine(text)) this.keepUnparsed();
  }

  private keepUnparsed(): void {
    if (this.strict) {
      throw new CaptureError("the line is none of a cost file's", {
        place: { line: this.scanner.line },
        remedy: "read without strict to keep it as unparsed",
      });
    }
    this.unparsed.add(this.scanner.line, this.scanner.offset);
  }

  private textLine(text: string): boolean {
    if (text.startsWith("#") || text.trim() === "") return true;
    const equals = text.indexOf("=");
    const colon = text.indexOf(":");
    if (
      equals > 0 &&
      (colon < 0 || equals < colon) &&
      this.position(text.slice(0, equals), text.slice(equals + 1))
    ) {
      return true;
    }
    return colon > 0 && this.headerLine(text.slice(0, colon), text.slice(colon + 1).trim());
  }

  private position(key: string, value: string): boolean {
    switch (key) {
      case "fn":
        this.fn = this.fns.resolve(value);
        this.current = -1;
        break;
      case "fl":
      case "fi":
      case "fe":
        this.file = this.files.resolve(value);
        this.current = -1;
        break;
      case "ob":
        this.object = this.objects.resolve(value);
        break;
      case "cob":
        this.callObject = this.objects.resolve(value);
        break;
      case "cfi":
      case "cfl":
        this.callFile = this.files.resolve(value);
        break;
      case "cfn":
        this.callFn = this.fns.resolve(value);
        break;
      case "calls":
        this.pendingCalls = Number.parseInt(value, 10) || 0;
        break;
      case "jfi":
        this.files.resolve(value);
        break;
      case "jfn":
        this.fns.resolve(value);
        break;
      case "jump":
      case "jcnd":
        break;
      default:
        return false;
    }
    return true;
  }

  private headerLine(key: string, value: string): boolean {
    if (key === "events") {
      this.setEvents(value.split(/\s+/).filter(Boolean));
    } else if (key === "positions") {
      this.hasAddress = /\binstr\b/.test(value);
      this.hasLine = /\bline\b/.test(value) || !this.hasAddress;
    } else if (key === "summary" || key === "totals") {
      const counts = value.split(/\s+/).map((count) => (count === "." ? 0 : Number(count)));
      if (key === "totals") this.totals = counts;
      // Each part of a dump has its own summary.
      else this.summaries = counts.map((count, i) => count + (this.summaries?.[i] ?? 0));
    } else if (/^(version|creator|pid|thread|part|cmd|desc|event|rem)$/.test(key)) {
      this.header[key] =
        this.header[key] === undefined ? value : `${this.header[key]}\n${value}`.slice(0, 1 << 20);
    } else return false;
    return true;
  }

  /** The parts of a dump may each say their events; they must be the same. */
  private setEvents(events: string[]): void {
    if (this.events.length > 0 && this.events.join(" ") === events.join(" ")) return;
    if (this.events.length > 0 || events.length === 0 || events.length > maxEvents) {
      throw new CaptureError(
        this.events.length > 0
          ? "parts of the file count different events"
          : `${events.length} events are listed`,
        { place: { line: this.scanner.line }, remedy: "read the parts one by one" },
      );
    }
    this.events = events;
    this.costs = events.map(() => new Growable(Float64Array));
    this.self = events.map(() => new Growable(Float64Array, 64));
    this.callCosts = events.map(() => new Growable(Float64Array, 64));
  }

  private function(name: string, file: string, binary: string): number {
    let ofFile = this.functionIds.get(file);
    if (!ofFile) {
      ofFile = new Map();
      this.functionIds.set(file, ofFile);
    }
    const known = ofFile.get(name);
    if (known !== undefined) return known;
    ofFile.set(name, this.functions.length);
    for (const sums of this.self) sums.push(0);
    return this.functions.push({ name, file, binary }) - 1;
  }

  /** Reads `+3 17 0 2`; false when it is no cost line, or stands before any event or function. */
  private costLineOf(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.events.length === 0) return false;
    this.at = start;
    if (this.hasAddress) this.address = this.positionAt(bytes, end, this.address);
    if (this.hasLine) this.lineNumber = this.positionAt(bytes, end, this.lineNumber);
    if (Number.isNaN(this.address) || Number.isNaN(this.lineNumber)) {
      this.address ||= 0;
      this.lineNumber ||= 0;
      return false;
    }
    if (this.current < 0) this.current = this.function(this.fn, this.file, this.object);
    if (this.pendingCalls >= 0) {
      for (const column of this.callCosts) column.push(this.countAt(bytes, end));
      this.addCall();
      return true;
    }
    for (let event = 0; event < this.costs.length; event++) {
      const cost = this.countAt(bytes, end);
      const self = this.self[event];
      this.costs[event].push(cost);
      self.set(this.current, self.get(this.current) + cost);
    }
    this.sampleStack.push(this.stackHere());
    return true;
  }

  /** The stack of one frame that the present position is. */
  private stackHere(): number {
    const place = this.current * 67108864 + this.lineNumber;
    let known = this.stackAt.get(place);
    if (!known) {
      known = new Map();
      this.stackAt.set(place, known);
    }
    let id = known.get(this.address);
    if (id === undefined) {
      const lo = this.address % 4294967296;
      const hi = Math.floor(this.address / 4294967296);
      const frame = { ...this.functions[this.current], line: this.lineNumber, lo, hi };
      this.oneFrame[0] = this.builder.frame(frame);
      id = this.builder.stacks.intern(this.oneFrame, 1);
      known.set(this.address, id);
    }
    return id;
  }

  private addCall(): void {
    // Without a file of its own the callee lies in the caller's.
    const binary = this.callObject || this.object;
    this.caller.push(this.current);
    this.callee.push(this.function(this.callFn, this.callFile || this.file, binary));
    this.callLine.push(this.lineNumber);
    this.callCount.push(this.pendingCalls);
    this.pendingCalls = -1;
    this.callFile = "";
    this.callObject = "";
  }

  private skipBlanks(bytes: Uint8Array, end: number): void {
    while (this.at < end && (bytes[this.at] === 32 || bytes[this.at] === 9)) this.at++;
  }

  /** A position: `*`, `+3`, `-3`, `120` or `0x40`; NaN when it is none. */
  private positionAt(bytes: Uint8Array, end: number, last: number): number {
    this.skipBlanks(bytes, end);
    const sign = bytes[this.at];
    if (sign === 42) {
      this.at++;
      return last;
    }
    if (sign === 43 || sign === 45) this.at++;
    const isHex = bytes[this.at] === 48 && this.at + 1 < end && bytes[this.at + 1] === 120;
    const value = isHex ? this.hexAt(bytes, end) : this.digitsAt(bytes, end);
    if (sign === 43) return last + value;
    return sign === 45 ? last - value : value;
  }

  private digitsAt(bytes: Uint8Array, end: number): number {
    const start = this.at;
    let value = 0;
    while (this.at < end && bytes[this.at] >= 48 && bytes[this.at] <= 57)
      value = value * 10 + bytes[this.at++] - 48;
    const next = bytes[this.at];
    return this.at > start && (this.at >= end || next === 32 || next === 9) ? value : Number.NaN;
  }

  private hexAt(bytes: Uint8Array, end: number): number {
    let stop = this.at;
    while (stop < end && bytes[stop] !== 32 && bytes[stop] !== 9) stop++;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + this.at, stop - this.at).toString("latin1");
    this.at = stop;
    return Number(text);
  }

  /** The next count; 0 for a dot and where the line has ended. */
  private countAt(bytes: Uint8Array, end: number): number {
    this.skipBlanks(bytes, end);
    if (this.at >= end) return 0;
    const isNegative = bytes[this.at] === 45;
    if (isNegative) this.at++;
    const value = this.digitsAt(bytes, end);
    if (!Number.isNaN(value)) return isNegative ? -value : value;
    // A dot, or something that is no count.
    while (this.at < end && bytes[this.at] !== 32) this.at++;
    return 0;
  }

  finish(diagnostics: Diagnostics): CostFile {
    const self = this.self.map((sums) => sums.finish());
    this.compareTotals(self, diagnostics);
    return {
      events: this.events,
      header: this.header,
      functions: this.functions,
      self,
      calls: {
        caller: this.caller.finish(),
        callee: this.callee.finish(),
        line: this.callLine.finish(),
        count: this.callCount.finish(),
        costs: this.callCosts.map((column) => column.finish()),
      },
      totals: this.totals,
      profile: this.profile(),
      unparsed: this.unparsed,
      lines: this.scanner.line,
    };
  }

  /** A file that was cut lacks its totals, or they are not the sum of its lines. */
  private compareTotals(self: readonly Float64Array[], diagnostics: Diagnostics): void {
    // A summary also counts what belongs to no function, and so may be a little more than its lines: totals go first.
    const name = this.totals ? "total" : "summary";
    this.totals ??= this.summaries;
    if (!this.totals) {
      diagnostics.add("info", "no-totals", "the file has no totals to compare its lines with");
      return;
    }
    const { totals } = this;
    const wrong = self.findIndex((sums, i) => sums.reduce((all, one) => all + one, 0) !== (totals[i] ?? 0));
    if (wrong >= 0) {
      const message = `the lines do not add up to the file's own ${name} of ${this.events[wrong]}`;
      diagnostics.add("warning", "totals-differ", message);
    }
  }

  private profile(): ProfileColumns {
    return {
      ...this.builder.finish(),
      valueTypes: this.events.map((type) => ({ type, unit: "count" })),
      defaultValue: 0,
      values: this.costs.map((column) => column.finish()),
      sampleStack: this.sampleStack.finish(),
    };
  }
}
