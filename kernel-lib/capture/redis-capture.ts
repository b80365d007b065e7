import type { ColumnTable } from "arquero";
import { computedColumn } from "../bytes/lazy-column.js";
import type { OpenInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import { readRedis } from "../read/redis/read-redis.js";
import { monitorArgs } from "../read/redis/read-text-lines.js";
import type { RedisRows } from "../read/redis/redis-rows.js";
import { lineTexts } from "../read/text/line-texts.js";
import { buildTable, tableFromRows } from "../table/build-table.js";
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
import type { TableSchema } from "../table/schema.js";
import { placedUnparsedSchema, unparsedTable } from "../table/unparsed.js";
import { Capture, sourceOf } from "./capture.js";

/** Saved output of Redis and redis-cli. */
export class RedisCapture extends Capture {
  readonly kind = "redis";
  private readonly rows: RedisRows;

  constructor(input: OpenInput, rows: RedisRows) {
    super(sourceOf(input), versionOf(rows), []);
    this.rows = rows;
    const tables: [TableSchema, readonly object[]][] = [
      [slowlogSchema, rows.slowlog],
      [latencyEventsSchema, rows.latencyEvents],
      [latencyHistogramSchema, rows.latencyBuckets],
      [doctorSchema, rows.doctor],
      [infoSchema, rows.info],
      [commandsSchema, rows.commands],
      [pingsSchema, rows.pings],
      [distSchema, rows.dist],
    ];
    for (const [schema, data] of tables) this.define(schema, () => tableFromRows(schema, data));
    this.define(monitorSchema, () => monitorTable(input, rows));
    this.define(placedUnparsedSchema, () => unparsedTable(input, rows.unparsed));
    this.define(clientsSchema, () => tableFromRows(clientsSchema, rows.clients.map(clientRow)));
  }

  get slowlog(): ColumnTable {
    return this.table("slowlog");
  }

  get latencyEvents(): ColumnTable {
    return this.table("latency_events");
  }

  get latencyHistogram(): ColumnTable {
    return this.table("latency_histogram");
  }

  get latencyDoctor(): ColumnTable {
    return this.table("latency_doctor");
  }

  get info(): ColumnTable {
    return this.table("info");
  }

  get commands(): ColumnTable {
    return this.table("commands");
  }

  get monitor(): ColumnTable {
    return this.table("monitor");
  }

  get clients(): ColumnTable {
    return this.table("clients");
  }

  get clientLatency(): ColumnTable {
    return this.table("client_latency");
  }

  get clientLatencyDist(): ColumnTable {
    return this.table("client_latency_dist");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const { rows } = this;
    return {
      format: "redis",
      version: this.version,
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
    };
  }
}

function versionOf(rows: RedisRows): string {
  return rows.info.find(({ key }) => key === "redis_version")?.value ?? "";
}

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

function monitorTable(input: OpenInput, { monitor, monitorOffset }: RedisRows): ColumnTable {
  const lines = lineTexts(input, monitorOffset.finish());
  const args = computedColumn(monitor.length, (row) => monitorArgs(lines.at(row)));
  return buildTable(monitorSchema, { ...monitor.columns(), args });
}

/** Loads saved Redis output; see {@link RedisCapture}. */
export async function loadRedis(input: OpenInput, options: ReadOptions): Promise<RedisCapture> {
  return new RedisCapture(input, await readRedis(input, options));
}
