import type { Numbers } from "../analyze/columns.js";

/** A cell of a density: a stretch of time, a stretch of a logarithmic axis, and how many rows lie in it. */
export interface DensityCell {
  x: number;
  x2: number;
  y: number;
  y2: number;
  count: number;
}

/** Exact counts of rows in cells of time (along) and of the logarithm of a value (up); below 1 counts as 1. */
export function densityCells(
  at: Numbers,
  values: Numbers,
  [from, to]: readonly [number, number],
  { columns, perDecade }: { columns: number; perDecade: number },
): DensityCell[] {
  const step = (to - from) / columns;
  const counts = new Map<number, number>();
  for (let row = 0; row < at.length; row++) {
    if (!(at[row] >= from && at[row] <= to) || Number.isNaN(values[row])) continue;
    const x = Math.min(columns - 1, Math.floor((at[row] - from) / step));
    const y = Math.floor(Math.log10(Math.max(1, values[row])) * perDecade);
    const cell = y * columns + x;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const edge = (bin: number): number => Number((10 ** (bin / perDecade)).toPrecision(4));
  return [...counts].map(([cell, count]) => {
    const x = cell % columns;
    const y = Math.floor(cell / columns);
    return {
      x: whole(from + x * step, step),
      x2: whole(from + (x + 1) * step, step),
      y: edge(y),
      y2: edge(y + 1),
      count,
    };
  });
}

// Whole ns, unless a cell is so narrow that it would have no width.
function whole(ns: number, step: number): number {
  return step >= 2 ? Math.round(ns) : ns;
}

/** The least and the greatest of the values; [0, 1] when there are none. */
export function extentOf(values: Numbers): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  if (low < high) return [low, high];
  return Number.isFinite(high) ? [high, high + 1] : [0, 1];
}
