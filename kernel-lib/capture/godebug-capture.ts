import type { ColumnTable } from "arquero";
import {
  forcedFlag,
  leakCheckFlag,
  type NumberRows,
  periodicFlag,
  phaseNames,
  sizeNames,
  type Texts,
} from "../read/godebug/godebug-columns.js";
import { type GodebugLog, scanGodebugLog } from "../read/godebug/scan-godebug-log.js";
import { type Input, type OpenInput, openInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import { lineTexts } from "../read/text/line-texts.js";
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
import { placedUnparsedSchema } from "../table/unparsed.js";
import { Capture, sourceOf } from "./capture.js";

/** A log with the Go runtime's GODEBUG lines in it, whatever else it holds. */
export class GodebugCapture extends Capture {
  readonly kind = "godebug";
  private readonly log: GodebugLog;

  constructor(input: OpenInput, log: GodebugLog) {
    super(sourceOf(input), "", log.diagnostics.all());
    this.log = log;
    const { columns } = log;
    this.define(gcCyclesSchema, () => buildTable(gcCyclesSchema, cycleColumns(log)));
    this.define(pacerSchema, () =>
      buildTable(pacerSchema, {
        ...finished(columns.pacer, ["process"], ["gc"]),
        kind: columns.pacerKind,
        percent_err: constant(columns.pacerKind.length, 1),
        mb_err: constant(columns.pacerKind.length, 1),
      }),
    );
    this.define(scavengerSchema, () => buildTable(scavengerSchema, scavengerColumns(log)));
    this.define(schedSnapshotsSchema, () =>
      buildTable(schedSnapshotsSchema, {
        ...finished(columns.sched, ["process"]),
        time_err_ns: constant(columns.runqueues.length, 1e6),
        runqueues: columns.runqueues,
        schedticks: columns.schedticks,
      }),
    );
    this.defineDetails(schedProcsSchema, columns.schedProcs, ["snapshot", "p", "m"]);
    const threadIds = ["snapshot", "m", "p", "curg", "lockedg"];
    this.defineDetails(schedThreadsSchema, columns.schedThreads, threadIds, {
      preemptoff: columns.preemptOff,
    });
    this.defineDetails(schedGoroutinesSchema, columns.schedGoroutines, ["snapshot", "m", "lockedm"], {
      reason: columns.waitReasons,
    });
    this.defineDetails(initsSchema, columns.inits, ["process"], { package: columns.initPackages });
    this.define(gcScansSchema, () =>
      buildTable(gcScansSchema, {
        ...finished(columns.scans, ["process"], ["gc"]),
        class: columns.scanClasses.column(),
      }),
    );
    this.define(logProcessesSchema, () => tableFromRows(logProcessesSchema, columns.processes));
    this.define(placedUnparsedSchema, () =>
      buildTable(placedUnparsedSchema, {
        line: Float64Array.from(columns.unparsedLine.finish()),
        offset: columns.unparsedOffset.finish(),
        text: lineTexts(input, columns.unparsedOffset.finish()),
      }),
    );
  }

  private defineDetails(
    schema: TableSchema,
    columns: NumberRows,
    ids: string[],
    texts: Record<string, Texts> = {},
  ): void {
    this.define(schema, () => {
      const named = Object.entries(texts).map(([name, text]) => [name, text.column()]);
      return buildTable(schema, { ...finished(columns, ids), ...Object.fromEntries(named) });
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
    const { columns } = this.log;
    const { cycles } = columns;
    const sum = { stw: 0, stwErr: 0, mark: 0, markErr: 0, forced: 0, maxHeap: 0 };
    for (let row = 0; row < cycles.rows; row++) {
      for (let phase = 0; phase < 3; phase++) {
        const ns = cycles.phase(row, phase);
        const error = cycles.phaseError(row, phase);
        if (phase === 1) {
          sum.mark += ns;
          sum.markErr += error;
        } else {
          sum.stw += ns;
          sum.stwErr += error;
        }
      }
      if (cycles.hasFlag(row, forcedFlag)) sum.forced++;
      for (let size = 0; size < 3; size++) sum.maxHeap = Math.max(sum.maxHeap, cycles.size(row, size));
    }
    return {
      format: "godebug",
      cycles: cycles.rows,
      forced: sum.forced,
      pacer_lines: columns.pacerKind.length,
      scav_lines: columns.scavenger.length,
      sched_lines: columns.runqueues.length,
      unparsed_lines: columns.unparsedLine.length,
      stw_ns: sum.stw,
      stw_err_ns: sum.stwErr,
      mark_ns: sum.mark,
      mark_err_ns: sum.markErr,
      max_heap_mb: sum.maxHeap,
    };
  }
}

function cycleColumns({ columns: { cycles } }: GodebugLog): Record<string, Column> {
  const { rows } = cycles;
  const columns: Record<string, Column> = {
    ...cycles.columns(),
    // Printed in seconds with three decimals.
    time_err_ns: constant(rows, 1e6),
    percent_err: constant(rows, 1),
    mb_err: constant(rows, 1),
  };
  const flags = { forced: forcedFlag, periodic: periodicFlag, leak_check: leakCheckFlag };
  for (const [name, flag] of Object.entries(flags)) {
    columns[name] = Array.from({ length: rows }, (_, row) => cycles.hasFlag(row, flag));
  }
  phaseNames.forEach((name, phase) => {
    columns[`${name}_ns`] = cycles.phaseColumn(phase);
    columns[`${name}_err_ns`] = Float64Array.from({ length: rows }, (_, row) =>
      cycles.phaseError(row, phase),
    );
  });
  sizeNames.forEach((name, size) => {
    columns[name] = cycles.sizeColumn(size).map((mb) => (mb < 0 ? Number.NaN : mb));
  });
  return columns;
}

function scavengerColumns({ columns: { scavenger } }: GodebugLog): Record<string, Column> {
  const rows = scavenger.length;
  const { forced, controller_reset } = scavenger.columns();
  return {
    ...finished(scavenger, ["process"]),
    forced: Array.from(forced, Boolean),
    controller_reset: Array.from(controller_reset, Boolean),
    kib_err: constant(rows, 1),
    percent_err: constant(rows, 1),
  };
}

/** Columns as they are; ids as int32, and -1 of `optional` ones as NaN. */
function finished(
  columns: NumberRows,
  ids: readonly string[] = [],
  optional: readonly string[] = [],
): Record<string, Column> {
  return Object.fromEntries(
    Object.entries(columns.columns()).map(([name, data]) => {
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
  return loadGodebug(await openInput(input, options), options);
}
