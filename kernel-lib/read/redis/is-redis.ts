import type { Head } from "../detector.js";

/** True when the beginning of a text is of a form that Redis or redis-cli prints. */
export function isRedis({ text }: Head): boolean {
  const head = text.slice(0, 65536);
  if (/^\+?\d{10}\.\d{6} \[\d+ [^\]]*\] "/m.test(head)) return true;
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

/** True for bytes that begin like a RESP reply to a command. */
export function isResp(text: string): boolean {
  return /^(?:[*$~%=]\d+|[+:-][^\r\n]*)\r\n/.test(text);
}
