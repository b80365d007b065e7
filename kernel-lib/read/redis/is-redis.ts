import type { Head } from "../detector.js";

/** True when the beginning of a text is of a form that Redis or redis-cli prints. */
export function isRedis({ text }: Head): boolean {
  const head = text.slice(0, 65536);
  if (/^\+?\d{10}\.\d{6} \[\d+ [^\]]*\] "/m.test(head)) return true;
  if (infoSection.test(head) || /^cmdstat_\S+:calls=\d+,usec=/m.test(head)) return true;
  if (/^id=\d+ addr=\S* .*\bcmd=\S+/m.test(head)) return true;
  if (/latency spikes? (?:in|was|\()|Latency monitoring is disabled in this Redis/.test(head)) return true;
  if (/min: \d+, max: \d+, avg: [\d.]+ \(\d+ samples\)/.test(head)) return true;
  if (/^\. - \* # +\.01 \.125 \.25 \.5 milliseconds/m.test(head)) return true;
  return looksLikeReply(head);
}

// A heading of INFO with a field under it: any of its sections can be asked for alone.
const infoSection =
  /^# (?:Server|Clients|Memory|Persistence|Threads|Stats|Replication|CPU|Modules|Commandstats|Errorstats|Latencystats|Cluster|Keyspace)\r?\n[a-z][\w.|-]*:/m;

function looksLikeReply(head: string): boolean {
  if (isResp(head)) return /^[*%]\d+\r\n(?:\*|\$\d+\r\n)/.test(head);
  if (jsonForms.some((form) => form.test(head))) return true;
  if (/^(?:[\w.-]+:\d+)(?:\[\d+\])?> /m.test(head)) return true;
  if (/^ *\d+[)#] (?:\d+[)#] )?(?:\(integer\)|")/.test(head)) return true;
  return rawForms.some((form) => form.test(head));
}

// What redis-cli --json prints, and other tools after it: SLOWLOG GET, LATENCY LATEST, HISTORY and HISTOGRAM, --latency.
const jsonForms: readonly RegExp[] = [
  /^\s*\[\s*\[\s*\d+,\s*\d{10},\s*\d+,\s*\[\s*"/,
  /^\s*\[\s*\[\s*"[a-z-]+",\s*\d{10},\s*\d+,\s*\d+\s*[\],]/,
  /^\s*\[\s*\[\s*\d{10},\s*\d+\s*\]/,
  /^\s*\{\s*"[^"\n]{1,100}":\s*\{\s*"calls":\s*\d+,\s*"histogram_usec":/,
  /^\s*\{\s*"min":\s*\d+,\s*"max":\s*\d+,\s*"avg":\s*[\d.]+,\s*"count":\s*\d+\s*\}/,
];

// Bare values: a slowlog entry up to its address, LATEST, HISTORY, HISTOGRAM, and --latency's four numbers.
const rawForms: readonly RegExp[] = [
  /^\d+\n\d{10}\n\d+\n(?:.*\n){1,40}?(?:\S*:\d+|\?:0)\n/,
  /^[a-z][a-z-]*\n\d{10}\n\d+\n\d+(?:\n|$)/,
  /^(?:\d{10}\n\d+(?:\n|$))+$/,
  /^\S+\ncalls\n\d+\nhistogram_usec\n/,
  // Of RESP3, and of --csv.
  /^\S+ calls \d+\nhistogram_usec\b/,
  /^"[^"\n]+","calls",\d+,"histogram_usec",/,
  /^\d+,\d{10},\d+,"(?:[^"\\\n]|\\.)*",.*"\S*:\d+","/,
  /^"[a-z-]+",\d{10},\d+,\d+(?:,"|\n|$)/,
  /^(?:\d+[ ,]\d+[ ,]\d+\.\d\d[ ,]\d+(?:\n|$))+/,
];

/** True for bytes that begin like a RESP reply to a command. */
export function isResp(text: string): boolean {
  return /^(?:[*$~%=]\d+|[+:-][^\r\n]*)\r\n/.test(text);
}
