import { isRedis } from "../read/redis/is-redis.js";
import {
  clientsSchema,
  commandsSchema,
  distSchema,
  doctorSchema,
  infoSchema,
  latencyEventsSchema,
  latencyHistogramSchema,
  monitorSchema,
  pingsSchema,
  slowlogSchema,
} from "../table/redis.js";
import { placedUnparsedSchema, unparsedColumns } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import type { Clocked } from "./clocked.js";
import type { Format, Tables } from "./format.js";

/** Saved output of Redis and redis-cli. */
export interface RedisCapture
  extends Capture<"redis">,
    Clocked<"unix">,
    Tables<
      | "slowlog"
      | "latencyEvents"
      | "latencyHistogram"
      | "latencyDoctor"
      | "info"
      | "commands"
      | "monitor"
      | "clients"
      | "clientLatency"
      | "clientLatencyDist"
      | "unparsed"
    > {}

export const redis: Format<RedisCapture> = {
  kind: "redis",
  name: "what a Redis server or redis-cli prints",
  detect: isRedis,
  tables: {
    slowlog: slowlogSchema,
    latencyEvents: latencyEventsSchema,
    latencyHistogram: latencyHistogramSchema,
    latencyDoctor: doctorSchema,
    info: infoSchema,
    commands: commandsSchema,
    clientLatency: pingsSchema,
    clientLatencyDist: distSchema,
    monitor: monitorSchema,
    unparsed: placedUnparsedSchema,
    clients: clientsSchema,
  },
  clock: ["unix"],
  window: "none",
  async read(input, options) {
    const [{ readRedis }, { monitorArgs }, { computedColumn }, { lineTexts }] = await Promise.all([
      import("../read/redis/read-redis.js"),
      import("../read/redis/read-text-lines.js"),
      import("../bytes/lazy-column.js"),
      import("../read/text/line-texts.js"),
    ]);
    const rows = await readRedis(input, options);
    const version = rows.info.find(({ key }) => key === "redis_version")?.value ?? "";
    return {
      version,
      tables: {
        slowlog: () => rows.slowlog,
        latencyEvents: () => rows.latencyEvents,
        latencyHistogram: () => rows.latencyBuckets,
        latencyDoctor: () => rows.doctor,
        info: () => rows.info,
        commands: () => rows.commands,
        clientLatency: () => rows.pings,
        clientLatencyDist: () => rows.dist,
        monitor: () => {
          const lines = lineTexts(input, rows.monitorOffset.finish());
          const args = computedColumn(rows.monitor.length, (row) => monitorArgs(lines.at(row)));
          return { ...rows.monitor.columns(), args };
        },
        unparsed: () => unparsedColumns(input, rows.unparsed),
        clients: () => rows.clients.map(clientRow),
      },
      // Slow logs and latency events have whole seconds, cut off: what they time may be up to one later. MONITOR has microseconds.
      members: {
        clock: "unix",
        originNs: 0n,
        resolution_ns: rows.slowlog.length + rows.latencyEvents.length > 0 ? 1e9 : 1e3,
      },
      summary: () => ({
        format: "redis",
        version,
        slowlog: rows.slowlog.length,
        slowest_ns: rows.slowlog.reduce((slowest, { dur_ns }) => Math.max(slowest, dur_ns), 0),
        latency_events: rows.latencyEvents.length,
        histogram_buckets: rows.latencyBuckets.length,
        commands: rows.commands.length,
        info_fields: rows.info.length,
        monitor: rows.monitor.length,
        clients: rows.clients.length,
        client_latency: rows.pings.length,
        client_latency_dist: rows.dist.length,
        unparsed_lines: rows.unparsed.length,
      }),
    };
  },
};

function clientRow(fields: Record<string, string>): object {
  const number = (name: string) => (fields[name] === undefined ? null : Number(fields[name]));
  return {
    id: number("id"),
    addr: fields.addr,
    name: fields.name,
    age_s: number("age"),
    idle_s: number("idle"),
    db: number("db"),
    cmd: fields.cmd,
    flags: fields.flags,
    query_buffer_bytes: number("qbuf"),
    output_list: number("oll"),
    memory_bytes: number("tot-mem"),
    fields,
  };
}
