import type { ColumnTable } from "arquero";
import { CaptureError } from "../bytes/capture-error.js";
import type { Diagnostic } from "../read/diagnostics.js";
import { type Input, type OpenInput, openInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import type { RawTrace } from "../read/trace/raw-trace.js";
import { readRawTrace } from "../read/trace/read-trace.js";
import { type SumsResult, sumsOfKept, sumsResult } from "../read/trace/sums-result.js";
import { isTrace } from "../read/trace/trace-header.js";
import {
  cpuSamplesTable,
  labelsTable,
  logsTable,
  metricsTable,
  regionsTable,
  tasksTable,
} from "../table/go-trace/annotations-tables.js";
import { eventsTable } from "../table/go-trace/events-table.js";
import {
  clockSnapshotsTable,
  footprintTable,
  generationsTable,
} from "../table/go-trace/generations-tables.js";
import { goroutineStatesTable } from "../table/go-trace/goroutine-states-table.js";
import {
  GoroutineSummarizer,
  type GoroutineTotals,
  goroutineGroupsTable,
  goroutinesTable,
  type TotalsOptions,
} from "../table/go-trace/goroutines-tables.js";
import { heapObjectsTable } from "../table/go-trace/heap-objects-table.js";
import { rangesTable } from "../table/go-trace/ranges-table.js";
import { procStatesTable, threadStatesTable } from "../table/go-trace/resource-states-tables.js";
import { framesTable, stacksTable } from "../table/go-trace/stacks-tables.js";
import type { TraceData } from "../table/go-trace/trace-columns.js";
import * as schemas from "../table/go-trace.js";
import { Capture, type CaptureSource, sourceOf } from "./capture.js";
import { readAs } from "./read-as.js";
import { observed } from "./reading-observer.js";

/** A Go execution trace in one object, as `tracebook summary --json` prints it. */
export interface TraceSummary extends Record<string, unknown>, SumsResult {
  format: "go-trace";
  /** `1.26`: of the Go release whose format it is. */
  version: string;
  /** Size of the file. */
  bytes: number;
  diagnostics: readonly Diagnostic[];
  /** True, with `salvaged_events`, when the file ends too early. */
  truncated?: boolean;
  /** Events beyond those that Go's own reader returns. */
  salvaged_events?: number;
}

/**
 * A Go execution trace. Every table is made when it is first asked for, from the ordered events.
 * Times are ns from the first event; {@link TraceCapture.startNs} is where that is on the trace's own clock.
 */
export class TraceCapture extends Capture {
  readonly kind = "go-trace";
  private raw: RawTrace;
  private data: TraceData | undefined;
  private goroutineTotals: GoroutineTotals | undefined;
  private summed: SumsResult | undefined;

  constructor(source: CaptureSource, raw: RawTrace) {
    super(source, raw.version, raw.findings.all());
    this.raw = raw;
    this.define(schemas.eventsSchema, () => eventsTable(this.ordered()));
    this.define(schemas.goroutineStatesSchema, () => goroutineStatesTable(this.ordered()));
    this.define(schemas.procStatesSchema, () => procStatesTable(this.ordered()));
    this.define(schemas.threadStatesSchema, () => threadStatesTable(this.ordered()));
    this.define(schemas.goroutinesSchema, () => goroutinesTable(this.ordered(), this.totals()));
    this.define(schemas.goroutineGroupsSchema, () => goroutineGroupsTable(this.ordered(), this.totals()));
    this.define(schemas.rangesSchema, () => rangesTable(this.ordered()));
    this.define(schemas.metricsSchema, () => metricsTable(this.ordered()));
    this.define(schemas.stacksSchema, () => stacksTable(this.ordered()));
    this.define(schemas.framesSchema, () => framesTable(this.ordered()));
    this.define(schemas.cpuSamplesSchema, () => cpuSamplesTable(this.ordered()));
    this.define(schemas.tasksSchema, () => tasksTable(this.ordered()));
    this.define(schemas.regionsSchema, () => regionsTable(this.ordered()));
    this.define(schemas.logsSchema, () => logsTable(this.ordered()));
    this.define(schemas.labelsSchema, () => labelsTable(this.ordered()));
    this.define(schemas.clockSnapshotsSchema, () => clockSnapshotsTable(this.ordered()));
    this.define(schemas.generationsSchema, () => generationsTable(this.ordered()));
    this.define(schemas.heapObjectsSchema, () => heapObjectsTable(this.ordered()));
    this.define(schemas.footprintSchema, () => footprintTable(this.raw.footprint()));
  }

  /** The trace clock's time of the first event, in ns; CLOCK_MONOTONIC on Linux since Go 1.22. */
  get startNs(): bigint {
    return this.raw.startNs;
  }

  /** Time of the last event, ns since the first. */
  get spanNs(): number {
    return this.raw.endNs;
  }

  override get eventCount(): number {
    return this.raw.store.total;
  }

  /** True when the file ends before the trace does. */
  get truncated(): boolean {
    return this.raw.truncated;
  }

  /** Events beyond those that Go's own reader returns of a damaged file. */
  get salvagedEvents(): number {
    return this.raw.salvagedEvents;
  }

  get events(): ColumnTable {
    return this.table("events");
  }

  get goroutineStates(): ColumnTable {
    return this.table("goroutine_states");
  }

  get procStates(): ColumnTable {
    return this.table("proc_states");
  }

  get threadStates(): ColumnTable {
    return this.table("thread_states");
  }

  get goroutines(): ColumnTable {
    return this.table("goroutines");
  }

  get goroutineGroups(): ColumnTable {
    return this.table("goroutine_groups");
  }

  get ranges(): ColumnTable {
    return this.table("ranges");
  }

  get metrics(): ColumnTable {
    return this.table("metrics");
  }

  get stacks(): ColumnTable {
    return this.table("stacks");
  }

  get frames(): ColumnTable {
    return this.table("frames");
  }

  get cpuSamples(): ColumnTable {
    return this.table("cpu_samples");
  }

  get tasks(): ColumnTable {
    return this.table("tasks");
  }

  get regions(): ColumnTable {
    return this.table("regions");
  }

  get logs(): ColumnTable {
    return this.table("logs");
  }

  get labels(): ColumnTable {
    return this.table("labels");
  }

  get clockSnapshots(): ColumnTable {
    return this.table("clock_snapshots");
  }

  get generations(): ColumnTable {
    return this.table("generations");
  }

  get heapObjects(): ColumnTable {
    return this.table("heap_objects");
  }

  get footprint(): ColumnTable {
    return this.table("footprint");
  }

  /**
   * The `goroutines` table with totals that do not repeat what Go's own summary gets wrong: with `exact`, a blocked
   * system call that lasts to the end of the trace is not added to the time Runnable as well.
   */
  goroutinesWith(options: TotalsOptions): ColumnTable {
    const data = this.ordered();
    return goroutinesTable(data, new GoroutineSummarizer(data).run(options));
  }

  override summary(): TraceSummary {
    const { raw } = this;
    const { events, ...sums } = this.sums();
    const summary: TraceSummary = {
      format: "go-trace",
      version: this.version,
      bytes: this.source.bytes,
      events,
      ...sums,
      diagnostics: this.findings,
    };
    if (raw.damaged) {
      summary.truncated = raw.truncated;
      summary.salvaged_events = raw.salvagedEvents;
    }
    return summary;
  }

  private sums(): SumsResult {
    const { sums, store } = this.raw;
    this.summed ??= sumsResult(sums ?? sumsOfKept(store), store);
    return this.summed;
  }

  private ordered(): TraceData {
    if (!this.data) {
      const raw = this.raw.withEvents();
      this.data = { columns: raw.store.columns, store: raw.store, endNs: raw.endNs };
    }
    return this.data;
  }

  private totals(): GoroutineTotals {
    this.goroutineTotals ??= new GoroutineSummarizer(this.ordered()).run({});
    return this.goroutineTotals;
  }
}

/** Reads an opened Go execution trace. */
export async function loadTrace(input: OpenInput, options: ReadOptions): Promise<TraceCapture> {
  return new TraceCapture(sourceOf(input), await readRawTrace(input, options));
}

/**
 * Reads a Go execution trace: a path, its bytes, or a stream of them; gzipped or not.
 *
 * @throws CaptureError in one line when it is no trace, or damaged under `strict`
 * @example
 * const trace = await readTrace("go.trace");
 * trace.goroutineStates.groupby("state").rollup({ ns: op.sum("dur_ns") });
 */
export async function readTrace(input: Input, options: ReadOptions = {}): Promise<TraceCapture> {
  const opened = await openInput(input, options);
  try {
    const isOwn = isTrace({ bytes: opened.head, text: "" });
    return await readAs("go-trace", opened, isOwn, () =>
      observed(opened, options, (observing) => loadTrace(opened, observing)),
    );
  } catch (error) {
    throw error instanceof CaptureError ? error.at({ file: opened.name }) : error;
  }
}
