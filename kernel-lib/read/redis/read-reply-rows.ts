import type { RedisRows } from "./redis-rows.js";
import type { Reply } from "./reply.js";

const isNumber = (value: Reply): value is number => typeof value === "number";
const isText = (value: Reply): value is string => typeof value === "string";

/** Puts a reply's rows where its shape says they belong; false when no command answers like this. */
export function addReply(rows: RedisRows, reply: Reply): boolean {
  if (!Array.isArray(reply)) return false;
  if (reply.length === 0) return true;
  return (
    addAll([rows.slowlog], reply, (entry) => addSlowlog(rows, entry)) ||
    addAll([rows.latencyEvents], reply, (entry) => addLatest(rows, entry)) ||
    addAll([rows.latencyEvents], reply, (entry) => addHistory(rows, entry)) ||
    addPing(rows, reply) ||
    addHistogram(rows, reply)
  );
}

/** Adds every entry, or none of them. */
function addAll(
  lists: readonly { length: number }[],
  reply: Reply[],
  add: (entry: Reply) => boolean,
): boolean {
  const before = lists.map(({ length }) => length);
  const isAdded = reply.every((entry) => add(entry));
  if (!isAdded) {
    lists.forEach((list, i) => {
      list.length = before[i];
    });
  }
  return isAdded;
}

function addSlowlog(rows: RedisRows, entry: Reply): boolean {
  if (!Array.isArray(entry) || entry.length < 4) return false;
  const [id, seconds, micros, argv, client, name] = entry;
  if (!isNumber(id) || !isNumber(seconds) || !isNumber(micros) || !Array.isArray(argv)) return false;
  const words = argv.map(String);
  rows.slowlog.push({
    id,
    unix_ms: seconds * 1000,
    dur_ns: micros * 1000,
    command: words[0] ?? "",
    args: words.slice(1).join(" "),
    client: isText(client) ? client : null,
    client_name: isText(name) ? name : null,
  });
  return true;
}

function addLatest(rows: RedisRows, entry: Reply): boolean {
  if (!Array.isArray(entry) || entry.length < 4) return false;
  const [event, seconds, latency_ms, max_ms] = entry;
  if (!isText(event) || !isNumber(seconds) || !isNumber(latency_ms) || !isNumber(max_ms)) return false;
  rows.latencyEvents.push({ event, unix_ms: seconds * 1000, latency_ms, max_ms });
  return true;
}

function addHistory(rows: RedisRows, entry: Reply): boolean {
  if (!Array.isArray(entry) || entry.length !== 2) return false;
  const [seconds, latency_ms] = entry;
  if (!isNumber(seconds) || !isNumber(latency_ms)) return false;
  rows.latencyEvents.push({ event: null, unix_ms: seconds * 1000, latency_ms, max_ms: null });
  return true;
}

// redis-cli --json --latency: {"min": 0, "max": 9, "avg": 0.48, "count": 91}
function addPing(rows: RedisRows, reply: Reply[]): boolean {
  const [min, min_ms, max, max_ms, avg, mean_ms, count, samples] = reply;
  if (min !== "min" || max !== "max" || avg !== "avg" || count !== "count") return false;
  if (![min_ms, max_ms, mean_ms, samples].every(isNumber)) return false;
  rows.pings.push({ min_ms, max_ms, mean_ms, samples, range_s: null } as RedisRows["pings"][number]);
  return true;
}

// command, ["calls", n, "histogram_usec", [bound, cumulative, ...]], command, ...
function addHistogram(rows: RedisRows, reply: Reply[]): boolean {
  const before = rows.latencyBuckets.length;
  const isAdded = addCommands(rows, reply);
  if (!isAdded) rows.latencyBuckets.length = before;
  return isAdded;
}

function addCommands(rows: RedisRows, reply: Reply[]): boolean {
  for (let at = 0; at < reply.length; at += 2) {
    const command = reply[at];
    const fields = reply[at + 1];
    if (!isText(command) || !Array.isArray(fields)) return false;
    const calls = fields[fields.indexOf("calls") + 1];
    const pairs = fields[fields.indexOf("histogram_usec") + 1];
    if (!isNumber(calls) || !Array.isArray(pairs)) return false;
    for (let pair = 0; pair + 1 < pairs.length; pair += 2) {
      const upper_us = Number(pairs[pair]);
      rows.latencyBuckets.push({ command, calls, upper_us, cumulative_count: Number(pairs[pair + 1]) });
    }
  }
  return true;
}
