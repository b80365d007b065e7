/**
 * Reads Go execution traces.
 *
 * The way in: header -> batch-index (batches into generations) -> generation-tables (strings, stacks, clocks,
 * CPU samples) -> event-orderer (events into one order) -> event-store (columns, or sums alone).
 *
 * Format: https://go.dev/src/internal/trace/tracev2/events.go. The figures are those of golang.org/x/exp/trace; what its
 * reader gives up on is salvaged, and every loss is a finding.
 */
import { CaptureError } from "../../bytes/capture-error.js";
import { Diagnostics } from "../diagnostics.js";
import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import {
  type BatchIndex,
  type BatchProblem,
  endOfGenerationSince,
  type GenerationSpan,
  indexBatches,
  type TraceVersion,
} from "./batch-index.js";
import { EventOrderer } from "./event-orderer.js";
import { type EventColumns, EventStore, roomyColumns, sizesOf, windowRows } from "./event-store.js";
import { EventSums, type RawSums } from "./event-sums.js";
import { traceFootprint } from "./footprint.js";
import {
  absoluteNs,
  type GenerationTables,
  readGenerationClock,
  readGenerationTables,
} from "./generation-tables.js";
import { goReaderCount } from "./go-reader-count.js";
import { OrderError } from "./order/order-error.js";
import type { OrderOptions } from "./order/order-state.js";
import { type PageWarmer, warmPages } from "./page-warmer.js";
import { primingTrace } from "./priming-trace.js";
import type { RawTrace } from "./raw-trace.js";
import { secondTrace, secondTraceAt } from "./second-trace.js";
import { SumsThread } from "./sums-thread.js";
import { headerBytes, headerVersion } from "./trace-header.js";

const firstV2 = 22;
const newestKnown = 26;
/** Versions after 1.21 that have a header of their own; a trace in between is written with the one before. */
const knownVersions = [22, 23, 25, 26];
/** The usual clock: nanoseconds divided by 64. */
const usualTicksPerSecond = 15_625_000;
/** Events between two looks at the abort signal. */
const usualSlice = 250_000;
/** Traces with more bytes of events than this are worth a thread that makes their columns' memory ready. */
const warmedBytes = 16 << 20;
/** Traces larger than this are worth priming for. */
const primedBytes = 1 << 20;
/** Traces larger than this are worth a thread for the sums. */
const summedApartBytes = 8 << 20;
/** Bytes an event takes at least on average; a guess that makes room, columns grow when it is wrong. */
const bytesPerEvent = 4;

/**
 * Orders a trace's events.
 *
 * @throws CaptureError when nothing can be read of it, or anything is damaged under `strict`
 */
export async function readRawTrace(
  input: OpenInput,
  options: ReadOptions = {},
  apartBytes: number = summedApartBytes,
): Promise<RawTrace> {
  options.signal?.throwIfAborted();
  const version = headerVersion(input.head);
  if (version === undefined) {
    throw new CaptureError("is not a Go execution trace", {
      remedy: "its first bytes should be `go 1.N trace`",
    });
  }
  if (version < firstV2) {
    const { readV1 } = await import("./v1/read-v1.js");
    return readV1(plainBytes(await input.bytes()), version, options);
  }
  const thread =
    options.summaryOnly && input.storedBytes > apartBytes ? new SumsThread(windowRows) : undefined;
  try {
    const loading = input.bytes();
    // While the system reads the file.
    if (input.storedBytes > primedBytes) prime();
    return await orderEvents(plainBytes(await loading), version, options, thread);
  } finally {
    thread?.stop();
  }
}

/** A Buffer is an array of another class to the engine, whose code for plain ones is then of no use. */
function plainBytes({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

async function orderEvents(
  bytes: Uint8Array,
  version: number,
  options: ReadOptions,
  thread: SumsThread | undefined,
): Promise<RawTrace> {
  const reading = new TraceReading(bytes, version, options, windowRows, thread);
  for (const doneBytes of reading.steps()) {
    options.onProgress?.(doneBytes, bytes.length);
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
  options.onProgress?.(bytes.length, bytes.length);
  if (reading.needsEvents) return reading.withEvents();
  return reading.result(await reading.finishSums());
}

let primed = false;

/** Shows the event loops every kind of event before a large trace, see priming-trace.ts. */
function prime(): void {
  if (primed) return;
  primed = true;
  const bytes = primingTrace();
  const reading = new TraceReading(bytes, newestKnown, {}, 512);
  const steps = reading.steps(2000);
  while (!steps.next().done);
}

/** The columns that grow with every event. */
function pagedColumns({ time, code, m, p, g, stack, a }: EventColumns): ArrayBufferView[] {
  return [time, code, m, p, g, stack, a];
}

/** What `make` gives, made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

class TraceReading {
  /** The file; `bytes` is the first trace in it. */
  private readonly file: Uint8Array;
  private readonly bytes: Uint8Array;
  private readonly version: TraceVersion;
  private readonly options: ReadOptions;
  private readonly findings = new Diagnostics();
  private readonly index: BatchIndex;
  private readonly store: EventStore;
  private sums: EventSums | undefined;
  private readonly thread: SumsThread | undefined;
  private readonly orderer: EventOrderer;
  private readonly warmer: PageWarmer | undefined;
  private truncated = false;
  /** Offset of the first batch or gap that is damaged; infinity while none is. */
  private damagedFrom = Number.POSITIVE_INFINITY;
  /** That events were kept after Go's reader would have stopped. */
  private beyondGo = false;
  /** Frequency of the last generation that told it. */
  private ticksPerSecond = 0;

  /**
   * @param window rows that the summary's window has, and that columns have room for at least at first
   * @param thread adds up the summary's sums, which are otherwise added up here
   */
  constructor(
    file: Uint8Array,
    version: TraceVersion,
    options: ReadOptions,
    window: number = windowRows,
    thread?: SumsThread,
  ) {
    this.file = file;
    const bytes = file.subarray(0, secondTraceAt(file, headerBytes));
    this.bytes = bytes;
    this.version = version;
    this.options = options;
    this.checkVersion();
    this.index = indexBatches(bytes, headerBytes, version);
    const eventBytes = this.index.generations.reduce((sum, span) => sum + span.eventBytes, 0);
    const expected = window < windowRows ? window : Math.ceil(eventBytes / bytesPerEvent);
    this.thread = thread;
    if (thread) this.store = new EventStore(thread.columns, () => thread.take(this.store));
    else if (options.summaryOnly) this.store = this.summedStore(window);
    else {
      const shared = eventBytes > warmedBytes;
      this.store = new EventStore(roomyColumns(expected, expected, shared));
      if (shared) this.warmer = warmPages(pagedColumns(this.store.columns), this.store.columns.time.length);
    }
    this.orderer = new EventOrderer(bytes, this.index.batches, this.store);
  }

  private summedStore(window: number): EventStore {
    const sums = new EventSums();
    this.sums = sums;
    const store: EventStore = new EventStore(roomyColumns(window, window * 3), (columns) =>
      sums.add(columns, sizesOf(store), store.earlierLife),
    );
    return store;
  }

  private checkVersion(): void {
    const { version } = this;
    if (version > newestKnown) {
      const message = `trace of Go 1.${version}, newer than 1.${newestKnown}; read as far as its events are known`;
      this.findings.add("warning", "newer-version", message, { offset: 0 });
    } else if (!knownVersions.includes(version)) {
      throw new CaptureError(`go 1.${version} trace: there is no such version of the format`, {
        place: { offset: 0 },
        remedy: "check that the file is what it says",
      });
    }
  }

  /** Does the work piece by piece; yields the offset reached. */
  *steps(slice = usualSlice): Generator<number> {
    try {
      yield* this.allSteps(slice);
    } finally {
      this.warmer?.stop();
    }
  }

  private *allSteps(slice: number): Generator<number> {
    const spans = this.index.generations;
    this.noteGaps();
    const touched = this.touched(spans);
    for (const [at, span] of touched.entries()) {
      yield* this.readGeneration(span, at, slice);
      if (this.resetNext && at + 1 < touched.length) this.pullBack(touched[at + 1]);
    }
    if (this.readsToEnd && !this.beyondGo) this.orderer.sync(undefined);
    if (!this.thread) this.store.flush();
    if (spans.length === 0 && !this.truncated && this.damagedFrom < this.bytes.length) {
      throw new CaptureError("holds no generation that can be read", {
        place: { offset: headerBytes },
        remedy: "capture it again; the writer may not have been stopped cleanly",
      });
    }
  }

  private noteGaps(): void {
    if (this.bytes.length < this.file.length) {
      const { code, message, remedy } = secondTrace;
      const place = { offset: this.bytes.length };
      if (this.options.strict) throw new CaptureError(message, { place, remedy });
      this.findings.add("loss", code, message, place);
    }
    for (const gap of this.gaps()) {
      this.damagedFrom = Math.min(this.damagedFrom, gap.offset);
      this.refuse(new CaptureError(gap.message, { place: { offset: gap.offset } }));
      this.findings.add("loss", gap.code, gap.message, { offset: gap.offset });
      this.truncated ||= gap.code === "truncated";
    }
  }

  private gaps(): readonly BatchProblem[] {
    const { gaps, generations } = this.index;
    // Where nothing else ends a generation, Go's reader takes even an empty file's for one, which lacks its clock.
    if (generations.length + gaps.length > 0 || this.version >= endOfGenerationSince) return gaps;
    const message = "the file ends before its first generation";
    return [{ code: "truncated", message, offset: headerBytes, afterGeneration: false }];
  }

  /** Under strict, damage is an error. */
  private refuse(error: CaptureError): void {
    if (this.options.strict) throw this.refused(error);
  }

  /** In a newer trace than is known, what looks like damage is an event that this reader does not know. */
  private refuseUnknown(error: CaptureError): void {
    if (this.version <= newestKnown || !/unknown type|expected a batch/.test(error.problem)) return;
    throw new CaptureError(`${error.problem} in a trace of Go 1.${this.version}`, {
      place: error.place,
      remedy: "a newer tracebook may know it",
    });
  }

  private refused(error: CaptureError): CaptureError {
    return new CaptureError(error.problem, {
      place: error.place,
      remedy: "read without strict to keep what can be read",
      cause: error.cause,
    });
  }

  /**
   * The generations that from and to touch. A generation says the state of everything that it mentions, so reading can
   * begin at any; where its clock is lost it is read, to be safe.
   */
  private touched(spans: GenerationSpan[]): GenerationSpan[] {
    const { from = 0, to = Number.POSITIVE_INFINITY } = this.options;
    if ((from <= 0 && to === Number.POSITIVE_INFINITY) || spans.length === 0) return spans;
    const clocks = spans.map((span) =>
      readGenerationClock(this.bytes, this.index.batches, span, this.version),
    );
    const starts = spans.map((span, at) => (clocks[at] ? absoluteNs(span.minTicks, clocks[at]) : Number.NaN));
    const origin = starts[0];
    if (Number.isNaN(origin)) return spans;
    const first = spans.findIndex((_, at) => !(starts[at + 1] - origin <= from));
    let end = spans.length;
    while (end > first + 1 && starts[end - 1] - origin >= to) end--;
    this.orderer.beginAt(origin, first);
    this.readsToEnd = end === spans.length;
    this.readFrom = spans[first].startOffset;
    if (!this.readsToEnd) this.readTo = spans[end].startOffset;
    if (end - first < spans.length) {
      const message = `generations ${spans[first].generation} to ${spans[end - 1].generation} of ${spans.length} were read`;
      this.findings.add("info", "part", `${message}, those that the window touches`);
    }
    return spans.slice(first, end);
  }

  /** False when the window ends before the trace does. */
  private readsToEnd = true;
  /** Offsets of the first generation that is read, and of the first one after those. */
  private readFrom = headerBytes;
  private readTo = Number.POSITIVE_INFINITY;

  private *readGeneration(span: GenerationSpan, at: number, slice: number): Generator<number> {
    const { store, orderer } = this;
    const before = store.total;
    const losses = new Map<string, { error: CaptureError; count: number }>();
    if (this.damagedFrom < span.startOffset) this.beyondGo = true;
    const damage = (kind: string, describe: () => CaptureError): void => {
      const loss = losses.get(kind);
      if (loss) {
        loss.count++;
        return;
      }
      const error = describe();
      this.refuse(error);
      this.refuseUnknown(error);
      this.noteDamage(span, true);
      losses.set(kind, { error, count: 1 });
    };
    this.noteProblem(span);
    if (at > 0 && this.resetNext) orderer.reset();
    // Numbers in its message do not make it another kind.
    const tables = this.readTables(span, (error) =>
      damage(error.problem.replace(/[0-9]+/g, "n"), () => error),
    );
    orderer.sync(absoluteNs(span.minTicks, tables.clock));
    const firstRow = store.total - 1;
    const options: OrderOptions = { lenient: !this.options.strict, onDamage: damage };
    try {
      orderer.start(span, tables, options);
      while (!orderer.advance(slice)) {
        this.warmer?.advance(store.total);
        yield span.startOffset;
      }
    } catch (error) {
      throw error instanceof OrderError ? this.refused(error.captureError) : error;
    }
    this.resetNext = losses.size > 0 || span.problem !== undefined;
    const truncated = span.problem?.code === "truncated" || this.lacksTables(span, losses.keys());
    this.truncated ||= truncated;
    for (const { error, count } of losses.values()) this.noteLoss(span, error, count, truncated);
    this.noteRepairs(span);
    this.noteGeneration(span, tables, before, firstRow);
    yield span.endOffset;
  }

  /**
   * Keeps times that damage threw far ahead from taking all of the next generation's with them, for no event comes before
   * the one in front of it: what is later than that generation's start is put there.
   */
  private pullBack(next: GenerationSpan): void {
    const { store, orderer } = this;
    const clock = readGenerationClock(this.bytes, this.index.batches, next, this.version);
    const nsPerTick = clock?.nsPerTick ?? 1e9 / (this.ticksPerSecond || usualTicksPerSecond);
    const limit = Math.trunc(next.minTicks * nsPerTick) - orderer.startNs;
    const { firstRow } = store.generations[store.generations.length - 1];
    if (orderer.endTime <= limit) return;
    if (this.options.summaryOnly) {
      this.needsEvents = true;
      return;
    }
    const { time, rows } = store.columns;
    let row = rows;
    while (row > firstRow + 1 && time[row - 1] > limit) row--;
    for (; row < rows; row++) time[row] = Math.max(limit, time[row - 1] + 1);
    orderer.turnBack(time[rows - 1]);
    store.generations[store.generations.length - 1].endNs = time[rows - 1];
  }

  /** @param inside that Go's reader does not return the whole generation */
  private noteDamage(span: GenerationSpan, inside: boolean): void {
    this.damagedFrom = Math.min(this.damagedFrom, span.startOffset);
    this.beyondGo ||= inside;
  }

  /** Notes that the generation is not whole, as its batches show. */
  private noteProblem(span: GenerationSpan): void {
    const { generation, problem } = span;
    if (!problem) return;
    const error = new CaptureError(problem.message, { place: { offset: problem.offset } });
    this.refuse(error);
    this.refuseUnknown(error);
    this.noteDamage(span, !problem.afterGeneration);
    this.truncated ||= problem.code === "truncated";
    const message = `${problem.message}; what is left of the generation was kept`;
    this.findings.add("loss", problem.code, message, {
      offset: problem.offset,
      context: `gen ${generation}`,
    });
  }

  private noteRepairs({ generation }: GenerationSpan): void {
    const { forced, dropped, threads } = this.orderer.repairs;
    if (forced + dropped + threads === 0) return;
    const message =
      `${forced} events were placed by their time alone, as what they follow is lost; ${dropped} made no sense and were ` +
      `left out, and so was the rest of ${threads} threads from where their bytes made none`;
    this.findings.add("loss", "reordered", message, { context: `gen ${generation}` }, dropped);
  }

  private resetNext = false;
  /** That times have to be put right once all events of a generation are known, and the sums follow from them. */
  needsEvents = false;

  /** Whether the file ends between the events of a generation and its tables, where nothing else tells its end. */
  private lacksTables(span: GenerationSpan, losses: Iterable<string>): boolean {
    if (this.version >= endOfGenerationSince || span.problem || span.endOffset < this.bytes.length)
      return false;
    return [...losses].some((kind) => /no (frequency|clock)|invalid (string|stack)/.test(kind));
  }

  private noteLoss(span: GenerationSpan, error: CaptureError, count: number, truncated: boolean): void {
    const context = error.place.context ?? `gen ${span.generation}`;
    const times = count > 1 ? `${error.problem} (the first of ${count})` : error.problem;
    const code = truncated ? "truncated" : "corrupt";
    this.findings.add("loss", code, times, { offset: span.startOffset, ...error.place, context }, count);
  }

  private readTables(span: GenerationSpan, onDamage: (error: CaptureError) => void): GenerationTables {
    const tables = readGenerationTables(
      this.bytes,
      this.index.batches,
      span,
      this.version,
      this.store,
      (error) => onDamage(error as CaptureError),
    );
    const { clock } = tables;
    if (clock.ticksPerSecond > 0) this.ticksPerSecond = clock.ticksPerSecond;
    else {
      const assumed = this.ticksPerSecond || usualTicksPerSecond;
      clock.ticksPerSecond = assumed;
      clock.nsPerTick = 1 / (assumed / 1e9);
      const message = `the frequency of the clock is lost; ${assumed} ticks per second are assumed`;
      this.findings.add("warning", "assumed-frequency", message, { context: `gen ${span.generation}` });
    }
    return tables;
  }

  private noteGeneration(
    span: GenerationSpan,
    tables: GenerationTables,
    before: number,
    firstRow: number,
  ): void {
    const { clock } = tables;
    this.store.generations.push({
      generation: span.generation,
      startOffset: span.startOffset,
      endOffset: span.endOffset,
      batches: span.lastBatch - span.firstBatch,
      events: this.store.total - before,
      firstRow,
      startNs: absoluteNs(span.minTicks, clock) - this.orderer.startNs,
      endNs: this.orderer.endTime,
      ticksPerSecond: clock.ticksPerSecond,
      complete: span.problem === undefined,
      experimental: tables.experimental,
      snapshot: clock.snapshot && {
        traceNs: absoluteNs(clock.snapshotTicks, clock) - this.orderer.startNs,
        monotonicNs: clock.snapshot.monotonicNs,
        wallSeconds: clock.snapshot.seconds,
        wallNanoseconds: clock.snapshot.nanoseconds,
      },
    });
  }

  /** The sums, when events were not kept. */
  async finishSums(): Promise<RawSums | undefined> {
    return this.thread ? this.thread.finish(this.store) : this.sums?.raw();
  }

  private get damaged(): boolean {
    return this.damagedFrom < Number.POSITIVE_INFINITY;
  }

  /** Events beyond those that Go's reader returns of the generations that were read. */
  private countSalvaged(): number {
    if (!this.damaged) return 0;
    const { bytes, version, readFrom, readTo } = this;
    return Math.max(0, this.store.total - goReaderCount(bytes, version, readFrom, readTo));
  }

  result(sums?: RawSums): RawTrace {
    const salvaged = once(() => this.countSalvaged());
    return {
      version: `1.${this.version}`,
      store: this.store,
      sums,
      startNs: BigInt(Number.isNaN(this.orderer.startNs) ? 0 : this.orderer.startNs),
      endNs: this.orderer.endTime,
      truncated: this.truncated,
      damaged: this.damaged,
      get salvagedEvents(): number {
        return salvaged();
      },
      findings: this.findings,
      withEvents: () => this.withEvents(),
      footprint: () => traceFootprint(this.bytes, this.version),
    };
  }

  /** The same trace with its events kept. */
  withEvents(): RawTrace {
    if (!this.options.summaryOnly) return this.result();
    const reading = new TraceReading(this.file, this.version, { ...this.options, summaryOnly: false });
    const steps = reading.steps();
    while (!steps.next().done);
    return reading.result();
  }
}
