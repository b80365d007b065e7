import { type ColumnTable, table } from "arquero";
import { hasColumn, type Numbers, numbers, type Texts, textAt, texts } from "./columns.js";
import type { Verdict } from "./judgement.js";
import { benjaminiHochberg, holm } from "./statistics/adjust-p.js";
import { geometricMean } from "./statistics/geometric-mean.js";
import { mannWhitney } from "./statistics/mann-whitney.js";
import { medianInterval, medianOrders } from "./statistics/median-interval.js";
import { runsNeeded } from "./statistics/shift-interval.js";
import { type TableOr, tableOf } from "./table-source.js";

/** One side of a comparison: its label, and its `benchmarks` table or the capture that has it. */
export interface BenchmarkSide {
  readonly label: string;
  readonly benchmarks: TableOr;
}

export interface CompareOptions {
  /** A difference is one when p is at most this; 0.05 unless given. */
  alpha?: number;
  /** Of the intervals around medians; 0.95 unless given. */
  confidence?: number;
  /** Units whose values are exact: any difference is one. Captures say so themselves (`Unit X assume=exact`). */
  exactUnits?: readonly string[];
}

/** A row of {@link compareBenchmarks}. */
export interface BenchmarkComparison {
  config: string;
  unit: string;
  benchmark: string;
  side: string;
  n: number;
  center: number;
  low: number;
  high: number;
  base: number;
  base_n: number;
  ratio: number;
  p: number;
  significant: boolean | null;
  warnings: string;
  p_holm: number;
  p_bh: number;
  verdict: Verdict | null;
  why: string | null;
}

interface Cell {
  values: number[];
  summary: { center: number; low: number; high: number; warnings: string[] };
}

interface Group {
  config: string;
  unit: string;
  exact: boolean;
  rows: Set<string>;
  sides: Set<number>;
  cells: Map<string, Cell>;
}

/** The name of the rows that sum up a side. */
export const geomeanRow = "geomean";

/**
 * Benchmarks of two or more runs beside each other, with the statistics of benchstat
 * (golang.org/x/perf/cmd/benchstat): a row for each configuration, unit, benchmark and side, and one named `geomean`
 * that sums up each side where there is more than one benchmark.
 *
 * Columns: config (JSON), unit (base units), benchmark, side, n (runs), center (median; the value itself of an exact
 * unit), low and high (its confidence interval, infinite when there are too few runs), base and base_n (center and runs
 * of the first side, NaN on it or where that lacks the benchmark), ratio (center / base; of `geomean`, the geometric mean of the
 * benchmarks' ratios), p (Mann-Whitney U test, two-sided; 0 for exact units), significant (p at most alpha; null without
 * a base), warnings (what the numbers cannot say, "; " between them). These are benchstat's, whose p counts each benchmark as if
 * it were the only one: of 20 equal ones, some are called different in 59 of 100 comparisons.
 *
 * For all tests of the table together: p_holm (calling those at most alpha, any false call is no likelier than alpha; Holm 1979),
 * p_bh (a share of alpha of those called is false; Benjamini and Hochberg 1995), verdict by p_holm (`higher`, `lower`, `no difference
 * seen`, `cannot tell`; null without a base) and why (where it cannot tell: the runs that would do).
 *
 * @throws RangeError when a side has no `benchmarks` table
 * @example
 * compareBenchmarks([{ label: "old", benchmarks: before }, { label: "new", benchmarks: after }]);
 */
export function compareBenchmarks(
  sides: readonly BenchmarkSide[],
  options: CompareOptions = {},
): ColumnTable {
  const groups = groupsOf(sides, options);
  const rows = together(
    groups.flatMap((group) => groupRows(group, sides, options)),
    new Set(groups.filter(({ exact }) => exact).map(({ unit }) => unit)),
    options.alpha ?? 0.05,
  );
  const columns: Record<string, unknown[]> = {};
  for (const name of columnNames) columns[name] = rows.map((row) => row[name]);
  return table(columns);
}

const columnNames: readonly (keyof BenchmarkComparison)[] = [
  "config",
  "unit",
  "benchmark",
  "side",
  "n",
  "center",
  "low",
  "high",
  "base",
  "base_n",
  "ratio",
  "p",
  "significant",
  "warnings",
  "p_holm",
  "p_bh",
  "verdict",
  "why",
];

/** What one test says, before the others are looked at. */
type Single = Omit<BenchmarkComparison, "p_holm" | "p_bh" | "verdict" | "why">;

/** All tests of a table together; an exact unit is no test, for its values are what they are. */
function together(rows: readonly Single[], exact: ReadonlySet<string>, alpha: number): BenchmarkComparison[] {
  const tested = rows.map((row) => (exact.has(row.unit) ? Number.NaN : row.p));
  const [byHolm, byRate] = [holm(tested), benjaminiHochberg(tested)];
  const tests = tested.filter((p) => !Number.isNaN(p)).length;
  return rows.map((row, i) => {
    const [p_holm, p_bh] = exact.has(row.unit) ? [row.p, row.p] : [byHolm[i], byRate[i]];
    return { ...row, p_holm, p_bh, ...judged(row, p_holm, alpha, tests) };
  });
}

function judged(
  row: Single,
  p: number,
  alpha: number,
  tests: number,
): { verdict: Verdict | null; why: string | null } {
  if (Number.isNaN(p)) return { verdict: null, why: null };
  const direction = row.center - row.base;
  if (p <= alpha && direction !== 0) return { verdict: direction > 0 ? "higher" : "lower", why: null };
  // An exact unit has no test to be too weak.
  const need = p === 0 || row.p === 1 ? 0 : runsNeeded(alpha / tests);
  if (p > alpha && Math.min(row.n, row.base_n) < need) {
    const asked = tests === 1 ? "this benchmark" : `${tests} benchmarks asked together`;
    return {
      verdict: "cannot tell",
      why: `${row.base_n} and ${row.n} runs are too few for ${asked}; ${need} a side would do`,
    };
  }
  return { verdict: "no difference seen", why: null };
}

/** Measurements by configuration and unit, in the order in which benchstat shows them. */
function groupsOf(sides: readonly BenchmarkSide[], options: CompareOptions): Group[] {
  const groups = new Map<string, Group>();
  const order = new ConfigOrder();
  const units = new Map<string, number>();
  const names = new Map<string, number>();
  const exact = new Set(options.exactUnits ?? []);
  sides.forEach(({ benchmarks }, side) => {
    for (const unit of exactUnitsOf(benchmarks)) exact.add(unit);
    const results = tableOf(benchmarks, "compareBenchmarks", "benchmarks");
    const [name, config] = [texts(results, "name"), texts(results, "config")];
    const value = numbers(results, "value");
    const unit = unitsAsBenchstat(results, value);
    for (const { values, ...at } of samplesOf([config, unit, name], value)) {
      const unitName = textAt(unit, at.row) ?? "";
      const configText = textAt(config, at.row) ?? "{}";
      const benchmark = textAt(name, at.row) ?? "";
      if (!units.has(unitName)) units.set(unitName, units.size);
      if (!names.has(benchmark)) names.set(benchmark, names.size);
      const key = `${order.see(configText)}\n${unitName}`;
      let group = groups.get(key);
      if (!group) {
        const [rows, present, cells] = [new Set<string>(), new Set<number>(), new Map<string, Cell>()];
        group = { config: configText, unit: unitName, exact: false, rows, sides: present, cells };
        groups.set(key, group);
      }
      group.rows.add(benchmark);
      group.sides.add(side);
      const cell = group.cells.get(cellKey(side, benchmark));
      if (cell) cell.values.push(...values);
      else group.cells.set(cellKey(side, benchmark), { values, summary: noSummary });
    }
  });
  const sorted = [...groups.values()].sort(
    (a, b) => order.compare(a.config, b.config) || (units.get(a.unit) ?? 0) - (units.get(b.unit) ?? 0),
  );
  for (const group of sorted) {
    group.exact = exact.has(group.unit);
    group.rows = new Set([...group.rows].sort((a, b) => (names.get(a) ?? 0) - (names.get(b) ?? 0)));
  }
  return sorted;
}

/** The units in which benchstat compares: it keeps a value that base units do not change as it was printed, so `0 ns/op` stays ns/op. */
function unitsAsBenchstat(results: ColumnTable, value: Numbers): Texts {
  const unit = texts(results, "unit");
  if (!hasColumn(results, "printed_unit")) return unit;
  const printed = texts(results, "printed_unit");
  const kept = (row: number): boolean => value[row] === 0 && textAt(printed, row) !== textAt(unit, row);
  if (!Array.from(value, (_, row) => row).some(kept)) return unit;
  const codes = Int32Array.from(value as Float64Array, (_, row) =>
    kept(row) ? unit.values.length + printed.codes[row] : unit.codes[row],
  );
  return withoutRepeats({ length: value.length, codes, values: [...unit.values, ...printed.values] });
}

/** Each text has one code. */
function withoutRepeats({ length, codes, values }: Texts): Texts {
  return { length, codes: Int32Array.from(codes, (code) => values.indexOf(values[code])), values };
}

/** Values whose rows have the same codes in all columns, with the first of the rows; in order of appearance. */
function samplesOf(columns: readonly Texts[], value: Numbers): { row: number; values: number[] }[] {
  const samples = new Map<number, { row: number; values: number[] }>();
  for (let row = 0; row < value.length; row++) {
    let key = 0;
    for (const { codes, values } of columns) key = key * values.length + codes[row];
    const sample = samples.get(key);
    if (sample) sample.values.push(value[row]);
    else samples.set(key, { row, values: [value[row]] });
  }
  return [...samples.values()];
}

const noSummary = { center: Number.NaN, low: Number.NaN, high: Number.NaN, warnings: [] };

function cellKey(side: number, benchmark: string): string {
  return `${side}\n${benchmark}`;
}

/** Units that a capture declares exact in its own file. */
function exactUnitsOf(benchmarks: TableOr): string[] {
  if (!("schemas" in benchmarks) || typeof benchmarks.schemas !== "function") return [];
  if (!benchmarks.schemas().some(({ name }) => name === "benchmark_units")) return [];
  const properties = benchmarks.table("benchmark_units").objects() as {
    unit: string;
    key: string;
    value: string;
  }[];
  return properties.filter(({ key, value }) => key === "assume" && value === "exact").map(({ unit }) => unit);
}

/** Orders configurations by their keys, in the order in which the keys and their values were first seen. */
class ConfigOrder {
  private readonly parsed = new Map<string, Record<string, string>>();
  private readonly sorted = new Map<string, string>();
  private readonly keys = new Map<string, Map<string, number>>();

  /** Notes a configuration; the same text for those with the same keys and values, whatever their order. */
  see(config: string): string {
    const known = this.sorted.get(config);
    if (known !== undefined) return known;
    const values = JSON.parse(config) as Record<string, string>;
    this.parsed.set(config, values);
    for (const [key, value] of Object.entries(values)) {
      const seen = this.keys.get(key) ?? new Map<string, number>();
      if (!seen.has(value)) seen.set(value, seen.size + 1);
      this.keys.set(key, seen);
    }
    const sorted = JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
    this.sorted.set(config, sorted);
    return sorted;
  }

  compare(a: string, b: string): number {
    for (const [key, seen] of this.keys) {
      const rank = (config: string): number => seen.get(this.parsed.get(config)?.[key] ?? "") ?? 0;
      if (rank(a) !== rank(b)) return rank(a) - rank(b);
    }
    return 0;
  }
}

function groupRows(group: Group, sides: readonly BenchmarkSide[], options: CompareOptions): Single[] {
  const { alpha = 0.05, confidence = 0.95 } = options;
  for (const cell of group.cells.values()) {
    cell.summary = group.exact ? exactSummary(cell.values) : medianSummary(cell.values, confidence);
  }
  const present = [...group.sides].sort((a, b) => a - b);
  const rows: Single[] = [];
  for (const benchmark of group.rows) {
    for (const side of present) {
      const cell = group.cells.get(cellKey(side, benchmark));
      if (!cell) continue;
      const base = side === present[0] ? undefined : group.cells.get(cellKey(present[0], benchmark));
      rows.push({
        config: group.config,
        unit: group.unit,
        benchmark,
        side: sides[side].label,
        ...comparison(cell, base, group.exact, alpha),
      });
    }
  }
  if (group.rows.size > 1) rows.push(...present.map((side) => geomean(group, side, present[0], sides)));
  return rows;
}

type Figures = Omit<Single, "config" | "unit" | "benchmark" | "side">;

function comparison(cell: Cell, base: Cell | undefined, exact: boolean, alpha: number): Figures {
  const { center, low, high } = cell.summary;
  const own = { n: cell.values.length, center, low, high };
  const warnings = [...cell.summary.warnings];
  if (!base) {
    const none = { base: Number.NaN, base_n: Number.NaN, ratio: Number.NaN, p: Number.NaN };
    return { ...own, ...none, significant: null, warnings: warnings.join("; ") };
  }
  const test = exact ? { p: 0, warnings: [] } : compare(base.values, cell.values, alpha);
  warnings.push(...test.warnings);
  return {
    ...own,
    base: base.summary.center,
    base_n: base.values.length,
    ratio: ratioOf(center, base.summary.center),
    p: test.p,
    significant: test.p <= alpha,
    warnings: warnings.join("; "),
  };
}

/** Nothing over nothing is no change. */
function ratioOf(center: number, base: number): number {
  if (center === base) return 1;
  return base === 0 ? Number.NaN : center / base;
}

function compare(base: number[], values: number[], alpha: number): { p: number; warnings: string[] } {
  if (base.concat(values).every((value) => value === base[0])) {
    return { p: 1, warnings: ["all samples are equal"] };
  }
  const { p } = mannWhitney(base, values);
  if (p <= alpha) return { p, warnings: [] };
  const need = runsToDetect(alpha);
  if (base.length >= need.runs || values.length >= need.runs) return { p, warnings: [] };
  const what = `need ${need.bound} ${need.runs} samples to detect a difference at alpha level ${alpha}`;
  return { p, warnings: [what] };
}

/** The least runs of each side with which any difference can have so small a p; looked for up to 9. */
function runsToDetect(alpha: number): { bound: ">=" | ">"; runs: number } {
  for (let runs = 1; runs < 10; runs++) {
    // Fully apart is as different as samples can be. One run of each tells nothing.
    const p = runs === 1 ? 1 : mannWhitney(Array(runs).fill(-1), Array(runs).fill(1)).p;
    if (p <= alpha) return { bound: ">=", runs };
  }
  return { bound: ">", runs: 10 };
}

function medianSummary(values: number[], confidence: number): Cell["summary"] {
  const { center, low, high } = medianInterval(values, confidence);
  if (Number.isFinite(low) && Number.isFinite(high)) return { center, low, high, warnings: [] };
  const need = runsForInterval(confidence);
  const what = `need ${need.bound} ${need.runs} samples for confidence interval at level ${confidence}`;
  return { center, low, high, warnings: [what] };
}

/** The least runs with which a median's interval has ends; looked for up to 50. */
function runsForInterval(confidence: number): { bound: ">=" | ">"; runs: number } {
  for (let runs = 2; runs <= 50; runs++) {
    const { low, high } = medianOrders(runs, confidence);
    if (low > 0 && high <= runs) return { bound: ">=", runs };
  }
  return { bound: ">", runs: 50 };
}

/** An exact unit's value is the most frequent one; others are a warning. */
function exactSummary(values: number[]): Cell["summary"] {
  const sorted = Float64Array.from(values).sort();
  let [center, most, count] = [sorted[0], 0, 0];
  sorted.forEach((value, index) => {
    count = value === sorted[index - 1] ? count + 1 : 1;
    if (count > most) [center, most] = [value, count];
  });
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  if (most === sorted.length) return { center, low, high, warnings: [] };
  const what = `exact distribution expected, but values range from ${low} to ${high}`;
  return { center, low, high, warnings: [what] };
}

function geomean(group: Group, side: number, base: number, sides: readonly BenchmarkSide[]): Single {
  const centers: number[] = [];
  const ratios: number[] = [];
  let baseCount = 0;
  for (const benchmark of group.rows) {
    const cell = group.cells.get(cellKey(side, benchmark));
    const baseCell = group.cells.get(cellKey(base, benchmark));
    if (baseCell) baseCount++;
    if (!cell) continue;
    centers.push(cell.summary.center);
    if (baseCell && side !== base) ratios.push(ratioOf(cell.summary.center, baseCell.summary.center));
  }
  const center = geometricMean(centers);
  // A ratio to nothing makes the mean meaningless.
  const ratio = side === base || ratios.some(Number.isNaN) ? Number.NaN : geometricMean(ratios);
  const warnings: string[] = [];
  if (side !== base && ratios.length !== baseCount) {
    warnings.push("benchmark set differs from baseline; geomeans may not be comparable");
  }
  if (Number.isNaN(center)) warnings.push("summaries must be >0 to compute geomean");
  if (side !== base && Number.isNaN(ratio) && !ratios.some(Number.isNaN)) {
    warnings.push("ratios must be >0 to compute geomean");
  }
  return {
    config: group.config,
    unit: group.unit,
    benchmark: geomeanRow,
    side: sides[side].label,
    n: centers.length,
    center,
    low: Number.NaN,
    high: Number.NaN,
    base: Number.NaN,
    base_n: Number.NaN,
    ratio,
    p: Number.NaN,
    significant: null,
    warnings: warnings.join("; "),
  };
}
