// The columns of a GODEBUG log's tables, each made of the log's rows when its table is asked for.

import { computedColumn } from "../bytes/lazy-column.js";
import {
  forcedFlag,
  type GodebugColumns,
  leakCheckFlag,
  periodicFlag,
  phaseNames,
  sizeNames,
} from "../read/godebug/godebug-columns.js";
import type { Column } from "./build-table.js";

/** Read from the log's rows when a cell is asked for: 34 columns of their own would take twice what the rows do. */
export function cycleColumns({ cycles }: GodebugColumns): Record<string, Column> {
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
export function pacerColumns({ pacer }: GodebugColumns): Record<string, Column> {
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

export function scavengerColumns({ scavenger }: GodebugColumns): Record<string, Column> {
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

export function snapshotColumns({ sched, runqueues, schedticks }: GodebugColumns): Record<string, Column> {
  return {
    ...finished(sched.columns(), ["process"]),
    time_err_ns: constant(runqueues.length, 1e6),
    runqueues,
    schedticks,
  };
}

export function procColumns({ schedProcs }: GodebugColumns): Record<string, Column> {
  return finished(schedProcs.columns(), ["snapshot", "p", "m"]);
}

export function threadColumns({ schedThreads, preemptOff }: GodebugColumns): Record<string, Column> {
  const ids = ["snapshot", "m", "p", "curg", "lockedg"];
  return { ...finished(schedThreads.columns(), ids), preemptoff: preemptOff.column() };
}

export function goroutineColumns({ schedGoroutines, waitReasons }: GodebugColumns): Record<string, Column> {
  const ids = ["snapshot", "m", "lockedm"];
  return { ...finished(schedGoroutines.columns(), ids), reason: waitReasons.column() };
}

export function initColumns({ inits, initPackages }: GodebugColumns): Record<string, Column> {
  return { ...finished(inits.columns(), ["process"]), package: initPackages.column() };
}

export function scanColumns({ scans, scanClasses }: GodebugColumns): Record<string, Column> {
  return { ...finished(scans.columns(), ["process"], ["gc"]), class: scanClasses.column() };
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
