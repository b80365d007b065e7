// What `perf stat` prints: for people, with -x as separated values, and with -j as a JSON object for each counter; each
// also with -r (runs), -I (intervals) and -A or --per-* (processors, sockets, threads). The separated form is documented
// in perf-stat(1), "CSV FORMAT"; the others only by tools/perf/util/stat-display.c.

import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { eachLine } from "../text/lines.js";
import { separatedCells, separators } from "./is-perf-stat.js";

/** One counter of one place and interval. */
export interface CounterRow {
  /** End of the interval since the start, with -I. */
  interval_ns: number | null;
  /** What it was counted on, with -A or --per-*: `CPU0`, `S0`, `comm-123`. */
  place: string | null;
  /** How many processors were added up, with --per-*. */
  cpus: number | null;
  event: string;
  /** The count, or the time in `unit`; null when it was not counted. */
  value: number | null;
  unit: string;
  /** counted, not counted or not supported; metric where a line has only a metric. */
  status: "counted" | "not counted" | "not supported" | "metric";
  /** Standard deviation of the mean in percent, with -r. */
  variance_percent: number | null;
  /** How long the counter ran. */
  runtime_ns: number | null;
  /** How much of the time the counter ran; below 100 perf has scaled the value. */
  running_percent: number | null;
  metric_value: number | null;
  metric_unit: string | null;
}

/** Times at the end of the form for people. */
export interface StatTime {
  name: "elapsed" | "user" | "sys";
  seconds: number;
  plus_minus_seconds: number | null;
}

export interface PerfStat {
  form: "text" | "csv" | "json";
  /** What was measured, as the title says it: `'./a.out'`, `'system wide'`. */
  target: string | null;
  runs: number;
  counters: CounterRow[];
  times: StatTime[];
  unparsed: { line: number; text: string }[];
  lines: number;
}

const title = /^ ?Performance counter stats for (.*?)(?: \((\d+) runs\))?:$/;
const timeLine =
  /^\s+([\d.,]+)(?:\s+\+-\s+([\d.,]+))?\s+seconds (time elapsed|user|sys)(?:\s+\( \+-\s+[\d.,]+% \))?$/;
const intervalHeader = /^#\s+time\s+.*\bevents\s*$/;
// Groups: interval, place, processors, value, unit and event, the rest from # on.
const textLine =
  /^\s*(?:(\d+\.\d{6,9})\s+)?(?:([A-Za-z][\w.-]*-?\d+)\s+(?:(\d+)\s+(?=[\d<]))?)?(<not counted>|<not supported>|\d[\d.,'\u202f\u00a0]*)\s+([^#]*?)\s*(#.*|\(.*)?$/;
const metricLine = /^\s+#\s+(.*)$/;

/** Reads what `perf stat` printed; lines that are none of it stay in `unparsed`. */
export async function readPerfStat(input: OpenInput, options: ReadOptions = {}): Promise<PerfStat> {
  const stat: PerfStat = {
    form: "text",
    target: null,
    runs: 1,
    counters: [],
    times: [],
    unparsed: [],
    lines: 0,
  };
  let separator: string | undefined;
  const take = (text: string, line: number): void => {
    stat.lines = line;
    if (text.trim() === "" || intervalHeader.test(text) || text.startsWith("# started on")) return;
    if (text.startsWith("{") && readJson(text, stat)) return;
    separator ??= text.length < 4096 ? separators.find((one) => parseSeparated(text, one)) : undefined;
    const row = (separator && parseSeparated(text, separator)) || undefined;
    if (row) {
      stat.form = "csv";
      stat.counters.push({ ...row, event: row.event || (stat.counters.at(-1)?.event ?? "") });
    } else if (text.length > 4096 || !readText(text, stat)) {
      stat.unparsed.push({ line, text: text.slice(0, 1000) });
    }
  };
  await eachLine(input, take, options);
  return stat;
}

function readText(text: string, stat: PerfStat): boolean {
  const named = title.exec(text);
  if (named) {
    stat.target = named[1];
    stat.runs = Number(named[2] ?? 1);
    return true;
  }
  const time = timeLine.exec(text);
  if (time) {
    const name = time[3] === "time elapsed" ? "elapsed" : (time[3] as "user" | "sys");
    stat.times.push({
      name,
      seconds: plainNumber(time[1]),
      plus_minus_seconds: time[2] ? plainNumber(time[2]) : null,
    });
    return true;
  }
  const metric = metricLine.exec(text);
  if (metric) {
    const event = stat.counters.at(-1)?.event ?? "";
    stat.counters.push({ ...emptyRow, event, status: "metric", ...parseMetric(metric[1]) });
    return true;
  }
  const row = parseText(text);
  if (row) stat.counters.push(row);
  return row !== undefined;
}

const emptyRow: CounterRow = {
  interval_ns: null,
  place: null,
  cpus: null,
  event: "",
  value: null,
  unit: "",
  status: "counted",
  variance_percent: null,
  runtime_ns: null,
  running_percent: null,
  metric_value: null,
  metric_unit: null,
};

function parseText(text: string): CounterRow | undefined {
  const match = textLine.exec(text);
  if (!match) return undefined;
  const [, interval, place, cpus, value, named, rest = ""] = match;
  const words = named.split(/\s+/);
  // A unit stands before the event's name; few names have blanks.
  const unit = words.length > 1 ? words[0] : "";
  const event = words.slice(unit ? 1 : 0).join(" ");
  if (!event) return undefined;
  const variance = /\( \+-\s*([\d.]+)% \)/.exec(rest);
  const running = /\((\d+\.\d+)%\)\s*$/.exec(rest);
  const metric = /^#\s*(.*?)\s*(?:\( \+-.*|\(\d+\.\d+%\)\s*)?$/.exec(rest);
  return {
    ...emptyRow,
    interval_ns: interval === undefined ? null : secondsToNs(interval),
    place: place ?? null,
    cpus: cpus === undefined ? null : Number(cpus),
    event,
    unit,
    ...valueAndStatus(value),
    variance_percent: variance ? Number(variance[1]) : null,
    running_percent: running ? Number(running[1]) : null,
    ...(metric ? parseMetric(metric[1]) : {}),
  };
}

/** `1.318 CPUs utilized`, `0.55% of all branches`. */
function parseMetric(text: string): Pick<CounterRow, "metric_value" | "metric_unit"> {
  const match = /^(-?[\d.,]+|nan|inf)?\s*(\S.*?)?\s*$/.exec(text);
  return {
    metric_value: match?.[1] === undefined || !/\d/.test(match[1]) ? null : plainNumber(match[1]),
    metric_unit: match?.[2] ?? null,
  };
}

/** A line of -x; undefined when it is none with this separator. */
function parseSeparated(text: string, separator: string): CounterRow | undefined {
  const found = separatedCells(text, separator);
  if (!found) return undefined;
  const { cells, at, isCounter, isMetric, hasVariance } = found;
  const value = cells[at];
  const [runtime, running, metric, metricUnit] = cells.slice(at + (hasVariance ? 4 : 3));
  const before = cells.slice(0, at);
  const interval = /^\d+\.\d{6,9}$/.test(before[0] ?? "") ? before.shift() : undefined;
  return {
    ...emptyRow,
    interval_ns: interval === undefined ? null : secondsToNs(interval),
    place: before[0] ?? null,
    cpus: before[1] === undefined ? null : Number(before[1]),
    event: cells[at + 2],
    unit: cells[at + 1],
    ...(isMetric ? { status: "metric" as const } : valueAndStatus(value)),
    variance_percent: hasVariance ? Number.parseFloat(cells[at + 3]) : null,
    runtime_ns: isCounter ? Number(runtime) : null,
    running_percent: isCounter ? Number(running) : null,
    metric_value: /^-?[\d.]+$/.test(metric ?? "") ? Number(metric) : null,
    metric_unit: metricUnit || null,
  };
}

function readJson(text: string, stat: PerfStat): boolean {
  let object: Record<string, unknown>;
  try {
    object = JSON.parse(text);
  } catch {
    return false;
  }
  const numberOf = (key: string): number | null => {
    const value = Number(object[key] ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  };
  const textOf = (key: string): string => (typeof object[key] === "string" ? (object[key] as string) : "");
  if (!("counter-value" in object) && !("metric-value" in object)) return false;
  const placeKey = ["cpu", "core", "die", "socket", "node", "thread", "cache", "cluster"].find(
    (key) => key in object,
  );
  const interval = numberOf("interval");
  stat.form = "json";
  stat.counters.push({
    ...emptyRow,
    interval_ns: interval === null ? null : Math.round(interval * 1e9),
    place: placeKey === undefined ? null : placeKey === "cpu" ? `CPU${object.cpu}` : String(object[placeKey]),
    cpus: numberOf("aggregate-number"),
    event: textOf("event") || (stat.counters.at(-1)?.event ?? ""),
    unit: textOf("unit"),
    ...("counter-value" in object ? valueAndStatus(textOf("counter-value")) : { status: "metric" as const }),
    variance_percent: numberOf("variance"),
    runtime_ns: numberOf("event-runtime"),
    running_percent: numberOf("pcnt-running"),
    metric_value: textOf("metric-unit") ? numberOf("metric-value") : null,
    metric_unit: textOf("metric-unit") || null,
  });
  return true;
}

function valueAndStatus(text: string): Pick<CounterRow, "value" | "status"> {
  if (text === "<not counted>") return { value: null, status: "not counted" };
  if (text === "<not supported>") return { value: null, status: "not supported" };
  return { value: plainNumber(text), status: "counted" };
}

/** A number without the marks that some locales put between thousands. */
function plainNumber(text: string): number {
  return Number(text.replace(/[,'\u202f\u00a0](?=\d{3}(?:\D|$))/g, "").replace(",", "."));
}

function secondsToNs(text: string): number {
  const [seconds, fraction] = text.split(".");
  return Number(seconds) * 1e9 + Number(fraction.padEnd(9, "0"));
}
