import type { Head } from "../detector.js";

/** What may stand between the cells of -x. */
export const separators: readonly string[] = [",", ";", "\t", "|", ":"];

/** Tells `perf stat` output in any of its forms. */
export function isPerfStat({ text }: Head): boolean {
  const start = text.slice(0, 20_000);
  if (
    /^ ?Performance counter stats for /m.test(start) ||
    /^#\s+time\s+.*counts\s+unit\s+events\s*$/m.test(start)
  )
    return true;
  const first = start.split("\n").find((line) => line.trim() !== "" && !line.startsWith("#")) ?? "";
  if (/^\{.*"counter-value" : /.test(first)) return true;
  return separators.some((separator) => separatedCells(first, separator) !== undefined);
}

/** A line of -x in cells. */
export interface SeparatedCells {
  readonly cells: readonly string[];
  /** Which cell is the value; the interval and the place stand before it. */
  readonly at: number;
  readonly isCounter: boolean;
  readonly isMetric: boolean;
  readonly hasVariance: boolean;
}

/** The cells of a line of -x; undefined when it is none with this separator. */
export function separatedCells(text: string, separator: string): SeparatedCells | undefined {
  const cells = text.split(separator).map((cell) => cell.trim());
  for (let at = 0; at <= 3 && at + 4 < cells.length; at++) {
    const value = cells[at];
    const isMetric = value === "" && cells[at + 1] === "" && cells[at + 2] === "";
    if (!isMetric && !/^(?:-?\d[\d.]*|<not counted>|<not supported>)$/.test(value)) continue;
    const hasVariance = /^\d+\.\d+%$/.test(cells[at + 3]);
    const [runtime, running, metric] = cells.slice(at + (hasVariance ? 4 : 3));
    const isCounter = /^\d+$/.test(runtime ?? "") && /^\d+\.\d+$/.test(running ?? "");
    if (isCounter || (isMetric && at === 0 && /^\d/.test(metric ?? "")))
      return { cells, at, isCounter, isMetric, hasVariance };
  }
  return undefined;
}
