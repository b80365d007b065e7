// What Redis and redis-cli say, saved to a file: SLOWLOG GET, LATENCY LATEST, HISTORY, HISTOGRAM and DOCTOR, INFO,
// CLIENT LIST, MONITOR, and redis-cli --latency, --latency-history and --latency-dist (also --csv). Replies may be
// RESP, --json, numbered lists (a terminal, or --no-raw) or bare values (redis-cli into a file). A terminal's
// transcript is cut at its prompts. Forms as of Redis 7.0; https://redis.io/docs/latest/commands/

import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { LineScanner } from "../text/line-scanner.js";
import { eachLine } from "../text/lines.js";
import { isResp } from "./is-redis.js";
import { addRawReply } from "./read-raw-reply.js";
import { addReply } from "./read-reply-rows.js";
import { type PlacedLine, TextLines } from "./read-text-lines.js";
import { RedisRows } from "./redis-rows.js";
import { parseListReply, parseResp, type Reply, replyFromJson } from "./reply.js";

const prompt = /^(?:[\w.-]+:\d+|redis \S+|not connected)(?:\[\d+\])?> ?/;
// MONITOR on the wire is a simple string a line, and has no end.
const monitored = /^(?:\+OK\r\n)?\+\d{10}\.\d{6} \[/;

/**
 * Reads a capture of Redis output; what no command prints comes back in `unparsed`. Lines of text, MONITOR's above all,
 * are read one by one; a reply in RESP or JSON is held whole.
 */
export async function readRedis(input: OpenInput, options: ReadOptions = {}): Promise<RedisRows> {
  const rows = new RedisRows();
  const head = new TextDecoder().decode(input.head.subarray(0, 64));
  if (isResp(head) && !monitored.test(head)) addWhole(rows, await input.bytes());
  else if (!/^\s*[[{]/.test(head) || !addJson(rows, await input.bytes())) {
    const sections = new Sections(rows);
    await eachLine(input, (text, line, offset) => sections.add({ line, offset, text }), options);
    sections.end();
  }
  return rows;
}

/** Lines between a transcript's prompts: the lines of one reply are kept until it ends, those of text go on at once. */
class Sections {
  private readonly rows: RedisRows;
  private readonly texts: TextLines;
  private kept: PlacedLine[] = [];
  private isText = false;

  constructor(rows: RedisRows) {
    this.rows = rows;
    this.texts = new TextLines(rows);
  }

  add(line: PlacedLine): void {
    if (prompt.test(line.text)) this.end();
    else if (/^\+?OK$/.test(line.text)) return;
    else if (this.isText) this.texts.add(line);
    else {
      this.kept.push(line);
      // Two lines tell what it is.
      if (this.kept.length === 2 && !this.mayBeReply()) this.letGo();
    }
  }

  end(): void {
    const { kept, rows } = this;
    while (kept.at(-1)?.text === "" && !/^(?:\S*:\d+|\?:0)$/.test(kept.at(-2)?.text ?? "")) kept.pop();
    if (kept.length > 0 && !this.isText && !addListReply(rows, kept) && !addRawReply(rows, kept))
      this.letGo();
    this.kept = [];
    this.isText = false;
    this.texts.end();
  }

  private letGo(): void {
    for (const line of this.kept) this.texts.add(line);
    this.kept = [];
    this.isText = true;
  }

  // A numbered list, or the bare values that addRawReply looks for.
  private mayBeReply(): boolean {
    const [first, second] = this.kept.map(({ text }) => text);
    if (listStart.test(first) || /^\d+$/.test(first) || /^\S+ calls \d+$/.test(first)) return true;
    return second === "calls" || (/^[a-z][a-z-]*$/.test(first) && /^\d{10}$/.test(second));
  }
}

const listStart = /^ *1[)#~] /;

function addListReply(rows: RedisRows, lines: readonly PlacedLine[]): boolean {
  if (!listStart.test(lines[0].text)) return false;
  const reply = parseListReply(lines.map(({ text }) => text));
  return reply !== undefined && addReply(rows, reply);
}

function addJson(rows: RedisRows, bytes: Uint8Array): boolean {
  try {
    return addReply(rows, replyFromJson(JSON.parse(new TextDecoder().decode(bytes))));
  } catch {
    // Not JSON after all: the text forms are tried next.
    return false;
  }
}

function addWhole(rows: RedisRows, bytes: Uint8Array): void {
  const reply: Reply = parseResp(bytes);
  if (typeof reply !== "string") {
    if (!addReply(rows, reply)) rows.unparsed.add(1, 0);
    return;
  }
  const sections = new Sections(rows);
  // The text stands behind the line with its length.
  const base = bytes.indexOf(10) + 1;
  const scanner: LineScanner = new LineScanner((piece, start, end) => {
    const text = Buffer.from(piece.subarray(start, end)).toString("utf8");
    sections.add({ line: scanner.line + 1, offset: base + scanner.offset, text });
  });
  scanner.feed(bytes.subarray(base));
  scanner.end();
  sections.end();
}
