import { type ColumnTable, table } from "arquero";
import { hasColumn, numbers, textAt, texts } from "../analyze/columns.js";
import type { ChartOptions, ChartSpec } from "./chart-spec.js";
import { comparisonChart } from "./comparison-chart.js";
import { namedTables, type TableOrNamed } from "./named-tables.js";

/** Options of {@link cacheMissChart}. */
export interface CacheMissChartOptions extends ChartOptions {
  /** Which cache: the first level of data (`D1`), of instructions (`I1`), or the last level for data (`DL`, `IL`). */
  cache?: "D1" | "DL" | "I1" | "IL";
  /** How many functions (default 12). */
  top?: number;
  /** A logarithmic axis. */
  log?: boolean;
}

const missesOf: Readonly<Record<string, readonly string[]>> = {
  D1: ["D1mr", "D1mw"],
  DL: ["DLmr", "DLmw"],
  I1: ["I1mr"],
  IL: ["ILmr"],
};

const caches: Readonly<Record<string, string>> = {
  D1: "misses of the first-level data cache",
  DL: "data misses of the last-level cache",
  I1: "misses of the first-level instruction cache",
  IL: "instruction misses of the last-level cache",
};

/**
 * Which functions miss the cache: misses by function, from cachegrind or callgrind, of one run or of several beside
 * each other (variants, releases). Reads and writes count together; the functions with the most come first.
 *
 * @param costs a table of `function_costs`, or several by name
 * @throws RangeError when the runs did not simulate that cache, naming the events there are
 * @example
 * cacheMissChart({ "by value": value.table("function_costs"), "by pointer": pointer.table("function_costs") });
 */
export function cacheMissChart(costs: TableOrNamed, options: CacheMissChartOptions = {}): ChartSpec {
  const { cache = "D1", top = 12, log = false, ...frame } = options;
  const runs = namedTables(costs);
  const rows = Object.entries(runs).flatMap(([run, rowsOfRun]) => missRows(run, rowsOfRun, cache));
  const most = new Map<string, number>();
  for (const { func, misses } of rows) most.set(func, Math.max(most.get(func) ?? 0, misses));
  const shown = [...most]
    .sort((a, b) => b[1] - a[1])
    .slice(0, top)
    .map(([func]) => func);
  const kept = shown.flatMap((func) => rows.filter((row) => row.func === func && !(log && row.misses === 0)));
  const drawn = table({
    func: kept.map((row) => row.func),
    run: kept.map((row) => row.run),
    misses: Float64Array.from(kept, (row) => row.misses),
  });
  const by = Object.keys(runs).length > 1 ? { by: "run" } : {};
  return comparisonChart(drawn, {
    ...frame,
    ...by,
    label: "func",
    value: "misses",
    what: caches[cache],
    log,
    simulated: true,
  });
}

function missRows(
  run: string,
  costs: ColumnTable,
  cache: string,
): { run: string; func: string; misses: number }[] {
  const events = missesOf[cache].filter((event) => hasColumn(costs, event));
  if (events.length === 0) {
    throw new RangeError(
      `cacheMissChart needs the events ${missesOf[cache].join(" and ")}, which ${run === "all" ? "this run" : run} does not have; there are: ${costs.columnNames().join(", ")} (run cachegrind with --cache-sim=yes)`,
    );
  }
  const func = texts(costs, "func");
  const columns = events.map((event) => numbers(costs, event));
  const sums = new Map<string, number>();
  for (let row = 0; row < func.length; row++) {
    const name = textAt(func, row) || "???";
    const misses = columns.reduce((sum, column) => sum + column[row], 0);
    sums.set(name, (sums.get(name) ?? 0) + misses);
  }
  return [...sums].map(([name, misses]) => ({ run, func: name, misses }));
}
