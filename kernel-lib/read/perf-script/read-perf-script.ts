// The text of `perf script`, and what simpleperf's report_sample.py prints in its manner. There is no specification;
// the lines are those of tools/perf/builtin-script.c:
//
//   # comments of --header
//   comm  pid/tid [cpu] seconds.fraction:  period event:  tracepoint fields, or the one address there is
//   <tab>   address symbol+0xoffset (binary)        the stack, the leaf first; (inlined) in place of the binary
//     file.c:12                                     the source line of the frame above, with -F +srcline
//   <tab>tracing data:                              a tracepoint's fields, as simpleperf prints them:
//   <tab><tab>name : value
//   <blank line>
//
// Every part but the event may be absent. Lines of --show-*-events are counted; of what is none of this the place is
// kept.

import { CaptureError } from "../../bytes/capture-error.js";
import type { Diagnostics } from "../diagnostics.js";
import type { OpenInput } from "../open-input.js";
import { type PerfColumns, PerfSamples } from "../perf/perf-samples.js";
import type { FrameParts } from "../profile/profile-builder.js";
import type { ReadOptions } from "../read-options.js";
import { LineScanner } from "../text/line-scanner.js";
import { scanLines } from "../text/lines.js";
import { UnparsedLines } from "../text/unparsed-lines.js";
import { headerLine, maxHeaderChars, partialHeader } from "./is-perf-script.js";

/** A read `perf script` text. */
export interface PerfScript extends PerfColumns {
  /** Frames of all samples, those of equal stacks counted each time. */
  readonly frames: number;
  /** `# key : value` lines of --header. */
  readonly header: readonly [string, string][];
  /** Lines of --show-*-events by type: `PERF_RECORD_MMAP2`, ... */
  readonly records: Readonly<Record<string, number>>;
  readonly lost: number;
  /** Lines that are none of perf script's: their number, and where they begin in the text. */
  readonly unparsed: UnparsedLines;
  readonly lines: number;
}

const frameLine = /^\s+([0-9a-f]+)(?:\s+(\S.*))?$/;
const sourceLine = /^ {2}(\S.*):(\d+)$/;
const fieldsTitle = /^\ttracing data:\s*$/;
const fieldLine = /^\t\t(\w+) : (.*)$/;
const recordLine = /\bPERF_RECORD_\w+/;

/** Reads `perf script` text piece by piece; memory grows with the samples and distinct frames, not with the text. */
export async function readPerfScript(
  input: OpenInput,
  diagnostics: Diagnostics,
  options: ReadOptions = {},
): Promise<PerfScript> {
  const reader = new ScriptReader(diagnostics, options, printsDeltas(input.head));
  await scanLines(input, reader.scanner, options);
  return reader.finish();
}

/** Whether the times at a text's beginning count from 0 and go back: each is the time since the sample before it. */
function printsDeltas(head: Uint8Array): boolean {
  let last = -1;
  for (const line of Buffer.from(head.subarray(0, 1 << 18))
    .toString("latin1")
    .split("\n")) {
    if (line.startsWith("\t") || line.startsWith("#")) continue;
    const header =
      headerLine.exec(line.slice(0, maxHeaderChars)) ?? partialHeader.exec(line.slice(0, maxHeaderChars));
    if (header?.[5] === undefined) continue;
    const time = Number(`${header[5]}.${header[6]}`);
    if (last < 0 && time !== 0) return false;
    if (time < last) return true;
    last = time;
  }
  return false;
}

class ScriptReader {
  readonly scanner: LineScanner = new LineScanner((bytes, start, end) => {
    this.line(
      bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
      start,
      end,
    );
  });
  private readonly samples: PerfSamples;
  private readonly diagnostics: Diagnostics;
  private readonly strict: boolean;
  /** The frame of each stack line that has been met. */
  private readonly frameOf = new Map<string, number>();
  private readonly stack: number[] = [];
  private readonly header: [string, string][] = [];
  private readonly records: Record<string, number> = {};
  private readonly unparsed = new UnparsedLines();
  private frames = 0;
  private lost = 0;
  private lastFrame = "";
  /** The sample whose stack is being read, and what follows its event. */
  private open: RegExpExecArray | undefined;
  private openRest = "";
  /** That the lines which follow are fields of the open sample's tracepoint. */
  private inFields = false;
  /** A line that would be a sample's if a stack came under it, and its place. */
  private held: { header: RegExpExecArray; line: number; offset: number } | undefined;
  private afterBlank = true;
  private readonly deltas: boolean;
  /** Where the sum of the deltas is. */
  private sum = 0;
  private lastTime = -1;
  private timed = 0;
  private timesGoBack = 0;
  private unnamed = 0;
  private startSeconds = -1;
  private startFraction = 0;

  constructor(diagnostics: Diagnostics, options: ReadOptions, deltas: boolean) {
    this.deltas = deltas;
    this.samples = new PerfSamples(options);
    this.diagnostics = diagnostics;
    this.strict = options.strict ?? false;
  }

  finish(): PerfScript {
    this.closeSample();
    this.letGo();
    this.report();
    if (this.lost > 0) {
      this.diagnostics.add("loss", "lost", `perf itself lost ${this.lost} events`, {}, this.lost);
    }
    const start =
      this.startSeconds < 0 ? 0n : BigInt(this.startSeconds) * 1_000_000_000n + BigInt(this.startFraction);
    return {
      ...this.samples.finish(start),
      frames: this.frames,
      header: this.header,
      records: this.records,
      lost: this.lost,
      unparsed: this.unparsed,
      lines: this.scanner.line,
    };
  }

  private line(piece: Buffer, start: number, end: number): void {
    if (end === start) {
      this.closeSample();
      this.letGo();
      this.afterBlank = true;
      return;
    }
    if (!this.open && piece[start] === 9) this.openPart(piece, start, end);
    this.letGo();
    this.afterBlank = false;
    // No line of perf script is that long.
    if (this.scanner.cut) this.keepUnparsed();
    // Stack lines begin with a tab and repeat: most are found whole among those met before.
    else if (piece[start] === 9 && this.open && !this.inFields) this.frame(piece, start, end);
    else this.otherLine(piece.toString("utf8", start, end));
  }

  private frame(piece: Buffer, start: number, end: number): void {
    const key = piece.toString("latin1", start, end);
    let frame = this.frameOf.get(key);
    if (frame === undefined) {
      const text = piece.toString("utf8", start, end);
      const parts = parseFrame(text);
      if (!parts) {
        this.inFields = fieldsTitle.test(text);
        if (!this.inFields) this.keepUnparsed();
        return;
      }
      frame = this.samples.builder.frame(parts);
      this.frameOf.set(key, frame);
    }
    this.lastFrame = key;
    this.stack.push(frame);
  }

  private otherLine(text: string): void {
    if (text.startsWith("#")) {
      this.comment(text);
      return;
    }
    if (this.inFields) {
      const field = fieldLine.exec(text);
      if (field) {
        this.openRest = `${this.openRest} ${field[1]}=${field[2]}`.trim();
        return;
      }
    }
    if (this.open && this.stack.length > 0) {
      const source = sourceLine.exec(text);
      if (source) {
        this.sourceOfFrame(source);
        return;
      }
    }
    const record = recordLine.exec(text);
    if (record) {
      this.record(record[0], text);
      return;
    }
    const opened = headerLine.exec(text.slice(0, maxHeaderChars));
    if (opened) {
      this.closeSample();
      this.open = opened;
      this.openRest = text.slice(opened[0].length).trim();
      return;
    }
    const parts = this.open ? parseFrame(text) : undefined;
    if (parts) {
      this.lastFrame = text;
      this.stack.push(this.samples.builder.frame(parts));
      return;
    }
    const header = text.length <= maxHeaderChars ? partialHeader.exec(text) : null;
    if (!header) this.keepUnparsed();
    else {
      this.closeSample();
      this.held = { header, line: this.scanner.line, offset: this.scanner.offset };
    }
  }

  /** A stack without a whole sample's line above it: -F left a part of that, or nothing (a blank line). */
  private openPart(piece: Buffer, start: number, end: number): void {
    const header = this.held?.header ?? (this.afterBlank ? partialHeader.exec("") : null);
    if (!header || !/^\t *[0-9a-f]{1,16} \S/.test(piece.toString("latin1", start, Math.min(end, start + 40))))
      return;
    this.held = undefined;
    this.open = header;
    this.openRest = "";
  }

  /** The held line has no stack under it, and so is no sample's. */
  private letGo(): void {
    const { held } = this;
    this.held = undefined;
    if (held) this.keepUnparsed(held);
  }

  private report(): void {
    const { diagnostics, timed } = this;
    if (this.deltas) {
      const message =
        "times are printed as deltas (--deltatime): they were added up, so each carries all the rounding before it";
      diagnostics.add("warning", "delta-times", message);
    } else if (this.startSeconds === 0 && this.startFraction === 0 && timed > 1 && timed < fewTimes) {
      const message =
        "times count from 0: whether they are since the first sample (--reltime) or since the one before (--deltatime) cannot be told";
      diagnostics.add("warning", "relative-times", message);
    }
    if (this.timesGoBack > 0) {
      const message = `${this.timesGoBack} samples are earlier than the one before them`;
      diagnostics.add("info", "times-go-back", message);
    }
    if (this.unnamed > 0) {
      const message = `${this.unnamed} samples do not say of which event they are; print them with -F event`;
      diagnostics.add("info", "no-event", message);
    }
  }

  private record(type: string, text: string): void {
    this.closeSample();
    this.records[type] = (this.records[type] ?? 0) + 1;
    if (type === "PERF_RECORD_LOST") this.lost += Number(/\blost (\d+)/.exec(text)?.[1] ?? 0);
  }

  private comment(text: string): void {
    const pair = /^# ([^:]+?)\s*: (.*)$/.exec(text);
    if (pair && this.header.length < 10_000) this.header.push([pair[1], pair[2]]);
  }

  private keepUnparsed({ line, offset }: { line: number; offset: number } = this.scanner): void {
    if (this.strict) {
      throw new CaptureError("the line is none of perf script's", {
        place: { line },
        remedy: "read without strict to keep it as unparsed",
      });
    }
    this.unparsed.add(line, offset);
  }

  /** The source line of the frame above: the frame is one of its own for each source line. */
  private sourceOfFrame([text, file, line]: RegExpExecArray): void {
    const key = `${this.lastFrame}\n${text}`;
    let frame = this.frameOf.get(key);
    if (frame === undefined) {
      const parts = parseFrame(Buffer.from(this.lastFrame, "latin1").toString("utf8"));
      if (!parts) return;
      frame = this.samples.builder.frame({ ...parts, file, line: Number(line) });
      this.frameOf.set(key, frame);
    }
    this.stack[this.stack.length - 1] = frame;
  }

  private closeSample(): void {
    const header = this.open;
    if (!header) return;
    this.open = undefined;
    this.inFields = false;
    const [, comm = "", first, second, cpu, seconds, fraction, period, event = "unknown"] = header;
    if (header[8] === undefined) this.unnamed++;
    const time = seconds === undefined ? 0 : this.timeOf(Number(seconds), fraction);
    if (!this.samples.wants(time)) {
      this.stack.length = 0;
      return;
    }
    let detail = this.openRest || null;
    // Without a call chain perf prints the one address on the sample's own line.
    const only = detail && this.stack.length === 0 ? parseAddressOnly(detail) : undefined;
    if (only) {
      this.stack.push(this.samples.builder.frame(only));
      detail = null;
    }
    this.frames += this.stack.length;
    this.samples.add({
      time,
      event,
      comm,
      pid: second === undefined ? -1 : Number(first),
      tid: Number(second ?? first ?? -1),
      cpu: cpu === undefined ? -1 : Number(cpu),
      period: period === undefined ? 1 : Number(period),
      stack: this.samples.builder.stacks.intern(this.stack, this.stack.length),
      detail,
    });
    this.stack.length = 0;
  }

  private timeOf(seconds: number, fraction: string): number {
    const nanos = Number(fraction.padEnd(9, "0"));
    if (this.startSeconds < 0) {
      this.startSeconds = seconds;
      this.startFraction = nanos;
    }
    this.timed++;
    if (this.deltas) {
      this.sum += seconds * 1e9 + nanos;
      return this.sum;
    }
    const time = (seconds - this.startSeconds) * 1e9 + (nanos - this.startFraction);
    if (time < this.lastTime) this.timesGoBack++;
    this.lastTime = time;
    return time;
  }
}

/** Samples in whose order chance would hardly leave deltas. */
const fewTimes = 8;

/** `ffffffff813884ae __task_pid_nr_ns+0x9e ([kernel.kallsyms])`: symbol and binary may be absent. */
function parseFrame(text: string): FrameParts | undefined {
  const match = frameLine.exec(text);
  if (!match || match[1].length > 16) return undefined;
  const [, address, rest = ""] = match;
  const halves = {
    lo: Number.parseInt(address.slice(-8), 16),
    hi: address.length > 8 ? Number.parseInt(address.slice(0, -8), 16) : 0,
  };
  const { symbol, binary } = splitBinary(rest);
  const name = symbol.replace(/\+0x[0-9a-f]+$/, "") || "[unknown]";
  if (binary === "inlined") return { name, inlined: true, ...halves };
  return { name, binary: binary === "[unknown]" ? undefined : binary, ...halves };
}

/** A sample's own line may end in its one address; a tracepoint's fields may not be taken for that. */
function parseAddressOnly(detail: string): FrameParts | undefined {
  if (!/^[0-9a-f]{1,16} .*\)$/.test(detail)) return undefined;
  return parseFrame(` ${detail}`);
}

/** The binary stands in the last parentheses, and may have `(deleted)` in them; C++ names have parentheses too. */
function splitBinary(rest: string): { symbol: string; binary: string | undefined } {
  if (!rest.endsWith(")")) return { symbol: rest, binary: undefined };
  const from = rest.endsWith(" (deleted))") ? rest.length - " (deleted))".length - 1 : rest.length;
  const at = rest.lastIndexOf(" (", from);
  if (at < 0)
    return rest.startsWith("(")
      ? { symbol: "", binary: rest.slice(1, -1) }
      : { symbol: rest, binary: undefined };
  return { symbol: rest.slice(0, at), binary: rest.slice(at + 2, -1) };
}
