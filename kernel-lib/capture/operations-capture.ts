import type { ColumnTable } from "arquero";
import { nearestRank, sortedNumbers } from "../analyze/quantile.js";
import { dictionaryColumn } from "../bytes/dictionary.js";
import { headOf, type Input, type OpenInput, openInput } from "../read/open-input.js";
import { isOperationsLog } from "../read/operations/is-operations-log.js";
import {
  type OperationsClock,
  type OperationsLog,
  scanOperations,
} from "../read/operations/scan-operations.js";
import type { ReadOptions } from "../read/read-options.js";
import { buildTable, type Column } from "../table/build-table.js";
import { operationsSchema } from "../table/operations.js";
import { column, type TableSchema } from "../table/schema.js";
import { placedUnparsedSchema, unparsedTable } from "../table/unparsed.js";
import { Capture, sourceOf } from "./capture.js";
import { readAs } from "./read-as.js";

/** A program's own log of its operations, with the clock it read. */
export class OperationsCapture extends Capture {
  readonly kind = "operations";
  /** Which clock the starts are of; `unknown` when the log does not say. */
  readonly clock: OperationsClock;
  /** The earliest start on that clock, in ns: `start_ns` in the table counts from here. */
  readonly originNs: bigint;
  private readonly log: OperationsLog;

  constructor(input: OpenInput, log: OperationsLog) {
    super(sourceOf(input), "", log.diagnostics.all());
    this.log = log;
    this.clock = log.clock;
    this.originNs = log.originNs;
    const schema = schemaWith([...log.extra.keys()]);
    this.define(schema, () => buildTable(schema, operationColumns(log)));
    this.define(placedUnparsedSchema, () => unparsedTable(input, log.unparsed));
  }

  get operations(): ColumnTable {
    return this.table("operations");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const { startNs, durNs, kindCodes, kinds, unparsed } = this.log;
    const counts = new Float64Array(kinds.length);
    for (const code of kindCodes) counts[code]++;
    let spanNs = 0;
    for (let row = 0; row < startNs.length; row++) spanNs = Math.max(spanNs, startNs[row] + durNs[row]);
    const sorted = sortedNumbers(durNs);
    return {
      format: "operations",
      clock: this.clock,
      origin_ns: String(this.originNs),
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
  }
}

function schemaWith(extra: readonly string[]): TableSchema {
  const more = extra.map((name) => column(name, "string", 'as the log has it, "" where it has none'));
  return { ...operationsSchema, columns: [...operationsSchema.columns, ...more] };
}

function operationColumns(log: OperationsLog): Record<string, Column> {
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

/** Loads an operations log that has been opened; see {@link OperationsCapture}. */
export async function loadOperations(
  input: OpenInput,
  options: ReadOptions = {},
): Promise<OperationsCapture> {
  return new OperationsCapture(input, await scanOperations(input, options));
}

/**
 * Reads a program's own log of its operations (CSV or NDJSON with start_ns, dur_ns, kind).
 *
 * @throws CaptureError when it cannot be read or has no operation; under `strict` at the first line that is none
 * @example
 * const log = await readOperations("operations.csv");
 * spikes(log.operations, { quantile: 0.999 });
 */
export async function readOperations(input: Input, options: ReadOptions = {}): Promise<OperationsCapture> {
  const opened = await openInput(input, options);
  const isOwn = isOperationsLog(headOf(opened));
  return readAs("operations", opened, isOwn, () => loadOperations(opened, options));
}
