import {
  BatchColumns,
  contentOf,
  endOfGenerationSince,
  type GenerationSpan,
  isEndOfGeneration,
  readHeader,
  type TraceVersion,
} from "./batch-index.js";
import { EventOrderer } from "./event-orderer.js";
import { EventStore, roomyColumns, windowRows } from "./event-store.js";
import { absoluteNs, type GenerationTables, readGenerationTables } from "./generation-tables.js";
import { OrderError } from "./order/order-error.js";
import type { OrderOptions } from "./order/order-state.js";
import { headerBytes } from "./trace-header.js";

/**
 * How many events Go's own reader returns of a trace before it stops, at its end or at its first error.
 *
 * What is salvaged of a damaged trace is what comes beyond them. It reads the file a second time, as strictly as
 * internal/trace/reader.go and generation.go do: that reader leaves out a batch which is cut, and so orders even the events
 * before it in another way than one that keeps what is left.
 *
 * @param from offset of the first generation whose events count
 * @param to offset of the first generation after those whose events count
 */
export function goReaderCount(
  bytes: Uint8Array,
  version: TraceVersion,
  from: number = headerBytes,
  to: number = Number.POSITIVE_INFINITY,
): number {
  return new GoReading(bytes, version).count(from, to);
}

const strictly: OrderOptions = { lenient: false, onDamage: () => {} };

class GoReading {
  private readonly bytes: Uint8Array;
  private readonly version: TraceVersion;
  private readonly batches = new BatchColumns();
  private readonly store: EventStore;
  private readonly orderer: EventOrderer;
  private position = headerBytes;
  /** That no generation comes after the one read last, at the file's end or at damage. */
  private last = false;

  constructor(bytes: Uint8Array, version: TraceVersion) {
    this.bytes = bytes;
    this.version = version;
    this.store = new EventStore(roomyColumns(windowRows, windowRows * 3), () => {});
    this.orderer = new EventOrderer(bytes, this.batches, this.store);
  }

  count(from: number, to: number): number {
    const { store } = this;
    let before = 0;
    while (this.position < to) {
      if (this.position <= from) before = store.total;
      const span = this.nextGeneration();
      const tables = span && this.readTables(span);
      // With the last generation, or instead of one that it cannot read, it returns a Sync event.
      if (!span || !tables) return store.total + 1 - before;
      this.orderer.sync(absoluteNs(span.minTicks, tables.clock));
      try {
        this.orderer.start(span, tables, strictly);
        while (!this.orderer.advance(windowRows));
      } catch (error) {
        if (error instanceof OrderError) return Math.max(0, error.upstreamTotal - before);
        throw error;
      }
      if (this.last) return store.total + 1 - before;
    }
    return store.total - before;
  }

  private readTables(span: GenerationSpan): GenerationTables | undefined {
    try {
      return readGenerationTables(this.bytes, this.batches, span, this.version, this.store, undefined);
    } catch {
      return undefined;
    }
  }

  /** The next generation's batches; undefined at the file's end, or where Go's reader does not take them for one. */
  private nextGeneration(): GenerationSpan | undefined {
    const { bytes, version } = this;
    const endsItself = version >= endOfGenerationSince;
    let span: GenerationSpan | undefined;
    for (;;) {
      const header = this.position < bytes.length ? readHeader(bytes, this.position) : undefined;
      const whole = typeof header === "object" && header.start + header.size <= bytes.length;
      if (!whole) {
        // What was read stands for a generation where nothing else could have told its end.
        this.last = true;
        return endsItself ? undefined : span;
      }
      const end = header.start + header.size;
      if (isEndOfGeneration(bytes, header)) {
        this.position = end;
        return endsItself ? span : undefined;
      }
      if (header.generation === 0) return undefined;
      if (span && header.generation !== span.generation) {
        return !endsItself && header.generation === span.generation + 1 ? span : undefined;
      }
      span = this.add(span, header.generation, header.ticks);
      this.batches.push(header, end, contentOf(bytes, header, version));
      span.lastBatch++;
      span.endOffset = end;
      this.position = end;
    }
  }

  private add(span: GenerationSpan | undefined, generation: number, ticks: number): GenerationSpan {
    if (span) {
      if (span.minTicks === 0 || ticks < span.minTicks) span.minTicks = ticks;
      return span;
    }
    const row = this.batches.thread.length;
    return {
      generation,
      firstBatch: row,
      lastBatch: row,
      startOffset: this.position,
      endOffset: this.position,
      minTicks: ticks,
      eventBytes: 0,
      problem: undefined,
    };
  }
}
