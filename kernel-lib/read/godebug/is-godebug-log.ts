import type { Head } from "../detector.js";

/** A line of the runtime, for telling such a log by its beginning. */
const runtimeLine =
  /gc \d+ @\d+\.\d+s \d+%[^:\n]{0,40}: [\d.+]+ ms clock, |pacer: (?:assist ratio=|\d+% CPU \(|sweep done at heap size )|scav (?:\d+ )?\d+ KiB work|SCHED \d+ms: gomaxprocs=|init \S+ @[\d.]+ ms, [\d.]+ ms clock, \d+ bytes, /;

/** Whether the beginning of a text holds a line of GODEBUG output. */
export function isGodebugLog({ text }: Head): boolean {
  return runtimeLine.test(text);
}
