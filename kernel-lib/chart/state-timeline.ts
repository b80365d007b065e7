import type { ColumnTable } from "arquero";
import { type Numbers, numbers, type Texts, textAt, texts } from "../analyze/columns.js";
import { needTables, type TableSource } from "../analyze/table-source.js";
import { bandsOf, timeAxis } from "./bands.js";
import { type ChartOptions, type ChartSpec, chartSpec, defaultWidth } from "./chart-spec.js";
import { lanesMarks } from "./lane-marks.js";
import { laneAxis, laneLayers } from "./lane-timeline.js";
import { ink, stateScale } from "./palette.js";
import { shortName } from "./short-name.js";
import { counted, formatNs } from "./units.js";

/** Options of {@link stateTimeline}. */
export interface StateTimelineOptions extends ChartOptions {
  /** The window, in ns of the capture; by default the whole capture. A narrower one is drawn in more detail. */
  from_ns?: number;
  to_ns?: number;
  /** The goroutines to draw, in this order; by default those that were busiest (not waiting) in the window. */
  goroutines?: readonly number[];
  /** How many goroutines at most (default 16). */
  top?: number;
  /** Arrows from who made a goroutine runnable to the goroutine; by default when there are at most 150. */
  arrows?: boolean;
}

/**
 * What goroutines did over time: a lane each, coloured by state, with stop-the-world pauses and mark phases behind.
 * A stay of at least a pixel is drawn as it was; runs of shorter ones are drawn as the exact share of time in each
 * state, so a lane is never more than a mark per pixel and state, and no long wait disappears. Ask again with a
 * window (`from_ns`, `to_ns`) to see single stays, and who woke whom.
 *
 * @throws RangeError when the capture has no goroutine_states
 * @example
 * stateTimeline(trace, { from_ns: 1.2e9, to_ns: 1.21e9 });
 */
export function stateTimeline(source: TableSource, options: StateTimelineOptions = {}): ChartSpec {
  const [states] = needTables(source, "stateTimeline", ["goroutine_states"]);
  const stays = staysOf(states);
  const [from, to] = windowOf(stays, options);
  const lanes = options.goroutines ?? busiest(stays, from, to, options.top ?? 16);
  const laneOf = new Map(lanes.map((g, lane) => [g, lane]));
  const pixel = Math.max(1, (to - from) / (options.width ?? defaultWidth));
  const rows = rowsByLane(stays, laneOf, from, to);
  const names = namesOf(source);
  const { marks: drawn, grain_ns } = lanesMarks(rows, stays, { from, to, pixel });
  const marks = drawn.map(({ lane, ...mark }) => ({ ...mark, g: lanes[lane] }));
  const bands = bandsOf(rangesOf(source), from, to, pixel);
  const arrows = arrowsOf(stays, rows, laneOf, from, to, options.arrows);
  const merged = marks.some((mark) => mark.share !== undefined);
  const labels = lanes.map((g) => `g${g} ${shortName(names.get(g) ?? "")}`);
  return chartSpec(
    {
      title: titleOf(stays, rows, from, to),
      subtitle: [
        `${counted(lanes.length, "goroutine")} over ${formatNs(to - from)}, from ${formatNs(from)} on`,
        ...(merged ? [`stays under ${formatNs(grain_ns)} are drawn as shares of time, exactly`] : []),
      ],
      description: `${titleOf(stays, rows, from, to)}. ${counted(lanes.length, "goroutine")} over ${formatNs(to - from)}, ${counted(bands.length, "band")} of stop-the-world or marking.`,
      width: 560,
      titleWidth: 700,
      height: Math.max(60, lanes.length * 22),
      layer: [
        ...laneLayers(marks, bands, labels, [from, to], { field: "g" }),
        ...arrowLayers(arrows, timeAxis(from, to), laneAxis(labels)),
      ],
    },
    options,
  );
}

/** The columns of goroutine_states that a timeline draws. */
export interface Stays {
  g: Numbers;
  state: Texts;
  reason: Texts;
  start: Numbers;
  end: Numbers;
  wokenBy: Numbers;
}

function staysOf(states: ColumnTable): Stays {
  return {
    g: numbers(states, "g"),
    state: texts(states, "state"),
    reason: texts(states, "reason"),
    start: numbers(states, "start_ns"),
    end: numbers(states, "end_ns"),
    wokenBy: numbers(states, "end_by_g"),
  };
}

function windowOf({ start, end }: Stays, options: StateTimelineOptions): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < start.length; row++) {
    if (start[row] < low) low = start[row];
    if (end[row] > high) high = end[row];
  }
  const from = options.from_ns ?? (Number.isFinite(low) ? low : 0);
  const to = options.to_ns ?? (Number.isFinite(high) ? high : from + 1);
  if (!(to > from)) throw new RangeError(`the window is empty: from_ns ${from} to_ns ${to}`);
  return [from, to];
}

// Time not waiting, within the window: what a lane is worth.
function busiest({ g, state, start, end }: Stays, from: number, to: number, top: number): number[] {
  const quiet = new Set(["Waiting", "NotExist", "Undetermined"].map((name) => state.values.indexOf(name)));
  const busy = new Map<number, number>();
  for (let row = 0; row < g.length; row++) {
    if (quiet.has(state.codes[row])) continue;
    const ns = Math.min(end[row], to) - Math.max(start[row], from);
    if (ns > 0) busy.set(g[row], (busy.get(g[row]) ?? 0) + ns);
  }
  return [...busy]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, top)
    .map(([id]) => id);
}

function rowsByLane(
  { g, start, end }: Stays,
  laneOf: Map<number, number>,
  from: number,
  to: number,
): number[][] {
  const rows: number[][] = Array.from({ length: laneOf.size }, () => []);
  for (let row = 0; row < g.length; row++) {
    const lane = laneOf.get(g[row]);
    if (lane !== undefined && end[row] > from && start[row] < to) rows[lane].push(row);
  }
  for (const own of rows) own.sort((a, b) => start[a] - start[b] || end[a] - end[b]);
  return rows;
}

interface Arrow {
  at_ns: number;
  y: number;
  y2: number;
  up: boolean;
  by: number;
  woke: number;
}

// A Waiting stay that a goroutine ended: an arrow from its lane to the woken one's.
function arrowsOf(
  stays: Stays,
  rows: readonly number[][],
  laneOf: Map<number, number>,
  from: number,
  to: number,
  wanted: boolean | undefined,
): Arrow[] {
  if (wanted === false) return [];
  const arrows: Arrow[] = [];
  rows.forEach((own, lane) => {
    for (const row of own) {
      const waker = laneOf.get(stays.wokenBy[row]);
      if (waker === undefined || waker === lane || textAt(stays.state, row) !== "Waiting") continue;
      const at = stays.end[row];
      if (at < from || at > to) continue;
      const up = lane < waker;
      const y2 = lane + (up ? 0.9 : 0.1);
      arrows.push({ at_ns: at, y: waker + 0.5, y2, up, by: stays.wokenBy[row], woke: stays.g[row] });
    }
  });
  return wanted || arrows.length <= 150 ? arrows : [];
}

function arrowLayers(
  arrows: readonly Arrow[],
  time: Record<string, unknown>,
  lane: Record<string, unknown>,
): Record<string, unknown>[] {
  if (arrows.length === 0) return [];
  const data = { values: arrows };
  const x = { ...time, field: "at_ns" };
  const tooltip = [
    { field: "by", title: "goroutine" },
    { field: "woke", title: "woke goroutine" },
  ];
  return [
    {
      data,
      mark: { type: "rule", color: ink.strong, strokeWidth: 1, clip: true },
      encoding: { x, y: { ...lane, field: "y" }, y2: { field: "y2" }, tooltip },
    },
    {
      data,
      mark: { type: "point", filled: true, color: ink.strong, size: 34, opacity: 1, clip: true },
      encoding: {
        x,
        y: { ...lane, field: "y2" },
        shape: {
          field: "up",
          type: "nominal",
          scale: { domain: [true, false], range: ["triangle-up", "triangle-down"] },
          legend: null,
        },
        tooltip,
      },
    },
  ];
}

function titleOf(stays: Stays, rows: readonly number[][], from: number, to: number): string {
  const total = new Map<string, number>();
  let all = 0;
  for (const row of rows.flat()) {
    const ns = Math.min(stays.end[row], to) - Math.max(stays.start[row], from);
    const state = textAt(stays.state, row) ?? "unknown";
    total.set(state, (total.get(state) ?? 0) + ns);
    all += ns;
  }
  if (all === 0) return "No goroutine was seen in this window";
  const parts = stateScale(total.keys()).domain.map(
    (state) => `${Math.round(((total.get(state) ?? 0) / all) * 100)} % ${state.toLowerCase()}`,
  );
  return `Goroutine time: ${parts.join(", ")}`;
}

function namesOf(source: TableSource): Map<number, string> {
  if (!source.schemas().some(({ name }) => name === "goroutines")) return new Map();
  const goroutines = source.table("goroutines");
  const g = numbers(goroutines, "g");
  const name = texts(goroutines, "name");
  return new Map(Array.from(g, (id, row) => [id, textAt(name, row) ?? ""]));
}

function rangesOf(source: TableSource): ColumnTable | undefined {
  return source.schemas().some(({ name }) => name === "ranges") ? source.table("ranges") : undefined;
}
