import { isGodebugLog } from "../read/godebug/is-godebug-log.js";
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
import { placedUnparsedSchema, unparsedColumns } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import type { Format, Tables } from "./format.js";

/** A log with the Go runtime's GODEBUG lines in it, whatever else it holds. */
export interface GodebugCapture
  extends Capture<"godebug">,
    Tables<
      | "gcCycles"
      | "gcScans"
      | "pacer"
      | "scavenger"
      | "schedSnapshots"
      | "schedProcs"
      | "schedThreads"
      | "schedGoroutines"
      | "inits"
      | "processes"
      | "unparsed"
    > {}

export const godebug: Format<GodebugCapture> = {
  kind: "godebug",
  name: "a log with GODEBUG lines",
  detect: isGodebugLog,
  searches: true,
  tables: {
    gcCycles: gcCyclesSchema,
    pacer: pacerSchema,
    scavenger: scavengerSchema,
    schedSnapshots: schedSnapshotsSchema,
    schedProcs: schedProcsSchema,
    schedThreads: schedThreadsSchema,
    schedGoroutines: schedGoroutinesSchema,
    inits: initsSchema,
    gcScans: gcScansSchema,
    processes: logProcessesSchema,
    unparsed: placedUnparsedSchema,
  },
  clock: [],
  window: "rows",
  async read(input, options) {
    const [{ scanGodebugLog }, tables] = await Promise.all([
      import("../read/godebug/scan-godebug-log.js"),
      import("../table/godebug-columns.js"),
    ]);
    const log = await scanGodebugLog(input, options);
    return {
      findings: log.diagnostics.all(),
      rowCount: (options.from ?? options.to) === undefined ? log.understood : undefined,
      tables: {
        gcCycles: () => tables.cycleColumns(log.columns),
        pacer: () => tables.pacerColumns(log.columns),
        scavenger: () => tables.scavengerColumns(log.columns),
        schedSnapshots: () => tables.snapshotColumns(log.columns),
        schedProcs: () => tables.procColumns(log.columns),
        schedThreads: () => tables.threadColumns(log.columns),
        schedGoroutines: () => tables.goroutineColumns(log.columns),
        inits: () => tables.initColumns(log.columns),
        gcScans: () => tables.scanColumns(log.columns),
        processes: () => log.columns.processes,
        unparsed: () => {
          const { unparsedLine, unparsedOffset } = log.columns;
          const line = Float64Array.from(unparsedLine.finish());
          return unparsedColumns(input, { line, offset: unparsedOffset.finish() });
        },
      },
      summary: () => {
        const { sums } = log;
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
      },
    };
  },
};
