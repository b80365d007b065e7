// What Redis and redis-cli say, saved to a file: SLOWLOG GET, LATENCY LATEST, HISTORY, HISTOGRAM and DOCTOR, INFO,
// CLIENT LIST, MONITOR, and redis-cli --latency, --latency-history and --latency-dist (also --csv). Replies may be
// RESP, --json, numbered lists (a terminal, or --no-raw) or bare values (redis-cli into a file). A terminal's
// transcript is cut at its prompts. Forms as of Redis 7.0; https://redis.io/docs/latest/commands/

import { decodeLines } from "../text/decode-lines.js";
import { addRawReply } from "./read-raw-reply.js";
import { addReply } from "./read-reply-rows.js";
import { addTextLines } from "./read-text-lines.js";
import { RedisRows } from "./redis-rows.js";
import { isResp, parseListReply, parseResp, type Reply, replyFromJson } from "./reply.js";

const prompt = /^(?:[\w.-]+:\d+|redis \S+|not connected)(?:\[\d+\])?> ?/;

/** Reads a capture of Redis output; what no command prints comes back in `unparsed`. */
export function readRedis(bytes: Uint8Array): RedisRows {
  const rows = new RedisRows();
  const head = new TextDecoder().decode(bytes.subarray(0, 64));
  if (isResp(head)) addWhole(rows, parseResp(bytes));
  else if (/^\s*[[{]/.test(head) && addJson(rows, bytes)) return rows;
  else for (const section of sections(bytes)) addSection(rows, section);
  return rows;
}

/** True when the beginning of a text is of a form that Redis or redis-cli prints. */
export function isRedis(text: string): boolean {
  const head = text.slice(0, 65536);
  if (/^(?:OK\n)?\d{10}\.\d{6} \[\d+ [^\]]*\] "/m.test(head)) return true;
  if (/^redis_version:/m.test(head) && /^# Server/m.test(head)) return true;
  if (/^# Commandstats\r?$/m.test(head) || /^cmdstat_\S+:calls=\d+,usec=/m.test(head)) return true;
  if (/^id=\d+ addr=\S* .*\bcmd=\S+/m.test(head)) return true;
  if (/latency spikes? (?:in|was|\()|Latency monitoring is disabled in this Redis/.test(head)) return true;
  if (/min: \d+, max: \d+, avg: [\d.]+ \(\d+ samples\)/.test(head)) return true;
  if (/^\. - \* # +\.01 \.125 \.25 \.5 milliseconds/m.test(head)) return true;
  return looksLikeReply(head);
}

function looksLikeReply(head: string): boolean {
  if (isResp(head)) return /^[*%]\d+\r\n(?:\*|\$\d+\r\n)/.test(head);
  if (/^\s*\[\[\d+,\d{10},\d+,\["/.test(head)) return true;
  if (/^(?:[\w.-]+:\d+)(?:\[\d+\])?> /m.test(head)) return true;
  if (/^ *\d+\) (?:\d+\) )?(?:\(integer\)|")/.test(head)) return true;
  return rawForms.some((form) => form.test(head));
}

// Bare values: a slowlog entry up to its address, LATEST, HISTORY, HISTOGRAM, and --latency's four numbers.
const rawForms: readonly RegExp[] = [
  /^\d+\n\d{10}\n\d+\n(?:.*\n){1,40}?(?:\S*:\d+|\?:0)\n/,
  /^[a-z][a-z-]*\n\d{10}\n\d+\n\d+(?:\n|$)/,
  /^(?:\d{10}\n\d+(?:\n|$))+$/,
  /^\S+\ncalls\n\d+\nhistogram_usec\n/,
  /^(?:\d+[ ,]\d+[ ,]\d+\.\d\d[ ,]\d+(?:\n|$))+/,
];

interface Line {
  line: number;
  text: string;
}

function* sections(bytes: Uint8Array): Generator<Line[]> {
  let section: Line[] = [];
  let line = 0;
  for (const text of decodeLines(bytes)) {
    line++;
    if (prompt.test(text)) {
      if (section.length > 0) yield section;
      section = [];
    } else section.push({ line, text });
  }
  if (section.length > 0) yield section;
}

function addJson(rows: RedisRows, bytes: Uint8Array): boolean {
  try {
    return addReply(rows, replyFromJson(JSON.parse(new TextDecoder().decode(bytes))));
  } catch {
    // Not JSON after all: the text forms are tried next.
    return false;
  }
}

function addWhole(rows: RedisRows, reply: Reply): void {
  if (typeof reply === "string") addSection(rows, [...numbered(reply)]);
  else if (!addReply(rows, reply))
    rows.unparsed.push({ line: 1, text: JSON.stringify(reply).slice(0, 1000) });
}

function* numbered(text: string): Generator<Line> {
  let line = 0;
  for (const one of decodeLines(Buffer.from(text))) yield { line: ++line, text: one };
}

function addSection(rows: RedisRows, section: Line[]): void {
  const lines = section.filter(({ text }) => text !== "OK");
  while (lines.at(-1)?.text === "" && !/^(?:\S*:\d+|\?:0)$/.test(lines.at(-2)?.text ?? "")) lines.pop();
  if (lines.length === 0) return;
  const list = /^ *1[)#~] /.test(lines[0].text) ? parseListReply(lines.map(({ text }) => text)) : undefined;
  if (list !== undefined && addReply(rows, list)) return;
  if (addRawReply(rows, lines)) return;
  addTextLines(rows, lines);
}
