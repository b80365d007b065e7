/** Gives each distinct string a small code, in order of first appearance. */
export class StringDictionary {
  readonly values: string[] = [];
  private readonly codes = new Map<string, number>();

  code(value: string): number {
    let code = this.codes.get(value);
    if (code === undefined) {
      code = this.values.length;
      this.values.push(value);
      this.codes.set(value, code);
    }
    return code;
  }
}

/** A column whose cells are codes into a list of strings; Arquero groups and filters it by code. */
export interface DictionaryColumn {
  readonly length: number;
  readonly codes: Int32Array | Uint32Array | Uint16Array | Uint8Array;
  readonly values: readonly (string | null)[];
  at(row: number): string | null;
  key(row: number): number;
  keyFor(value: unknown): number;
  groups(names: string[]): {
    keys: Uint32Array;
    get: ((row: number) => string | null)[];
    names: string[];
    rows: Uint32Array;
    size: number;
  };
  [Symbol.iterator](): Iterator<string | null>;
  toArray(): (string | null)[];
}

/**
 * Makes a dictionary column from codes and values; the codes are shared, not copied.
 * A value may be null, for cells that have none.
 *
 * @example
 * dictionaryColumn(Uint8Array.of(0, 1, 0), ["Running", "Waiting"]).at(1) // "Waiting"
 */
export function dictionaryColumn(
  codes: DictionaryColumn["codes"],
  values: readonly (string | null)[],
): DictionaryColumn {
  const at = (row: number): string | null => values[codes[row]] ?? null;
  return {
    length: codes.length,
    codes,
    values,
    at,
    key: (row) => codes[row],
    keyFor: (value) => values.indexOf(value as string | null),
    groups: (names) => compactGroups(codes, values, names),
    *[Symbol.iterator]() {
      for (let row = 0; row < codes.length; row++) yield at(row);
    },
    toArray: () => Array.from(codes, (code) => values[code] ?? null),
  };
}

// Arquero takes a column's groups as they are: a group for a value that no row has would come out of
// `groupby().count()` as a row that counts zero, so only values in use get a group.
function compactGroups(
  codes: DictionaryColumn["codes"],
  values: readonly (string | null)[],
  names: string[],
): ReturnType<DictionaryColumn["groups"]> {
  const groupOf = new Int32Array(values.length).fill(-1);
  const keys = new Uint32Array(codes.length);
  const rows: number[] = [];
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row];
    if (groupOf[code] < 0) groupOf[code] = rows.push(row) - 1;
    keys[row] = groupOf[code];
  }
  return {
    keys,
    get: [(row) => values[codes[row]] ?? null],
    names,
    rows: Uint32Array.from(rows),
    size: rows.length,
  };
}
