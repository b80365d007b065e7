import type { Head } from "../detector.js";

const resultLine = /^Benchmark\S*\s+\d+\s+[-+]?[\d.]\S*\s+\S/m;

/** Whether the beginning of a text holds a benchmark's result. */
export function isGoBench({ text }: Head): boolean {
  return resultLine.test(text);
}
