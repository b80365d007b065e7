import type { ColumnTable } from "arquero";
import type { Analysis } from "../analyze/analysis.js";
import { analysesOf, buildAnalysis } from "../analyze/registry.js";
import { withArticle } from "../analyze/table-source.js";
import type { Diagnostic } from "../read/diagnostics.js";
import type { OpenInput } from "../read/open-input.js";
import { buildTable, tableFromRows } from "../table/build-table.js";
import { diagnosticsSchema, diagnosticsTable } from "../table/diagnostics-table.js";
import type { TableSchema } from "../table/schema.js";
import type { Capture, CaptureSource, TableListing } from "./capture.js";
import type { Contents, Format, MakeTable, OwnTable, TableData } from "./format.js";

/** A capture of a kind made of what was read: its tables as getters, and what else it has. */
export function captureOf<C extends Capture>(format: Format<C>, input: OpenInput, contents: Contents<C>): C {
  const kindsClass = classOf(format as Format);
  const capture = new kindsClass(format as Format, input, contents as Contents);
  if (contents.members) {
    Object.defineProperties(capture, Object.getOwnPropertyDescriptors(contents.members));
  }
  capture.noteEmpty(format.name);
  return capture as Capture as C;
}

/** Tables that say nothing of a capture by being there: a call tree has a root, and there is a stack without frames. */
const leftOver: ReadonlySet<string> = new Set(["diagnostics", "unparsed", "call_tree", "stacks"]);

type Make = MakeTable<Capture>;

class TableCapture implements Capture {
  readonly kind: string;
  readonly version: string;
  readonly source: CaptureSource;
  readonly findings: Diagnostic[];
  readonly eventCount: number | undefined;
  readonly #definitions = new Map<string, OwnTable<Capture>>();
  readonly #built = new Map<string, ColumnTable>();
  readonly #contents: Contents;

  constructor(format: Format, input: OpenInput, contents: Contents) {
    this.kind = format.kind;
    this.version = contents.version ?? "";
    this.source = { name: input.name, bytes: input.storedBytes, gzip: input.gzip };
    // What opening found, whatever the kind, stands before what its reader did.
    const findings = [...input.findings.all(), ...(contents.findings ?? [])];
    this.findings = findings;
    this.eventCount = contents.eventCount;
    this.#contents = contents;
    this.#define(diagnosticsSchema, () => diagnosticsTable(findings));
    const makes: Readonly<Record<string, Make | OwnTable<Capture>>> = contents.tables;
    const schemas: Readonly<Record<string, TableSchema | string>> = format.tables;
    for (const [accessor, table] of Object.entries(makes)) {
      const schema = schemas[accessor];
      if (typeof table !== "function") this.#define(table.schema, table.make);
      else if (typeof schema !== "string") this.#define(schema, table);
    }
  }

  #define(schema: TableSchema, make: Make): void {
    this.#definitions.set(schema.name, { schema, make });
  }

  get diagnostics(): ColumnTable {
    return this.table("diagnostics");
  }

  schemas(): TableSchema[] {
    const own = [...this.#definitions.values()].map(({ schema }) => schema);
    return [...own, ...this.#analyses().map(({ schema }) => schema)];
  }

  table(name: string): ColumnTable {
    let built = this.#built.get(name);
    if (!built) {
      built = this.#build(name);
      this.#built.set(name, built);
    }
    return built;
  }

  tables(): TableListing[] {
    return this.schemas().map(({ name, doc, columns }) => {
      try {
        return { name, doc, rows: this.table(name).numRows(), columns };
      } catch (error) {
        return { name, doc, rows: null, why: (error as Error).message, columns };
      }
    });
  }

  summary(): Record<string, unknown> {
    return { ...this.#contents.summary(this), diagnostics: this.findings };
  }

  /** Whatever the kind: what was accepted and gave nothing says so, so that no rows are never taken for no trouble. */
  noteEmpty(name: string): void {
    const rows = this.eventCount ?? this.#contents.rowCount;
    const isEmpty =
      rows === undefined
        ? [...this.#definitions.keys()].every(
            (table) => leftOver.has(table) || this.table(table).numRows() === 0,
          )
        : rows === 0;
    if (!isEmpty) return;
    const message = `it has no rows: nothing of ${name} could be read in it, or it holds none`;
    this.findings.push({ severity: "warning", code: "no-rows", message, place: {}, lost: 0 });
  }

  /** The analyses of this kind of capture whose tables it has. */
  #analyses(): Analysis[] {
    return analysesOf(this.kind, new Set(this.#definitions.keys()));
  }

  #build(name: string): ColumnTable {
    const definition = this.#definitions.get(name);
    if (definition) return asTable(definition.schema, definition.make(this));
    const analysis = this.#analyses().find(({ schema }) => schema.name === name);
    if (analysis) return buildAnalysis(analysis, this);
    const known = this.schemas().map((schema) => schema.name);
    throw new RangeError(
      `no table ${JSON.stringify(name)} in ${withArticle(this.kind)} capture; there are: ${known.join(", ")}`,
    );
  }
}

function asTable(schema: TableSchema, data: TableData): ColumnTable {
  if (Array.isArray(data)) return tableFromRows(schema, data);
  return isTable(data) ? data : buildTable(schema, data as Parameters<typeof buildTable>[1]);
}

function isTable(data: TableData): data is ColumnTable {
  return typeof (data as ColumnTable).numRows === "function";
}

const classes = new WeakMap<Format, typeof TableCapture>();

/** The class of a kind's captures: its getters stand on the prototype, as hand-written ones would. */
function classOf(format: Format): typeof TableCapture {
  const known = classes.get(format);
  if (known) return known;
  const kindsClass = class Capture extends TableCapture {};
  const tables: Readonly<Record<string, TableSchema | string>> = format.tables;
  for (const [accessor, schema] of Object.entries(tables)) {
    const name = typeof schema === "string" ? schema : schema.name;
    Object.defineProperty(kindsClass.prototype, accessor, {
      get(this: TableCapture): ColumnTable {
        return this.table(name);
      },
      configurable: true,
    });
  }
  classes.set(format, kindsClass);
  return kindsClass;
}
