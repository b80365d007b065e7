import { numbers, texts } from "../analyze/columns.js";
import { needTables, type TableSource } from "../analyze/table-source.js";
import { bandsOf } from "./bands.js";
import { type ChartOptions, type ChartSpec, chartSpec, defaultWidth } from "./chart-spec.js";
import { lanesMarks } from "./lane-marks.js";
import { laneLayers } from "./lane-timeline.js";
import { counted, formatNs, formatShare } from "./units.js";

/** Options of {@link procTimeline}. */
export interface ProcTimelineOptions extends ChartOptions {
  /** The window, in ns of the capture; by default the whole capture. */
  from_ns?: number;
  to_ns?: number;
}

/**
 * What processors did over time: a lane each, running a goroutine, in a system call, or scheduling (looking for work
 * and the runtime's own); empty where it was idle. Pauses and mark phases lie behind. Short stays are drawn as exact
 * shares of time, as in `stateTimeline`.
 *
 * @throws RangeError when the capture has no thread_states
 * @example
 * procTimeline(trace, { from_ns: 1e9, to_ns: 1.1e9 });
 */
export function procTimeline(source: TableSource, options: ProcTimelineOptions = {}): ChartSpec {
  const [threads, ranges] = needTables(source, "procTimeline", ["thread_states", "ranges"]);
  const columns = {
    state: texts(threads, "state"),
    start: numbers(threads, "start_ns"),
    end: numbers(threads, "end_ns"),
  };
  const p = numbers(threads, "p");
  const [from, to] = windowOf(columns, options);
  const lanes = lanesOf(p, columns, from, to);
  const procs = [...lanes.keys()].sort((a, b) => a - b);
  const rows = procs.map((proc) => lanes.get(proc) ?? []);
  const pixel = Math.max(1, (to - from) / (options.width ?? defaultWidth));
  const { marks, grain_ns } = lanesMarks(rows, columns, { from, to, pixel });
  const drawn = marks.map(({ lane, ...mark }) => ({ ...mark, p: procs[lane] }));
  const title = titleOf(rows, columns, from, to);
  const labels = procs.map((proc) => `P ${proc}`);
  return chartSpec(
    {
      title,
      subtitle: [
        `${counted(procs.length, "processor")} from ${formatNs(from)} to ${formatNs(to)}`,
        ...(drawn.some((mark) => mark.share !== undefined)
          ? [`stays under ${formatNs(grain_ns)} are drawn as shares of time, exactly`]
          : []),
      ],
      description: `${title}. ${counted(procs.length, "processor")} over ${formatNs(to - from)}.`,
      height: Math.max(60, procs.length * 28),
      layer: laneLayers(drawn, bandsOf(ranges, from, to, pixel), labels, [from, to], {
        field: "p",
        title: "processor",
      }),
    },
    options,
  );
}

interface Columns {
  state: ReturnType<typeof texts>;
  start: ArrayLike<number>;
  end: ArrayLike<number>;
}

function windowOf({ start, end }: Columns, options: ProcTimelineOptions): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < start.length; row++) {
    low = Math.min(low, start[row]);
    high = Math.max(high, end[row]);
  }
  const from = options.from_ns ?? (Number.isFinite(low) ? low : 0);
  const to = options.to_ns ?? (Number.isFinite(high) ? high : from + 1);
  if (!(to > from)) throw new RangeError(`the window is empty: from_ns ${from} to_ns ${to}`);
  return [from, to];
}

function lanesOf(
  p: ArrayLike<number>,
  { start, end }: Columns,
  from: number,
  to: number,
): Map<number, number[]> {
  const lanes = new Map<number, number[]>();
  for (let row = 0; row < p.length; row++) {
    if (p[row] < 0 || !(end[row] > from && start[row] < to)) continue;
    const rows = lanes.get(p[row]);
    if (rows) rows.push(row);
    else lanes.set(p[row], [row]);
  }
  for (const rows of lanes.values()) rows.sort((a, b) => start[a] - start[b] || end[a] - end[b]);
  return lanes;
}

function titleOf(
  rows: readonly number[][],
  { state, start, end }: Columns,
  from: number,
  to: number,
): string {
  const sums = new Map<string, number>();
  for (const row of rows.flat()) {
    const name = state.values[state.codes[row]] ?? "unknown";
    sums.set(name, (sums.get(name) ?? 0) + Math.min(end[row], to) - Math.max(start[row], from));
  }
  const whole = rows.length * (to - from);
  if (whole === 0) return "No processor was seen in this window";
  const part = (name: string): string => formatShare((sums.get(name) ?? 0) / whole);
  return `Processors ran goroutines for ${part("Running")} of the time, scheduled for ${part("Scheduling")}`;
}
