type NumericArray = Float64Array | Int32Array | Uint32Array | Uint8Array | Uint16Array;

interface NumericArrayConstructor<A extends NumericArray> {
  new (length: number): A;
}

/**
 * A typed column that grows by doubling. `finish` hands the buffer over, cut to size without a copy.
 * For event loops, where copies of growing columns cost more than the decoding, use fixed-size blocks instead.
 */
export class Growable<A extends NumericArray> {
  length = 0;
  private data: A;
  private readonly make: NumericArrayConstructor<A>;

  constructor(make: NumericArrayConstructor<A>, capacity = 1024) {
    this.make = make;
    this.data = new make(capacity);
  }

  push(value: number): number {
    if (this.length === this.data.length) {
      const bigger = new this.make(Math.max(16, this.data.length * 2));
      bigger.set(this.data as never);
      this.data = bigger;
    }
    this.data[this.length] = value;
    return this.length++;
  }

  get(index: number): number {
    return this.data[index];
  }

  set(index: number, value: number): void {
    this.data[index] = value;
  }

  finish(): A {
    return this.data.subarray(0, this.length) as A;
  }
}
