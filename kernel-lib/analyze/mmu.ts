import { type ColumnTable, table } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import type { Analysis } from "./analysis.js";
import { MmuCurve } from "./mmu-curve.js";
import { type UtilizationOptions, utilizationSteps } from "./mutator-utilization.js";
import type { TableSource } from "./table-source.js";

const schema: TableSchema = {
  name: "mmu",
  doc: "Minimum mutator utilization: the least share of processor time the program had in any window of a length.",
  columns: [
    column("window_ns", "float64", "length of the window", { unit: "ns" }),
    column("utilization", "float64", "least mean utilization of all windows of that length", {
      unit: "ratio",
    }),
    column("worst_start_ns", "float64", "where such a window begins", {
      unit: "ns",
      missing: "NaN: none is below 1",
    }),
  ],
};

/** Window lengths of 1, 2 and 5 times each power of ten, from 1 µs to 1 s. */
export const mmuWindows: readonly number[] = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8]
  .flatMap((decade) => [decade, 2 * decade, 5 * decade])
  .concat(1e9);

/** Options of {@link mmu}. */
export interface MmuOptions extends UtilizationOptions {
  /** Window lengths in ns instead of the usual grid. */
  windows_ns?: readonly number[];
}

/**
 * The minimum mutator utilization curve, equal to Go's own (internal/trace/gc.go, MMUCurve): columns window_ns,
 * utilization and worst_start_ns, one row per window length. A window longer than the capture is cut to it.
 * By default pauses of the collector, background marking and assists count, as on Go's MMU page with its usual
 * options; `{ stw: "all" }` counts every stop of the world.
 *
 * @throws RangeError when the capture has no events, or never says how many processors there are
 * @example
 * mmu(trace, { stw: "all" });
 */
export function mmu(source: TableSource, options: MmuOptions = {}): ColumnTable {
  const curve = curveOf(source, options, "mmu");
  const windows = options.windows_ns ?? mmuWindows;
  const worst = windows.map((window) => curve.worst(window, 1)[0]);
  return buildTable(schema, {
    window_ns: Float64Array.from(windows),
    utilization: Float64Array.from(windows, (window) => curve.mmu(window)),
    worst_start_ns: Float64Array.from(worst, (window) => window?.time_ns ?? Number.NaN),
  });
}

/**
 * The worst windows of one length, disjoint, worst first: start_ns, end_ns, utilization. Where to look closer, as in
 * `stateTimeline(trace, { from_ns, to_ns })`. The same windows as Go's MMU page links to.
 *
 * @example
 * worstWindows(trace, { window_ns: 1e6, count: 5 });
 */
export function worstWindows(
  source: TableSource,
  options: UtilizationOptions & { window_ns: number; count?: number },
): ColumnTable {
  const { window_ns, count = 5 } = options;
  const found = curveOf(source, options, "worstWindows").worst(window_ns, count);
  return table({
    start_ns: found.map(({ time_ns }) => time_ns),
    end_ns: found.map(({ time_ns }) => time_ns + window_ns),
    utilization: found.map(({ utilization }) => utilization),
  });
}

function curveOf(source: TableSource, options: UtilizationOptions, analysis: string): MmuCurve {
  const steps = utilizationSteps(source, options, analysis);
  if (steps.times.length === 0) {
    throw new RangeError(
      `${analysis} needs the metric /sched/gomaxprocs:threads, which this capture does not have`,
    );
  }
  return new MmuCurve(steps, options.exact);
}

export const mmuAnalysis: Analysis = {
  name: "mmu",
  accepts: ["go-trace"],
  needs: { events: [] },
  schema,
  build: mmu,
};
