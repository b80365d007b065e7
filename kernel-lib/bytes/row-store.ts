import { dictionaryColumn, StringDictionary } from "./dictionary.js";
import { Growable } from "./growable.js";
import { computedColumn } from "./lazy-column.js";

/**
 * What a column of a {@link RowStore} holds: numbers, texts of which few are distinct, or yes and no, each or null; or
 * measured numbers, which are never null but may be NaN.
 */
export type CellKind = "number" | "text" | "flag" | "measured";

type Cell = string | number | boolean | null;

interface Store {
  readonly length: number;
  push(value: Cell): void;
  at(row: number): Cell;
  column(): { readonly length: number; at(row: number): unknown; [Symbol.iterator](): Iterator<unknown> };
}

/**
 * Rows of a large text capture, kept as columns: a number takes eight bytes and a text four, where an object for each row
 * would take ten times that.
 *
 * @example
 * const rows = new RowStore<{ cpu: number; task: string }>({ cpu: "number", task: "text" });
 * rows.push({ cpu: 1, task: "swapper" });
 * rows.at(0).task // "swapper"
 */
export class RowStore<Row extends { [K in keyof Row]: Cell }> {
  length = 0;
  private readonly names: readonly (keyof Row & string)[];
  private readonly stores: readonly Store[];

  constructor(kinds: Readonly<Record<keyof Row & string, CellKind>>) {
    this.names = Object.keys(kinds) as (keyof Row & string)[];
    this.stores = this.names.map((name) => newStore(kinds[name]));
  }

  push(row: Row): void {
    for (let i = 0; i < this.names.length; i++) this.stores[i].push(row[this.names[i]]);
    this.length++;
  }

  at(row: number): Row {
    return Object.fromEntries(this.names.map((name, i) => [name, this.stores[i].at(row)])) as Row;
  }

  /** One cell of a row, without the rest of it. */
  get<Name extends keyof Row & string>(name: Name, row: number): Row[Name] {
    return this.stores[this.names.indexOf(name)].at(row) as Row[Name];
  }

  /** The texts that a column of texts has, in order of appearance. */
  distinct(name: keyof Row & string): string[] {
    const store = this.stores[this.names.indexOf(name)];
    return store instanceof TextStore ? store.distinct() : [];
  }

  *[Symbol.iterator](): Iterator<Row> {
    for (let row = 0; row < this.length; row++) yield this.at(row);
  }

  /** The columns, for `buildTable`. */
  columns(): Record<keyof Row & string, ReturnType<Store["column"]>> {
    return Object.fromEntries(this.names.map((name, i) => [name, this.stores[i].column()])) as Record<
      keyof Row & string,
      ReturnType<Store["column"]>
    >;
  }
}

function newStore(kind: CellKind): Store {
  if (kind === "number") return new NumberStore();
  if (kind === "measured") return new MeasuredStore();
  return kind === "text" ? new TextStore() : new FlagStore();
}

class NumberStore implements Store {
  private readonly values = new Growable(Float64Array, 64);
  /** Whether any is null, for which NaN stands. */
  private hasNull = false;

  get length(): number {
    return this.values.length;
  }

  push(value: Cell): void {
    const number = value === null ? Number.NaN : (value as number);
    if (Number.isNaN(number)) this.hasNull = true;
    this.values.push(number);
  }

  at(row: number): number | null {
    const value = this.values.get(row);
    return Number.isNaN(value) ? null : value;
  }

  column(): ReturnType<Store["column"]> {
    return this.hasNull ? computedColumn(this.length, (row) => this.at(row)) : this.values.finish();
  }
}

class MeasuredStore implements Store {
  private readonly values = new Growable(Float64Array, 64);

  get length(): number {
    return this.values.length;
  }

  push(value: Cell): void {
    this.values.push(value as number);
  }

  at(row: number): number {
    return this.values.get(row);
  }

  column(): ReturnType<Store["column"]> {
    return this.values.finish();
  }
}

class TextStore implements Store {
  private readonly codes = new Growable(Int32Array, 64);
  private readonly dictionary = new StringDictionary();
  private readonly nullCode = -1;
  /** The text before: most columns say the same again and again. */
  private last: Cell = null;
  private lastCode = this.nullCode;

  get length(): number {
    return this.codes.length;
  }

  push(value: Cell): void {
    if (value !== this.last) {
      this.last = value;
      this.lastCode = value === null ? this.nullCode : this.dictionary.code(value as string);
    }
    this.codes.push(this.lastCode);
  }

  distinct(): string[] {
    return [...this.dictionary.values];
  }

  at(row: number): string | null {
    return this.dictionary.values[this.codes.get(row)] ?? null;
  }

  column(): ReturnType<Store["column"]> {
    const { values } = this.dictionary;
    const codes = this.codes.finish();
    if (!codes.includes(this.nullCode)) return dictionaryColumn(codes, values);
    // Null is a value like another to whoever groups by code.
    return dictionaryColumn(
      codes.map((code) => (code === this.nullCode ? values.length : code)),
      [...values, null],
    );
  }
}

class FlagStore implements Store {
  private readonly values = new Growable(Uint8Array, 64);

  get length(): number {
    return this.values.length;
  }

  push(value: Cell): void {
    this.values.push(value === null ? 2 : Number(value));
  }

  at(row: number): boolean | null {
    const value = this.values.get(row);
    return value === 2 ? null : value === 1;
  }

  column(): ReturnType<Store["column"]> {
    return computedColumn(this.length, (row) => this.at(row));
  }
}
