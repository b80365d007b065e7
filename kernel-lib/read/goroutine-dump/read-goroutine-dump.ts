// Goroutine stacks as Go prints them: /debug/pprof/goroutine?debug=2, a crash, SIGQUIT, runtime.Stack. There is no
// specification; the headers are those of goroutineheader in Go's runtime/traceback.go, 1.19 to 1.26. Argument values
// are left out: they are addresses that mean nothing outside the process.

import type { OpenInput } from "../open-input.js";

import { ProfileBuilder } from "../profile/profile-builder.js";
import type { ProfileColumns } from "../profile/profile-columns.js";
import { TextLabels } from "../profile/text-labels.js";
import type { ReadOptions } from "../read-options.js";
import { eachLine } from "../text/lines.js";

/** One goroutine of a dump. */
export interface GoroutineRow {
  g: number;
  /** `running`, `chan receive`, `select`, `IO wait`, ... */
  state: string;
  /** Whole minutes it has been blocked; 0 when less than one. */
  wait_minutes: number;
  locked_to_thread: boolean;
  /** The synctest bubble it is in, or null. */
  bubble: number | null;
  /** The labels as the runtime quotes them, or null. */
  labels: string | null;
  created_by: string | null;
  created_by_g: number | null;
  created_at: string | null;
  /** How many frames the runtime left out of the middle of the stack. */
  elided_frames: number;
  line: number;
}

/** A dump's raw rows; sample n of the profile is goroutine n. */
export interface GoroutineDump {
  goroutines: GoroutineRow[];
  profile: ProfileColumns;
  unparsed: { line: number; text: string }[];
  lines: number;
}

const header = /^goroutine (\d+)(?: gp=\S+ m=\S+(?: mp=\S+)?)? \[([^\n]*)\]:$/;
const place = /^\t(.*):(\d+)(?: \+0x([0-9a-f]+))?(?: fp=\S+ sp=\S+ pc=(0x[0-9a-f]+))?$/;
const call = /^(\S.*)\((.*)\)$/;
const createdBy = /^created by (.*?)(?: in goroutine (\d+))?$/;
const elided = /^\.\.\.(?:(\d+)|additional) frames elided\.\.\.$/;

/** Reads the goroutine stacks in a text; lines around them stay in `unparsed`. */
export async function parseGoroutineDump(
  input: OpenInput,
  options: ReadOptions = {},
): Promise<GoroutineDump> {
  const reader = new DumpReader();
  await eachLine(input, (text) => reader.line(text), options);
  return reader.finish();
}

class DumpReader {
  private readonly builder = new ProfileBuilder();
  private readonly goroutines: GoroutineRow[] = [];
  private readonly stacks: number[] = [];
  private readonly labels = new TextLabels();
  private readonly unparsed: { line: number; text: string }[] = [];
  private readonly frames: number[] = [];
  private lines = 0;
  private current: GoroutineRow | undefined;
  /** The call whose place is on the next line. */
  private pending: { name: string; inlined: boolean } | undefined;
  private pendingCreator = false;

  line(text: string): void {
    this.lines++;
    const opened = header.exec(text);
    if (opened) this.open(opened);
    else if (!this.current || !this.inGoroutine(text, this.current)) this.outside(text);
  }

  finish(): GoroutineDump {
    this.close();
    const { goroutines, unparsed, lines } = this;
    const profile: ProfileColumns = {
      ...this.builder.finish(),
      valueTypes: [{ type: "goroutine", unit: "count" }],
      defaultValue: 0,
      values: [new Float64Array(goroutines.length).fill(1)],
      sampleStack: Int32Array.from(this.stacks),
      labels: this.labels.finish(),
    };
    return { goroutines, profile, unparsed, lines };
  }

  private open([, id, status]: RegExpExecArray): void {
    this.close();
    this.current = goroutineRow(Number(id), status, this.lines);
  }

  private close(): void {
    this.flushCall();
    if (!this.current) return;
    for (const [key, value] of labelsOf(this.current.labels))
      this.labels.text(this.goroutines.length, key, value);
    this.goroutines.push(this.current);
    this.stacks.push(this.builder.stacks.intern(this.frames, this.frames.length));
    this.frames.length = 0;
    this.current = undefined;
  }

  private outside(text: string): void {
    if (text === "") this.close();
    else this.unparsed.push({ line: this.lines, text });
  }

  /** Takes a line of the goroutine's stack; false when it is none. */
  private inGoroutine(text: string, row: GoroutineRow): boolean {
    const at = place.exec(text);
    if (at) return this.placeOf(at, row);
    this.flushCall();
    const creator = createdBy.exec(text);
    if (creator) {
      row.created_by = creator[1];
      row.created_by_g = creator[2] === undefined ? null : Number(creator[2]);
      this.pendingCreator = true;
      return true;
    }
    const left = elided.exec(text);
    if (left) {
      row.elided_frames += Number(left[1] ?? 1);
      return true;
    }
    if (/^\tgoroutine running on other thread; stack unavailable$/.test(text)) return true;
    const called = call.exec(text);
    // The runtime prints (...) for the arguments of a call that was inlined.
    if (called) this.pending = { name: called[1], inlined: called[2] === "..." };
    return called !== null;
  }

  private placeOf([, file, line, , pc]: RegExpExecArray, row: GoroutineRow): boolean {
    if (this.pending) {
      const address = BigInt(pc ?? 0);
      const halves = { lo: Number(address & 0xffffffffn), hi: Number(address >> 32n) };
      this.frames.push(this.builder.frame({ ...this.pending, file, line: Number(line), ...halves }));
      this.pending = undefined;
    } else if (this.pendingCreator) {
      row.created_at = `${file}:${line}`;
      this.pendingCreator = false;
    } else return false;
    return true;
  }

  /** A call without a place is a frame all the same. */
  private flushCall(): void {
    if (this.pending) this.frames.push(this.builder.frame(this.pending));
    this.pending = undefined;
    this.pendingCreator = false;
  }
}

/** Takes apart what stands in a header's brackets: `chan receive, 5 minutes, locked to thread`. */
function goroutineRow(g: number, status: string, line: number): GoroutineRow {
  const labelsAt = status.indexOf(" labels:{");
  const labels = labelsAt < 0 ? null : status.slice(labelsAt + " labels:".length);
  const [state, ...rest] = (labelsAt < 0 ? status : status.slice(0, labelsAt)).split(", ");
  const numberIn = (pattern: RegExp): number | null => {
    const found = rest.map((part) => pattern.exec(part)).find((match) => match !== null);
    return found ? Number(found[1]) : null;
  };
  return {
    g,
    state,
    wait_minutes: numberIn(/^(\d+) minutes$/) ?? 0,
    locked_to_thread: rest.includes("locked to thread"),
    bubble: numberIn(/^synctest bubble (\d+)$/),
    labels,
    created_by: null,
    created_by_g: null,
    created_at: null,
    elided_frames: 0,
    line,
  };
}

/** Labels as the runtime prints them: `{"key": "value", "other": "value"}`, quoted by its printquoted. */
function labelsOf(text: string | null): [key: string, value: string][] {
  const pairs = text?.matchAll(/"((?:[^"\\]|\\.)*)": "((?:[^"\\]|\\.)*)"/g) ?? [];
  return Array.from(pairs, ([, key, value]) => [unquoted(key), unquoted(value)]);
}

const letters: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unquoted(text: string): string {
  return text.replace(/\\(?:x(..)|u(.{4})|U(.{8})|(.))/g, (whole, x, u, long, one: string | undefined) => {
    if (one !== undefined) return letters[one] ?? one;
    const code = Number.parseInt(x ?? u ?? long, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
