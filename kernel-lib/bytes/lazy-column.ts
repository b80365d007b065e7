import { type DictionaryColumn, dictionaryColumn } from "./dictionary.js";

/** A column whose cells are computed when asked for; Arquero needs no more than this. */
export interface ComputedColumn<T> {
  readonly length: number;
  at(row: number): T;
  [Symbol.iterator](): Iterator<T>;
}

/** A column of `length` cells that `at` computes: no memory for what few people look at. */
export function computedColumn<T>(length: number, at: (row: number) => T): ComputedColumn<T> {
  return {
    length,
    at,
    *[Symbol.iterator]() {
      for (let row = 0; row < length; row++) yield at(row);
    },
  };
}

/**
 * A dictionary column whose codes are only made when somebody wants them (grouping, filtering by code);
 * single cells are read without. `values` must be distinct.
 */
export function lazyDictionaryColumn(
  length: number,
  values: readonly (string | null)[],
  codeAt: (row: number) => number,
): DictionaryColumn {
  let made: DictionaryColumn | undefined;
  const full = (): DictionaryColumn => {
    if (!made) {
      const codes = values.length <= 256 ? new Uint8Array(length) : new Int32Array(length);
      for (let row = 0; row < length; row++) codes[row] = codeAt(row);
      made = dictionaryColumn(codes, values);
    }
    return made;
  };
  return {
    length,
    values,
    get codes() {
      return full().codes;
    },
    at: (row) => values[codeAt(row)] ?? null,
    key: codeAt,
    keyFor: (value) => values.indexOf(value as string | null),
    groups: (names) => full().groups(names),
    *[Symbol.iterator]() {
      for (let row = 0; row < length; row++) yield values[codeAt(row)] ?? null;
    },
    toArray: () => full().toArray(),
  };
}
