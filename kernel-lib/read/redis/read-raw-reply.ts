import type { RedisRows } from "./redis-rows.js";
import { unquote } from "./reply.js";

// redis-cli prints bare values, one a line, when it does not write to a terminal: the nesting is gone, and is
// found again from what the values are.

interface Line {
  text: string;
}

const integer = /^\d+$/;
const address = /^(?:\S*:\d+|\?:0)$/;

/** Reads a reply printed as bare values; false, with nothing added, when it is none that can be told. */
export function addRawReply(rows: RedisRows, lines: readonly Line[]): boolean {
  const values = valuesOf(lines);
  return (
    // Later versions print more behind the client's name.
    [0, 1, 2, 3].some((more) => addSlowlog(rows, values, more)) ||
    addLatest(rows, values) ||
    addHistogram(rows, values) ||
    addHistory(rows, values)
  );
}

/** The values: one a line; several with blanks between them in a RESP3 histogram, with commas in --csv. */
function valuesOf(lines: readonly Line[]): string[] {
  const texts = lines.map(({ text }) => text);
  if (/^\S+ calls \d+$/.test(texts[0])) return texts.flatMap((text) => text.split(" "));
  if (texts.length === 1 && /^(?:\d+|".*?"),/.test(texts[0])) {
    const cells = texts[0].matchAll(/(?:"((?:[^"\\]|\\.)*)"|([^",]*))(?:,|$)/g);
    return [...cells]
      .map(([, quoted, plain]) => (quoted === undefined ? plain : unquote(quoted)))
      .slice(0, -1);
  }
  return texts;
}

// id, unix seconds, microseconds, arguments, address, name: ids fall by one, which tells where the next begins.
function addSlowlog(rows: RedisRows, values: string[], more: number): boolean {
  const found: RedisRows["slowlog"] = [];
  let at = 0;
  while (at < values.length) {
    const [id, seconds, micros] = values.slice(at, at + 3);
    if (![id, seconds, micros].every((value) => integer.test(value ?? "")) || seconds.length !== 10)
      return false;
    const end = slowlogEnd(values, at + 3, Number(id) - 1, more);
    if (end < 0) return false;
    const words = values.slice(at + 3, end);
    found.push({
      id: Number(id),
      unix_ms: Number(seconds) * 1000,
      dur_ns: Number(micros) * 1000,
      command: words[0] ?? "",
      args: words.slice(1).join(" "),
      client: values[end],
      client_name: values[end + 1] ?? "",
    });
    at = end + 2 + more;
  }
  rows.slowlog.push(...found);
  return found.length > 0;
}

function slowlogEnd(values: string[], from: number, nextId: number, more: number): number {
  for (let at = from; at < values.length; at++) {
    if (!address.test(values[at])) continue;
    const rest = at + 2 + more;
    // An empty name or a blank at the very end may have been cut off.
    if (
      rest === values.length ||
      rest === values.length + 1 ||
      (values[rest] === String(nextId) && integer.test(values[rest + 1] ?? ""))
    )
      return at;
  }
  return -1;
}

function addLatest(rows: RedisRows, values: string[]): boolean {
  if (values.length === 0 || values.length % 4 !== 0) return false;
  const found: RedisRows["latencyEvents"] = [];
  for (let at = 0; at < values.length; at += 4) {
    const [event, seconds, latency, max] = values.slice(at, at + 4);
    if (
      !/^[a-z][a-z-]*$/.test(event) ||
      !/^\d{10}$/.test(seconds) ||
      !integer.test(latency) ||
      !integer.test(max)
    ) {
      return false;
    }
    found.push({ event, unix_ms: Number(seconds) * 1000, latency_ms: Number(latency), max_ms: Number(max) });
  }
  rows.latencyEvents.push(...found);
  return true;
}

function addHistory(rows: RedisRows, values: string[]): boolean {
  if (values.length === 0 || values.length % 2 !== 0) return false;
  const pairs = values.flatMap((value, index) => (index % 2 === 0 ? [[value, values[index + 1]]] : []));
  if (!pairs.every(([seconds, latency]) => /^\d{10}$/.test(seconds) && integer.test(latency))) return false;
  for (const [seconds, latency] of pairs) {
    rows.latencyEvents.push({
      event: null,
      unix_ms: Number(seconds) * 1000,
      latency_ms: Number(latency),
      max_ms: null,
    });
  }
  return true;
}

function addHistogram(rows: RedisRows, values: string[]): boolean {
  if (values[1] !== "calls" || values[3] !== "histogram_usec") return false;
  let at = 0;
  while (at + 3 < values.length && values[at + 1] === "calls") {
    const command = values[at];
    const calls = Number(values[at + 2]);
    at += 4;
    for (; at + 1 < values.length && integer.test(values[at]); at += 2) {
      const [upper, cumulative] = [Number(values[at]), Number(values[at + 1])];
      rows.latencyBuckets.push({ command, calls, upper_us: upper, cumulative_count: cumulative });
    }
  }
  return true;
}
