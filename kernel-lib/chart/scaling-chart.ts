import type { ColumnTable } from "arquero";
import { hasColumn, numbers, textAt, texts } from "../analyze/columns.js";
import { nearestRank, sortedNumbers } from "../analyze/quantile.js";
import { type ScalingOptions, scaling } from "../analyze/scaling.js";
import { type ChartOptions, type ChartSpec, chartSpec, legendColumns } from "./chart-spec.js";
import { categories, palette } from "./palette.js";
import { formatCount, formatNs, logAxis, nsExpression, nsLogAxis, significant } from "./units.js";

/** Options of {@link scalingChart}: the columns as in {@link scaling}. */
export interface ScalingChartOptions extends ChartOptions, ScalingOptions {
  /** What N counts, for the axis ("keys"). */
  nTitle?: string;
  /** What the cost is, for the axis. */
  costTitle?: string;
  /** Unit of the cost: ns (default), or another, which is written as it is. */
  unit?: string;
}

const maxPoints = 2000;

/**
 * Cost against N on two logarithmic axes, with the fitted power law of each series: a slope of 1 is linear growth.
 *
 * @example
 * scalingChart(evalshaRuns, { n: "keys", cost: "dur_ns", nTitle: "keys" });
 */
export function scalingChart(measurements: ColumnTable, options: ScalingChartOptions = {}): ChartSpec {
  const n = options.n ?? "n";
  const cost =
    options.cost ??
    ["cost_ns", "dur_ns", "total_ns", "ns_per_op"].find((name) => hasColumn(measurements, name)) ??
    "cost_ns";
  const fits = scaling(measurements, { ...options, n, cost }).objects() as FitRow[];
  const points = pointsOf(measurements, n, cost, options.by);
  const series = fits.map((fit) => fit.series);
  const single = options.by === undefined;
  const colour = single
    ? { value: palette.plain }
    : {
        field: "series",
        type: "nominal",
        title: options.by,
        scale: { domain: series, range: categories.slice(0, series.length) },
        legend: legendColumns(series),
      };
  const lines = fits.flatMap((fit) =>
    along(fit).map((at) => ({ series: fit.series, n: at, cost: fit.offset + fit.factor * at ** fit.slope })),
  );
  const costs = points.map((point) => point.cost);
  const unit = options.unit ?? "ns";
  const costTitle = `${options.costTitle ?? "cost"} (logarithmic)`;
  const [low, high] = [Math.min(...costs), Math.max(...costs)];
  const reading = fits.map((fit) => `${single ? "" : `${fit.series}: `}${readingOf(fit, unit)}`).join("; ");
  const x = {
    field: "n",
    type: "quantitative",
    scale: { type: "log", nice: false, padding: 10 },
    axis: logAxis(
      `${options.nTitle ?? n} (logarithmic)`,
      "format(datum.value, '~s')",
      Math.min(...points.map((point) => point.n)),
      Math.max(...points.map((point) => point.n)),
    ),
  };
  const y = {
    field: "cost",
    type: "quantitative",
    scale: { type: "log", nice: false, padding: 10 },
    axis:
      unit === "ns"
        ? nsLogAxis(costTitle, low, high)
        : logAxis(
            `${options.costTitle ?? "cost"} in ${unit} (logarithmic)`,
            "format(datum.value, '~s')",
            low,
            high,
          ),
  };
  return chartSpec(
    {
      title: titleOf(fits, options.costTitle ?? "Cost", options.nTitle ?? n, unit),
      subtitle: reading,
      description: `${options.costTitle ?? "Cost"} against ${options.nTitle ?? n}: ${reading}.`,
      height: 300,
      layer: [
        {
          data: { values: points },
          transform: [
            {
              calculate: unit === "ns" ? nsExpression("datum.cost") : "format(datum.cost, '.4~r')",
              as: "value",
            },
          ],
          mark: { type: "point", filled: true, size: 45, opacity: 0.8 },
          encoding: {
            x,
            y,
            color: colour,
            tooltip: [
              ...(single ? [] : [{ field: "series", title: options.by }]),
              { field: "n", title: options.nTitle ?? n, format: "," },
              { field: "value", title: options.costTitle ?? "cost" },
            ],
          },
        },
        {
          data: { values: lines },
          mark: { type: "line", strokeDash: [5, 4], strokeWidth: 1.5 },
          encoding: { x, y, color: colour },
        },
      ],
    },
    options,
  );
}

interface FitRow {
  series: string;
  points: number;
  sizes: number;
  model: "power" | "offset";
  slope: number;
  slope_low: number | null;
  slope_high: number | null;
  factor: number;
  offset: number;
  power_slope: number;
  verdict: string;
  r2: number;
  n_low: number;
  n_high: number;
}

function pointsOf(measurements: ColumnTable, n: string, cost: string, by: string | undefined): Point[] {
  const x = numbers(measurements, n);
  const y = numbers(measurements, cost);
  const groups = by === undefined ? undefined : texts(measurements, by);
  const points: Point[] = [];
  for (let row = 0; row < x.length; row++) {
    if (!(x[row] > 0 && y[row] > 0)) continue;
    points.push({ series: groups ? (textAt(groups, row) ?? "none") : "all", n: x[row], cost: y[row] });
  }
  return points.length <= maxPoints ? points : extremes(points);
}

interface Point {
  series: string;
  n: number;
  cost: number;
}

// Of many runs at one N the least, the median and the greatest.
function extremes(points: readonly Point[]): Point[] {
  const groups = new Map<string, Point[]>();
  for (const point of points) {
    const key = `${point.series} ${point.n}`;
    const group = groups.get(key);
    if (group) group.push(point);
    else groups.set(key, [point]);
  }
  return [...groups.values()].flatMap((group) => {
    const sorted = sortedNumbers(group.map(({ cost }) => cost));
    return [0, 0.5, 1].map((q) => ({ ...group[0], cost: nearestRank(sorted, q) }));
  });
}

/** A power law is a straight line here; with a fixed cost it bends. */
function along({ model, n_low, n_high }: FitRow): number[] {
  if (model === "power") return [n_low, n_high];
  return Array.from({ length: 41 }, (_, i) => n_low * (n_high / n_low) ** (i / 40));
}

function readingOf(fit: FitRow, unit: string): string {
  const { slope, slope_low, slope_high, points, sizes, model, offset, power_slope, n_low, n_high } = fit;
  const interval =
    slope_low === null || slope_high === null
      ? "no interval"
      : `95 % interval ${significant(slope_low)} to ${significant(slope_high)}`;
  const fixed = model === "offset" ? `${inUnit(offset, unit)} and ` : "";
  const bent =
    model === "offset" ? `; without the fixed part it would look like N^${significant(power_slope)}` : "";
  const range = `${points} points at ${sizes} sizes from ${formatCount(n_low)} to ${formatCount(n_high)}`;
  return `${fixed}N^${significant(slope)} (${interval}, ${range}${bent})`;
}

function inUnit(value: number, unit: string): string {
  return unit === "ns" ? formatNs(value) : `${significant(value)} ${unit}`;
}

function titleOf(fits: readonly FitRow[], cost: string, n: string, unit: string): string {
  if (fits.length > 1) {
    const each = fits.map((fit) => `${fit.series} ${growth(fit, n)}`);
    return `${cost}: ${each.slice(0, 3).join(", ")}${each.length > 3 ? ", ..." : ""}`;
  }
  const [fit] = fits;
  const last = fit.offset + fit.factor * fit.n_high ** fit.slope;
  return `${cost} ${growth(fit, n)}: ${inUnit(last, unit)} at ${formatCount(fit.n_high)} ${n}`;
}

// What the interval of the exponent allows to say, and no more.
function growth({ slope, slope_low, slope_high, verdict, model }: FitRow, n: string): string {
  if (verdict === "cannot tell" || slope_low === null || slope_high === null)
    return `cannot tell how it grows with ${n}`;
  if (verdict === "no difference seen") return `no growth seen with ${n}`;
  const fixed = model === "offset" ? ", beside a fixed part" : "";
  if (slope_high - slope_low > 1)
    return `${verdict === "higher" ? "grows" : "falls"} with ${n}, too scattered to tell how${fixed}`;
  if (slope_low <= 1 && slope_high >= 1) return `grows linearly with ${n}${fixed}`;
  return `grows as ${n}^${significant(slope, 2)}${fixed}`;
}
