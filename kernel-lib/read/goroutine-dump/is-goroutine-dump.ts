import type { Head } from "../detector.js";

const start = /^goroutine \d+(?: gp=\S+ m=\S+(?: mp=\S+)?)? \[[^\n]*\]:\r?\n(?:\S.*\)\r?\n)?\t/m;

/** Tells a dump of goroutine stacks by its headers; other text may surround it. */
export function isGoroutineDump({ text }: Head): boolean {
  return start.test(text);
}
