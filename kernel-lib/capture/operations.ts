import { isOperationsLog } from "../read/operations/is-operations-log.js";
import { operationsSchema } from "../table/operations.js";
import { column, type TableSchema } from "../table/schema.js";
import { placedUnparsedSchema, unparsedColumns } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import type { Clocked } from "./clocked.js";
import type { Format, Tables } from "./format.js";

/** A program's own log of its operations, with the clock it read; `originNs` is the earliest start. */
export interface OperationsCapture
  extends Capture<"operations">,
    Clocked,
    Tables<"operations" | "unparsed"> {}

export const operations: Format<OperationsCapture> = {
  kind: "operations",
  name: "an operations log",
  detect: isOperationsLog,
  searches: true,
  tables: { operations: operationsSchema, unparsed: placedUnparsedSchema },
  clock: ["monotonic", "unix", "unknown"],
  window: "rows",
  async read(input, options) {
    const [{ scanOperations }, { operationColumns }, { nearestRank, sortedNumbers }] = await Promise.all([
      import("../read/operations/scan-operations.js"),
      import("../table/operation-columns.js"),
      import("../analyze/quantile.js"),
    ]);
    const log = await scanOperations(input, options);
    const { clock, originNs, startNs, durNs, kindCodes, kinds, unparsed } = log;
    return {
      findings: log.diagnostics.all(),
      tables: {
        operations: { schema: schemaWith([...log.extra.keys()]), make: () => operationColumns(log) },
        unparsed: () => unparsedColumns(input, unparsed),
      },
      members: { clock, originNs },
      summary: () => {
        const counts = new Float64Array(kinds.length);
        for (const code of kindCodes) counts[code]++;
        let spanNs = 0;
        for (let row = 0; row < startNs.length; row++) spanNs = Math.max(spanNs, startNs[row] + durNs[row]);
        const sorted = sortedNumbers(durNs);
        return {
          format: "operations",
          clock,
          origin_ns: String(originNs),
          operations: startNs.length,
          kinds: Object.fromEntries(kinds.map((kind, code) => [kind, counts[code]])),
          span_ns: spanNs,
          dur_ns: {
            p50_ns: nearestRank(sorted, 0.5),
            p99_ns: nearestRank(sorted, 0.99),
            max_ns: sorted[sorted.length - 1],
          },
          unparsed_lines: unparsed.length,
        };
      },
    };
  },
};

function schemaWith(extra: readonly string[]): TableSchema {
  const more = extra.map((name) => column(name, "string", 'as the log has it, "" where it has none'));
  return { ...operationsSchema, columns: [...operationsSchema.columns, ...more] };
}
