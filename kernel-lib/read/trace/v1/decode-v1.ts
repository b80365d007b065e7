import { ByteCursor } from "../../../bytes/byte-cursor.js";
import { CaptureError } from "../../../bytes/capture-error.js";
import { Growable } from "../../../bytes/growable.js";
import { isHeaderAt } from "../second-trace.js";
import { firstVersion, hasStack, timedArguments, V1, v1Names } from "./wire-v1.js";

/** Stacks have at most this many frames. */
const maxFrames = 1000;
/** Strings have at most this many bytes. */
const maxString = 1_000_000;
/** Arguments that are preceded by their length take at most this many bytes. */
const maxArgumentBytes = 2048;

/** Events as columns, in the file's order. */
export class V1Events {
  /** Ticks at first, then ns since the first event. */
  readonly time: Growable<Float64Array> = new Growable(Float64Array);
  readonly type: Growable<Uint8Array> = new Growable(Uint8Array);
  readonly p: Growable<Int32Array> = new Growable(Int32Array);
  readonly g: Growable<Float64Array> = new Growable(Float64Array);
  /** The file's number of the event's stack, 0 for none. */
  readonly stack: Growable<Uint32Array> = new Growable(Uint32Array);
  readonly a: Growable<Float64Array> = new Growable(Float64Array);
  readonly b: Growable<Float64Array> = new Growable(Float64Array);
  /** Third argument; of a log the number of its message in `messages`. */
  readonly c: Growable<Float64Array> = new Growable(Float64Array);

  get length(): number {
    return this.time.length;
  }
}

/** A frame as the file tells it: the first frame seen with its program counter stands for all. */
interface V1Frame {
  readonly pcLow: number;
  readonly pcHigh: number;
  readonly func: number;
  readonly file: number;
  readonly line: number;
}

/** What stands in a v1 trace, before its events are ordered. */
export interface V1Trace {
  readonly version: number;
  readonly events: V1Events;
  /** Rows of each processor's events, in its order. */
  readonly rowsOfP: ReadonlyMap<number, Growable<Int32Array>>;
  /** Rows of CPU samples, which belong to no processor's order. */
  readonly samples: readonly number[];
  readonly stacks: ReadonlyMap<number, readonly V1Frame[]>;
  readonly strings: ReadonlyMap<number, string>;
  readonly messages: readonly string[];
  readonly timerGoroutines: ReadonlySet<number>;
  /** 0 when the file does not tell. */
  readonly ticksPerSecond: number;
  readonly batches: number;
  /** Where decoding stopped before the file's end. */
  readonly problem: CaptureError | undefined;
  /** Where a second trace begins, which is not read. */
  readonly secondAt: number | undefined;
}

/** Decodes a v1 trace as far as it goes. */
export function decodeV1(bytes: Uint8Array, start: number, version: number): V1Trace {
  return new V1Decoder(bytes, start, version).run();
}

class V1Decoder implements V1Trace {
  readonly version: number;
  readonly events = new V1Events();
  readonly rowsOfP = new Map<number, Growable<Int32Array>>();
  readonly samples: number[] = [];
  readonly stacks = new Map<number, V1Frame[]>();
  readonly strings = new Map<number, string>();
  readonly messages: string[] = [];
  readonly timerGoroutines = new Set<number>();
  ticksPerSecond = 0;
  batches = 0;
  problem: CaptureError | undefined;
  secondAt: number | undefined;
  private readonly bytes: Uint8Array;
  private readonly cursor: ByteCursor;
  private readonly frames = new Map<number | string, V1Frame>();
  private readonly messageNumbers = new Map<string, number>();
  private readonly lastG = new Map<number, number>();
  private p = -1;
  private g = 0;
  private ticks = 0;
  private rows: Growable<Int32Array> | undefined;
  private readonly arguments: number[] = [];

  constructor(bytes: Uint8Array, start: number, version: number) {
    this.bytes = bytes;
    this.cursor = new ByteCursor(bytes, start);
    this.version = version;
  }

  run(): V1Trace {
    const { cursor } = this;
    while (cursor.remaining > 0) {
      const offset = cursor.pos;
      if (isHeaderAt(this.bytes, offset)) {
        this.secondAt = offset;
        break;
      }
      try {
        this.event();
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        this.problem = new CaptureError(error.problem, { place: { offset, context: `p ${this.p}` } });
        break;
      }
    }
    return this;
  }

  private event(): void {
    const { cursor } = this;
    const head = cursor.u8();
    const type = head & 63;
    const count = (head >> 6) + 1;
    if (type === V1.None || type >= v1Names.length || firstVersion(type) > this.version) {
      throw cursor.fail(`event of unknown type ${type}`);
    }
    if (type !== V1.Batch && !this.rows) throw cursor.fail(`event ${v1Names[type]} before the first batch`);
    switch (type) {
      case V1.Batch:
        this.batch(count);
        break;
      case V1.String:
        this.string();
        break;
      case V1.Stack:
        this.stack(count);
        break;
      default:
        this.readArguments(type, count);
        this.withArguments(type);
    }
  }

  private withArguments(type: number): void {
    switch (type) {
      case V1.Frequency:
        this.ticksPerSecond = this.arguments[0];
        if (this.ticksPerSecond === 0) throw this.cursor.fail("the clock's frequency is 0");
        break;
      case V1.TimerGoroutine:
        this.timerGoroutines.add(this.arguments[0]);
        break;
      case V1.CPUSample:
        this.sample();
        break;
      default:
        this.timed(type);
    }
  }

  private batch(count: number): void {
    const { cursor } = this;
    if (count !== 2) throw cursor.fail(`a batch has ${count} arguments, not 2`);
    const p = cursor.varint();
    if (p > 0x7fffffff && p !== 2 ** 64) throw cursor.fail(`a processor's id, ${p}, is too large`);
    this.lastG.set(this.p, this.g);
    this.p = p === 2 ** 64 ? -1 : p;
    this.g = this.lastG.get(this.p) ?? 0;
    this.ticks = cursor.varint();
    this.batches++;
    let rows = this.rowsOfP.get(this.p);
    if (!rows) {
      rows = new Growable(Int32Array);
      this.rowsOfP.set(this.p, rows);
    }
    this.rows = rows;
  }

  private string(): void {
    const { cursor } = this;
    const id = cursor.varint();
    const length = cursor.varint();
    if (id === 0 || length === 0) throw cursor.fail("a string without id or bytes");
    if (this.strings.has(id)) throw cursor.fail(`string ${id} is there twice`);
    if (length > maxString) throw cursor.fail(`a string of ${length} bytes`);
    this.strings.set(id, cursor.text(length, "a string"));
  }

  private stack(count: number): void {
    const { cursor } = this;
    const end = count === 4 ? this.argumentsEnd() : Number.POSITIVE_INFINITY;
    const id = cursor.varint();
    const size = cursor.varint();
    if (size > maxFrames) throw cursor.fail(`a stack of ${size} frames`);
    if (count !== 4 && count !== 2 + 4 * size) throw cursor.fail("a stack with a wrong number of arguments");
    const frames: V1Frame[] = [];
    for (let frame = 0; frame < size; frame++) frames.push(this.frame());
    if (count === 4 && cursor.pos !== end) throw cursor.fail("a stack with a wrong number of arguments");
    if (id !== 0 && size > 0) this.stacks.set(id % 2 ** 32, frames);
  }

  private frame(): V1Frame {
    const { cursor } = this;
    const { lo, hi } = cursor.varintHalves();
    const frame = {
      pcLow: lo,
      pcHigh: hi,
      func: cursor.varint(),
      file: cursor.varint(),
      line: cursor.varint(),
    };
    const key = hi < 2 ** 21 ? hi * 2 ** 32 + lo : `${hi} ${lo}`;
    const known = this.frames.get(key);
    if (known) return known;
    this.frames.set(key, frame);
    return frame;
  }

  private argumentsEnd(): number {
    const { cursor } = this;
    const length = cursor.varint();
    if (length > maxArgumentBytes) throw cursor.fail(`arguments of ${length} bytes`);
    cursor.need(length, "an event's arguments");
    return cursor.pos + length;
  }

  private readArguments(type: number, count: number): void {
    const { cursor, arguments: values } = this;
    values.length = 0;
    if (count < 4) for (let at = 0; at < count; at++) values.push(cursor.varint());
    else {
      const end = this.argumentsEnd();
      while (cursor.pos < end) values.push(cursor.varint());
    }
    const isTimed = type !== V1.Frequency && type !== V1.TimerGoroutine;
    const wanted = isTimed ? timedArguments[type] : 1;
    if (values.length !== wanted) {
      throw cursor.fail(`event ${v1Names[type]} has ${values.length} arguments, not ${wanted}`);
    }
  }

  private sample(): void {
    const [, ticks, p, g, stack] = this.arguments;
    this.samples.push(this.events.length);
    this.push(V1.CPUSample, ticks, p >= 2 ** 63 ? -1 : p, g, stack, 0, 0, 0);
  }

  private timed(type: number): void {
    const { arguments: values, rows } = this;
    this.ticks += values[0];
    let stack = 0;
    if (hasStack[type] === 1) stack = values.pop() ?? 0;
    let [, a = 0, b = 0, c = 0] = values;
    let { g } = this;
    if (type === V1.GoStart || type === V1.GoStartLocal || type === V1.GoStartLabel) {
      this.g = a;
      g = a;
    } else if (endsRunning[type] === 1) this.g = 0;
    else if (type === V1.GoSysExit || type === V1.GoWaiting || type === V1.GoInSyscall) g = a;
    else if (type === V1.UserLog) c = this.message();
    // Go's reader takes no notice of the time that the local form carries.
    if (type === V1.GoSysExitLocal) [b, c] = [0, 0];
    rows?.push(this.events.length);
    this.push(type, this.ticks, this.p, g, stack, a, b, c);
  }

  private message(): number {
    const { cursor } = this;
    const length = cursor.varint();
    if (length > maxString) throw cursor.fail(`a string of ${length} bytes`);
    const text = cursor.text(length, "a log's message");
    let number = this.messageNumbers.get(text);
    if (number === undefined) {
      number = this.messages.push(text) - 1;
      this.messageNumbers.set(text, number);
    }
    return number;
  }

  private push(
    type: number,
    time: number,
    p: number,
    g: number,
    stack: number,
    a: number,
    b: number,
    c: number,
  ): void {
    const { events } = this;
    events.time.push(time);
    events.type.push(type);
    events.p.push(p);
    events.g.push(g);
    events.stack.push(stack);
    events.a.push(a);
    events.b.push(b);
    events.c.push(c);
  }
}

/** Types after which their goroutine runs no longer on its processor. */
const endsRunning = new Uint8Array(64);
for (let type: number = V1.GoEnd; type <= V1.GoBlockNet; type++) {
  endsRunning[type] = type === V1.GoUnblock ? 0 : 1;
}
endsRunning[V1.GoSysBlock] = 1;
endsRunning[V1.GoBlockGC] = 1;
