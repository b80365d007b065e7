import { column, type TableSchema } from "./schema.js";

const unixMs = column("unix_ms", "float64", "when, Unix", { unit: "ms" });

export const slowlogSchema: TableSchema = {
  name: "slowlog",
  doc: "Entries of SLOWLOG GET: commands over the server's threshold, newest first as printed.",
  columns: [
    column("id", "float64", "number of the entry since the server's start"),
    unixMs,
    column("dur_ns", "float64", "execution time in the server, without waiting or the network", {
      unit: "ns",
    }),
    column("command", "string", "command as sent"),
    column("args", "string", "arguments, joined by a space; the server itself shortens long ones"),
    column("client", "string", "address of the client", { missing: "server older than 4.0" }),
    column("client_name", "string", "name set by the client", { missing: "server older than 4.0" }),
  ],
};

export const latencyEventsSchema: TableSchema = {
  name: "latency_events",
  doc: "Latency spikes the server recorded (LATENCY LATEST, LATENCY HISTORY).",
  columns: [
    column("event", "string", "kind of event: command, fork, expire-cycle, ...", {
      missing: "LATENCY HISTORY does not repeat it",
    }),
    unixMs,
    column("latency_ms", "float64", "latency of the spike", { unit: "ms" }),
    column("max_ms", "float64", "worst of this event ever", { unit: "ms", missing: "not in HISTORY" }),
  ],
};

export const latencyHistogramSchema: TableSchema = {
  name: "latency_histogram",
  doc: "LATENCY HISTOGRAM: cumulative counts of a command's execution times, a row a bucket.",
  columns: [
    column("command", "string", "command"),
    column("calls", "float64", "calls in all", { unit: "count" }),
    column("upper_us", "float64", "upper bound of the bucket", { unit: "us" }),
    column("cumulative_count", "float64", "calls at or below the bound", { unit: "count" }),
  ],
};

export const doctorSchema: TableSchema = {
  name: "latency_doctor",
  doc: "LATENCY DOCTOR's findings and advice, a row a line; numbers where the line is about an event.",
  columns: [
    column("event", "string", "kind of event", { missing: "advice or a remark" }),
    column("spikes", "float64", "spikes recorded", { unit: "count", missing: "not about an event" }),
    column("average_ms", "float64", "mean latency", { unit: "ms", missing: "not about an event" }),
    column("mean_deviation_ms", "float64", "mean deviation", { unit: "ms", missing: "not about an event" }),
    column("period_s", "float64", "mean time between spikes", { unit: "s", missing: "not about an event" }),
    column("worst_ms", "float64", "worst ever", { unit: "ms", missing: "not about an event" }),
    column("text", "string", "the line"),
  ],
};

export const infoSchema: TableSchema = {
  name: "info",
  doc: "INFO, a row a field.",
  columns: [
    column("section", "string", "section in lower case"),
    column("key", "string", "field"),
    column("value", "string", "value as printed"),
    column("number", "float64", "value as a number; of a percentage its figure", { missing: "not a number" }),
  ],
};

export const commandsSchema: TableSchema = {
  name: "commands",
  doc: "Statistics by command since the server's start (INFO commandstats, latencystats).",
  columns: [
    column("command", "string", "command, a subcommand behind a bar"),
    column("calls", "float64", "calls", { unit: "count", missing: "no commandstats" }),
    column("total_us", "float64", "execution time in all", { unit: "us", missing: "no commandstats" }),
    column("mean_us", "float64", "execution time per call", { unit: "us", missing: "no commandstats" }),
    column("rejected_calls", "float64", "refused before execution", { unit: "count", missing: "before 6.2" }),
    column("failed_calls", "float64", "failed in execution", { unit: "count", missing: "before 6.2" }),
    column("p50_us", "float64", "median execution time", { unit: "us", missing: "no latencystats" }),
    column("p99_us", "float64", "99th percentile", { unit: "us", missing: "no latencystats" }),
    column("p999_us", "float64", "99.9th percentile", { unit: "us", missing: "no latencystats" }),
  ],
};

export const monitorSchema: TableSchema = {
  name: "monitor",
  doc: "MONITOR: every command the server processed, in order; a script's own calls come from client lua.",
  columns: [
    unixMs,
    column("db", "int32", "database"),
    column("client", "string", "address of the client, or lua"),
    column("command", "string", "command as sent"),
    column("args", "string", "arguments, joined by a space"),
  ],
};

export const clientsSchema: TableSchema = {
  name: "clients",
  doc: "CLIENT LIST: connections with what they are doing.",
  columns: [
    column("id", "float64", "connection id"),
    column("addr", "string", "address of the client"),
    column("name", "string", "name set by the client, empty when none"),
    column("age_s", "float64", "age of the connection", { unit: "s" }),
    column("idle_s", "float64", "idle time", { unit: "s" }),
    column("db", "int32", "database"),
    column("cmd", "string", "last command"),
    column("flags", "string", "flags as printed: N normal, b blocked, ..."),
    column("query_buffer_bytes", "float64", "query buffer", { unit: "bytes" }),
    column("output_list", "float64", "replies queued", { unit: "count" }),
    column("memory_bytes", "float64", "memory in all", { unit: "bytes", missing: "server older than 6.2" }),
    column("fields", "json", "every field as printed"),
  ],
};

export const pingsSchema: TableSchema = {
  name: "client_latency",
  doc: "redis-cli --latency and --latency-history: round trips of PING seen by redis-cli itself.",
  columns: [
    column("min_ms", "float64", "shortest", { unit: "ms" }),
    column("max_ms", "float64", "longest", { unit: "ms" }),
    column("mean_ms", "float64", "mean", { unit: "ms" }),
    column("samples", "float64", "round trips", { unit: "count" }),
    column("range_s", "float64", "length of the interval", { unit: "s", missing: "not --latency-history" }),
  ],
};

export const distSchema: TableSchema = {
  name: "client_latency_dist",
  doc: "redis-cli --latency-dist: share of PING round trips by latency, as coarse as the printed colours.",
  columns: [
    column("row", "int32", "interval, from 0"),
    column("upper_us", "float64", "upper bound of the latency", { unit: "us" }),
    column("share_min", "float64", "the share is above this (or zero)", { unit: "ratio" }),
    column("share_max", "float64", "the share is at most this", { unit: "ratio" }),
  ],
};
