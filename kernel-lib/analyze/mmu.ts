import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import { type Analysis, neededTables } from "./analysis.js";
import { MmuCurve } from "./mmu-curve.js";
import { utilizationNeeds, utilizations } from "./mutator-utilization.js";
import type { TableSource } from "./table-source.js";
import type { UtilizationOptions, UtilizationSteps } from "./utilization-steps.js";

/** Window lengths of 1, 2 and 5 times each power of ten, from 1 µs to 1 s. */
export const mmuWindows: readonly number[] = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8]
  .flatMap((decade) => [decade, 2 * decade, 5 * decade])
  .concat(1e9);

/** Options of {@link mmu}. */
export interface MmuOptions extends UtilizationOptions {
  /** Window lengths in ns instead of the usual grid. */
  windows_ns?: readonly number[];
}

export const mmuAnalysis: Analysis = {
  name: "mmu",
  accepts: ["go-trace"],
  needs: utilizationNeeds,
  schema: {
    name: "mmu",
    doc: "Minimum mutator utilization: the least share of processor time the program had in any window of a length.",
    columns: [
      column("window_ns", "float64", "length of the window", { unit: "ns" }),
      column(
        "utilization",
        "float64",
        "least mean utilization of all windows of that length, each processor's time counted once",
        { unit: "ratio" },
      ),
      column("worst_start_ns", "float64", "where such a window begins", {
        unit: "ns",
        missing: "NaN: none is below 1",
      }),
      column(
        "go_utilization",
        "float64",
        "the same as go tool trace draws it, which counts mark workers twice",
        {
          unit: "ratio",
        },
      ),
    ],
  },
  build: mmu,
};

/**
 * The minimum mutator utilization curve: columns window_ns, utilization, worst_start_ns and go_utilization, one row per window
 * length. A window longer than the capture is cut to it.
 *
 * `utilization` counts each processor's time once and every stop of the world ({@link mutatorUtilization} says how), and only windows
 * within the capture. `go_utilization` equals the curve of Go's MMU page with its usual options to the last bit (internal/trace/gc.go,
 * MMUCurve): it counts mark workers twice, only the collector's pauses, and takes windows that reach up to 1000 ns past the end.
 *
 * @throws RangeError when the capture has no events, or never says how many processors there are
 * @example
 * mmu(trace, { stw: "gc" });
 */
export function mmu(source: TableSource, options: MmuOptions = {}): ColumnTable {
  const tables = neededTables(mmuAnalysis, source);
  const curves = utilizations(source, tables, options);
  const own = curveOf(curves.own, "mmu", true);
  const go = curveOf(curves.go, "mmu");
  const windows = options.windows_ns ?? mmuWindows;
  return buildTable(mmuAnalysis.schema, {
    window_ns: Float64Array.from(windows),
    utilization: Float64Array.from(windows, (window) => own.mmu(window)),
    worst_start_ns: Float64Array.from(windows, (window) => own.worst(window, 1)[0]?.time_ns ?? Number.NaN),
    go_utilization: Float64Array.from(windows, (window) => go.mmu(window)),
  });
}

const worstSchema: TableSchema = {
  name: "worst_windows",
  doc: "Windows of one length in which the program had the least share of processor time, disjoint, worst first.",
  columns: [
    column("start_ns", "float64", "where the window begins", { unit: "ns" }),
    column("end_ns", "float64", "where it ends", { unit: "ns" }),
    column("utilization", "float64", "mean share of the processors left to the program in it", {
      unit: "ratio",
    }),
  ],
};

export const worstWindowsAnalysis: Analysis = {
  name: "worstWindows",
  accepts: ["go-trace"],
  needs: utilizationNeeds,
  schema: worstSchema,
  asks: "the length of the windows, window_ns",
  build: worstWindows,
};

/**
 * The worst windows of one length, disjoint, worst first: start_ns, end_ns, utilization (as in {@link mmu}, each processor's time
 * counted once). Where to look closer, as in `stateTimeline(trace, { from_ns, to_ns })`.
 *
 * @throws RangeError when the capture has no events, or never says how many processors there are
 * @example
 * worstWindows(trace, { window_ns: 1e6, count: 5 });
 */
export function worstWindows(
  source: TableSource,
  options: UtilizationOptions & { window_ns: number; count?: number },
): ColumnTable {
  const { window_ns, count = 5 } = options;
  const tables = neededTables(worstWindowsAnalysis, source);
  const { own } = utilizations(source, tables, options);
  const found = curveOf(own, "worstWindows", true).worst(window_ns, count);
  return buildTable(worstSchema, {
    start_ns: Float64Array.from(found, ({ time_ns }) => time_ns),
    end_ns: Float64Array.from(found, ({ time_ns }) => time_ns + window_ns),
    utilization: Float64Array.from(found, ({ utilization }) => utilization),
  });
}

function curveOf(steps: UtilizationSteps, analysis: string, exact = false): MmuCurve {
  if (steps.times.length === 0) {
    throw new RangeError(
      `${analysis} needs the metric /sched/gomaxprocs:threads, which this capture does not have`,
    );
  }
  return new MmuCurve(steps, exact);
}
