import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTable } from "./analysis.js";
import { hasColumn, type Numbers, numbers, type Texts, textAt, texts } from "./columns.js";
import { endsOf } from "./intervals.js";
import { selectQuantile } from "./quantile.js";
import type { TableOr } from "./table-source.js";

/** What counts as a spike: slower than a quantile of the operations themselves, or than a fixed time. */
export interface SpikeOptions {
  /** Operations slower than this quantile (nearest rank) of their own kind; 0.99 unless a threshold is given. */
  quantile?: number;
  /** Operations slower than this, instead of a quantile. */
  threshold_ns?: number;
  /** Only operations of this kind. */
  kind?: string;
}

export const spikesAnalysis: Analysis = {
  name: "spikes",
  accepts: ["operations"],
  needs: { operations: ["start_ns", "dur_ns"] },
  schema: {
    name: "spikes",
    doc: "The slow operations of a latency log: those above the threshold of their kind, by start.",
    columns: [
      column("start_ns", "float64", "when it began", { unit: "ns" }),
      column("end_ns", "float64", "when it ended", { unit: "ns" }),
      column("dur_ns", "float64", "how long it took", { unit: "ns" }),
      column("kind", "string", "which kind of operation", { missing: "the log has no kinds" }),
      column("threshold_ns", "float64", "what it is above", { unit: "ns" }),
    ],
  },
  build: spikes,
};

/**
 * The slow operations of a latency log: those with `dur_ns` above the threshold.
 * Columns: start_ns, end_ns, dur_ns, kind (null without kinds), threshold_ns; by start.
 * With a quantile, each kind has a threshold of its own, so that a slow kind does not hide a fast one's spikes.
 *
 * @param operations a table with start_ns and dur_ns (and kind), or a capture with the table `operations`
 * @throws RangeError for a quantile outside 0..1, or columns that are missing
 * @example
 * spikes(operations, { quantile: 0.999, kind: "write" });
 */
export function spikes(operations: TableOr, options: SpikeOptions = {}): ColumnTable {
  const log = neededTable(spikesAnalysis, operations);
  const duration = numbers(log, "dur_ns");
  const start = numbers(log, "start_ns");
  const end = endsOf(log, start);
  const kinds = hasColumn(log, "kind") ? texts(log, "kind") : undefined;
  const kindOf = (row: number): string | null => (kinds ? textAt(kinds, row) : null);
  const wanted = (row: number): boolean => options.kind === undefined || kindOf(row) === options.kind;
  const thresholds = thresholdsByKind(duration, kinds, options);
  const found: { row: number; threshold: number }[] = [];
  for (let row = 0; row < duration.length; row++) {
    const threshold = thresholds[kinds ? kinds.codes[row] : 0];
    if (duration[row] > threshold && wanted(row)) found.push({ row, threshold });
  }
  found.sort((a, b) => start[a.row] - start[b.row]);
  return buildTable(spikesAnalysis.schema, {
    start_ns: Float64Array.from(found, ({ row }) => start[row]),
    end_ns: Float64Array.from(found, ({ row }) => end[row]),
    dur_ns: Float64Array.from(found, ({ row }) => duration[row]),
    kind: found.map(({ row }) => kindOf(row)),
    threshold_ns: Float64Array.from(found, ({ threshold }) => threshold),
  });
}

/** The threshold of each kind, by its code; of all operations where there are no kinds. */
function thresholdsByKind(duration: Numbers, kinds: Texts | undefined, options: SpikeOptions): number[] {
  const { quantile = 0.99, threshold_ns } = options;
  if (threshold_ns !== undefined) return new Array(kinds?.values.length ?? 1).fill(threshold_ns);
  const count = new Float64Array(kinds?.values.length ?? 1);
  for (let row = 0; row < duration.length; row++) count[kinds ? kinds.codes[row] : 0]++;
  const own = Array.from(count, (length) => new Float64Array(length));
  count.fill(0);
  for (let row = 0; row < duration.length; row++) {
    const code = kinds ? kinds.codes[row] : 0;
    own[code][count[code]++] = duration[row];
  }
  return own.map((durations) => selectQuantile(durations, quantile));
}
