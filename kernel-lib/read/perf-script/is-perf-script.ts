import type { Head } from "../detector.js";

// Groups: comm, pid or tid, tid, cpu, seconds, fraction, period, event; the letters before the time are -F misc.
export const headerLine: RegExp =
  /^\s*(\S.*?)\s+(-?\d+)(?:\/(-?\d+))?(?:\s+\[(\d+)\])?(?:\s+[KUHGgMFESP]{1,4}(?=\s+\d+\.\d))?(?:\s+(\d+)\.(\d{1,9}):)?(?:\s+(\d+))?\s+(\S+):(?=\s|$)/;
// The pattern looks no further than this, so that no line can make it slow.
export const maxHeaderChars = 1024;

/** Tells `perf script` text: a sample with its time, or with a stack under it. */
export function isPerfScript({ text }: Head): boolean {
  const lines = text.slice(0, 65536).split("\n");
  const first = lines.findIndex((line) => line.trim() !== "" && !line.startsWith("#"));
  if (first < 0) return false;
  const line = lines[first].slice(0, maxHeaderChars);
  if (/\s\d+\.\d+: PERF_RECORD_\w+/.test(line)) return true;
  const header = headerLine.exec(line);
  if (!header) return false;
  return header[5] !== undefined || /^\t\s*[0-9a-f]+ /.test(lines[first + 1] ?? "");
}
