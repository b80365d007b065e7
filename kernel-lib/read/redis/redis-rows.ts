import { Growable } from "../../bytes/growable.js";
import { RowStore } from "../../bytes/row-store.js";
import { UnparsedLines } from "../text/unparsed-lines.js";

/** An entry of SLOWLOG GET. */
export interface SlowlogRow {
  id: number;
  unix_ms: number;
  dur_ns: number;
  command: string;
  args: string;
  client: string | null;
  client_name: string | null;
}

/** An event of LATENCY LATEST or HISTORY. */
export interface LatencyEventRow {
  event: string | null;
  unix_ms: number;
  latency_ms: number;
  max_ms: number | null;
}

/** A bucket of LATENCY HISTOGRAM. */
export interface LatencyBucketRow {
  command: string;
  calls: number;
  upper_us: number;
  cumulative_count: number;
}

/** What LATENCY DOCTOR says. */
export interface DoctorRow {
  event: string | null;
  spikes: number | null;
  average_ms: number | null;
  mean_deviation_ms: number | null;
  period_s: number | null;
  worst_ms: number | null;
  text: string;
}

/** A line of INFO. */
export interface InfoRow {
  section: string;
  key: string;
  value: string;
  number: number | null;
}

/** A command's statistics from INFO commandstats and latencystats. */
export interface CommandRow {
  command: string;
  calls: number | null;
  total_us: number | null;
  mean_us: number | null;
  rejected_calls: number | null;
  failed_calls: number | null;
  p50_us: number | null;
  p99_us: number | null;
  p999_us: number | null;
}

/** A line of MONITOR but for the arguments. */
export interface MonitorRow {
  unix_ms: number;
  db: number;
  client: string;
  command: string;
}

/** What redis-cli --latency, --latency-history or --latency-dist measured with PING from its own side. */
export interface PingRow {
  min_ms: number;
  max_ms: number;
  mean_ms: number;
  samples: number;
  range_s: number | null;
}

/** A cell of redis-cli --latency-dist: a share printed as one of the palette's colours. */
export interface DistRow {
  row: number;
  upper_us: number;
  share_min: number;
  share_max: number;
}

/** Everything one Redis capture holds; most captures fill one of the lists. */
export class RedisRows {
  readonly slowlog: SlowlogRow[] = [];
  readonly latencyEvents: LatencyEventRow[] = [];
  readonly latencyBuckets: LatencyBucketRow[] = [];
  readonly doctor: DoctorRow[] = [];
  readonly info: InfoRow[] = [];
  readonly commands: CommandRow[] = [];
  readonly clients: Record<string, string>[] = [];
  /** MONITOR without its arguments, which are in the capture's line at `monitorOffset`. */
  readonly monitor: RowStore<MonitorRow> = new RowStore<MonitorRow>({
    unix_ms: "number",
    db: "number",
    client: "text",
    command: "text",
  });
  readonly monitorOffset: Growable<Float64Array> = new Growable(Float64Array);
  readonly pings: PingRow[] = [];
  readonly dist: DistRow[] = [];
  readonly unparsed: UnparsedLines = new UnparsedLines();
}
