// Redis replies in the forms they are saved in: RESP2/RESP3 on the wire, redis-cli's numbered lists on a terminal
// (`1) 1) (integer) 7`), and redis-cli --json. https://redis.io/docs/latest/develop/reference/protocol-spec/

import { ByteCursor } from "../../bytes/byte-cursor.js";

/** A reply as a tree: text, number, nothing, or a list of replies. */
export type Reply = string | number | null | Reply[];

const utf8 = new TextDecoder();
const escapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8 };

/** Undoes redis-cli's quoting of a string (`\x1b`, `\n`, `\"`); bytes that are not UTF-8 become U+FFFD. */
export function unquote(quoted: string): string {
  if (!quoted.includes("\\")) return quoted;
  const source = Buffer.from(quoted);
  const out = new Uint8Array(source.length);
  let length = 0;
  for (let at = 0; at < source.length; at++) {
    let byte = source[at];
    if (byte === 0x5c && at + 1 < source.length) {
      const next = String.fromCharCode(source[++at]);
      const hex = next === "x" ? source.toString("latin1", at + 1, at + 3) : "";
      if (/^[0-9a-f]{2}$/i.test(hex)) {
        byte = Number.parseInt(hex, 16);
        at += 2;
      } else byte = escapes[next] ?? next.charCodeAt(0);
    }
    out[length++] = byte;
  }
  return utf8.decode(out.subarray(0, length));
}

const maxDepth = 32;
const item = /^(?<number>\d+)[)#~] (?<rest>.*)$/s;

/**
 * Reads a reply as a terminal shows it. Nested lists are indented under their number; undefined when the
 * lines are not such a list.
 */
export function parseListReply(lines: readonly string[], depth = 0): Reply | undefined {
  if (depth > maxDepth) return undefined;
  return item.test(lines[0]?.trimStart() ?? "") ? listOf(lines, depth) : scalarOf(lines);
}

function listOf(lines: readonly string[], depth: number): Reply[] | undefined {
  const list: Reply[] = [];
  // The numbers are right-aligned: an item starts where a line has one at this list's own depth.
  const width = (lines[0].match(/^ *\d+[)#~] /) ?? [""])[0].length;
  let start = 0;
  for (let at = 1; at <= lines.length; at++) {
    const starts = at === lines.length || /^ *\d+[)#~] $/.test(lines[at].slice(0, width));
    if (!starts) continue;
    const inner = lines.slice(start, at).map((line) => line.slice(width));
    const entry = /^ *\d+# /.test(lines[start]) ? mapEntryOf(inner, depth) : undefined;
    const value = entry ? undefined : parseListReply(inner, depth + 1);
    if (entry) list.push(...entry);
    else if (value === undefined) return undefined;
    else list.push(value);
    start = at;
  }
  return list;
}

// RESP3's maps: `1# "calls" => (integer) 1`; a list or map begins on the same line where it has one item, else below.
function mapEntryOf(lines: readonly string[], depth: number): [Reply, Reply] | undefined {
  const match = /^("(?:[^"\\]|\\.)*"|\((?:integer|double)\) \S+) =>(?: (.*))?$/.exec(lines[0]);
  if (!match) return undefined;
  const [, keyText, first] = match;
  const key = scalarOf([keyText]);
  const value = parseListReply(first ? [first, ...lines.slice(1)] : lines.slice(1), depth + 1);
  return key === undefined || value === undefined ? undefined : [key, value];
}

function scalarOf(lines: readonly string[]): Reply | undefined {
  const text = lines.join("\n");
  const integer = /^\(integer\) (-?\d+)$/.exec(text);
  if (integer) return Number(integer[1]);
  const double = /^\(double\) (\S+)$/.exec(text);
  if (double) return Number(double[1]);
  if (text === "(nil)") return null;
  if (text === "(empty array)" || text === "(empty list or set)") return [];
  const quoted = /^"(.*)"$/s.exec(text);
  return quoted ? unquote(quoted[1]) : undefined;
}

/** Reads one RESP2 or RESP3 reply; maps become flat lists of key and value. Throws CaptureError where it is cut. */
export function parseResp(bytes: Uint8Array): Reply {
  return respValue(new ByteCursor(bytes), 0);
}

function respValue(cursor: ByteCursor, depth: number): Reply {
  if (depth > maxDepth) throw cursor.fail(`reply is nested more than ${maxDepth} deep`);
  const type = String.fromCharCode(cursor.u8());
  const line = respLine(cursor);
  switch (type) {
    case "+":
    case "-":
      return line;
    case ":":
    case ",":
      return Number(line);
    case "_":
      return null;
    case "$":
    case "=":
      return respBulk(cursor, Number(line), type === "=");
    case "*":
    case "~":
    case ">":
      return respList(cursor, Number(line), depth);
    case "%":
      return respList(cursor, Number(line) * 2, depth);
    default:
      throw cursor.fail(`unknown RESP type ${JSON.stringify(type)}`);
  }
}

function respLine(cursor: ByteCursor): string {
  const end = cursor.bytes.indexOf(13, cursor.pos);
  if (end < 0) throw cursor.fail("reply is cut in the middle of a line");
  const text = cursor.text(end - cursor.pos);
  cursor.take(2, "line break");
  return text;
}

function respBulk(cursor: ByteCursor, length: number, verbatim: boolean): Reply {
  if (length < 0) return null;
  const text = cursor.text(length, "bulk string");
  cursor.take(2, "line break");
  return verbatim ? text.slice(4) : text;
}

function respList(cursor: ByteCursor, length: number, depth: number): Reply {
  if (length < 0) return null;
  // The shortest element takes three bytes, so a length beyond that is a lie.
  cursor.need(length * 3, `list of ${length}`);
  const list: Reply[] = [];
  for (let index = 0; index < length; index++) list.push(respValue(cursor, depth + 1));
  return list;
}

/** Turns what redis-cli --json prints into a reply tree: objects become flat lists of key and value. */
export function replyFromJson(value: unknown): Reply {
  if (Array.isArray(value)) return value.map(replyFromJson);
  if (value !== null && typeof value === "object") {
    return Object.entries(value).flatMap(([key, inner]) => [key, replyFromJson(inner)]);
  }
  return typeof value === "string" || typeof value === "number" ? value : null;
}
