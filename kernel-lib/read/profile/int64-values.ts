import type { Int64Values } from "./profile-columns.js";

/** A column of signed 64-bit values of known length: doubles until one of them would not be exact. */
export class Int64Column {
  private doubles: Float64Array;
  private exact: BigInt64Array | undefined;

  constructor(length: number) {
    this.doubles = new Float64Array(length);
  }

  set(row: number, value: number): void {
    if (this.exact) this.exact[row] = BigInt(value);
    else this.doubles[row] = value;
  }

  setBig(row: number, value: bigint): void {
    if (!this.exact) {
      this.exact = new BigInt64Array(this.doubles.length);
      for (let i = 0; i < this.doubles.length; i++) this.exact[i] = BigInt(this.doubles[i]);
    }
    this.exact[row] = value;
  }

  finish(): Int64Values {
    return this.exact ?? this.doubles;
  }
}

/** A sum as a number where it is exact, else as a bigint; wraps at 64 bits as Go's own sums do. */
export function sumInt64(values: Int64Values): number | bigint {
  if (values instanceof Float64Array) {
    let sum = 0;
    let magnitude = 0;
    for (let i = 0; i < values.length; i++) {
      sum += values[i];
      magnitude += Math.abs(values[i]);
    }
    if (magnitude <= Number.MAX_SAFE_INTEGER) return sum;
  }
  let sum = 0n;
  for (let i = 0; i < values.length; i++) sum += BigInt(values[i]);
  return plainNumber(BigInt.asIntN(64, sum));
}

/** A bigint as a number where that loses nothing. */
export function plainNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
