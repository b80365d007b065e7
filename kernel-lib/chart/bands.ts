import type { ColumnTable } from "arquero";
import { numbers, texts } from "../analyze/columns.js";
import { endsOf, mergeIntervals } from "../analyze/intervals.js";
import { isStopTheWorld } from "../analyze/stop-the-world.js";
import { palette } from "./palette.js";
import { nsAxis, nsExpression } from "./units.js";

/** A stretch of time behind a chart, in the colour of its meaning. */
export interface Band {
  band: string;
  start_ns: number;
  end_ns: number;
}

/** What a range of a trace means in a chart; undefined for those that get no band. */
export function bandOf(range: string): string | undefined {
  if (isStopTheWorld(range)) return "stop-the-world";
  if (range === "GC concurrent mark phase") return "concurrent mark";
  return undefined;
}

export const bandColours: Readonly<Record<string, string>> = {
  "stop-the-world": palette.STW,
  "concurrent mark": palette.mark,
};

/**
 * The ranges as bands within a window, those of one meaning joined where the gap is below `gap_ns`
 * (less than a pixel), so that their number is bounded by the drawing's width.
 */
export function bandsOf(
  ranges: ColumnTable | undefined,
  from: number,
  to: number,
  gap_ns: number,
  meaning: (name: string) => string | undefined = bandOf,
): Band[] {
  if (!ranges) return [];
  const names = texts(ranges, "name");
  const meanings = names.values.map((name) => (name === null ? undefined : meaning(name)));
  const start = numbers(ranges, "start_ns");
  const end = endsOf(ranges, start);
  const rows = new Map<string, [number, number][]>();
  for (let row = 0; row < start.length; row++) {
    const band = meanings[names.codes[row]];
    if (band === undefined || !(end[row] >= from) || !(start[row] <= to)) continue;
    const list = rows.get(band) ?? [];
    rows.set(band, list);
    list.push([Math.max(from, start[row]), Math.min(to, end[row])]);
  }
  return [...rows].flatMap(([band, list]) =>
    joined(list, gap_ns).map(([a, b]) => ({ band, start_ns: a, end_ns: b })),
  );
}

function joined(list: [number, number][], gap: number): [number, number][] {
  list.sort((a, b) => a[0] - b[0]);
  const { starts, ends } = mergeIntervals({
    starts: Float64Array.from(list, ([start]) => start),
    ends: Float64Array.from(list, ([, end]) => end + gap),
  });
  return Array.from(starts, (start, i) => [Math.round(start), Math.round(ends[i] - gap)]);
}

/** The time axis of a window: bands and what is drawn over them must share it. */
export function timeAxis(from: number, to: number): Record<string, unknown> {
  return {
    type: "quantitative",
    scale: { domain: [from, to], nice: false, zero: false },
    axis: closeAxis(from, to) ?? nsAxis("time in the capture"),
  };
}

// In a short window late in a capture all labels would start with the same digits: they count from a round time before it.
function closeAxis(from: number, to: number): Record<string, unknown> | undefined {
  const span = to - from;
  if (!(span > 0) || from < span * 1000) return undefined;
  const round = 10 ** Math.ceil(Math.log10(span));
  const base = Math.floor(from / round) * round;
  const title = `time after ${formatTime(base)} in the capture`;
  return {
    title,
    labelExpr: `datum.value === ${base} ? '0' : ${nsExpression(`(datum.value - ${base})`, 4)}`,
  };
}

// All digits, unlike a duration's three: a time to find again.
function formatTime(ns: number): string {
  const [size, unit] = ns >= 1e9 ? [1e9, "s"] : ns >= 1e6 ? [1e6, "ms"] : ns >= 1e3 ? [1e3, "µs"] : [1, "ns"];
  return `${Number((ns / size).toFixed(9))} ${unit}`;
}

/** The layer that draws bands over the whole height; a thin edge keeps the shortest one visible. */
export function bandLayer(
  bands: readonly Band[],
  x: Record<string, unknown>,
  opacity = 0.22,
): Record<string, unknown> {
  return {
    data: { values: bands },
    mark: { type: "rect", clip: true, opacity, strokeWidth: 0.7 },
    encoding: {
      x: { ...x, field: "start_ns" },
      x2: { field: "end_ns" },
      color: { field: "band", type: "nominal" },
      stroke: { field: "band", type: "nominal", legend: null },
    },
  };
}

/** The same for a chart whose other layers have no colours by meaning: with the bands' own, and a legend of them. */
export function colouredBandLayer(
  bands: readonly Band[],
  x: Record<string, unknown>,
): Record<string, unknown> {
  const names = [...new Set(bands.map(({ band }) => band))];
  const scale = { domain: names, range: names.map((name) => bandColours[name]) };
  const layer = bandLayer(bands, x);
  const encoding = layer.encoding as Record<string, object>;
  return {
    ...layer,
    encoding: {
      ...encoding,
      color: { ...encoding.color, title: null, scale },
      stroke: { ...encoding.stroke, scale },
    },
  };
}
