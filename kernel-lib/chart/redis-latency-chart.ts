import { type ColumnTable, table } from "arquero";
import { numbers, textAt, texts } from "../analyze/columns.js";
import { endsOf } from "../analyze/intervals.js";
import type { SpikeOptions } from "../analyze/spikes.js";
import type { ChartOptions, ChartSpec } from "./chart-spec.js";
import { palette } from "./palette.js";
import { spikesOverBands } from "./spikes-over-bands.js";

/** Options of {@link redisLatencyChart}; what a spike is as in {@link spikes}. */
export interface RedisLatencyOptions extends ChartOptions, SpikeOptions {
  /** The kinds of operations that keep the server busy: their times are the bands. */
  blocking: readonly string[];
  /** The kinds whose latency is drawn; by default all others. */
  waiting?: readonly string[];
  from_ns?: number;
  to_ns?: number;
}

/**
 * The latency of a single-threaded server's clients over the times it was busy with something long: a band is a blocking
 * operation (a script, KEYS, a large DEL) as its own client timed it, a point an operation of the others, coloured by whether it
 * overlaps one. Takes a program's own log of `operations`; see {@link headOfLine} for the figures.
 *
 * @throws RangeError when the log has no operation of the blocking kinds, naming those it has
 * @example
 * redisLatencyChart(log.operations, { blocking: ["evalsha"], waiting: ["get"], quantile: 0.9 });
 */
export function redisLatencyChart(operations: ColumnTable, options: RedisLatencyOptions): ChartSpec {
  const { blocking, waiting, ...rest } = options;
  const kind = texts(operations, "kind");
  const kinds = [...new Set(kind.values.map((name) => name ?? ""))];
  const unknown = [...blocking, ...(waiting ?? [])].filter((name) => !kinds.includes(name));
  if (unknown.length > 0) {
    throw new RangeError(
      `redisLatencyChart: no operations of kind ${unknown.join(", ")}; there are: ${kinds.join(", ")}`,
    );
  }
  const start = numbers(operations, "start_ns");
  const end = endsOf(operations, start);
  const rowsWhere = (test: (name: string) => boolean): number[] => {
    const rows: number[] = [];
    for (let row = 0; row < start.length; row++) if (test(textAt(kind, row) ?? "")) rows.push(row);
    return rows;
  };
  const name = `${blocking.join(", ")} runs`;
  const busy = rowsWhere((own) => blocking.includes(own));
  const others = rowsWhere((own) => (waiting ? waiting.includes(own) : !blocking.includes(own)));
  const bands = table({
    name: busy.map(() => name),
    start_ns: Float64Array.from(busy, (row) => start[row]),
    end_ns: Float64Array.from(busy, (row) => end[row]),
  });
  const drawn = table({
    start_ns: Float64Array.from(others, (row) => start[row]),
    dur_ns: Float64Array.from(others, (row) => end[row] - start[row]),
    kind: others.map((row) => textAt(kind, row)),
  });
  return spikesOverBands(drawn, bands, { ...rest, band: () => name, bandColour: { [name]: palette.busy } });
}
