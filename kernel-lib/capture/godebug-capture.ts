import type { ColumnTable } from "arquero";
import { computedColumn } from "../bytes/lazy-column.js";
import {
  forcedFlag,
  type GodebugColumns,
  leakCheckFlag,
  type NumberRows,
  periodicFlag,
  phaseNames,
  sizeNames,
  type Texts,
} from "../read/godebug/godebug-columns.js";
import { isGodebugLog } from "../read/godebug/is-godebug-log.js";
import { type GodebugLog, scanGodebugLog } from "../read/godebug/scan-godebug-log.js";
import { headOf, type Input, type OpenInput, openInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import { buildTable, type Column, tableFromRows } from "../table/build-table.js";
import {
  gcCyclesSchema,
  gcScansSchema,
  initsSchema,
  logProcessesSchema,
  pacerSchema,
  scavengerSchema,
  schedGoroutinesSchema,
  schedProcsSchema,
  schedSnapshotsSchema,
  schedThreadsSchema,
} from "../table/godebug.js";
import type { TableSchema } from "../table/schema.js";
import { placedUnparsedSchema, unparsedTable } from "../table/unparsed.js";
import { Capture, sourceOf } from "./capture.js";
import { readAs } from "./read-as.js";

/** A log with the Go runtime's GODEBUG lines in it, whatever else it holds. */
export class GodebugCapture extends Capture {
  readonly kind = "godebug";
  private readonly log: GodebugLog;

  constructor(input: OpenInput, log: GodebugLog) {
    super(sourceOf(input), "", log.diagnostics.all());
    this.log = log;
    this.define(gcCyclesSchema, () => buildTable(gcCyclesSchema, cycleColumns(log)));
    this.define(pacerSchema, () => buildTable(pacerSchema, pacerColumns(log)));
    this.define(scavengerSchema, () => buildTable(scavengerSchema, scavengerColumns(log)));
    this.define(schedSnapshotsSchema, () =>
      buildTable(schedSnapshotsSchema, {
        ...finished(log.columns.sched.columns(), ["process"]),
        time_err_ns: constant(log.columns.runqueues.length, 1e6),
        runqueues: log.columns.runqueues,
        schedticks: log.columns.schedticks,
      }),
    );
    this.defineDetails(schedProcsSchema, (columns) => columns.schedProcs, ["snapshot", "p", "m"]);
    this.defineDetails(
      schedThreadsSchema,
      (columns) => columns.schedThreads,
      ["snapshot", "m", "p", "curg", "lockedg"],
      (columns) => ({ preemptoff: columns.preemptOff }),
    );
    this.defineDetails(
      schedGoroutinesSchema,
      (columns) => columns.schedGoroutines,
      ["snapshot", "m", "lockedm"],
      (columns) => ({ reason: columns.waitReasons }),
    );
    this.defineDetails(
      initsSchema,
      (columns) => columns.inits,
      ["process"],
      (columns) => ({ package: columns.initPackages }),
    );
    this.define(gcScansSchema, () =>
      buildTable(gcScansSchema, {
        ...finished(log.columns.scans.columns(), ["process"], ["gc"]),
        class: log.columns.scanClasses.column(),
      }),
    );
    this.define(logProcessesSchema, () => tableFromRows(logProcessesSchema, log.columns.processes));
    this.define(placedUnparsedSchema, () => {
      const { unparsedLine, unparsedOffset } = log.columns;
      const line = Float64Array.from(unparsedLine.finish());
      return unparsedTable(input, { line, offset: unparsedOffset.finish() });
    });
  }

  private defineDetails(
    schema: TableSchema,
    rows: (columns: GodebugColumns) => NumberRows,
    ids: string[],
    texts: (columns: GodebugColumns) => Record<string, Texts> = () => ({}),
  ): void {
    this.define(schema, () => {
      const { columns } = this.log;
      const named = Object.entries(texts(columns)).map(([name, text]) => [name, text.column()]);
      return buildTable(schema, { ...finished(rows(columns).columns(), ids), ...Object.fromEntries(named) });
    });
  }

  get gcCycles(): ColumnTable {
    return this.table("gc_cycles");
  }

  get pacer(): ColumnTable {
    return this.table("pacer");
  }

  get scavenger(): ColumnTable {
    return this.table("scavenger");
  }

  get schedSnapshots(): ColumnTable {
    return this.table("sched_snapshots");
  }

  get inits(): ColumnTable {
    return this.table("inits");
  }

  get processes(): ColumnTable {
    return this.table("processes");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const { sums } = this.log;
    return {
      format: "godebug",
      cycles: sums.cycles,
      forced: sums.forced,
      pacer_lines: sums.pacerLines,
      scav_lines: sums.scavLines,
      sched_lines: sums.schedLines,
      unparsed_lines: sums.unparsedLines,
      stw_ns: sums.stwNs,
      stw_err_ns: sums.stwErrNs,
      mark_ns: sums.markNs,
      mark_err_ns: sums.markErrNs,
      max_heap_mb: sums.maxHeapMb,
    };
  }
}

/** Read from the log's rows when a cell is asked for: 34 columns of their own would take twice what the rows do. */
function cycleColumns({ columns: { cycles } }: GodebugLog): Record<string, Column> {
  const { rows } = cycles;
  const computed = <T>(at: (row: number) => T): Column => computedColumn(rows, at);
  const columns: Record<string, Column> = {
    line: computed((row) => cycles.line(row)),
    process: computed((row) => cycles.process(row)),
    gc: computed((row) => cycles.gc(row)),
    time_ns: computed((row) => cycles.timeNs(row)),
    // Printed in seconds with three decimals.
    time_err_ns: computed(() => 1e6),
    gc_cpu_percent: computed((row) => cycles.percent(row)),
    percent_err: computed(() => 1),
    mb_err: computed(() => 1),
    procs: computed((row) => cycles.procs(row)),
  };
  const flags = { forced: forcedFlag, periodic: periodicFlag, leak_check: leakCheckFlag };
  for (const [name, flag] of Object.entries(flags)) {
    columns[name] = computed((row) => cycles.hasFlag(row, flag));
  }
  phaseNames.forEach((name, phase) => {
    columns[`${name}_ns`] = computed((row) => cycles.phase(row, phase));
    columns[`${name}_err_ns`] = computed((row) => cycles.phaseError(row, phase));
  });
  sizeNames.forEach((name, size) => {
    columns[name] = computed((row) => {
      const mb = cycles.size(row, size);
      return mb < 0 ? Number.NaN : mb;
    });
  });
  return columns;
}

/** As {@link cycleColumns}: most cells of its 30 columns are those of other kinds of lines. */
function pacerColumns({ columns: { pacer } }: GodebugLog): Record<string, Column> {
  const columns = pacer.columns();
  const { gc } = columns;
  const one = computedColumn(pacer.length, () => 1);
  const withoutCycle = (row: number): number => (gc.at(row) < 0 ? Number.NaN : gc.at(row));
  return {
    ...columns,
    gc: computedColumn(pacer.length, withoutCycle),
    kind: pacer.kindColumn(),
    percent_err: one,
    mb_err: one,
  };
}

function scavengerColumns({ columns: { scavenger } }: GodebugLog): Record<string, Column> {
  const rows = scavenger.length;
  const columns: Record<string, Float64Array> = scavenger.columns();
  const { forced, controller_reset } = columns;
  return {
    ...finished(columns, ["process"]),
    forced: Array.from(forced, Boolean),
    controller_reset: Array.from(controller_reset, Boolean),
    kib_err: constant(rows, 1),
    percent_err: constant(rows, 1),
  };
}

/** Columns as they are; ids as int32, and -1 of `optional` ones as NaN. */
function finished(
  columns: Record<string, Float64Array>,
  ids: readonly string[] = [],
  optional: readonly string[] = [],
): Record<string, Column> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, data]) => {
      if (ids.includes(name)) return [name, Int32Array.from(data)];
      return [name, optional.includes(name) ? data.map((id) => (id < 0 ? Number.NaN : id)) : data];
    }),
  );
}

function constant(rows: number, value: number): Float64Array {
  return new Float64Array(rows).fill(value);
}

/** Loads a GODEBUG log that has been opened; see {@link GodebugCapture}. */
export async function loadGodebug(input: OpenInput, options: ReadOptions = {}): Promise<GodebugCapture> {
  return new GodebugCapture(input, await scanGodebugLog(input, options));
}

/**
 * Reads a log with GODEBUG lines (gctrace, gcpacertrace, scavtrace, schedtrace, inittrace) into tables.
 *
 * @throws CaptureError when the log cannot be read or has no such line
 * @example
 * const log = await readGodebugLog("server.log");
 * log.gcCycles.rollup({ stw_ns: (d) => op.sum(d.stw_mark_term_ns) });
 */
export async function readGodebugLog(input: Input, options: ReadOptions = {}): Promise<GodebugCapture> {
  const opened = await openInput(input, options);
  const isOwn = isGodebugLog(headOf(opened));
  return readAs("godebug", opened, isOwn, () => loadGodebug(opened, options));
}
