// The description of tracepoints that perf stores as HEADER_TRACING_DATA, in the format of trace-cmd's trace.dat
// header: the text of /sys/kernel/tracing/events/*/*/format, and in old files /proc/kallsyms.

import { CaptureError } from "../../bytes/capture-error.js";

/** A field of a tracepoint's record. */
export interface TraceField {
  readonly name: string;
  /** Its C type: `char`, `pid_t`, `__data_loc char[]`, ... */
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
}

/** A tracepoint: its name, the fields of its record, and how the kernel prints it. */
export interface TraceEvent {
  readonly id: number;
  /** `sched:sched_switch`. */
  readonly name: string;
  readonly fields: readonly TraceField[];
  readonly print: string;
}

export interface TracingData {
  readonly events: Map<number, TraceEvent>;
  /** /proc/kallsyms of the recording machine; empty in files of newer perf versions. */
  readonly kallsyms: Buffer;
}

const magic = "\x17\x08Dtracing";

/** Reads tracing data; what comes after a place that is broken is left out. */
export function readTracingData(bytes: Uint8Array): TracingData {
  const reader = new TracingReader(bytes);
  return reader.read();
}

class TracingReader {
  private readonly bytes: Buffer;
  private at = 0;
  private little = true;
  private readonly events = new Map<number, TraceEvent>();

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  read(): TracingData {
    if (this.take(magic.length).toString("latin1") !== magic) throw this.fail("is no tracing data");
    this.text();
    this.little = this.take(1)[0] === 0;
    this.take(5);
    this.named("header_page");
    this.named("header_event");
    for (let left = this.u32(); left > 0; left--) this.event("ftrace", this.sized());
    for (let systems = this.u32(); systems > 0; systems--) {
      const system = this.text();
      for (let left = this.u32(); left > 0; left--) this.event(system, this.sized());
    }
    const kallsyms = this.bytes.length - this.at >= 4 ? this.take(this.u32()) : Buffer.alloc(0);
    return { events: this.events, kallsyms };
  }

  private fail(problem: string): CaptureError {
    return new CaptureError(problem, { place: { context: `tracing data, byte ${this.at}` } });
  }

  private take(count: number): Buffer {
    if (!(count >= 0 && count <= this.bytes.length - this.at))
      throw this.fail(`${count} bytes run past the end`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  private u32(): number {
    const bytes = this.take(4);
    return this.little ? bytes.readUInt32LE() : bytes.readUInt32BE();
  }

  private sized(): string {
    const bytes = this.take(8);
    const size = this.little ? bytes.readBigUInt64LE() : bytes.readBigUInt64BE();
    return this.take(Number(size)).toString("utf8");
  }

  private text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw this.fail("a name does not end");
    const text = this.bytes.toString("utf8", this.at, end);
    this.at = end + 1;
    return text;
  }

  private named(name: string): void {
    if (this.text() !== name) throw this.fail(`${name} is missing`);
    this.sized();
  }

  private event(system: string, format: string): void {
    const name = /^name: (.*)$/m.exec(format)?.[1];
    const id = Number(/^ID: (\d+)$/m.exec(format)?.[1]);
    if (!name || Number.isNaN(id)) return;
    const fields = [...format.matchAll(/^\tfield:([^;]*);\toffset:(\d+);\tsize:(\d+);\tsigned:(\d);$/gm)].map(
      ([, declaration, offset, size, signed]) =>
        traceField(declaration, Number(offset), Number(size), signed === "1"),
    );
    const print = /^print fmt: (.*)$/m.exec(format)?.[1] ?? "";
    this.events.set(id, { id, name: `${system}:${name}`, fields, print });
  }
}

function traceField(declaration: string, offset: number, size: number, signed: boolean): TraceField {
  const match = /^(.*?)\s*(\w+)(\[\w*\])?$/.exec(declaration.trim());
  const [, type = "", name = declaration, array = ""] = match ?? [];
  return { name, type: type + array, offset, size, signed };
}
