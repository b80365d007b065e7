import { type ColumnTable, table } from "arquero";
import { overlap } from "../analyze/coincidence.js";
import { type Numbers, numbers } from "../analyze/columns.js";
import { type SpikeOptions, spikes } from "../analyze/spikes.js";
import { type Band, bandColours, bandLayer, bandOf, bandsOf, timeAxis } from "./bands.js";
import { type ChartOptions, type ChartSpec, chartSpec, defaultWidth, zoom } from "./chart-spec.js";
import { densityCells, extentOf } from "./density-cells.js";
import { ink } from "./palette.js";
import {
  counted,
  formatCount,
  formatNs,
  formatShare,
  nsExpression,
  nsLogAxis,
  significant,
} from "./units.js";

/** Options of {@link spikesOverBands}; what a spike is as in {@link spikes}. */
export interface SpikesOverBandsOptions extends ChartOptions, SpikeOptions {
  /** The window drawn; by default all operations. */
  from_ns?: number;
  to_ns?: number;
  /** What a range means by its name, for ranges that are not a trace's: the name of its band, or undefined. */
  band?: (name: string) => string | undefined;
  /** Colours of such bands. */
  bandColour?: Record<string, string>;
}

const maxSpikes = 1500;
const neither = "neither";

/**
 * Slow operations over time, on the pauses and mark phases of the same stretch. Each spike is a point, coloured by
 * what it overlaps, and counted with everything that it overlaps, as {@link overlap} and `coincidence` count; ordinary operations are a grey density (exact counts in cells). When there are more than 1500
 * spikes, the slowest of each pixel column and colour is drawn, so that none that stands out disappears.
 *
 * @example
 * spikesOverBands(operations, trace.table("ranges"), { quantile: 0.999 });
 */
export function spikesOverBands(
  operations: ColumnTable,
  ranges: ColumnTable,
  options: SpikesOverBandsOptions = {},
): ChartSpec {
  const start = numbers(operations, "start_ns");
  const duration = numbers(operations, "dur_ns");
  const [first, last] = extentOf(start);
  const from = options.from_ns ?? first;
  const to = options.to_ns ?? last;
  const pixel = Math.max(1, (to - from) / (options.width ?? defaultWidth));
  const meaning = options.band ?? bandOf;
  const bands = bandsOf(ranges, from, to, pixel, meaning);
  const found = spikes(operations, options);
  const all = spikePoints(found, bandsOf(ranges, 0, Number.POSITIVE_INFINITY, 0, meaning), from, to);
  const shown = all.length > maxSpikes ? slowestPerPixel(all, from, pixel) : all;
  const cells = densityCells(start, duration, [from, to], { columns: 72, perDecade: 6 });
  const colours = { ...bandColours, ...options.bandColour };
  const domain = [...new Set(bands.map(({ band }) => band)), neither];
  const scale = { domain, range: domain.map((name) => colours[name] ?? ink.strong) };
  const reading = readingOf(all, domain);
  const inWindow = Array.from(start).filter((at) => at >= from && at <= to).length;
  const x = { ...timeAxis(from, to), field: "start_ns" };
  const [lowest, highest] = extentOf(duration);
  const y = {
    field: "dur_ns",
    type: "quantitative",
    scale: { type: "log", nice: false, padding: 8 },
    axis: nsLogAxis("duration (logarithmic)", lowest, highest),
  };
  return chartSpec(
    {
      title: reading,
      subtitle: [
        `${counted(all.length, "spike")}: ${spikeMeaning(found, options)}`,
        ...(shown.length < all.length
          ? [`drawn: the slowest of each pixel and colour, ${formatCount(shown.length)}`]
          : []),
        ...severalOverlapped(all),
      ],
      description: `${reading}; ${counted(inWindow, "operation")} in ${formatNs(to - from)}.`,
      height: 300,
      layer: [
        bandLayer(bands, x),
        {
          data: { values: cells },
          mark: { type: "rect", clip: true, color: ink.line },
          encoding: {
            x: { ...x, field: "x" },
            x2: { field: "x2" },
            y: { ...y, field: "y" },
            y2: { field: "y2" },
            opacity: {
              field: "count",
              type: "quantitative",
              scale: {
                type: "log",
                domain: [1, Math.max(2, ...cells.map(({ count }) => count))],
                range: [0.12, 0.55],
              },
              legend: null,
            },
            tooltip: [{ field: "count", title: "operations", format: "," }],
          },
        },
        {
          data: {
            values: shown.map(({ bands, ...point }) => ({ ...point, overlaps: bands.join(", ") || neither })),
          },
          mark: { type: "point", filled: true, size: 26, opacity: 0.95, clip: true },
          params: [zoom("x")],
          transform: [
            { calculate: nsExpression("datum.dur_ns"), as: "duration" },
            { calculate: nsExpression("datum.start_ns", 6), as: "at" },
          ],
          encoding: {
            x,
            y,
            color: { field: "colour", type: "nominal", scale, title: "overlaps" },
            stroke: { field: "colour", type: "nominal", scale, legend: null },
            tooltip: [
              { field: "kind" },
              { field: "at" },
              { field: "duration" },
              { field: "overlaps", title: "overlaps" },
            ],
          },
        },
      ],
    },
    options,
  );
}

interface SpikePoint {
  start_ns: number;
  dur_ns: number;
  kind: string | null;
  /** The band whose colour it has. */
  colour: string;
  /** All that it overlaps. */
  bands: readonly string[];
}

// A spike that meets several bands takes the colour of the pause: it is the shorter and the stronger reason.
function spikePoints(found: ColumnTable, bands: readonly Band[], from: number, to: number): SpikePoint[] {
  const names = [...new Set(bands.map(({ band }) => band))].sort(
    (a, b) => Number(b === "stop-the-world") - Number(a === "stop-the-world"),
  );
  const hits = names.map((name) => numbers(overlap(found, bandTable(bands, name)), "hit"));
  const rows = found.objects() as { start_ns: number; dur_ns: number; kind: string | null }[];
  return rows
    .map(({ start_ns, dur_ns, kind }, row) => {
      const own = names.filter((_, i) => hits[i][row] > 0);
      return {
        start_ns: Math.round(start_ns),
        dur_ns: Math.max(1, dur_ns),
        kind,
        colour: own[0] ?? neither,
        bands: own,
      };
    })
    .filter(({ start_ns }) => start_ns >= from && start_ns <= to);
}

function bandTable(bands: readonly Band[], name: string): ColumnTable {
  const own = bands.filter(({ band }) => band === name);
  return table({ start_ns: own.map(({ start_ns }) => start_ns), end_ns: own.map(({ end_ns }) => end_ns) });
}

function slowestPerPixel(points: readonly SpikePoint[], from: number, pixel: number): SpikePoint[] {
  const slowest = new Map<string, SpikePoint>();
  for (const point of points) {
    const key = `${Math.floor((point.start_ns - from) / pixel)} ${point.colour}`;
    const before = slowest.get(key);
    if (!before || point.dur_ns > before.dur_ns) slowest.set(key, point);
  }
  return [...slowest.values()];
}

function readingOf(points: readonly SpikePoint[], domain: readonly string[]): string {
  if (points.length === 0) return "No spikes in this window";
  const share = (name: string): string =>
    formatShare(
      points.filter(({ bands, colour }) => bands.includes(name) || colour === name).length / points.length,
    );
  const shares = domain.filter((name) => name !== neither).map((name) => `${share(name)} overlap ${name}`);
  return shares.length === 0
    ? `${counted(points.length, "spike")}, and no band in this window`
    : `Of ${counted(points.length, "spike")}, ${shares.join(", ")}; ${share(neither)} ${neither}`;
}

/** Shares count a spike with each band that it overlaps; its point has one colour. */
function severalOverlapped(points: readonly SpikePoint[]): string[] {
  const several = points.filter(({ bands }) => bands.length > 1);
  if (several.length === 0) return [];
  return [
    `${counted(several.length, "spike")} counted with each band met, in the colour of ${several[0].colour}`,
  ];
}

function spikeMeaning(found: ColumnTable, options: SpikeOptions): string {
  const limits = [...new Set(numbers(found, "threshold_ns") as Iterable<number> & Numbers)].sort(
    (a, b) => a - b,
  );
  if (limits.length === 0) return "none";
  const above =
    limits.length === 1 ? formatNs(limits[0]) : `${formatNs(limits[0])} to ${formatNs(limits.at(-1) ?? 0)}`;
  return options.threshold_ns !== undefined
    ? `operations above ${above}`
    : `operations above the P${significant((options.quantile ?? 0.99) * 100, 6)} of their kind (${above})`;
}
