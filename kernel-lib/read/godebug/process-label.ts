import { latin1 } from "../text/line-cursor.js";

const openBrace = 123;
const openBracket = 91;
const bar = 124;
const equals = 61;

/**
 * What names the process in a log line's prefix, "" when nothing does: `prog[4711]` (syslog, journal), `pid=4711`,
 * `web-1` (`web-1  | `, docker compose), `pod/a/b` (`[pod/a/b] `, kubectl --prefix), `4711` (`"_PID":"4711"` or
 * `"pid":4711` in a JSON line, on either side of the message).
 */
export function processLabel(bytes: Uint8Array, start: number, anchor: number, end: number): string {
  if (anchor === start) return "";
  if (bytes[start] === openBrace) {
    return jsonPid.exec(latin1(bytes, start, Math.min(end, start + maxJson)))?.[1] ?? "";
  }
  // Most prefixes are a time of day: nothing to look at.
  const from = Math.max(start, anchor - maxPrefix);
  let marked = false;
  for (let at = from; at < anchor && !marked; at++) {
    const byte = bytes[at];
    marked = byte === openBracket || byte === bar || byte === equals;
  }
  if (!marked) return "";
  const prefix = latin1(bytes, from, anchor);
  for (const pattern of patterns) {
    const label = pattern.exec(prefix)?.[1];
    if (label) return label;
  }
  return "";
}

const maxPrefix = 400;
const maxJson = 4096;
const jsonPid = /"_?pid"\s*:\s*"?(\d{1,10})\b/i;
const patterns = [
  /([^\s[\]]{0,64}\[\d{1,10}\])/,
  /\b(pid=\d{1,10})\b/i,
  /^(?:\S{1,40} )?([\w.-]{1,100}) *\| /,
  /\[((?:pod|job|deployment|container)\/[^\]\s]{1,200})\]/,
];
