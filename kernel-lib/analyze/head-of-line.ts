import { type ColumnTable, table } from "arquero";
import { numbers } from "./columns.js";
import { coveredNs, endsOf, intervalsOf, mergeIntervals } from "./intervals.js";

/**
 * What other clients wait for at a server that serves one command at a time: each client operation with the time
 * during which the server was busy with the long commands. Columns: those of the operations, and blocked_ns (how much
 * of the operation lies within a busy interval), blocked_share, rest_ns (the operation without it).
 *
 * A single-threaded server answers nobody while a command runs, so an operation that overlaps a long command waits
 * for its end; `rest_ns` is what the operation would have taken at most without it. Both tables must be on one clock.
 *
 * @param operations clients' operations: start_ns and dur_ns (or end_ns)
 * @param busy the server's long commands: start_ns and end_ns (or dur_ns), as from its slow log
 * @example
 * headOfLine(gets, evalsha).filter((get) => get.blocked_ns > 0);
 */
export function headOfLine(operations: ColumnTable, busy: ColumnTable): ColumnTable {
  const merged = mergeIntervals(intervalsOf(busy));
  const start = numbers(operations, "start_ns");
  const end = endsOf(operations, start);
  const blocked_ns = Float64Array.from({ length: start.length }, (_, row) =>
    coveredNs(merged, start[row], end[row]),
  );
  const duration = blocked_ns.map((_, row) => end[row] - start[row]);
  return operations.reify().assign(
    table({
      blocked_ns,
      blocked_share: blocked_ns.map((ns, row) => (duration[row] > 0 ? ns / duration[row] : 0)),
      rest_ns: blocked_ns.map((ns, row) => duration[row] - ns),
    }),
  );
}
