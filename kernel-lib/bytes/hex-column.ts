/** Two unsigned 32-bit halves as hex text without leading zeros: `0xffffffff81000000`. */
export function hexOfHalves(lo: number, hi: number): string {
  return hi === 0 ? `0x${lo.toString(16)}` : `0x${hi.toString(16)}${lo.toString(16).padStart(8, "0")}`;
}

/** A column of texts that are made when asked for. */
export interface LazyTextColumn {
  readonly length: number;
  at(row: number): string;
  [Symbol.iterator](): Iterator<string>;
}

/**
 * 64-bit addresses as hex text, kept as two halves: kernel addresses exceed 2^53, and most cells are never looked at.
 * Cell `row` shows the address at `index(row)`.
 */
export function hexColumn(
  lo: Uint32Array,
  hi: Uint32Array,
  length: number = lo.length,
  index: (row: number) => number = (row) => row,
): LazyTextColumn {
  const at = (row: number): string => hexOfHalves(lo[index(row)], hi[index(row)]);
  return {
    length,
    at,
    *[Symbol.iterator]() {
      for (let row = 0; row < length; row++) yield at(row);
    },
  };
}
