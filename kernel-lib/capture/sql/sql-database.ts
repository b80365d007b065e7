import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Column } from "../../table/build-table.js";
import type { Capture } from "../capture.js";
import { type ColumnScan, columnScan, quotedName, quotedText } from "./column-scan.js";
import type { DuckDb } from "./duckdb.js";
import { SqlError } from "./sql-error.js";

/** What is asked of a capture: what it is called, and its tables by name. */
export type TablesByName = Pick<Capture, "source" | "schemas" | "table">;

interface TableScan {
  readonly columns: readonly ColumnScan[];
  readonly rows: number;
}

/** Rows of a vector of DuckDB, which is what it asks for at a time. */
const vectorRows = 2048;

let opened = 0;

/**
 * A database in which captures' tables are views, made when {@link SqlDatabase.name} names them: DuckDB scans the
 * captures' own columns, only those that a query asks for, and copies nothing beyond the vector at hand.
 */
export class SqlDatabase {
  private readonly scans: TableScan[] = [];
  private readonly named = new Set<string>();

  private constructor(
    private readonly duckdb: DuckDb,
    private readonly instance: DuckDBInstance,
    readonly connection: DuckDBConnection,
    private readonly captures: readonly TablesByName[],
    private readonly spill: string,
  ) {}

  static async open(duckdb: DuckDb, captures: readonly TablesByName[]): Promise<SqlDatabase> {
    const instance = await duckdb.DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    opened += 1;
    // Made by DuckDB when memory does not suffice.
    const spill = join(tmpdir(), `tracebook-sql-${process.pid}-${opened}`);
    const database = new SqlDatabase(duckdb, instance, connection, captures, spill);
    await connection.run(`SET temp_directory = ${quotedText(spill)}`);
    await connection.run("SET autoinstall_known_extensions = false");
    await connection.run("SET autoload_known_extensions = false");
    connection.registerTableFunction(database.scanFunction());
    return database;
  }

  /** From here on no statement reads or writes files, loads code or changes a setting. */
  async lock(): Promise<void> {
    await this.connection.run("SET enable_external_access = false");
    await this.connection.run("SET lock_configuration = true");
  }

  /** Every table that one of the captures has. */
  tableNames(): string[] {
    return [...new Set(this.captures.flatMap((capture) => capture.schemas().map(({ name }) => name)))];
  }

  /** Makes the view of a table; nothing happens for names that no capture has. */
  async name(table: string): Promise<void> {
    const wanted = table.toLowerCase();
    if (this.named.has(wanted)) return;
    const selects: string[] = [];
    for (const [index, capture] of this.captures.entries()) {
      const schema = capture.schemas().find(({ name }) => name === wanted);
      if (schema) selects.push(this.selectOf(capture, wanted, this.labels()[index]));
    }
    if (selects.length === 0) return;
    this.named.add(wanted);
    await this.connection.run(`CREATE VIEW ${quotedName(wanted)} AS ${selects.join(" UNION ALL BY NAME ")}`);
  }

  /** The SELECT over one table of one capture; a label becomes its column `capture`. */
  private selectOf(capture: TablesByName, name: string, label: string | undefined): string {
    const schema = capture.schemas().find((one) => one.name === name);
    const table = capture.table(name);
    const rows = table.isFiltered() || table.isOrdered() ? (table.indices() as Uint32Array) : undefined;
    const columns = (schema?.columns ?? []).map((column) => {
      return columnScan(this.duckdb, column, table.column(column.name) as unknown as Column, rows);
    });
    this.scans.push({ columns, rows: table.numRows() });
    const expressions = columns.map((one) => `${one.expression} AS ${quotedName(one.name)}`);
    const own = columns.some((one) => one.name === "capture");
    if (label !== undefined && !own) expressions.unshift(`${quotedText(label)} AS capture`);
    return `SELECT ${expressions.join(", ")} FROM tracebook_scan(${this.scans.length - 1})`;
  }

  /** What `capture` says of each capture, where there are several: its file's name, or its path where two are alike. */
  private labels(): (string | undefined)[] {
    if (this.captures.length < 2) return [undefined];
    const names = this.captures.map(({ source }) => basename(source.name));
    return names.map((name, index) => {
      return names.indexOf(name) === names.lastIndexOf(name) ? name : this.captures[index].source.name;
    });
  }

  private scanFunction() {
    return this.duckdb.DuckDBTableFunction.create({
      name: "tracebook_scan",
      parameterTypes: [this.duckdb.INTEGER],
      supportsProjectionPushdown: true,
      bindFunction: (info) => {
        const scan = this.scans[Number(info.getParameter(0))];
        if (!scan) return info.setError("tracebook_scan is for the views of captures");
        for (const { name, type } of scan.columns) info.addResultColumn(name, type);
        info.setCardinality(scan.rows, true);
        info.setBindData(scan);
      },
      initFunction: (info) => {
        info.setInitData({ next: 0, columns: info.getColumnIndexes() });
      },
      mainFunction: (info, chunk) => {
        const scan = info.bindData as TableScan;
        const state = info.initData as { next: number; columns: number[] };
        const count = Math.min(vectorRows, scan.rows - state.next);
        chunk.rowCount = count;
        if (count === 0) return;
        state.columns.forEach((column, place) => {
          // A query that only counts asks for no column that there is.
          const from = scan.columns[column];
          if (!from) return;
          const vector = chunk.getColumnVector(place);
          from.fill(vector, state.next, count);
          vector.flush();
        });
        state.next += count;
      },
    });
  }

  async close(): Promise<void> {
    this.connection.closeSync();
    this.instance.closeSync();
    await rm(this.spill, { recursive: true, force: true });
  }
}

/** What DuckDB says, as one line, without the picture of where in the query. */
export function sqlErrorOf(error: unknown, database: SqlDatabase): unknown {
  if (!(error instanceof Error) || error instanceof SqlError) return error;
  const [message] = error.message.replace(/^Failed to extract statements: /, "").split(/\n+LINE \d/);
  const missing = /Table with name (\S+) does not exist/.exec(message)?.[1];
  if (missing !== undefined) {
    const names = database.tableNames().join(", ");
    return new SqlError(`there is no table ${missing}; there are ${names}`, { cause: error });
  }
  if (!/^(?:(?:\w+ )+Error: |Failed to )/.test(message)) return error;
  return new SqlError(message.trim().replace(/\s+/g, " "), { cause: error });
}
