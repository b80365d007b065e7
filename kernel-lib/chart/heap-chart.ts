import type { ColumnTable } from "arquero";
import { numbers } from "../analyze/columns.js";
import { metricSteps } from "../analyze/metric-steps.js";
import { needTables, type TableSource } from "../analyze/table-source.js";
import { bandColours, bandLayer, bandsOf, timeAxis } from "./bands.js";
import { type ChartOptions, type ChartSpec, chartSpec, defaultWidth, zoom } from "./chart-spec.js";
import { categories, palette } from "./palette.js";
import { bytesAxis, bytesExpression, formatBytes, formatNs } from "./units.js";

/** Options of {@link heapChart}. */
export interface HeapChartOptions extends ChartOptions {
  from_ns?: number;
  to_ns?: number;
  /** A series drawn beside the heap on an axis of its own, such as the rate of inserts: time_ns and value. */
  beside?: { table: ColumnTable; title: string; time?: string; value?: string };
}

const maxPoints = 1200;

/**
 * The heap and its goal over time, with mark phases and pauses behind: from a trace's metrics
 * (/memory/classes/heap/objects:bytes and /gc/heap/goal:bytes) or from the cycles of a GODEBUG log. Of a trace's many
 * values the first, least, greatest and last of each pixel are drawn.
 *
 * @throws RangeError when the capture has neither metrics nor gc_cycles
 * @example
 * heapChart(trace);
 */
export function heapChart(source: TableSource, options: HeapChartOptions = {}): ChartSpec {
  const { heap, goal, ranges } = source.kind === "godebug" ? fromLog(source) : fromTrace(source);
  const from = options.from_ns ?? heap[0]?.time_ns ?? 0;
  const to = options.to_ns ?? heap[heap.length - 1]?.time_ns ?? 1;
  const pixel = (to - from) / (options.width ?? defaultWidth);
  const inside = (point: Point): boolean => point.time_ns >= from && point.time_ns <= to;
  const drawn = [
    ...reduced(heap.filter(inside), from, to).map((point) => ({ ...point, series: "heap objects" })),
    ...reduced(goal.filter(inside), from, to).map((point) => ({ ...point, series: "goal" })),
  ];
  const bands = bandsOf(ranges, from, to, pixel);
  const names = [...new Set(bands.map(({ band }) => band))];
  const most = heap.reduce((a, { value }) => Math.max(a, value), 0);
  const title = `Heap up to ${formatBytes(most)}; ${goal.length} goals of ${formatBytes(goal.reduce((a, { value }) => Math.min(a, value), Number.POSITIVE_INFINITY))} to ${formatBytes(goal.reduce((a, { value }) => Math.max(a, value), 0))}`;
  const x = timeAxis(from, to);
  const scale = {
    domain: ["heap objects", "goal", ...names],
    range: [palette.plain, palette.reference, ...names.map((name) => bandColours[name])],
  };
  const layers = [
    bandLayer(bands, x),
    {
      data: { values: drawn },
      params: [zoom("x")],
      transform: [{ calculate: bytesExpression("datum.value"), as: "size" }],
      mark: { type: "line", interpolate: "step-after", strokeWidth: 1.8, clip: true },
      encoding: {
        x: { ...x, field: "time_ns" },
        y: {
          field: "value",
          type: "quantitative",
          axis: bytesAxis(
            "heap",
            drawn.reduce((a, point) => Math.max(a, point.value), 0),
          ),
        },
        color: { field: "series", type: "nominal", title: null, scale },
        strokeDash: {
          field: "series",
          type: "nominal",
          legend: null,
          scale: {
            domain: ["heap objects", "goal"],
            range: [
              [1, 0],
              [5, 3],
            ],
          },
        },
        tooltip: [{ field: "series" }, { field: "size" }],
      },
    },
  ];
  return chartSpec(
    {
      title,
      subtitle: heap.length > maxPoints ? "least and greatest of each stretch are drawn" : [],
      description: `Heap and goal over ${formatNs(to - from)}. ${title}.`,
      ...(options.beside
        ? {
            layer: [{ layer: layers }, besideLayer(options.beside, x)],
            resolve: { scale: { y: "independent" } },
          }
        : { layer: layers }),
    },
    options,
  );
}

function besideLayer(
  { table, title, time = "time_ns", value = "value" }: NonNullable<HeapChartOptions["beside"]>,
  x: Record<string, unknown>,
): Record<string, unknown> {
  const [at, values] = [numbers(table, time), numbers(table, value)];
  const points = Array.from({ length: at.length }, (_, row) => ({ time_ns: at[row], value: values[row] }));
  const [from, to] = (x.scale as { domain: [number, number] }).domain;
  return {
    data: { values: reduced(points, from, to) },
    mark: { type: "line", color: categories[2], strokeWidth: 1.4, opacity: 0.9, clip: true },
    encoding: {
      x: { ...x, field: "time_ns" },
      y: {
        field: "value",
        type: "quantitative",
        axis: { title, orient: "right", grid: false, titleColor: categories[2] },
      },
    },
  };
}

interface Point {
  time_ns: number;
  value: number;
}

interface HeapSeries {
  heap: Point[];
  goal: Point[];
  ranges: ColumnTable | undefined;
}

function fromTrace(source: TableSource): HeapSeries {
  const [metrics, ranges] = needTables(source, "heapChart", ["metrics", "ranges"]);
  const series = (name: string): Point[] => {
    const { times, values } = metricSteps(metrics, name);
    return Array.from(times, (time_ns, i) => ({ time_ns, value: values[i] }));
  };
  return {
    heap: series("/memory/classes/heap/objects:bytes"),
    goal: series("/gc/heap/goal:bytes"),
    ranges,
  };
}

// A cycle's line gives the heap when it began, when marking ended and what was live then.
function fromLog(source: TableSource): HeapSeries {
  const [cycles] = needTables(source, "heapChart", ["gc_cycles"]);
  const column = (name: string): ArrayLike<number> => numbers(cycles, name);
  const [time, mark, start, end, live, goal] = [
    "time_ns",
    "mark_ns",
    "heap_start_mb",
    "heap_end_mb",
    "heap_live_mb",
    "heap_goal_mb",
  ].map(column);
  const MiB = 2 ** 20;
  const rows = Array.from({ length: time.length }, (_, row) => row);
  return {
    heap: rows.flatMap((row) => [
      { time_ns: time[row], value: start[row] * MiB },
      { time_ns: time[row] + mark[row], value: end[row] * MiB },
      { time_ns: time[row] + mark[row] + 1, value: live[row] * MiB },
    ]),
    goal: rows.map((row) => ({ time_ns: time[row], value: goal[row] * MiB })),
    ranges: undefined,
  };
}

// Of each stretch the first, the least, the greatest and the last, in time order: no peak is lost.
function reduced(points: readonly Point[], from: number, to: number): Point[] {
  if (points.length <= maxPoints) return [...points];
  const width = (to - from) / (maxPoints / 4);
  const kept: Point[] = [];
  let stretch: Point[] = [];
  const flush = (): void => {
    if (stretch.length === 0) return;
    const least = stretch.reduce((a, b) => (b.value < a.value ? b : a));
    const greatest = stretch.reduce((a, b) => (b.value > a.value ? b : a));
    const four = new Set([stretch[0], least, greatest, stretch[stretch.length - 1]]);
    kept.push(...stretch.filter((point) => four.has(point)));
    stretch = [];
  };
  let bin = -1;
  for (const point of points) {
    const own = Math.floor((point.time_ns - from) / width);
    if (own !== bin) flush();
    bin = own;
    stretch.push(point);
  }
  flush();
  return kept;
}
