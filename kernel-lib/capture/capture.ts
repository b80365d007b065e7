import type { ColumnTable } from "arquero";
import type { Diagnostic } from "../read/diagnostics.js";
import type { ColumnSchema, TableSchema } from "../table/schema.js";

/** Where a capture came from. */
export interface CaptureSource {
  /** The path as given, or a label for bytes and streams. */
  readonly name: string;
  /** Size as stored, before unpacking. */
  readonly bytes: number;
  /** True when the capture was gzipped. */
  readonly gzip: boolean;
}

/** A table of a capture as {@link Capture.tables} lists it. */
export interface TableListing {
  readonly name: string;
  readonly doc: string;
  /** How many rows it has; null where it cannot be made, and `why` says why not. */
  readonly rows: number | null;
  readonly why?: string;
  readonly columns: readonly ColumnSchema[];
}

/**
 * A capture that has been read: its kind, where it came from, and its tables, each built when first asked for. Each
 * kind's own type has a getter for each of its tables beside (`trace.goroutineStates`).
 */
export interface Capture<K extends string = string> {
  readonly kind: K;
  /** The format's own version (`1.26` for a Go trace), or "" where it has none. */
  readonly version: string;
  readonly source: CaptureSource;
  /** What was repaired, skipped or lost; the `diagnostics` table has the same as rows. */
  readonly findings: readonly Diagnostic[];
  /** Events that were read; undefined where the format is not one of events. */
  readonly eventCount: number | undefined;
  readonly diagnostics: ColumnTable;
  /** The schemas of all tables this capture has, analyses by name included. */
  schemas(): TableSchema[];
  /** A table by its snake_case name; throws an error that lists the names there are. */
  table(name: string): ColumnTable;
  /**
   * What there is: every table's name, rows and columns with units. Builds the tables to count their rows; one that
   * cannot be made (an analysis of a damaged trace) is listed with why.
   */
  tables(): TableListing[];
  /** The capture in one JSON object, as `tracebook summary --json` prints it. */
  summary(): Record<string, unknown>;
}
