import type { Head } from "../detector.js";

const latencyHeader = /^\s*Task\s+\|\s+Runtime ms\s+\|\s+(?:Switches|Count)\s+\|/m;
const timehistHeader = /^\s*time\s+cpu\s+task name\s+wait time\s+sch delay\s+run time/m;
const summaryHeader =
  /^\s*comm\s+parent\s+sched-in\s+run-time\s+min-run\s+avg-run\s+max-run\s+stddev\s+migrations/m;
const mapStart = /^ {2}(?:[* ](?:[A-Za-z]\d|\. | \.| {2}) ){1,500} +\d+\.\d{6} secs /;
// A slot of four characters for each processor: a star at the one that switched, a code, a blank.
export const mapLine: RegExp =
  /^ {2}((?:[* ](?:[A-Za-z]\d|\. | \.| {2}) )+) +(\d+)\.(\d{6}) secs(?: (\S+) +=> (.*):(-?\d+))?(?: +\(CPU (\d+)\))?\s*$/;

/** Tells what perf sched printed by the heading of its table. */
export function isPerfSched({ text }: Head): boolean {
  const start = text.slice(0, 20_000);
  const isMap = mapStart.test(start) && mapLine.test(start.slice(0, start.indexOf("\n")));
  return isMap || latencyHeader.test(start) || timehistHeader.test(start) || summaryHeader.test(start);
}
