import { ByteCursor } from "../../bytes/byte-cursor.js";
import { CaptureError } from "../../bytes/capture-error.js";
import { Growable } from "../../bytes/growable.js";
import { type BatchColumns, Content, type GenerationSpan, type TraceVersion } from "./batch-index.js";
import type { EventStore } from "./event-store.js";
import { goSort } from "./go-sort.js";
import { maxStackFrames, maxStringBytes, Wire } from "./wire.js";

/** In an {@link IdMap}: the id is not there. */
export const missing = -2;

/** From a generation's ids of strings or stacks to the capture's own. */
export class IdMap {
  /** By id; {@link missing} where there is none. Ids from its length on are in `sparse`. */
  dense: Int32Array = new Int32Array(0);
  private sparse = new Map<number, number>();
  /** What id 0 stands for. */
  private readonly zero: number;

  constructor(zero: number) {
    this.zero = zero;
  }

  get(id: number): number {
    return id < this.dense.length
      ? this.dense[id]
      : (this.sparse.get(id) ?? (id === 0 ? this.zero : missing));
  }

  /** Adds an id; false when it is there already. */
  add(id: number, value: number): boolean {
    if (id === 0 || this.sparse.has(id)) return false;
    this.sparse.set(id, value);
    return true;
  }

  /** Moves ids into the dense array, unless they lie so far apart that it would be mostly holes. */
  pack(): void {
    const limit = this.sparse.size * 4 + 1024;
    let top = 0;
    for (const id of this.sparse.keys()) if (id < limit && id > top) top = id;
    const dense = new Int32Array(top + 1).fill(missing);
    dense[0] = this.zero;
    for (const [id, value] of this.sparse) {
      if (id > top) continue;
      dense[id] = value;
      this.sparse.delete(id);
    }
    this.dense = dense;
  }
}

/** The clocks of a generation. */
export interface GenerationClock {
  ticksPerSecond: number;
  /** ns per tick, computed as Go's reader computes it. */
  nsPerTick: number;
  snapshotTicks: number;
  snapshot: { monotonicNs: bigint; seconds: number; nanoseconds: number } | undefined;
}

/** CPU samples of a generation, in order of time. */
export interface Samples {
  readonly count: number;
  /** Absolute ns, as {@link absoluteNs} gives them. */
  readonly time: Float64Array;
  readonly m: Float64Array;
  readonly p: Float64Array;
  readonly g: Float64Array;
  /** The generation's own stack ids. */
  readonly stack: Float64Array;
  /** Rows by time, ties as Go's reader sorts them. */
  readonly order: Int32Array;
}

/** Everything of a generation that is not an event. */
export interface GenerationTables {
  readonly strings: IdMap;
  readonly stacks: IdMap;
  readonly clock: GenerationClock;
  readonly samples: Samples;
  /** Unparsed batches of the AllocFree experiment. */
  readonly experimental: readonly Uint8Array[];
}

/** Ticks as ns: the product of two doubles cut to an integer, exactly as Go's reader computes it. */
export function absoluteNs(ticks: number, clock: GenerationClock): number {
  return Math.trunc(ticks * clock.nsPerTick);
}

/**
 * Reads a generation's strings, stacks, clocks and CPU samples.
 *
 * @param lenient keep what is whole of a damaged generation, with `onDamage` told; otherwise the first damage throws
 * @throws CaptureError with the offset
 */
export function readGenerationTables(
  bytes: Uint8Array,
  batches: BatchColumns,
  span: GenerationSpan,
  version: TraceVersion,
  store: EventStore,
  onDamage: ((error: unknown) => void) | undefined,
): GenerationTables {
  const reader = new TableReader(store, version);
  for (let batch = span.firstBatch; batch < span.lastBatch; batch++) {
    const content = batches.content.get(batch);
    if (content === Content.Events) continue;
    const cursor = new ByteCursor(bytes, batches.start.get(batch), batches.end.get(batch));
    try {
      reader.read(content, cursor, batches.ticks.get(batch));
    } catch (error) {
      if (!onDamage) throw error;
      onDamage(error);
    }
  }
  return reader.finish(onDamage);
}

/** A generation's clock alone, undefined where it is lost. */
export function readGenerationClock(
  bytes: Uint8Array,
  batches: BatchColumns,
  span: GenerationSpan,
  version: TraceVersion,
): GenerationClock | undefined {
  const clock = newClock();
  for (let batch = span.firstBatch; batch < span.lastBatch; batch++) {
    if (batches.content.get(batch) !== Content.Clock) continue;
    const cursor = new ByteCursor(bytes, batches.start.get(batch), batches.end.get(batch));
    try {
      readClock(cursor, batches.ticks.get(batch), version, clock);
    } catch {
      return undefined;
    }
  }
  return clock.ticksPerSecond > 0 ? clock : undefined;
}

function newClock(): GenerationClock {
  return { ticksPerSecond: 0, nsPerTick: 0, snapshotTicks: 0, snapshot: undefined };
}

function readClock(
  cursor: ByteCursor,
  batchTicks: number,
  version: TraceVersion,
  clock: GenerationClock,
): void {
  if (version >= 25) cursor.u8();
  let ticks = batchTicks;
  while (cursor.remaining > 0) {
    const at = cursor.pos;
    const type = cursor.u8();
    if (type === Wire.Frequency) {
      if (clock.ticksPerSecond !== 0) throw cursor.fail("found multiple frequency events", at);
      clock.ticksPerSecond = cursor.varint();
      clock.nsPerTick = 1 / (clock.ticksPerSecond / 1e9);
    } else if (type === Wire.ClockSnapshot && version >= 25) {
      if (clock.snapshot) throw cursor.fail("found multiple clock snapshot events", at);
      ticks += cursor.varint();
      clock.snapshotTicks = ticks;
      clock.snapshot = {
        monotonicNs: cursor.varintBig(),
        seconds: cursor.varint(),
        nanoseconds: cursor.varint(),
      };
    } else {
      throw cursor.fail(`expected frequency or clock snapshot event, got ${type}`, at);
    }
  }
}

class TableReader {
  private readonly store: EventStore;
  private readonly version: TraceVersion;
  private readonly strings = new IdMap(0);
  private readonly stacks = new IdMap(-1);
  /** Frames of all stacks as they stand in the file: pc halves, func id, file id, line. */
  private readonly experimental: Uint8Array[] = [];
  private readonly stackIds: number[] = [];
  private readonly stackStarts: number[] = [0];
  private readonly framePcs = new Growable(Uint32Array);
  private readonly frameFields = new Growable(Float64Array);
  private readonly sampleFields = new Growable(Float64Array);
  private readonly clock = newClock();

  constructor(store: EventStore, version: TraceVersion) {
    this.store = store;
    this.version = version;
  }

  read(content: number, cursor: ByteCursor, ticks: number): void {
    if (content === Content.Strings) this.readStrings(cursor);
    else if (content === Content.Stacks) this.readStacks(cursor);
    else if (content === Content.Samples) this.readSamples(cursor);
    else if (content === Content.Clock) readClock(cursor, ticks, this.version, this.clock);
    else this.experimental.push(cursor.take(cursor.remaining));
  }

  private expect(cursor: ByteCursor, type: number, name: string): void {
    const found = cursor.u8();
    if (found !== type) throw cursor.fail(`expected ${name}, found event type ${found}`, cursor.pos - 1);
  }

  private readStrings(cursor: ByteCursor): void {
    cursor.u8();
    while (cursor.remaining > 0) {
      this.expect(cursor, Wire.String, "a string");
      const at = cursor.pos;
      const id = cursor.varint();
      const length = cursor.varint();
      if (length > maxStringBytes) {
        throw cursor.fail(`string of ${length} bytes, at most ${maxStringBytes} are possible`, at);
      }
      const text = cursor.text(length, "string");
      if (!this.strings.add(id, this.store.strings.code(text))) {
        throw cursor.fail(`multiple strings with the same ID ${id}`, at);
      }
    }
  }

  private readStacks(cursor: ByteCursor): void {
    cursor.u8();
    while (cursor.remaining > 0) {
      this.expect(cursor, Wire.Stack, "a stack");
      const at = cursor.pos;
      const id = cursor.varint();
      const count = cursor.varint();
      if (count > maxStackFrames) {
        throw cursor.fail(`stack of ${count} frames, at most ${maxStackFrames} are possible`, at);
      }
      if (!this.stacks.add(id, this.stackIds.length)) {
        throw cursor.fail(`multiple stacks with the same ID ${id}`, at);
      }
      this.stackIds.push(id);
      for (let frame = 0; frame < count; frame++) this.readFrame(cursor);
      this.stackStarts.push(this.frameFields.length / 3);
    }
  }

  private readFrame(cursor: ByteCursor): void {
    const { lo, hi } = cursor.varintHalves();
    const func = cursor.varint();
    const file = cursor.varint();
    const line = cursor.varint();
    this.framePcs.push(lo);
    this.framePcs.push(hi);
    this.frameFields.push(func);
    this.frameFields.push(file);
    this.frameFields.push(line);
  }

  private readSamples(cursor: ByteCursor): void {
    cursor.u8();
    while (cursor.remaining > 0) {
      this.expect(cursor, Wire.CPUSample, "a CPU sample");
      const fields = [cursor.varint(), cursor.varint(), cursor.varint(), cursor.varint(), cursor.varint()];
      for (const field of fields) this.sampleFields.push(field);
    }
  }

  finish(onDamage: ((error: unknown) => void) | undefined): GenerationTables {
    const fail = (problem: string): void => {
      const error = new CaptureError(problem);
      if (!onDamage) throw error;
      onDamage(error);
    };
    if (this.clock.ticksPerSecond === 0) fail("no frequency event found");
    else if (this.version >= 25 && !this.clock.snapshot) fail("no clock snapshot event found");
    this.strings.pack();
    return {
      strings: this.strings,
      stacks: this.capturedStacks(fail),
      clock: this.clock,
      samples: this.sortedSamples(),
      experimental: this.experimental,
    };
  }

  /** Gives the stacks their ids in the capture. As in Go's reader, the first frame of a program counter stands for all. */
  private capturedStacks(fail: (problem: string) => void): IdMap {
    const { store, frameFields, framePcs } = this;
    const frameOfPc = new Map<number, number>();
    const members = new Int32Array(maxStackFrames);
    const map = new IdMap(-1);
    for (let stack = 0; stack + 1 < this.stackStarts.length; stack++) {
      const start = this.stackStarts[stack];
      const count = this.stackStarts[stack + 1] - start;
      for (let at = 0; at < count; at++) {
        const row = start + at;
        const low = framePcs.get(row * 2);
        const high = framePcs.get(row * 2 + 1);
        // Program counters of user code are far below 2^53, so the double tells them apart.
        const pc = high * 4294967296 + low;
        let frame = frameOfPc.get(pc);
        if (frame === undefined) {
          const func = this.strings.get(frameFields.get(row * 3));
          const file = this.strings.get(frameFields.get(row * 3 + 1));
          if (func === missing || file === missing) {
            const id = frameFields.get(func === missing ? row * 3 : row * 3 + 1);
            fail(`found invalid string ID ${id} for stack ${this.stackIds[stack]}`);
          }
          frame = store.stacks.frame(
            low,
            high,
            Math.max(func, 0),
            Math.max(file, 0),
            frameFields.get(row * 3 + 2),
          );
          frameOfPc.set(pc, frame);
        }
        members[at] = frame;
      }
      map.add(this.stackIds[stack], store.stacks.stack(members, count));
    }
    map.pack();
    return map;
  }

  private sortedSamples(): Samples {
    const fields = this.sampleFields.finish();
    const count = fields.length / 5;
    const part = (field: number): Float64Array =>
      Float64Array.from({ length: count }, (_, row) => fields[row * 5 + field]);
    const time = part(0).map((ticks) => absoluteNs(ticks, this.clock));
    const order = Int32Array.from({ length: count }, (_, row) => row);
    goSort(order, count, time);
    return { count, time, m: part(1), p: part(2), g: part(3), stack: part(4), order };
  }
}
