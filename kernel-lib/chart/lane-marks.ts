import { type Numbers, type Texts, textAt } from "../analyze/columns.js";

/** A rectangle in a lane: a stay, or the share of a run of short stays that one state has. */
export interface LaneMark {
  state: string;
  start_ns: number;
  end_ns: number;
  y: number;
  y2: number;
  reason?: string;
  /** Share of the run's time, for runs of short stays. */
  share?: number;
}

/** The columns a lane is made of. */
export interface LaneColumns {
  start: Numbers;
  end: Numbers;
  state: Texts;
  reason?: Texts;
}

const hidden = new Set(["NotExist", "Undetermined"]);
const top = 0.1;
const height = 0.8;

/**
 * The marks of one lane: stays of at least a pixel as they are; shorter ones gathered into runs of at least a pixel,
 * each drawn as stacked parts whose heights are the exact shares of its time. `rows` are in time order.
 */
export function laneMarks(
  rows: readonly number[],
  columns: LaneColumns,
  lane: number,
  { from, to, pixel }: { from: number; to: number; pixel: number },
): LaneMark[] {
  const marks: LaneMark[] = [];
  let run = new Map<string, number>();
  let runStart = 0;
  let runEnd = 0;
  const flush = (): void => {
    if (run.size > 0) marks.push(...runMarks(run, runStart, runEnd, lane));
    run = new Map();
  };
  for (const row of rows) {
    const state = textAt(columns.state, row) ?? "unknown";
    if (hidden.has(state)) continue;
    const start = Math.max(from, columns.start[row]);
    const end = Math.min(to, columns.end[row]);
    if (end - start >= pixel) {
      flush();
      marks.push(stayMark(state, start, end, lane, columns.reason && textAt(columns.reason, row)));
      continue;
    }
    // A gap of a pixel (the goroutine did not exist, the processor had none) ends a run as well.
    if (run.size > 0 && start - runEnd >= pixel) flush();
    if (run.size === 0) runStart = start;
    run.set(state, (run.get(state) ?? 0) + (end - start));
    runEnd = end;
    if (runEnd - runStart >= pixel) flush();
  }
  flush();
  return marks;
}

function stayMark(state: string, start: number, end: number, lane: number, reason?: string | null): LaneMark {
  return {
    state,
    start_ns: Math.round(start),
    end_ns: Math.round(end),
    y: lane + top,
    y2: round(lane + top + height),
    ...(reason && { reason }),
  };
}

function runMarks(run: ReadonlyMap<string, number>, start: number, end: number, lane: number): LaneMark[] {
  const whole = end - start;
  let y = lane + top;
  return [...run]
    .sort((a, b) => (a[0] < b[0] ? -1 : 1))
    .map(([state, ns]) => {
      const share = whole > 0 ? ns / whole : 1;
      const mark = {
        state,
        start_ns: Math.round(start),
        end_ns: Math.round(end),
        y: round(y),
        y2: round(y + height * share),
        ...(share < 1 && { share: round(share) }),
      };
      y += height * share;
      return mark;
    });
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

const most = 2500;

/**
 * The marks of all lanes, at the finest grain that keeps them to 2500: at first a pixel, then coarser, so that a
 * quiet capture shows every stay and a busy one exact shares over wider runs. Says which grain it took.
 */
export function lanesMarks(
  lanes: readonly (readonly number[])[],
  columns: LaneColumns,
  window: { from: number; to: number; pixel: number },
): { marks: (LaneMark & { lane: number })[]; grain_ns: number } {
  for (let grain = window.pixel; ; grain *= 1.5) {
    const marks = lanes.flatMap((rows, lane) =>
      laneMarks(rows, columns, lane, { ...window, pixel: grain }).map((mark) => ({ ...mark, lane })),
    );
    if (marks.length <= most || grain > window.to - window.from) return { marks, grain_ns: grain };
  }
}
