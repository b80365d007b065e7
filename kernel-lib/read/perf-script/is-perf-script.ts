import type { Head } from "../detector.js";

// Groups: comm, pid or tid, tid, cpu, seconds, fraction, period, event; the letters before the time are -F misc.
export const headerLine: RegExp =
  /^\s*(\S.*?)\s+(-?\d+)(?:\/(-?\d+))?(?:\s+\[(\d+)\])?(?:\s+[KUHGgMFESP]{1,4}(?=\s+\d+\.\d))?(?:\s+(\d+)\.(\d{1,9}):)?(?:\s+(\d+))?\s+(?!\d+\.\d+:)(\S+):(?=\s|$)/;
// The same groups for what -F leaves of a sample's line, none of which need be there; nothing may follow.
export const partialHeader: RegExp =
  /^\s*(?:(\S.*?)(?:\s+|$))??(?:(-?\d+)(?:\/(-?\d+))?(?:\s+|$))?(?:\[(\d+)\](?:\s+|$))?(?:(\d+)\.(\d{1,9}):(?:\s+|$))?(?:(\d+)\s+)?(?:([^\s\d]\S*):(?=\s|$))?\s*$/;
// The pattern looks no further than this, so that no line can make it slow.
export const maxHeaderChars = 1024;

const tabbedFrame = /^\t *[0-9a-f]{2,16} \S/;

/** Tells `perf script` text: a sample with its time, or with a stack under it. */
export function isPerfScript({ text }: Head): boolean {
  const lines = text.slice(0, 65536).split("\n");
  const first = lines.findIndex((line) => line.trim() !== "" && !line.startsWith("#"));
  if (first < 0) return false;
  const line = lines[first].slice(0, maxHeaderChars);
  if (/\s\d+\.\d+: PERF_RECORD_\w+/.test(line)) return true;
  const next = lines[first + 1] ?? "";
  const header = headerLine.exec(line);
  if (header) return header[5] !== undefined || /^(?:\t\s*[0-9a-f]+ |\s+[0-9a-f]{2,16} \S.*\)$)/.test(next);
  if (tabbedFrame.test(next) && partialHeader.test(line)) return true;
  // -F ip,sym: stacks alone.
  const filled = lines.slice(first, first + 50).filter((other) => other.trim() !== "");
  return filled.length > 2 && filled.every((other) => tabbedFrame.test(other));
}
