import { type ColumnTable, table } from "arquero";

/** One stay of a goroutine in a state, for hand-made captures. */
export interface Stay {
  g: number;
  state: string;
  start_ns: number;
  end_ns: number;
  reason?: string;
  stack_id?: number;
  m?: number;
  p?: number;
  end_by_g?: number;
  end_stack_id?: number;
  left_censored?: number;
  right_censored?: number;
}

/** A `goroutine_states` table of hand-made stays. */
export function goroutineStates(stays: readonly Stay[]): ColumnTable {
  return table({
    g: stays.map((stay) => stay.g),
    state: stays.map((stay) => stay.state),
    start_ns: stays.map((stay) => stay.start_ns),
    end_ns: stays.map((stay) => stay.end_ns),
    dur_ns: stays.map((stay) => stay.end_ns - stay.start_ns),
    reason: stays.map((stay) => stay.reason ?? null),
    stack_id: stays.map((stay) => stay.stack_id ?? -1),
    m: stays.map((stay) => stay.m ?? -1),
    p: stays.map((stay) => stay.p ?? -1),
    end_by_g: stays.map((stay) => stay.end_by_g ?? -1),
    end_stack_id: stays.map((stay) => stay.end_stack_id ?? -1),
    left_censored: stays.map((stay) => stay.left_censored ?? 0),
    right_censored: stays.map((stay) => stay.right_censored ?? 0),
  });
}

/** Named ranges: `["GC concurrent mark phase", 10, 20]`. */
export function ranges(rows: readonly [name: string, start: number, end: number][]): ColumnTable {
  return table({
    name: rows.map(([name]) => name),
    start_ns: rows.map(([, start]) => start),
    end_ns: rows.map(([, , end]) => end),
    dur_ns: rows.map(([, start, end]) => end - start),
  });
}

/** Operations: `[start, duration, kind]`. */
export function operations(rows: readonly [start: number, duration: number, kind?: string][]): ColumnTable {
  return table({
    start_ns: rows.map(([start]) => start),
    dur_ns: rows.map(([, duration]) => duration),
    kind: rows.map(([, , kind]) => kind ?? "op"),
  });
}
