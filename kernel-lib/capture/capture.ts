import type { ColumnTable } from "arquero";
import type { Analysis } from "../analyze/analysis.js";
import { analysesOf, buildAnalysis } from "../analyze/registry.js";
import { withArticle } from "../analyze/table-source.js";
import type { Kind } from "../read/detect.js";
import type { Diagnostic, Diagnostics } from "../read/diagnostics.js";
import type { OpenInput } from "../read/open-input.js";
import { diagnosticsSchema, diagnosticsTable } from "../table/diagnostics-table.js";
import type { TableSchema } from "../table/schema.js";

/** Where a capture came from. */
export interface CaptureSource {
  /** The path as given, or a label for bytes and streams. */
  readonly name: string;
  /** Size as stored, before unpacking. */
  readonly bytes: number;
  /** True when the capture was gzipped. */
  readonly gzip: boolean;
  /** What opening and reading it found, whatever its kind. */
  readonly findings?: Diagnostics;
}

/** Where an opened input came from. */
export function sourceOf(input: OpenInput): CaptureSource {
  return {
    name: input.name,
    bytes: input.storedBytes,
    gzip: input.gzip,
    findings: input.findings,
  };
}

/** A table of a capture, known by its schema before it is built. */
export interface TableDefinition {
  readonly schema: TableSchema;
  readonly build: () => ColumnTable;
}

/**
 * A capture that has been read: its kind, where it came from, and its tables, each built when first asked for.
 * Subclasses add a getter for each of their tables (`trace.goroutineStates`).
 */
export abstract class Capture {
  abstract readonly kind: Kind;
  /** The format's own version (`1.26` for a Go trace), or "" where it has none. */
  readonly version: string;
  readonly source: CaptureSource;
  /** What was repaired, skipped or lost; the `diagnostics` table has the same as rows. */
  readonly findings: readonly Diagnostic[];
  private readonly definitions = new Map<string, TableDefinition>();
  private readonly built = new Map<string, ColumnTable>();

  protected constructor(source: CaptureSource, version: string, findings: readonly Diagnostic[]) {
    const { findings: ofInput, ...rest } = source;
    this.source = rest;
    this.version = version;
    this.findings = [...(ofInput?.all() ?? []), ...findings];
    this.define(diagnosticsSchema, () => diagnosticsTable(this.findings));
  }

  protected define(schema: TableSchema, build: () => ColumnTable): void {
    this.definitions.set(schema.name, { schema, build });
  }

  /** The schemas of all tables this capture has, analyses by name included. */
  schemas(): TableSchema[] {
    const own = [...this.definitions.values()].map((definition) => definition.schema);
    return [...own, ...this.analyses().map((analysis) => analysis.schema)];
  }

  /** The analyses of this kind of capture whose tables it has. */
  private analyses(): Analysis[] {
    return analysesOf(this.kind, new Set(this.definitions.keys()));
  }

  /** A table by its snake_case name; throws an error that lists the names there are. */
  table(name: string): ColumnTable {
    let built = this.built.get(name);
    if (!built) {
      built = this.build(name);
      this.built.set(name, built);
    }
    return built;
  }

  private build(name: string): ColumnTable {
    const definition = this.definitions.get(name);
    if (definition) return definition.build();
    const analysis = this.analyses().find(({ schema }) => schema.name === name);
    if (analysis) return buildAnalysis(analysis, this);
    const known = this.schemas()
      .map((schema) => schema.name)
      .join(", ");
    throw new RangeError(
      `no table ${JSON.stringify(name)} in ${withArticle(this.kind)} capture; there are: ${known}`,
    );
  }

  /** What there is: every table's name, rows and columns with units. Builds the tables to count their rows. */
  tables(): { name: string; doc: string; rows: number; columns: TableSchema["columns"] }[] {
    return this.schemas().map(({ name, doc, columns }) => ({
      name,
      doc,
      rows: this.table(name).numRows(),
      columns,
    }));
  }

  /** Events that were read; undefined where the format is not one of events. */
  get eventCount(): number | undefined {
    return undefined;
  }

  get diagnostics(): ColumnTable {
    return this.table("diagnostics");
  }

  /** The capture in one JSON object, as `tracebook summary --json` prints it. */
  abstract summary(): Record<string, unknown>;
}
