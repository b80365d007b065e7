import type { ColumnTable } from "arquero";
import type { Detector } from "../read/detector.js";
import type { Diagnostic } from "../read/diagnostics.js";
import type { OpenInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import type { Column } from "../table/build-table.js";
import type { TableSchema } from "../table/schema.js";
import type { Capture } from "./capture.js";

/** Getters for tables, by their camelCase names. */
export type Tables<Name extends string> = { readonly [K in Name]: ColumnTable };

/** The names of a capture's getters for its tables, but for `diagnostics`, which all captures have. */
export type Accessor<C extends Capture> = Exclude<
  { [K in keyof C]: C[K] extends ColumnTable ? K : never }[keyof C] & string,
  "diagnostics"
>;

/** What a capture of a kind has beside its tables and what all captures have: a header, a clock, ... */
export type Members<C extends Capture> = Omit<C, keyof Capture | Accessor<C>>;

/** A clock that times can be on: the system's monotonic clock, wall time, or one that the file does not name. */
export type ClockName = "monotonic" | "unix" | "unknown";

/**
 * A kind of capture: all that is said of it in one place. `load`, the readers, the getters, the command line, the
 * reference and the tests come from it; {@link formats} is the list. What is needed to tell the kind and to name its tables is
 * loaded at once, so it has to be small; `read` imports the rest when a capture of the kind is read.
 */
export interface Format<C extends Capture = Capture, O extends ReadOptions = ReadOptions> {
  readonly kind: C["kind"];
  /** What it is called in messages: "a Go execution trace". */
  readonly name: string;
  /** Whether an input's beginning is of this kind. */
  readonly detect: Detector;
  /**
   * True when its reader looks for what is its own in the whole input (a log whose first runtime line comes late) and
   * refuses one that has nothing. An input that is another kind's is not handed to any other reader.
   */
  readonly searches?: true;
  /**
   * The tables by the names of their getters. A table whose columns depend on the file has here what all have. A name
   * alone is that of a table that is also an analysis, whose schema stands with it.
   */
  readonly tables: Readonly<Record<Accessor<C>, TableSchema | string>>;
  /** The clocks that its times can be on; none where it has no times that could be set beside others'. */
  readonly clock: readonly ClockName[];
  /** What `from` and `to` cut: rows, a trace's generations; with `none` they are refused. */
  readonly window: "rows" | "generations" | "none";
  /** Reads an opened input. */
  read(input: OpenInput, options: O): Promise<Contents<C>>;
}

/** A table's cells: columns by name, row objects whose missing properties are null, or a table made elsewhere. */
export type TableData = ColumnTable | Readonly<Record<string, Column>> | readonly object[];

/** Makes a table when it is first asked for. A method's type, so that a list can hold formats of all kinds. */
export type MakeTable<C extends Capture> = { make(capture: C): TableData }["make"];

/** A table of one capture whose schema depends on the file, or is another than the format's. */
export interface OwnTable<C extends Capture> {
  readonly schema: TableSchema;
  readonly make: MakeTable<C>;
}

/** A kind's summary without what all have. */
export type Summary<C extends Capture> = {
  [K in keyof ReturnType<C["summary"]> as K extends "diagnostics" ? never : K]: ReturnType<C["summary"]>[K];
};

/** What reading an input of a kind gave; {@link captureOf} makes a capture of it. */
export type Contents<C extends Capture = Capture> = {
  readonly version?: string;
  readonly findings?: readonly Diagnostic[];
  /** Events that were read, of formats of events. */
  readonly eventCount?: number;
  /** How many rows there are, where asking a table for them would read the input again. */
  readonly rowCount?: number;
  /** How each table is made. */
  readonly tables: { readonly [K in Accessor<C>]: MakeTable<C> | OwnTable<C> };
  /** What a summary says; the findings are put beside it for every kind. */
  summary(capture: C): Summary<C>;
} & (keyof Members<C> extends never
  ? { readonly members?: object }
  : {
      /** What it has beside tables; getters stay getters. */
      readonly members: Members<C>;
    });
