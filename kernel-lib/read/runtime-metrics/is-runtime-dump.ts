import type { Head } from "../detector.js";

/** True for the beginning of a runtime's report in any of its forms. */
export function isRuntimeDump({ text }: Head): boolean {
  const head = text.slice(0, 65536);
  return (
    /^\s*\{[^{]*(?:"metrics"\s*:\s*\{\s*)?"\/[a-z0-9/-]+:[a-z-]+"\s*:/.test(head) ||
    /^\s*\{\s*"Alloc"\s*:\s*\d+\s*,\s*"TotalAlloc"\s*:/.test(head) ||
    (/^\s*\{/.test(head) && /"memstats"\s*:\s*\{\s*"Alloc"/.test(head)) ||
    /<title>\/debug\/pprof\/<\/title>/.test(head)
  );
}
