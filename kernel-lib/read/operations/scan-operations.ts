/**
 * A program's own log of its operations: CSV with the columns `start_ns,dur_ns,kind` (others may follow) under a first
 * line `# clock=monotonic` or `# clock=unix`, or NDJSON objects with the same names. Starts may be Unix times: those
 * exceed 2^53 ns, so they are read in two halves and kept relative to the earliest.
 */
import { CaptureError } from "../../bytes/capture-error.js";
import { StringDictionary } from "../../bytes/dictionary.js";
import { Growable } from "../../bytes/growable.js";
import { Diagnostics } from "../diagnostics.js";
import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { latin1 } from "../text/line-cursor.js";
import { LineScanner } from "../text/line-scanner.js";
import { scanLines } from "../text/lines.js";
import { UnparsedLines } from "../text/unparsed-lines.js";

/** Which clock the starts are of; `unknown` when the log does not say. */
export type OperationsClock = "monotonic" | "unix" | "unknown";

/** A column of texts; rows beyond its codes have none. */
export interface ExtraColumn {
  readonly codes: Int32Array;
  readonly values: readonly string[];
}

/** An operations log as columns. */
export interface OperationsLog {
  readonly clock: OperationsClock;
  /** The earliest start, in ns of its clock. */
  readonly originNs: bigint;
  /** Starts since the earliest one. */
  readonly startNs: Float64Array;
  readonly durNs: Float64Array;
  readonly kindCodes: Int32Array;
  readonly kinds: readonly string[];
  /** Columns beyond the three, as text, by name. */
  readonly extra: ReadonlyMap<string, ExtraColumn>;
  readonly unparsed: UnparsedLines;
  readonly diagnostics: Diagnostics;
}

/**
 * Reads an operations log; lines it cannot read are kept in `unparsed`.
 *
 * @throws CaptureError when no line is an operation, or under `strict` at the first line that is none
 */
export async function scanOperations(input: OpenInput, options: ReadOptions = {}): Promise<OperationsLog> {
  const scan = new OperationsScan(options.strict ?? false, input.name);
  await scanLines(input, scan.scanner, options, scan.unparsed);
  return within(scan.finish(), options);
}

/** The operations that start in the window asked for. */
function within(log: OperationsLog, { from = 0, to = Number.POSITIVE_INFINITY }: ReadOptions): OperationsLog {
  const { startNs } = log;
  const rows: number[] = [];
  for (let row = 0; row < startNs.length; row++)
    if (startNs[row] >= from && startNs[row] < to) rows.push(row);
  if (rows.length === startNs.length) return log;
  const extra = [...log.extra].map(([name, { codes, values }]): [string, ExtraColumn] => {
    const missing = values.indexOf("");
    return [name, { codes: Int32Array.from(rows, (row) => codes[row] ?? missing), values }];
  });
  return {
    ...log,
    startNs: Float64Array.from(rows, (row) => startNs[row]),
    durNs: Float64Array.from(rows, (row) => log.durNs[row]),
    kindCodes: Int32Array.from(rows, (row) => log.kindCodes[row]),
    extra: new Map(extra),
  };
}

const comma = 44;
const quote = 34;
const hash = 35;
const openBrace = 123;
const maxExtra = 64;
const minus = 45;

class OperationsScan {
  readonly scanner: LineScanner;
  private readonly strict: boolean;
  private readonly file: string;
  private readonly diagnostics = new Diagnostics();
  private clock: OperationsClock = "unknown";
  /** Roles of the CSV's columns, by position. */
  private columns: string[] = ["start_ns", "dur_ns", "kind"];
  private headerSeen = false;
  private readonly start = new Growable(Float64Array);
  private readonly dur = new Growable(Float64Array);
  private readonly kindCodes = new Growable(Int32Array);
  private readonly kinds = new StringDictionary();
  private readonly kindBytes: Uint8Array[] = [];
  private readonly extra = new Map<string, { codes: Growable<Int32Array>; names: StringDictionary }>();
  readonly unparsed: UnparsedLines = new UnparsedLines();
  /** The first start in two parts: whole seconds and ns. */
  private baseSeconds = Number.NaN;
  private baseNs = 0;
  private earliest = 0;
  // What integer() read last.
  private seconds = 0;
  private ns = 0;
  private next = 0;

  constructor(strict: boolean, file: string) {
    this.strict = strict;
    this.file = file;
    this.scanner = new LineScanner((bytes, start, end) => this.take(bytes, start, end));
  }

  finish(): OperationsLog {
    const { diagnostics, scanner } = this;
    if (this.start.length === 0) {
      throw new CaptureError(`none of its ${scanner.line} lines is an operation`, {
        place: { file: this.file },
        remedy: "write `# clock=monotonic`, then start_ns,dur_ns,kind, then a line for each operation",
      });
    }
    if (this.clock === "unknown") {
      const message =
        "no line says `# clock=monotonic` or `# clock=unix`: the log cannot be put beside others";
      diagnostics.add("info", "no-clock", message, { line: 1 });
    }
    const startNs = this.start.finish();
    for (let row = 0; row < startNs.length; row++) startNs[row] -= this.earliest;
    return {
      clock: this.clock,
      originNs: BigInt(this.baseSeconds) * 1_000_000_000n + BigInt(this.baseNs) + BigInt(this.earliest),
      startNs,
      durNs: this.dur.finish(),
      kindCodes: this.kindCodes.finish(),
      kinds: this.kinds.values,
      extra: new Map(
        [...this.extra].map(([name, { codes, names }]) => [
          name,
          { codes: codes.finish(), values: names.values },
        ]),
      ),
      unparsed: this.unparsed,
      diagnostics,
    };
  }

  private take(bytes: Uint8Array, start: number, end: number): void {
    if (this.understand(bytes, start, end)) return;
    const { line, offset } = this.scanner;
    if (this.strict) {
      throw new CaptureError(
        `${JSON.stringify(latin1(bytes, start, Math.min(end, start + 60)))} is no operation`,
        {
          place: { file: this.file, line },
          remedy: "read without strict to keep the others",
        },
      );
    }
    this.unparsed.add(line, offset);
  }

  private understand(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.scanner.cut || start >= end) return false;
    const first = bytes[start];
    if (first === hash) return this.comment(latin1(bytes, start, end));
    if (first === openBrace) return this.json(Buffer.from(bytes.subarray(start, end)).toString("utf8"));
    if (!this.headerSeen && this.start.length === 0 && (first > 57 || first === quote)) {
      return this.header(latin1(bytes, start, end));
    }
    return this.row(bytes, start, end);
  }

  private comment(text: string): boolean {
    const clock = /^#\s*clock\s*=\s*(monotonic|unix)\s*$/.exec(text)?.[1];
    if (clock) this.clock = clock as OperationsClock;
    else this.diagnostics.add("info", "comment", text.slice(0, 500), { line: this.scanner.line });
    return true;
  }

  private header(text: string): boolean {
    const names = text.split(",").map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
    if (!names.includes("start_ns") || !names.includes("dur_ns")) return false;
    if (new Set(names).size < names.length) return false;
    this.columns = names;
    this.headerSeen = true;
    return true;
  }

  /** A CSV line. Nothing is pushed before all of it is understood. */
  private row(bytes: Uint8Array, start: number, end: number): boolean {
    const { columns } = this;
    let seconds = Number.NaN;
    let ns = 0;
    let dur = Number.NaN;
    let kind = -1;
    let extra: [string, string][] | undefined;
    let at = start;
    for (let column = 0; column < columns.length; column++) {
      if (at > end) return false;
      const name = columns[column];
      if (name === "start_ns" || name === "dur_ns") {
        if (!this.integer(bytes, at, end)) return false;
        if (name === "start_ns") {
          seconds = this.seconds;
          ns = this.ns;
        } else dur = this.seconds * 1e9 + this.ns;
      } else {
        const text = this.field(bytes, at, end, name === "kind");
        if (text === undefined) return false;
        if (typeof text === "number") kind = text;
        else if (name === "kind") kind = this.kindCode(text);
        else {
          extra ??= [];
          extra.push([name, text]);
        }
      }
      if (this.next < end && bytes[this.next] !== comma) return false;
      at = this.next + 1;
    }
    // All columns read, and nothing after the last.
    if (this.next !== end) return false;
    return this.push(seconds, ns, dur, kind, extra);
  }

  private push(seconds: number, ns: number, dur: number, kind: number, extra?: [string, string][]): boolean {
    if (!(dur >= 0) || Number.isNaN(seconds)) return false;
    if (Number.isNaN(this.baseSeconds)) {
      this.baseSeconds = seconds;
      this.baseNs = ns;
    }
    const relative = (seconds - this.baseSeconds) * 1e9 + (ns - this.baseNs);
    // Beyond 2^53 ns (104 days) from the first, a double is not exact any more: a garbled number, not a start.
    if (!Number.isSafeInteger(relative)) return false;
    if (relative < this.earliest) this.earliest = relative;
    const row = this.start.push(relative);
    this.dur.push(dur);
    this.kindCodes.push(kind >= 0 ? kind : this.kindCode(""));
    for (const [name, value] of extra ?? []) this.pushExtra(name, value, row);
    return true;
  }

  private pushExtra(given: string, value: string, row: number): void {
    // JavaScript's objects, which rows become, have no such field.
    const name = given === "__proto__" ? "__proto___" : given;
    let column = this.extra.get(name);
    if (!column) {
      // Each column is as long as the table: a log with a new one in each line must not fill the memory.
      if (this.extra.size === maxExtra) {
        const message = `the column ${JSON.stringify(name.slice(0, 100))} was left out: only ${maxExtra} are kept`;
        this.diagnostics.add("loss", "extra-column", message, { line: this.scanner.line });
        return;
      }
      if (name !== given) {
        const message = `the column "${given}" is called "${name}": rows cannot have a field of that name`;
        this.diagnostics.add("info", "column-name", message, { line: this.scanner.line });
      }
      column = { codes: new Growable(Int32Array), names: new StringDictionary() };
      this.extra.set(name, column);
    }
    const missing = column.names.code("");
    while (column.codes.length < row) column.codes.push(missing);
    column.codes.push(column.names.code(value));
  }

  /** A whole number of up to 19 digits as whole seconds and ns, exact; `next` is where it ends. */
  private integer(bytes: Uint8Array, start: number, end: number): boolean {
    const negative = bytes[start] === minus;
    const first = negative ? start + 1 : start;
    let at = first;
    while (at < end && bytes[at] >= 48 && bytes[at] <= 57) at++;
    const digits = at - first;
    if (digits === 0 || digits > 19) return false;
    const split = Math.max(first, at - 9);
    let seconds = 0;
    for (let index = first; index < split; index++) seconds = seconds * 10 + bytes[index] - 48;
    let ns = 0;
    for (let index = split; index < at; index++) ns = ns * 10 + bytes[index] - 48;
    this.seconds = negative ? -seconds : seconds;
    this.ns = negative ? -ns : ns;
    this.next = at;
    return true;
  }

  /** A text field; a kind seen before comes back as its code, without a string being made. */
  private field(bytes: Uint8Array, start: number, end: number, isKind: boolean): string | number | undefined {
    if (bytes[start] === quote && start < end) return this.quoted(bytes, start, end);
    let at = start;
    while (at < end && bytes[at] !== comma) at++;
    this.next = at;
    if (isKind) {
      for (let code = 0; code < this.kindBytes.length; code++) {
        if (sameBytes(this.kindBytes[code], bytes, start, at)) return code;
      }
    }
    return utf8.decode(bytes.subarray(start, at));
  }

  /** A field in double quotes; two of them stand for one. */
  private quoted(bytes: Uint8Array, start: number, end: number): string | undefined {
    const close = /^"((?:[^"]|"")*)"/.exec(utf8.decode(bytes.subarray(start, end)));
    if (!close) return undefined;
    this.next = start + Buffer.byteLength(close[0]);
    return close[1].replaceAll('""', '"');
  }

  private kindCode(kind: string): number {
    const code = this.kinds.code(kind);
    // Only the first few are compared byte by byte: a log with a kind for each operation stays linear.
    if (code === this.kindBytes.length && code < 32) this.kindBytes.push(new TextEncoder().encode(kind));
    return code;
  }

  private json(text: string): boolean {
    let row: Record<string, unknown>;
    try {
      row = JSON.parse(text);
    } catch {
      return false;
    }
    const { start_ns, dur_ns, kind, clock, ...others } = row;
    if (clock === "monotonic" || clock === "unix") {
      this.clock = clock;
      if (start_ns === undefined) return true;
    }
    // JSON.parse rounds Unix times: the digits are read from the text, of a number or of a string.
    const digits = /"start_ns"\s*:\s*"?(-?\d{1,19})"?\s*[,}]/.exec(text)?.[1];
    const dur = typeof dur_ns === "string" ? Number(dur_ns) : dur_ns;
    if (digits === undefined || typeof dur !== "number" || start_ns === null) return false;
    const bytes = Buffer.from(digits);
    if (!this.integer(bytes, 0, bytes.length)) return false;
    const extra = Object.entries(others).map(([name, value]): [string, string] => [
      name,
      typeof value === "string" ? value : (JSON.stringify(value) ?? ""),
    ]);
    const code = kind === undefined || kind === null ? -1 : this.kindCode(String(kind));
    return this.push(this.seconds, this.ns, dur, code, extra);
  }
}

const utf8 = new TextDecoder();

function sameBytes(wanted: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (wanted.length !== end - start) return false;
  for (let at = 0; at < wanted.length; at++) if (wanted[at] !== bytes[start + at]) return false;
  return true;
}
