import type { Head } from "../detector.js";

const header = /^(?:[^\n]*,)?start_ns,(?:[^\n]*,)?dur_ns\b|^(?:[^\n]*,)?dur_ns,(?:[^\n]*,)?start_ns\b/;

/** Whether the beginning of a text is an operations log's. */
export function isOperationsLog({ text }: Head): boolean {
  const body = text.replace(/^(?:#[^\n]*\n)+/, "");
  if (header.test(body)) return true;
  if (/^# clock=(?:monotonic|unix)\s*\n-?\d+,\d/.test(text)) return true;
  const first = body.slice(0, 4096).split("\n", 2);
  return first.some((line) =>
    /^\s*\{.*"start_ns"\s*:.*"dur_ns"\s*:|^\s*\{.*"dur_ns"\s*:.*"start_ns"\s*:/.test(line),
  );
}
