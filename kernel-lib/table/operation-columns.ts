import { dictionaryColumn } from "../bytes/dictionary.js";
import type { OperationsLog } from "../read/operations/scan-operations.js";
import type { Column } from "./build-table.js";

/** The columns of an operations log's table. */
export function operationColumns(log: OperationsLog): Record<string, Column> {
  const columns: Record<string, Column> = {};
  const rows = log.startNs.length;
  for (const [name, { codes, values }] of log.extra) {
    // Rows after the last that has the column are without it too.
    const padded = new Int32Array(rows).fill(values.indexOf(""));
    padded.set(codes);
    columns[name] = dictionaryColumn(padded, values);
  }
  return {
    ...columns,
    start_ns: log.startNs,
    dur_ns: log.durNs,
    kind: dictionaryColumn(log.kindCodes, log.kinds),
  };
}
