import { Growable } from "../../bytes/growable.js";
import { maxBatchBytes, noThread, Wire } from "./wire.js";

/** A trace's version: the N of `go 1.N trace`. */
export type TraceVersion = number;

/** The first version whose generations end with an event of their own. */
export const endOfGenerationSince = 26;
/** The first version whose clocks stand in a Sync batch rather than a lone Frequency event. */
const syncBatchSince = 25;

/** Batches of one generation and the next lie no further apart than this: an hour of any clock up to 10 GHz. */
const plausibleTicks = 3.6e13;

/** What a batch holds, told from its first byte as Go's reader does. */
export const Content = {
  Events: 0,
  Strings: 1,
  Stacks: 2,
  Samples: 3,
  Clock: 4,
  Experimental: 5,
} as const;

/** All batches of a trace, in file order, as columns; one row each. */
export class BatchColumns {
  readonly thread: Growable<Float64Array> = new Growable(Float64Array);
  /** Ticks of the trace's clock at the batch's start. */
  readonly ticks: Growable<Float64Array> = new Growable(Float64Array);
  readonly start: Growable<Float64Array> = new Growable(Float64Array);
  readonly end: Growable<Float64Array> = new Growable(Float64Array);
  readonly content: Growable<Uint8Array> = new Growable(Uint8Array);

  /** Adds a batch that ends at `end`, and returns its row. */
  push(header: BatchHeader, end: number, content: number): number {
    this.ticks.push(header.ticks);
    this.start.push(header.start);
    this.end.push(end);
    this.content.push(content);
    return this.thread.push(header.thread >= 2 ** 63 ? -1 : header.thread);
  }
}

/** One generation's place in the file, and why it is not whole, if it is not. */
export interface GenerationSpan {
  /** The generation's number in the file. */
  readonly generation: number;
  readonly firstBatch: number;
  lastBatch: number;
  readonly startOffset: number;
  endOffset: number;
  /** Least ticks of its batches. */
  minTicks: number;
  /** Bytes of event batches, which bound the number of its events. */
  eventBytes: number;
  /** What is wrong with it; undefined for a whole one. */
  problem: BatchProblem | undefined;
}

/** Why the walk over the batches stopped, and where. */
export interface BatchProblem {
  /** `truncated` when the file ends inside, `corrupt` when its bytes make no sense. */
  readonly code: "truncated" | "corrupt";
  readonly message: string;
  readonly offset: number;
  /** True when Go's reader would still return the generation's events before its error. */
  readonly afterGeneration: boolean;
}

/** The outline of a trace: its generations and their batches; events are not looked at. */
export interface BatchIndex {
  readonly batches: BatchColumns;
  readonly generations: GenerationSpan[];
  /** A problem that belongs to no generation: bytes between two of them. */
  readonly gaps: BatchProblem[];
}

/** A batch's header, as it stands in the file. */
export interface BatchHeader {
  type: number;
  experiment: number;
  generation: number;
  thread: number;
  ticks: number;
  size: number;
  /** Offset of its bytes. */
  start: number;
}

/** The position after the varint that was read last, -1 when it was none: kept aside, as headers are tried at every byte. */
let afterVarint = 0;

function varint(bytes: Uint8Array, at: number): number {
  let value = 0;
  let scale = 1;
  afterVarint = -1;
  for (let count = 0; count < 10; count++) {
    const byte = bytes[at + count];
    if (byte === undefined) return value;
    // Halves keep all but the last rounding exact: the low 49 bits are below 2^53.
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) {
      if (count < 9 || byte <= 1) afterVarint = at + count + 1;
      return value;
    }
  }
  return value;
}

/** The batch header at `at`, or what is wrong there. */
export function readHeader(bytes: Uint8Array, at: number): BatchHeader | string {
  const type = bytes[at];
  if (type === Wire.EndOfGeneration) {
    return { type, experiment: 0, generation: 0, thread: noThread, ticks: 0, size: 0, start: at + 1 };
  }
  if (type !== Wire.EventBatch && type !== Wire.ExperimentalBatch) {
    return `expected a batch, found byte ${type}`;
  }
  const experimental = type === Wire.ExperimentalBatch;
  const experiment = experimental ? bytes[at + 1] : 0;
  const first = at + (experimental ? 2 : 1);
  const generation = varint(bytes, first);
  if (afterVarint < 0) return noVarint(bytes, first);
  const afterGeneration = afterVarint;
  const thread = varint(bytes, afterGeneration);
  if (afterVarint < 0) return noVarint(bytes, afterGeneration);
  const afterThread = afterVarint;
  const ticks = varint(bytes, afterThread);
  if (afterVarint < 0) return noVarint(bytes, afterThread);
  const afterTicks = afterVarint;
  const size = varint(bytes, afterTicks);
  if (afterVarint < 0) return noVarint(bytes, afterTicks);
  if (size > maxBatchBytes) return `batch claims ${size} bytes, at most ${maxBatchBytes} are possible`;
  return { type, experiment, generation, thread, ticks, size, start: afterVarint };
}

function noVarint(bytes: Uint8Array, at: number): string {
  return at + 10 > bytes.length ? "the file ends in a batch header" : "bad varint in a batch header";
}

/** What a batch holds, see {@link Content}. */
export function contentOf(bytes: Uint8Array, header: BatchHeader, version: TraceVersion): number {
  if (header.experiment !== 0) return Content.Experimental;
  if (header.size === 0) return Content.Events;
  const first = bytes[header.start];
  if (first === Wire.Strings) return Content.Strings;
  if (first === Wire.Stacks) return Content.Stacks;
  if (first === Wire.CPUSamples) return Content.Samples;
  if (first === (version < syncBatchSince ? Wire.Frequency : Wire.Sync)) return Content.Clock;
  return Content.Events;
}

/** Whether a batch says that its generation ends. */
export function isEndOfGeneration(bytes: Uint8Array, header: BatchHeader): boolean {
  if (header.type === Wire.EndOfGeneration) return true;
  return header.experiment === 0 && header.size > 0 && bytes[header.start] === Wire.EndOfGeneration;
}

/**
 * Walks over a v2 trace's batches by their headers, as Go's reader groups them into generations.
 *
 * Where the bytes make no sense the walk looks for the next run of batches and goes on: the generation so far is
 * marked with its problem, and what follows is a generation of its own.
 *
 * @param start offset of the first batch, after the file's header
 */
export function indexBatches(bytes: Uint8Array, start: number, version: TraceVersion): BatchIndex {
  return new BatchWalk(bytes, version).walk(start);
}

/** So many batches in a row are believed to be some; of two runs that cannot both be, the longer one, up to a limit. */
const believedRun = 3;
const longestRun = 64;

class BatchWalk {
  private readonly bytes: Uint8Array;
  private readonly version: TraceVersion;
  private readonly index: BatchIndex = { batches: new BatchColumns(), generations: [], gaps: [] };
  private current: GenerationSpan | undefined;

  constructor(bytes: Uint8Array, version: TraceVersion) {
    this.bytes = bytes;
    this.version = version;
  }

  walk(start: number): BatchIndex {
    const { bytes } = this;
    let pos = start;
    while (pos < bytes.length) {
      const header = readHeader(bytes, pos);
      if (typeof header === "string") {
        pos = this.broken(pos, header);
        continue;
      }
      const end = header.start + header.size;
      const ends = this.version >= endOfGenerationSince && isEndOfGeneration(bytes, header);
      if (ends) {
        this.finish(Math.min(end, bytes.length), undefined);
      } else if (header.generation === 0) {
        pos = this.broken(pos, "invalid generation number 0");
        continue;
      } else {
        const misfit = this.misfit(header);
        if (misfit) {
          pos = this.broken(pos, misfit);
          continue;
        }
        const hidden = this.hiddenInLast(pos, header);
        if (hidden < pos) {
          pos = hidden;
          continue;
        }
        this.add(header, pos, Math.min(end, bytes.length));
        if (end > bytes.length) {
          // Its size may be what is wrong: then there are batches inside what it claims.
          const inside = this.insideLast(bytes.length, pos);
          if (inside < bytes.length) {
            pos = inside;
            continue;
          }
          const missing = end - bytes.length;
          this.finish(bytes.length, {
            code: "truncated",
            message: `the file ends ${missing} bytes before the end of a batch`,
            offset: pos,
            afterGeneration: this.version < endOfGenerationSince,
          });
        }
      }
      pos = end;
    }
    this.atEnd();
    return this.index;
  }

  /** Where batches begin inside the last one, which claims to reach to `end` and which stands at `at`; else `end`. */
  private insideLast(end: number, at: number): number {
    const inside = this.resync(end, end);
    if (inside < end) {
      this.current!.problem ??= {
        code: "corrupt",
        message: "a batch claims too many bytes, and others begin inside it",
        offset: at,
        afterGeneration: this.version < endOfGenerationSince,
      };
    }
    return inside;
  }

  /** A generation that begins before another one has ended may be hidden in part by a batch that claims too much. */
  private hiddenInLast(at: number, { generation }: BatchHeader): number {
    const early = this.current && this.current.generation !== generation;
    if (!early || this.version < endOfGenerationSince) return at;
    const { start } = this.index.batches;
    return this.insideLast(at, start.get(start.length - 1));
  }

  /** Why a batch cannot stand here by its generation; undefined when it can. */
  private misfit({ generation, start, size }: BatchHeader): string | undefined {
    const { current } = this;
    const last = current ?? this.index.generations.at(-1);
    const next = start + size < this.bytes.length ? readHeader(this.bytes, start + size) : undefined;
    if (!last) {
      if (!next || typeof next === "string" || next.generation === 0) return undefined;
      const follows = next.generation - generation;
      if (follows === 0 || follows === 1) return undefined;
      return `a batch of generation ${generation} stands before those of generation ${next.generation}`;
    }
    const follows = generation - last.generation;
    if (current ? follows === 0 : follows === 1) return undefined;
    // The first batch of another generation than was to be expected is believed if the next one says the same.
    const agrees =
      !next || (typeof next !== "string" && (next.generation >= generation || next.generation === 0));
    const mayFollow = follows >= 1 && follows < (current ? 2 : 1000);
    if (mayFollow && agrees) return undefined;
    const where = current ? "stands among those of" : "follows the end of";
    return `a batch of generation ${generation} ${where} generation ${last.generation}`;
  }

  private atEnd(): void {
    if (!this.current) return;
    const whole = this.version < endOfGenerationSince;
    const offset = this.bytes.length;
    this.finish(
      offset,
      whole
        ? undefined
        : {
            code: "truncated",
            message: "the file ends before the generation does",
            offset,
            afterGeneration: false,
          },
    );
  }

  private add(header: BatchHeader, at: number, end: number): void {
    const current = this.current;
    if (current && current.generation !== header.generation) {
      const follows = header.generation === current.generation + 1;
      const ends = this.version < endOfGenerationSince && follows;
      this.finish(
        at,
        ends
          ? undefined
          : {
              code: "corrupt",
              message: `generation ${header.generation} starts before generation ${current.generation} ends`,
              offset: at,
              afterGeneration: false,
            },
      );
    }
    const { batches, generations } = this.index;
    const content = contentOf(this.bytes, header, this.version);
    const row = batches.push(header, end, content);
    this.current ??= (() => {
      const span: GenerationSpan = {
        generation: header.generation,
        firstBatch: row,
        lastBatch: row,
        startOffset: at,
        endOffset: end,
        minTicks: header.ticks,
        eventBytes: 0,
        problem: undefined,
      };
      generations.push(span);
      return span;
    })();
    const span = this.current;
    span.lastBatch = row + 1;
    span.endOffset = end;
    if (span.minTicks === 0 || header.ticks < span.minTicks) span.minTicks = header.ticks;
    if (content === Content.Events) span.eventBytes += end - header.start;
  }

  private finish(end: number, problem: BatchProblem | undefined): void {
    if (!this.current) return;
    this.current.endOffset = end;
    this.current.problem ??= problem;
    this.current = undefined;
  }

  /** Ends the current generation at bytes that make no sense, unless it goes on behind them; returns where to go on. */
  private broken(at: number, message: string): number {
    const next = this.resync(at);
    const truncated = message.startsWith("the file ends");
    const skipped = next < this.bytes.length ? `; ${Math.max(next - at, 0)} bytes skipped` : "";
    const problem: BatchProblem = {
      code: truncated ? "truncated" : "corrupt",
      message: message + skipped,
      offset: at,
      afterGeneration: this.version < endOfGenerationSince,
    };
    if (this.current) {
      this.current.problem ??= problem;
      const header = next < this.bytes.length ? readHeader(this.bytes, next) : "end";
      const goesOn = typeof header !== "string" && header.generation === this.current.generation;
      if (!goesOn) this.finish(Math.min(at, next), problem);
    } else {
      this.index.gaps.push(problem);
    }
    return next;
  }

  /**
   * The next offset from which several batches in a row make sense, or the file's end. It may lie before the bytes that
   * made none: when the size of the batch before them is what is wrong, that batch ends there.
   */
  private resync(at: number, limit = this.bytes.length): number {
    const { bytes } = this;
    const { batches } = this.index;
    const before = batches.start.length - 1;
    const from = this.current && before >= 0 ? batches.start.get(before) : at + 1;
    for (let pos = from; pos < limit; pos++) {
      if (pos === at || bytes[pos] !== Wire.EventBatch || this.runLength(pos) < believedRun) continue;
      const found = this.longestNear(pos);
      if (found < at) batches.end.set(before, found);
      return found;
    }
    return limit;
  }

  /** Where the longest run of batches begins: at `at`, or inside the first batches there, whose sizes are made up then. */
  private longestNear(at: number): number {
    const { bytes } = this;
    let best = at;
    let length = this.runLength(at);
    let reach = this.endOfFirst(at);
    for (let inside = at + 1; inside < reach && length < longestRun; inside++) {
      if (bytes[inside] !== Wire.EventBatch) continue;
      const another = this.runLength(inside);
      if (another <= length) continue;
      best = inside;
      length = another;
      reach = this.endOfFirst(inside);
    }
    return best;
  }

  /** The end of the first batches of a run: as many as make it believed. */
  private endOfFirst(at: number): number {
    let pos = at;
    for (let count = 0; count < believedRun && pos < this.bytes.length; count++) {
      const header = readHeader(this.bytes, pos);
      if (typeof header === "string") break;
      pos = header.start + header.size;
    }
    return Math.min(pos, this.bytes.length);
  }

  /** A time of the trace's clock near here, 0 when none is known: one that a single batch says may be damage itself. */
  private trustedTicks(): number {
    const { generations } = this.index;
    for (let at = generations.length - 1; at >= 0; at--) {
      const { firstBatch, lastBatch, minTicks } = generations[at];
      if (lastBatch - firstBatch > 1) return minTicks;
    }
    return 0;
  }

  /**
   * How many batches in a row the bytes could be, of this generation or the next and of its time; at most
   * {@link longestRun}, which a run that ends with the file counts as.
   */
  private runLength(at: number): number {
    const span = this.current ?? this.index.generations.at(-1);
    let generation = span?.generation ?? 0;
    let ticks = this.trustedTicks();
    let pos = at;
    for (let count = 0; count < longestRun; count++) {
      if (pos === this.bytes.length) return count > 1 ? longestRun : 0;
      const header = readHeader(this.bytes, pos);
      if (typeof header === "string") return count;
      pos = header.start + header.size;
      if (header.type === Wire.EndOfGeneration) {
        if (count === 0) return 0;
        continue;
      }
      const follows = header.generation - generation;
      if (header.size === 0 || follows < 0 || (span && follows > 1)) return count;
      if (ticks > 0 && Math.abs(header.ticks - ticks) > plausibleTicks) return count;
      generation = header.generation;
      ticks = header.ticks;
    }
    return longestRun;
  }
}
